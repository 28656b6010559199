import { randomBytes } from "node:crypto";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** What is noted of one request while it runs. */
export interface RequestRecord {
  readonly id: string;
  noteActor(name: string): void;
  end(response: Response, route: string, receivedBytes: number): void;
}

/** Gives each request its id, and writes it into the access log and the metrics when it is answered. */
export interface RequestRecorder {
  begin(request: Request, clientAddress: string): RequestRecord;
}

const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60] as const;

export function createRequestRecorder({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }): RequestRecorder {
  const requests = metrics.counter("stowage_http_requests_total", "Requests answered, by method, route and status.");
  const sent = metrics.counter("stowage_http_sent_bytes_total", "Bytes of bodies sent, by route.");
  const received = metrics.counter("stowage_http_received_bytes_total", "Bytes of bodies received, by route.");
  const durations = metrics.histogram(
    "stowage_http_request_duration_seconds",
    "Time from the request's head to its answer, by route.",
    durationBounds,
  );
  let uploads = 0;
  metrics.gauge("stowage_uploads_in_progress", "Uploads that are being received.", () => uploads);

  return {
    begin: (request, address) => {
      const startedMs = performance.now();
      const id = requestId(request.headers.get("x-request-id"));
      const { method } = request;
      const isUpload = method === "PUT";
      if (isUpload) uploads += 1;
      let actor: string | null = null;
      return {
        id,
        noteActor: (name) => {
          actor = name;
        },
        end: (response, route, receivedBytes) => {
          if (isUpload) uploads -= 1;
          const milliseconds = performance.now() - startedMs;
          const { status } = response;
          const bytes = method === "HEAD" ? 0 : sizeOf(response);
          const knownMethod = /^[A-Z]{1,10}$/.test(method) ? method : "OTHER";
          requests.add({ method: knownMethod, route, status: String(status) });
          sent.add({ route }, bytes);
          received.add({ route }, receivedBytes);
          durations.observe({ route }, milliseconds / 1000);
          log.access({ id, method: knownMethod, route, status, bytes, receivedBytes, milliseconds, actor, address });
        },
      };
    },
  };
}

/** The caller's own id where it is harmless in a log; otherwise a new one. */
function requestId(given: string | null): string {
  return given !== null && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomBytes(8).toString("hex");
}

/** How long the answer's body is, where that is known before it is sent. */
function sizeOf(response: Response): number {
  const announced = response.headers.get("content-length");
  return announced === null ? 0 : Number(announced);
}
