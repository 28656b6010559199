import { drainBody } from "./http/drain-body.ts";
import type { Dialect, Exchange, Handler } from "./http/exchange.ts";
import { isHost } from "./http/host-header.ts";
import type { RawTarget } from "./http/raw-target.ts";
import { countedBody, type CountedBody } from "./http/request-body.ts";
import type { RequestRecorder } from "./http/request-recorder.ts";
import { createRouter, type RouteMatch } from "./http/router.ts";
import { addStandardHeaders } from "./http/standard-headers.ts";

/** How much of a refused upload is read, so that its sender gets to see the answer. */
const drainBounds = { maxBytes: 64 * 1024 * 1024, timeoutMs: 10_000, idleMs: 1_000 } as const;

/** What the application needs from the process around it. */
export interface AppParts {
  readonly dialects: readonly Dialect[];
  readonly recorder: RequestRecorder;
  /** Who sent a request, and under which address clients reach the server. */
  readonly locate: (request: Request) => { readonly clientAddress: string; readonly publicUrl: () => string };
  /** While true every request is refused: the server is stopping. */
  readonly isStopping: () => boolean;
  /** Told when a body was received to its end. */
  readonly noteReceived: (request: Request) => void;
  /** Told of every error that is no refusal. */
  readonly reportFault: (error: unknown, requestId: string) => void;
}

/** Answers one request, whose raw target was read before; never throws. */
export type App = (request: Request, target: RawTarget) => Promise<Response>;

interface Answer {
  readonly response: Response;
  readonly route: string;
}

type Found = Extract<RouteMatch<Handler>, { kind: "route" }>;

/** One fetch handler: finds the route by the raw target, lets its dialect answer, records, and drains what is refused. */
export function createApp(parts: AppParts): App {
  const dialectOf = new Map<Handler, Dialect>();
  const dialectOfPattern = new Map<string, Dialect>();
  for (const dialect of parts.dialects)
    for (const route of dialect.routes) {
      dialectOf.set(route.handler, dialect);
      if (!dialectOfPattern.has(route.pattern)) dialectOfPattern.set(route.pattern, dialect);
    }
  const findRoute = createRouter(parts.dialects.flatMap((dialect) => dialect.routes));
  const fallback = firstOf(parts.dialects);
  const ownerOf = (segments: readonly string[]): Dialect =>
    parts.dialects.find((dialect) => dialect.owns(segments)) ?? fallback;

  return async (request, target) => {
    const body = countedBody(request, () => parts.noteReceived(request));
    const place = parts.locate(request);
    const record = parts.recorder.begin(request, place.clientAddress);
    const { response, route } = await answer(request, target, body, record, place);
    if (response.status >= 400 && request.body !== null && !(await isDrained(request.body)))
      response.headers.set("connection", "close");
    addStandardHeaders(response.headers);
    response.headers.set("x-request-id", record.id);
    record.end(response, route, body.receivedBytes());
    return response;
  };

  async function answer(
    request: Request,
    target: RawTarget,
    body: CountedBody,
    record: ReturnType<RequestRecorder["begin"]>,
    place: ReturnType<AppParts["locate"]>,
  ): Promise<Answer> {
    if (parts.isStopping()) return { response: stoppingResponse(), route: "(stopping)" };
    const host = request.headers.get("host");
    if (host !== null && host !== "" && !isHost(host)) return { response: badRequest("the Host header is malformed\n"), route: "(refused)" };
    const found = findAnswerer(target, request.method);
    if ("response" in found) return found;
    return { response: await handle(found, request, body, record, place), route: found.route.pattern };
  }

  /** The route that a target leads to, or the answer where it leads to none. */
  function findAnswerer(target: RawTarget, method: string): Answer | Found {
    if (target.kind === "segments") return follow(target.segments, target.hasEmptySegments, method);
    const dialect = target.kind === "unroutable" ? fallback : ownerOf(target.segments);
    const admitted = target.kind === "ambiguous" ? (dialect.admitTarget?.(target) ?? null) : null;
    // What one dialect lets pass must not turn up at another, which would have refused it.
    if (target.kind !== "ambiguous" || admitted === null || ownerOf(admitted) !== dialect)
      return { response: dialect.refuseTarget(target, method), route: "(refused)" };
    return follow(admitted, target.hasEmptySegments, method);
  }

  function follow(segments: readonly string[], hasEmptySegments: boolean, method: string): Answer | Found {
    const isRefused = hasEmptySegments && ownerOf(segments).refusesEmptySegments?.(segments) === true;
    const match = isRefused ? ({ kind: "unknown" } as const) : findRoute(method, segments);
    if (match.kind === "route") return match;
    if (match.kind === "unknown") return { response: ownerOf(segments).notFound(), route: "(unknown)" };
    const own = dialectOfPattern.get(match.pattern)?.wrongMethod?.(match.allowed);
    const response = own ?? new Response(null, { status: 405, headers: { allow: match.allowed.join(", ") } });
    return { response, route: match.pattern };
  }

  async function handle(
    match: Found,
    request: Request,
    body: CountedBody,
    record: ReturnType<RequestRecorder["begin"]>,
    place: ReturnType<AppParts["locate"]>,
  ): Promise<Response> {
    const exchange: Exchange = {
      request,
      method: request.method,
      parameters: match.parameters,
      query: queryOf(request.url),
      body,
      clientAddress: place.clientAddress,
      publicUrl: place.publicUrl,
      noteActor: record.noteActor,
    };
    try {
      return await match.route.handler(exchange);
    } catch (error) {
      const refusal = dialectOf.get(match.route.handler)?.answerError(error, exchange, match.route) ?? null;
      if (refusal === null || refusal.status >= 500) parts.reportFault(error, record.id);
      return refusal ?? new Response("internal server error", { status: 500, headers: { "content-type": "text/plain;charset=utf-8" } });
    }
  }
}

/** Answers what no dialect owns. */
function firstOf(dialects: readonly Dialect[]): Dialect {
  const [first] = dialects;
  if (first === undefined) throw new Error("an application needs a dialect");
  return first;
}

/** Whether nothing of the body is left on its way. */
async function isDrained(body: ReadableStream<Uint8Array>): Promise<boolean> {
  return (await drainBody(body, drainBounds)) === "ended";
}

function stoppingResponse(): Response {
  return new Response("the server is stopping\n", { status: 503, headers: { "retry-after": "1", connection: "close" } });
}

function badRequest(text: string): Response {
  return new Response(text, { status: 400, headers: { "content-type": "text/plain; charset=utf-8", connection: "close" } });
}

const noQuery = new URLSearchParams();

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf("?");
  return start === -1 ? noQuery : new URLSearchParams(url.slice(start + 1));
}
