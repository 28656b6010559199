import { createLatencyHistogram, type LatencyHistogram } from "../latency-histogram.ts";
import { openConnection, type HttpConnection } from "./http-connection.ts";
import { answerSpec } from "./load-program.ts";
import { createRequestSource, type RequestPlan } from "./request-source.ts";

/** Requests of one kind at a fixed rate, whether earlier ones are answered or not. */
export interface ArrivalStream {
  readonly name: string;
  readonly plan: RequestPlan;
  readonly perSecond: number;
  readonly expectedStatus: number;
  readonly firstNumber?: number;
}

export interface OpenLoopSpec {
  readonly port: number;
  readonly streams: readonly ArrivalStream[];
  readonly seconds: number;
}

/** Latencies from the intended time of each request to the end of its answer: waiting in a queue counts. */
export interface StreamResult {
  readonly name: string;
  readonly sent: number;
  /** Other statuses, broken connections, and what was not answered ten seconds after the end. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface OpenLoopResult {
  readonly streams: readonly StreamResult[];
  /** How late the generator itself sent, 99th percentile: what it adds to the figures. */
  readonly ownLatenessP99Ms: number;
}

const connectionsAtFirst = 64;
const mostConnections = 1000;
const lastAnswersMs = 10_000;

interface Running {
  readonly stream: ArrivalStream;
  readonly next: ReturnType<typeof createRequestSource>;
  readonly latencies: LatencyHistogram;
  sent: number;
  failures: number;
}

/** A connection and what it is answering. */
interface Lane {
  connection: HttpConnection | null;
  running: Running | null;
  intendedAtMs: number;
}

async function run(spec: OpenLoopSpec): Promise<OpenLoopResult> {
  const lateness = createLatencyHistogram();
  const streams = spec.streams.map((stream): Running => ({
    stream, next: createRequestSource(stream.plan, stream.firstNumber), latencies: createLatencyHistogram(), sent: 0, failures: 0,
  }));
  const lanes = createLanes(spec.port, lateness);
  // Connecting is no part of what is measured.
  for (let index = 0; index < connectionsAtFirst; index += 1) await lanes.connect();
  await sendOnSchedule(streams, spec.seconds, lanes.arrive);
  const deadlineMs = performance.now() + lastAnswersMs;
  while (lanes.unanswered() > 0 && performance.now() < deadlineMs) await Bun.sleep(5);
  return { streams: streams.map((running) => resultOf(running)), ownLatenessP99Ms: lateness.quantile(0.99) };
}

/** The connections: each arrival takes an idle one, and waits for its turn where there is none. */
function createLanes(port: number, lateness: LatencyHistogram) {
  const idle: Lane[] = [];
  const waiting: { readonly running: Running; readonly intendedAtMs: number }[] = [];
  let open = 0;
  let unanswered = 0;
  const settle = (lane: Lane, isGood: boolean): void => {
    const { running } = lane;
    if (running === null) return;
    lane.running = null;
    unanswered -= 1;
    running.latencies.record(performance.now() - lane.intendedAtMs);
    if (!isGood) running.failures += 1;
  };
  const use = (lane: Lane, running: Running, intendedAtMs: number): void => {
    lane.running = running;
    lane.intendedAtMs = intendedAtMs;
    lateness.record(performance.now() - intendedAtMs);
    const { start, rest, hasAnswerBody } = running.next();
    lane.connection?.send(start, rest, hasAnswerBody);
  };
  const free = (lane: Lane): void => {
    const first = waiting.shift();
    if (first === undefined) idle.push(lane);
    else use(lane, first.running, first.intendedAtMs);
  };
  const connect = async (): Promise<void> => {
    const lane: Lane = { connection: null, running: null, intendedAtMs: 0 };
    open += 1;
    lane.connection = await openConnection(port, {
      onAnswer: (status) => {
        settle(lane, status === lane.running?.stream.expectedStatus);
        free(lane);
      },
      onEnd: () => {
        open -= 1;
        settle(lane, false);
        const position = idle.indexOf(lane);
        if (position !== -1) idle.splice(position, 1);
      },
    });
    free(lane);
  };
  const arrive = (running: Running, intendedAtMs: number): void => {
    running.sent += 1;
    unanswered += 1;
    const lane = idle.pop();
    if (lane !== undefined) return use(lane, running, intendedAtMs);
    waiting.push({ running, intendedAtMs });
    if (open < mostConnections) connect().catch(() => (open -= 1));
  };
  return { connect, arrive, unanswered: () => unanswered };
}

/** Calls for every arrival whose time has come, until the last one. */
async function sendOnSchedule(
  streams: readonly Running[],
  seconds: number,
  arrive: (running: Running, intendedAtMs: number) => void,
): Promise<void> {
  const beganAtMs = performance.now();
  const isDone = (running: Running): boolean => running.sent >= Math.floor(running.stream.perSecond * seconds);
  while (!streams.every(isDone)) {
    const nowMs = performance.now();
    for (const running of streams)
      while (!isDone(running)) {
        const intendedAtMs = beganAtMs + (running.sent * 1000) / running.stream.perSecond;
        if (intendedAtMs > nowMs) break;
        arrive(running, intendedAtMs);
      }
    await Bun.sleep(1);
  }
}

function resultOf({ stream, sent, failures, latencies }: Running): StreamResult {
  return {
    name: stream.name,
    sent,
    failures: failures + (sent - latencies.count()),
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    p999Ms: latencies.quantile(0.999),
    maxMs: latencies.maxMs(),
  };
}

await answerSpec(run);
