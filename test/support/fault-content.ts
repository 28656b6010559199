import { createCipheriv, createHash } from "node:crypto";
import type { Random } from "./fault-random.ts";

const poolBytes = 16 * 1024 * 1024;
/** The largest content. */
const maxBytes = 8 * 1024 * 1024;

/** Bytes that can be made again from a few numbers, so that a journal of thousands of uploads stays small. */
export interface Content {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Makes contents out of one pool of noise: windows of it, which share no useful structure. */
export function createContents(random: Random) {
  const key = Buffer.alloc(16);
  for (let at = 0; at < key.byteLength; at += 1) key[at] = random.whole(0, 256);
  const pool = createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(poolBytes));
  const windowOf = (offset: number, sizeBytes: number): Buffer<ArrayBuffer> => pool.subarray(offset, offset + sizeBytes);
  return {
    /** Content of a size up to 8 MiB that the caller chose, from a place up to 8 MiB. */
    window: (offset: number, sizeBytes: number): Content => ({ offset, sizeBytes, sha256: sha256Of(windowOf(offset, sizeBytes)) }),
    /** 1 byte to 8 MiB, mostly small. */
    next: (draw: Random): Content => {
      const sizeBytes = Math.max(1, Math.round(Math.exp(draw.fraction() ** 3 * Math.log(maxBytes))));
      const offset = draw.whole(0, poolBytes - sizeBytes);
      return { offset, sizeBytes, sha256: sha256Of(windowOf(offset, sizeBytes)) };
    },
    /** So many bytes, at most as many as the pool has. */
    ofSize: (draw: Random, sizeBytes: number): Content => {
      const offset = draw.whole(0, poolBytes - sizeBytes);
      return { offset, sizeBytes, sha256: sha256Of(windowOf(offset, sizeBytes)) };
    },
    bytesOf: ({ offset, sizeBytes }: Content): Buffer<ArrayBuffer> => windowOf(offset, sizeBytes),
  };
}

export type Contents = ReturnType<typeof createContents>;

/** Lower-case hexadecimal. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
