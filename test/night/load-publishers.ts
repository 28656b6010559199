import { createBigContents } from "./big-content.ts";
import { createLatency } from "./latency.ts";
import { watchLag } from "./event-loop-lag.ts";
import { askFor, fileUrl } from "./load-request.ts";
import type { LoadFigures } from "./load.ts";
import { runOpenLoop } from "./open-loop.ts";
import { watchLife } from "./sign-of-life.ts";

const publishers = 200;
const secondsBetween = 10;
const fileBytes = 1_000_000;

/** Publishes of 1 MB on a fixed schedule, and signs of life beside. */
export async function runPublishers(url: string, { seed, seconds }: { readonly seed: number; readonly seconds: number }): Promise<LoadFigures> {
  const contents = createBigContents(seed, "noise");
  const latency = createLatency();
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
  const lag = await watchLag(url);
  using watch = watchLife(url);
  const counts = await runOpenLoop({ perSecond: publishers / secondsBetween, seconds, act: publish });
  const signs = await watch.end();
  const lagP99Ms = await lag.p99Ms();
  const published = statuses.get("201") ?? 0;
  const problems: string[] = [];
  if (published !== counts.arrivals) problems.push(`publishers: ${JSON.stringify(Object.fromEntries(statuses))} of ${counts.arrivals}, ${counts.leftOut} left out`);
  if (signs.unanswered > 0) problems.push(`publishers: ${signs.unanswered} of ${signs.asked} signs of life did not come`);
  return {
    figures: {
      "publishers.published": published,
      "publishers.perSecond": publishers / secondsBetween,
      "publishers.p50Ms": latency.percentile(0.5),
      "publishers.p99Ms": latency.percentile(0.99),
      "publishers.eventLoopLagP99Ms": lagP99Ms,
      "publishers.signOfLifeP99Ms": signs.p99Ms,
    },
    problems,
  };
}
