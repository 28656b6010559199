import { admin } from "../support/server-process.ts";
import { createBigContents, hashOf } from "./big-content.ts";
import { createLatency } from "./latency.ts";
import { askFor, fileUrl } from "./load-request.ts";
import type { LoadFigures } from "./load.ts";
import { runOpenLoop } from "./open-loop.ts";
import { transfer } from "./raw-transfer.ts";
import { watchLife } from "./sign-of-life.ts";

const clients = 1000;
const fileBytes = 50_000_000;
/** One client in so many hashes what it gets; the others count its bytes. */
const hashedEach = 20;
const idleMs = 600_000;
const publishesPerSecond = 2;
const mostHerdSeconds = 3600;

/** A thousand clients that come at the same moment for one file that nobody has read before, while others publish. */
export async function runHerd(url: string, { seed }: { readonly seed: number }): Promise<LoadFigures> {
  const content = createBigContents(seed + 1, "noise").content(0, fileBytes);
  const whole = Buffer.concat(Array.from({ length: content.blocks }, (_, number) => content.block(number)));
  const sha256 = hashOf(content);
  const problems: string[] = [];
  const path = "herd/1.0.0/file.bin";
  const made = await askFor(fileUrl(url, path), { method: "PUT", body: whole });
  if (made.status !== 201) problems.push(`herd: its file was answered ${made.status ?? "not at all"}`);
  const [firstByte, publishing] = [createLatency(), createLatency()];
  let isOver = false;
  let number = 0;
  const beside = runOpenLoop({
    perSecond: publishesPerSecond,
    seconds: mostHerdSeconds,
    isOver: () => isOver,
    act: async (dueMs) => {
      number += 1;
      const { status } = await askFor(fileUrl(url, `beside/1.${number}.0/file.bin`), { method: "PUT", body: `content ${number} `.repeat(500) });
      publishing.note(performance.now() - dueMs);
      if (status !== 201) problems.push(`herd: a publish beside was answered ${status ?? "not at all"}`);
    },
  });
  using watch = watchLife(url);
  const beganAtMs = performance.now();
  const fetched = await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const hash = client % hashedEach === 0 ? new Bun.CryptoHasher("sha256") : null;
      const { pathname } = new URL(fileUrl(url, path));
      const headers = { authorization: `token ${admin.token}` };
      const answer = await transfer({ url, method: "GET", path: pathname, headers, onData: (chunk) => void hash?.update(chunk), idleMs });
      firstByte.note(answer.firstByteMs ?? idleMs);
      return answer.status === 200 && answer.bodyBytes === fileBytes && (hash === null || hash.digest("hex") === sha256);
    }),
  );
  const seconds = (performance.now() - beganAtMs) / 1000;
  const signs = await watch.end();
  isOver = true;
  await beside;
  if (signs.unanswered > 0) problems.push(`herd: ${signs.unanswered} of ${signs.asked} signs of life did not come`);
  const whole200 = fetched.filter(Boolean).length;
  if (whole200 !== clients) problems.push(`herd: ${whole200} of ${clients} got the whole file`);
  return {
    figures: {
      "herd.wholeFiles": whole200,
      "herd.seconds": Math.round(seconds),
      "herd.mbPerSecond": Math.round((clients * fileBytes) / 1e6 / seconds),
      "herd.firstByteP50Ms": firstByte.percentile(0.5),
      "herd.firstByteP99Ms": firstByte.percentile(0.99),
      "herd.publishesBeside": number,
      "herd.publishBesideP99Ms": publishing.percentile(0.99),
      "herd.signOfLifeP99Ms": signs.p99Ms,
    },
    problems,
  };
}
