import { createRandom } from "../support/fault-random.ts";
import { inParallel } from "../support/fault-waiting.ts";
import { createLatency } from "./latency.ts";
import { watchLag } from "./event-loop-lag.ts";
import { askFor, fileUrl } from "./load-request.ts";
import type { LoadFigures } from "./load.ts";
import { runOpenLoop } from "./open-loop.ts";
import { watchLife } from "./sign-of-life.ts";

const files = 1000;
const fileBytes = 10_240;
const publishShare = 0.1;
const share = 0.7;
/** The most that the machine does is found with so many at a time for so long. */
const searchers = 16;
const searchSeconds = 20;

/** Nine reads for each publish, of 10 KiB, at 70 % of the rate that sixteen clients in a row reach just before. */
export async function runMixed(url: string, { seed, seconds }: { readonly seed: number; readonly seconds: number }): Promise<LoadFigures> {
  const random = createRandom(seed);
  let times = { reads: createLatency(), publishes: createLatency() };
  const wrong = new Map<string, number>();
  const note = (what: string): void => void wrong.set(what, (wrong.get(what) ?? 0) + 1);
  const bodyOf = (number: number): Buffer<ArrayBuffer> => Buffer.alloc(fileBytes, `content ${number} of ${seed} `);
  let published = 0;
  const publish = async (dueMs: number): Promise<void> => {
    const number = published;
    published += 1;
    const { status } = await askFor(fileUrl(url, `mixed/1.${Math.floor(number / 100)}/file-${number}.bin`), { method: "PUT", body: bodyOf(number) });
    times.publishes.note(performance.now() - dueMs);
    if (status !== 201) note(`publish: ${status ?? "no answer"}`);
  };
  const read = async (dueMs: number): Promise<void> => {
    const number = random.whole(0, files);
    const { status, bytes } = await askFor(fileUrl(url, `mixed/1.${Math.floor(number / 100)}/file-${number}.bin`));
    times.reads.note(performance.now() - dueMs);
    if (status !== 200) note(`read: ${status ?? "no answer"}`);
    else if (!bodyOf(number).equals(bytes)) note("read: wrong bytes");
  };
  const act = (dueMs: number): Promise<void> => (random.fraction() < publishShare ? publish(dueMs) : read(dueMs));
  await inParallel(searchers, Array.from({ length: files }), () => publish(performance.now()));
  const mostPerSecond = await searchMost(act);
  times = { reads: createLatency(), publishes: createLatency() };
  const perSecond = Math.max(1, Math.floor(mostPerSecond * share));
  const lag = await watchLag(url);
  using watch = watchLife(url);
  const counts = await runOpenLoop({ perSecond, seconds, act });
  const signs = await watch.end();
  const lagP99Ms = await lag.p99Ms();
  const problems = [...wrong].map(([what, number]) => `mixed: ${what}, ${number} times`);
  if (counts.leftOut > 0) problems.push(`mixed: ${counts.leftOut} requests left out, the server did not keep up`);
  if (signs.unanswered > 0) problems.push(`mixed: ${signs.unanswered} of ${signs.asked} signs of life did not come`);
  return {
    figures: {
      "mixed.mostPerSecond": Math.round(mostPerSecond),
      "mixed.perSecond": perSecond,
      "mixed.reads": times.reads.count(),
      "mixed.publishes": times.publishes.count(),
      "mixed.readP50Ms": times.reads.percentile(0.5),
      "mixed.readP99Ms": times.reads.percentile(0.99),
      "mixed.publishP50Ms": times.publishes.percentile(0.5),
      "mixed.publishP99Ms": times.publishes.percentile(0.99),
      "mixed.eventLoopLagP99Ms": lagP99Ms,
      "mixed.signOfLifeP99Ms": signs.p99Ms,
    },
    problems,
  };
}

async function searchMost(act: (dueMs: number) => Promise<void>): Promise<number> {
  const endMs = performance.now() + searchSeconds * 1000;
  let done = 0;
  await inParallel(searchers, Array.from({ length: searchers }), async () => {
    while (performance.now() < endMs) {
      await act(performance.now());
      done += 1;
    }
  });
  return done / searchSeconds;
}
