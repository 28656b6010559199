import type { App } from "./app.ts";
import type { Config } from "./config.ts";
import { rawTargetPatterns, type RawTarget } from "./http/raw-target.ts";

/** What the application may ask of the listening socket. */
export interface Surroundings {
  /** The address of the other end of a request's connection. */
  peerOf(request: Request): string;
  ownUrl(): string;
  isStopping(): boolean;
  /** The client has sent everything: how long the answer takes is not its idleness. */
  noteReceived(request: Request): void;
}

export interface Listener {
  readonly url: string;
  /** Takes no new requests, waits for running ones as long as configured, then cuts what is left. */
  stop(): Promise<void>;
}

/** Most answers are there at once: only where one takes longer is its connection's clock stopped. Less than any idle time. */
const longAnswerMs = 1000;

/** How often a stopping server looks whether its requests are done. */
const drainPollMs = 10;

/**
 * Binds the socket. Every target that the patterns match comes with its raw segments; what reaches the fallback is
 * deeper than any route.
 */
export function listen(config: Config, create: (surroundings: Surroundings) => App): Listener {
  let isStopping = false;
  const surroundings: Surroundings = {
    peerOf: (request) => server.requestIP(request)?.address ?? "",
    ownUrl: () => url,
    isStopping: () => isStopping,
    noteReceived: (request) => server.timeout(request, 0),
  };
  const app = create(surroundings);
  // While the server works, or waits for its disk, the client is not idle; while a body arrives, it may be.
  const unanswered = new Set<Request>();
  const isLong = new WeakSet<Request>();
  const holdLong = setInterval(() => {
    for (const request of unanswered) {
      isLong.add(request);
      server.timeout(request, 0);
    }
  }, longAnswerMs);
  holdLong.unref();
  const answer = async (request: Request, target: RawTarget): Promise<Response> => {
    const hasBody = request.body !== null;
    if (!hasBody) unanswered.add(request);
    try {
      return await app(request, target);
    } finally {
      unanswered.delete(request);
      if (hasBody || isLong.has(request)) server.timeout(request, config.idleTimeoutSeconds);
    }
  };
  const patterns = rawTargetPatterns().map(
    ({ pattern, read }) => [pattern, (request: Bun.BunRequest) => answer(request, read(request))] as const,
  );
  const server = Bun.serve({
    hostname: config.listen.hostname,
    port: config.listen.port,
    development: false,
    // The runtime shares the port in production otherwise: a second server would take a part of the requests.
    reusePort: false,
    idleTimeout: config.idleTimeoutSeconds,
    // The bound on uploads is the registry's own, which answers in the dialect's words.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    ...(config.tls === null ? {} : { tls: { cert: Bun.file(config.tls.certFile), key: Bun.file(config.tls.keyFile) } }),
    routes: Object.fromEntries(patterns),
    fetch: (request) => answer(request, { kind: "unroutable" }),
    error: () => new Response("internal server error", { status: 500, headers: { "content-type": "text/plain;charset=utf-8" } }),
  });
  const url = urlOf(config, server.port ?? config.listen.port);
  return {
    url,
    stop: async () => {
      isStopping = true;
      clearInterval(holdLong);
      void server.stop();
      const deadlineMs = performance.now() + config.shutdownTimeoutMs;
      // Idle connections may stay open for long; what counts is that no request is being answered any more.
      while (server.pendingRequests > 0 && performance.now() < deadlineMs) await delay(drainPollMs);
      await server.stop(true);
    },
  };
}

function urlOf(config: Config, port: number): string {
  const { hostname } = config.listen;
  const host = hostname === "0.0.0.0" || hostname === "::" ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${config.tls === null ? "http" : "https"}://${host}:${port}`;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
