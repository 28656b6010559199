import { createLatency } from "./latency.ts";
import { runOpenLoop } from "./open-loop.ts";
import { transfer } from "./raw-transfer.ts";

/** What the thread is told: where to ask, and later that it is over. */
export type SignQuestion = { readonly kind: "begin"; readonly url: string } | { readonly kind: "end" };

/** What was seen until it was over. Times are in milliseconds, from when each answer was due. */
export interface SignsOfLife {
  readonly asked: number;
  readonly unanswered: number;
  readonly p99Ms: number;
}

/** What the thread answers, once. */
export type SignAnswer = SignsOfLife | { readonly failure: string };

declare const self: Worker;

const perSecond = 10;
const mostSeconds = 24 * 3600;
const idleMs = 60_000;
let isOver = false;

async function ask(url: string): Promise<SignsOfLife> {
  const latency = createLatency();
  let unanswered = 0;
  const act = async (dueMs: number): Promise<void> => {
    const { status } = await transfer({ url, method: "GET", path: "/healthz", headers: {}, idleMs });
    latency.note(performance.now() - dueMs);
    if (status !== 200) unanswered += 1;
  };
  await runOpenLoop({ perSecond, seconds: mostSeconds, isOver: () => isOver, act });
  return { asked: latency.count(), unanswered, p99Ms: latency.percentile(0.99) };
}

self.onmessage = ({ data }: MessageEvent<SignQuestion>) => {
  if (data.kind === "end") isOver = true;
  else
    void ask(data.url).then(
      (signs) => self.postMessage(signs satisfies SignAnswer),
      (error: unknown) => self.postMessage({ failure: String(error) } satisfies SignAnswer),
    );
};
