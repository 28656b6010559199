import { createCipheriv, createHash } from "node:crypto";

export const blockBytes = 2 ** 20;
const poolBytes = 64 * blockBytes;
/** Random bytes in each row, which do not compress; the rest of it does. */
const idBytes = 16;

/** A file too large for any memory, made again from a few numbers, block by block. */
export interface BigContent {
  readonly sizeBytes: number;
  /** Blocks of 1 MiB; the last may be shorter. */
  readonly blocks: number;
  block(number: number): Buffer<ArrayBuffer>;
}

/** Contents over one pool: windows of it at places that the number of the file and the block give, each with its numbers at its head. */
export function createBigContents(seed: number, kind: "noise" | "rows") {
  const pool = kind === "noise" ? noise(seed) : rows(seed);
  return {
    content: (file: number, sizeBytes: number): BigContent => ({
      sizeBytes,
      blocks: Math.ceil(sizeBytes / blockBytes),
      block: (number) => {
        const from = Math.imul(number * 2 + 1, 0x9e3779b1 ^ file) >>> 0;
        const at = from % (poolBytes - blockBytes);
        const block = Buffer.from(pool.subarray(at, at + blockBytes));
        block.writeUInt32LE(file, 0);
        block.writeDoubleLE(number, 4);
        return block.subarray(0, Math.min(blockBytes, sizeBytes - number * blockBytes));
      },
    }),
  };
}

/** The bytes from one place to before another, wherever they lie. */
export function partOf(content: BigContent, from: number, to: number): Buffer {
  const first = Math.floor(from / blockBytes);
  const blocks: Buffer[] = [];
  for (let number = first; number * blockBytes < to; number += 1) blocks.push(content.block(number));
  return Buffer.concat(blocks).subarray(from - first * blockBytes, to - first * blockBytes);
}

/** Lower-case hexadecimal, of the whole. */
export function hashOf(content: BigContent): string {
  const hash = createHash("sha256");
  for (let number = 0; number < content.blocks; number += 1) hash.update(content.block(number));
  return hash.digest("hex");
}

function noise(seed: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0, 0);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(poolBytes));
}

/** Like the log of a program: rows of one form, each with an id of its own. */
function rows(seed: number): Buffer {
  const ids = noise(seed);
  const pool = Buffer.alloc(poolBytes);
  for (let at = 0, row = 0; at < poolBytes; row += 1) {
    const id = ids.toString("hex", row * idBytes, (row + 1) * idBytes);
    at += pool.write(`{"level":"info","message":"a request was answered","route":"/packages/:name/:version","status":200,"id":"${id}"}\n`, at);
  }
  return pool;
}
