import { blockBytes, createBigContents } from "./big-content.ts";
import { transfer } from "./raw-transfer.ts";

/** What a downloading process is told, as JSON in its only argument. */
export interface DownloadOrder {
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly sizeBytes: number;
  /** A whole number of blocks. */
  readonly fromBlock: number;
}

/** How many further blocks were found right between two lines of its output. */
const blocksPerLine = 64;
const idleMs = 300_000;

/**
 * A client that downloads from a place on, compares every block with what it has to be, and tells on its output how many
 * blocks are right. Exit code 0: the file was right to its end; 1: wrong bytes or a wrong answer; 3: the connection ended.
 */
if (import.meta.main) {
  const order: DownloadOrder = JSON.parse(process.argv[2] ?? "");
  const content = createBigContents(order.seed, "rows").content(0, order.sizeBytes);
  let next = order.fromBlock;
  let block = content.block(next);
  let at = 0;
  let isRight = true;
  const compare = (chunk: Buffer): void => {
    for (let from = 0; from < chunk.byteLength && isRight; ) {
      const length = Math.min(chunk.byteLength - from, block.byteLength - at);
      isRight = length > 0 && chunk.subarray(from, from + length).equals(block.subarray(at, at + length));
      from += length;
      at += length;
      if (at < block.byteLength) continue;
      next += 1;
      at = 0;
      block = next < content.blocks ? content.block(next) : Buffer.alloc(0);
      if (next % blocksPerLine === 0) process.stdout.write(`${next}\n`);
    }
  };
  const range: Record<string, string> = order.fromBlock === 0 ? {} : { range: `bytes=${order.fromBlock * blockBytes}-` };
  const { url, path } = order;
  const answer = await transfer({ url, method: "GET", path, headers: { ...order.headers, ...range }, onData: compare, idleMs });
  process.stdout.write(`${next}\n`);
  const wanted = order.fromBlock === 0 ? 200 : 206;
  if (!isRight || (answer.status !== null && answer.status !== wanted)) process.exit(1);
  process.exit(next === content.blocks ? 0 : 3);
}
