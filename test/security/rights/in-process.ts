import type { App } from "../../../src/app.ts";
import { listen } from "../../../src/listen.ts";
import type { RawTarget } from "../../../src/http/raw-target.ts";

/** What is asked of the application itself, without a connection between. */
export interface DirectRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Asks the application of a server that runs: everything of it but its socket. */
export interface DirectDoor {
  /** To be given to the start of the server. */
  readonly listen: typeof listen;
  /** Throws before the server has started. */
  ask(request: DirectRequest): Promise<{ readonly status: number; readonly text: string }>;
}

export function createDirectDoor(): DirectDoor {
  let app: App | null = null;
  return {
    listen: (config, create) =>
      listen(config, (surroundings) => {
        app = create({ ...surroundings, peerOf: () => "192.0.2.1", noteReceived: () => {} });
        return app;
      }),
    ask: async ({ method, path, headers, body }) => {
      if (app === null) throw new Error("the server has not started");
      const request = new Request(`http://127.0.0.1${path}`, { method, headers: { host: "127.0.0.1", ...headers }, ...(body === null ? {} : { body }) });
      const response = await app(request, targetOf(path));
      return { status: response.status, text: await response.text() };
    },
  };
}

/** As the socket reads plain targets: decoded once, by segments. */
function targetOf(path: string): RawTarget {
  const segments = (path.split("?")[0] ?? "").split("/").slice(1).map(decodeURIComponent);
  return { kind: "segments", segments: segments.filter((segment) => segment !== ""), hasEmptySegments: segments.includes("") };
}
