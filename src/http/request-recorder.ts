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
  const seriesOf = createSeries(metrics);
  const newId = createIds();
  let uploads = 0;
  metrics.gauge("stowage_uploads_in_progress", "Uploads that are being received.", () => uploads);

  return {
    begin: (request, address) => {
      const startedMs = performance.now();
      const given = request.headers.get("x-request-id");
      const id = given !== null && harmlessId.test(given) ? given : newId();
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
          const bytes = method === "HEAD" ? 0 : Number(response.headers.get("content-length") ?? 0);
          const series = seriesOf(method, route, status);
          series.requests.add(1);
          series.sent.add(bytes);
          series.received.add(receivedBytes);
          series.durations.observe(milliseconds / 1000);
          log.access({ id, method, route, status, bytes, receivedBytes, milliseconds, actor, address });
        },
      };
    },
  };
}

/** Ids that are the caller's own are kept where they are harmless in a log. */
const harmlessId = /^[A-Za-z0-9._-]{1,64}$/;

/** Ids that no other process has: a random part for the process, then a count. */
function createIds(): () => string {
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}

/** The series that a request counts in. Methods, routes and statuses are few, so their handles are kept. */
function createSeries(metrics: Metrics) {
  const requests = metrics.counter("stowage_http_requests_total", "Requests answered, by method, route and status.");
  const sent = metrics.counter("stowage_http_sent_bytes_total", "Bytes of bodies sent, by route.");
  const received = metrics.counter("stowage_http_received_bytes_total", "Bytes of bodies received, by route.");
  const durations = metrics.histogram(
    "stowage_http_request_duration_seconds",
    "Time from the request's head to its answer, by route.",
    durationBounds,
  );
  const create = (method: string, route: string, status: number) => ({
    requests: requests.labels({ method, route, status: String(status) }),
    sent: sent.labels({ route }),
    received: received.labels({ route }),
    durations: durations.labels({ route }),
  });
  const known = new Map<string, ReturnType<typeof create>>();
  return (method: string, route: string, status: number) => {
    const key = `${method} ${status} ${route}`;
    const series = known.get(key) ?? create(method, route, status);
    known.set(key, series);
    return series;
  };
}
