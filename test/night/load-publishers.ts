import { createBigContents } from "./big-content.ts";
import { createLatency } from "./latency.ts";
import { askFor, fileUrl } from "./load-request.ts";
import type { LoadFigures } from "./load.ts";
import { runOpenLoop } from "./open-loop.ts";

const publishers = 200;
const secondsBetween = 10;
const fileBytes = 1_000_000;
const mostP99Ms = 1000;
/** Of the event loop: how long the server takes to say that it is alive. */
const probesPerSecond = 10;
const mostLagP99Ms = 20;

/** Publishes of 1 MB on a fixed schedule, with a probe of the event loop beside. */
export async function runPublishers(url: string, { seed, seconds }: { readonly seed: number; readonly seconds: number }): Promise<LoadFigures> {
  const contents = createBigContents(seed, "noise");
  const [latency, lag] = [createLatency(), createLatency()];
  const statuses = new Map<string, number>();
  let next = 0;
  const publish = async (dueMs: number): Promise<void> => {
    const number = next;
    next += 1;
    const path = `publisher-${number % publishers}/1.${Math.floor(number / publishers)}.0/file.bin`;
    const { status } = await askFor(fileUrl(url, path), { method: "PUT", body: contents.content(number, fileBytes).block(0) });
    latency.note(performance.now() - dueMs);
    statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1);
  };
  const probe = async (dueMs: number): Promise<void> => {
    await askFor(`${url}/healthz`);
    lag.note(performance.now() - dueMs);
  };
  const [counts] = await Promise.all([
    runOpenLoop({ perSecond: publishers / secondsBetween, seconds, act: publish }),
    runOpenLoop({ perSecond: probesPerSecond, seconds, act: probe }),
  ]);
  const published = statuses.get("201") ?? 0;
  const problems: string[] = [];
  if (published !== counts.arrivals) problems.push(`publishers: ${JSON.stringify(Object.fromEntries(statuses))} of ${counts.arrivals}, ${counts.leftOut} left out`);
  const p99Ms = latency.percentile(0.99);
  const lagP99Ms = lag.percentile(0.99);
  if (p99Ms >= mostP99Ms) problems.push(`publishers: the 99th percentile is ${p99Ms} ms, wanted less than ${mostP99Ms}`);
  if (lagP99Ms >= mostLagP99Ms) problems.push(`publishers: the 99th percentile of a sign of life is ${lagP99Ms} ms, wanted less than ${mostLagP99Ms}`);
  return {
    figures: {
      "publishers.published": published,
      "publishers.perSecond": publishers / secondsBetween,
      "publishers.p50Ms": latency.percentile(0.5),
      "publishers.p99Ms": p99Ms,
      "publishers.signOfLifeP99Ms": lagP99Ms,
    },
    problems,
  };
}
