import { parseByteRanges, type ByteRange } from "./byte-ranges.ts";
import { evaluateConditions } from "./conditional-request.ts";
import { formatHttpDate } from "./http-date.ts";
import { multipartByteranges } from "./multipart-ranges.ts";
import { addStandardHeaders } from "./standard-headers.ts";

/** What an answer has to say of a content, and what conditions are judged by. */
export interface DownloadFacts {
  readonly sizeBytes: number;
  /** Strong, with quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** Further headers of every answer that stands for the content. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The same, with the headers of a whole answer as the runtime keeps them: copying those is cheaper than making them each time. */
interface DownloadHead extends DownloadFacts {
  readonly whole: Headers;
  /** Made with the first answer that has no content. */
  notModified: Headers | null;
}

/** Heads that are kept at a time: about 2 KiB each. */
const headLimit = 4096;

/**
 * Several ranges are sent from memory up to this size: the runtime sends a generated body without its length, and
 * clients that fetch differences ask for many small ranges.
 */
const bufferedBytes = 64 * 1024;

const contentType = "application/octet-stream";

/**
 * Answers GET and HEAD for content: conditions and ranges as RFC 9110 and Go's http.ServeContent have them. `describe`
 * tells what is said of a record; it is asked once for each, as long as the record is held elsewhere.
 */
export function createDownloads<Record extends object>(describe: (record: Record) => DownloadFacts) {
  let heads = new WeakMap<Record, DownloadHead>();
  let kept = 0;
  return async (request: Request, record: Record, content: Blob): Promise<Response> => {
    let head = heads.get(record);
    if (head === undefined) {
      head = createHead(describe(record));
      if (kept >= headLimit) [heads, kept] = [new WeakMap(), 0];
      heads.set(record, head);
      kept += 1;
    }
    return respond(request, head, content);
  };
}

function createHead(facts: DownloadFacts): DownloadHead {
  const whole = commonHeaders(facts);
  whole.set("accept-ranges", "bytes");
  whole.set("content-type", contentType);
  whole.set("content-length", String(facts.sizeBytes));
  return { ...facts, whole, notModified: null };
}

/** What an answer says that has no content. */
function commonHeaders({ etag, lastModifiedMs, headers: further }: DownloadFacts): Headers {
  const headers = new Headers(further);
  addStandardHeaders(headers);
  headers.set("etag", etag);
  headers.set("last-modified", formatHttpDate(lastModifiedMs));
  return headers;
}

async function respond(request: Request, head: DownloadHead, content: Blob): Promise<Response> {
  const { method, headers } = request;
  const { sizeBytes, etag, lastModifiedMs } = head;
  const verdict = evaluateConditions({ method, headers }, { etag, lastModifiedMs });
  if (verdict.outcome === "precondition_failed") return new Response(null, { status: 412 });
  if (verdict.outcome === "not_modified") {
    head.notModified ??= commonHeaders(head);
    return new Response(null, { status: 304, headers: head.notModified });
  }
  const rangeHeader = headers.get("range");
  const requested = verdict.useRange ? parseByteRanges(rangeHeader, sizeBytes) : { kind: "whole" as const };
  switch (requested.kind) {
    case "unsatisfiable":
      return unsatisfiable(requested.reason, sizeBytes);
    case "ranges":
      return partial(method, head, content, requested.ranges);
    case "whole": {
      if (method === "HEAD" || sizeBytes === 0) return new Response(null, { headers: head.whole });
      // The runtime answers a Range over a whole file by itself; a slice of it is sent as it is.
      const body = rangeHeader === null ? content : content.slice(0, sizeBytes, contentType);
      return new Response(body, { headers: head.whole });
    }
  }
}

function unsatisfiable(reason: "no_overlap" | "malformed", sizeBytes: number): Response {
  const headers = new Headers({ "content-type": "text/plain; charset=utf-8" });
  if (reason === "malformed") return new Response("invalid range\n", { status: 416, headers });
  headers.set("content-range", `bytes */${sizeBytes}`);
  return new Response("invalid range: failed to overlap\n", { status: 416, headers });
}

async function partial(
  method: string,
  facts: DownloadFacts,
  content: Blob,
  ranges: readonly ByteRange[],
): Promise<Response> {
  const { sizeBytes } = facts;
  const headers = commonHeaders(facts);
  headers.set("accept-ranges", "bytes");
  const [only] = ranges;
  if (only !== undefined && ranges.length === 1) {
    headers.set("content-type", contentType);
    headers.set("content-range", `bytes ${only.start}-${only.end}/${sizeBytes}`);
    const length = only.end - only.start + 1;
    headers.set("content-length", String(length));
    if (method === "HEAD" || length === 0) return new Response(null, { status: 206, headers });
    return new Response(content.slice(only.start, only.end + 1, contentType), { status: 206, headers });
  }
  const parts = multipartByteranges(ranges, {
    sizeBytes,
    contentType,
    boundary: crypto.randomUUID().replaceAll("-", ""),
    readRange: (start, end) => readInSteps(content, start, end + 1),
  });
  headers.set("content-type", parts.contentType);
  headers.set("content-length", String(parts.contentLength));
  if (method === "HEAD") return new Response(null, { status: 206, headers });
  const body = parts.contentLength <= bufferedBytes ? await Array.fromAsync(parts.body).then(Buffer.concat) : parts.body;
  // The runtime takes an async generator, which the types do not say.
  return new Response(body as ConstructorParameters<typeof Response>[0], { status: 206, headers });
}

/** Small steps, each read when the client has taken the one before: slow readers of many ranges hold little memory. */
async function* readInSteps(content: Blob, start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = start; offset < end; offset += bufferedBytes)
    yield await content.slice(offset, Math.min(offset + bufferedBytes, end)).bytes();
}
