import type { App } from "../../../src/app.ts";
import { listen } from "../../../src/listen.ts";
import type { RawTarget } from "../../../src/http/raw-target.ts";
import { requestPath } from "../../../src/http/request-path.ts";

/** Asks the application of a server that runs: everything of it but its socket. */
export interface DirectDoor {
  /** To be given to the start of the server. */
  readonly listen: typeof listen;
  /** What `fetch` would answer, whatever the authority of the address. Throws before the server has started. */
  fetch(url: string, init: RequestInit): Promise<Response>;
}

export function createDirectDoor(): DirectDoor {
  let app: App | null = null;
  return {
    listen: (config, create) =>
      listen(config, (surroundings) => {
        app = create({ ...surroundings, peerOf: () => "192.0.2.1", noteReceived: () => {} });
        return app;
      }),
    fetch: async (url, init) => {
      if (app === null) throw new Error("the server has not started");
      const request = new Request(url, init);
      if (!request.headers.has("host")) request.headers.set("host", "127.0.0.1");
      return app(request, targetOf(requestPath(url)));
    },
  };
}

/** As the socket reads plain targets: decoded once, by segments. */
function targetOf(path: string): RawTarget {
  const segments = path.split("/").slice(1).map(decodeURIComponent);
  return { kind: "segments", segments: segments.filter((segment) => segment !== ""), hasEmptySegments: segments.includes("") };
}
