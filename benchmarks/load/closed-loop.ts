import { createLatencyHistogram } from "../latency-histogram.ts";
import { openConnection, type HttpConnection } from "./http-connection.ts";
import { answerSpec } from "./load-program.ts";
import { createRequestSource, type PreparedRequest, type RequestPlan } from "./request-source.ts";

/** So many connections, each sending its next request when the last one is answered. */
export interface ClosedLoopSpec {
  readonly port: number;
  readonly plan: RequestPlan;
  readonly connections: number;
  /** Ends after this time, or after so many requests, whichever comes first of those given. */
  readonly seconds?: number;
  readonly requests?: number;
  readonly expectedStatus: number;
  /** What the server may answer as well; anything else ends the run with an error. */
  readonly otherStatuses?: readonly number[];
  /** Number of the first upload. */
  readonly firstNumber?: number;
}

export interface ClosedLoopResult {
  readonly answered: number;
  /** How often each status came. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

async function run(spec: ClosedLoopSpec): Promise<ClosedLoopResult> {
  const nextRequest = createRequestSource(spec.plan, spec.firstNumber);
  const latencies = createLatencyHistogram();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const allowed = new Set([spec.expectedStatus, ...(spec.otherStatuses ?? [])]);
  const statuses: Record<string, number> = {};
  const limit = spec.requests ?? Number.POSITIVE_INFINITY;
  let sent = 0;
  let running = 0;
  let isOver = false;
  const connect = async (): Promise<void> => {
    let sentAtMs = 0;
    const sendNext = (connection: HttpConnection): void => {
      if (isOver || sent >= limit) {
        running -= 1;
        connection.close();
        if (running === 0) resolve();
        return;
      }
      sent += 1;
      const { start, rest, hasAnswerBody }: PreparedRequest = nextRequest();
      sentAtMs = performance.now();
      connection.send(start, rest, hasAnswerBody);
    };
    let isDone = false;
    const connection = await openConnection(spec.port, {
      onAnswer: (status) => {
        latencies.record(performance.now() - sentAtMs);
        if (!allowed.has(status)) return reject(new Error(`status ${status} instead of ${spec.expectedStatus}`));
        statuses[status] = (statuses[status] ?? 0) + 1;
        isDone = isOver || sent >= limit;
        sendNext(connection);
      },
      onEnd: (reason) => {
        if (!isDone) reject(new Error(`the server ended a connection: ${reason}`));
      },
    });
    connections.push(() => sendNext(connection));
  };
  const connections: (() => void)[] = [];
  for (let index = 0; index < spec.connections; index += 1) await connect();
  running = connections.length;
  const beganAtMs = performance.now();
  if (spec.seconds !== undefined) setTimeout(() => (isOver = true), spec.seconds * 1000);
  for (const begin of connections) begin();
  await ended;
  const seconds = (performance.now() - beganAtMs) / 1000;
  return {
    answered: latencies.count(),
    statuses,
    seconds,
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    maxMs: latencies.maxMs(),
  };
}

await answerSpec(run);
