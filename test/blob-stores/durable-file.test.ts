import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDurableFile } from "../../src/blob-stores/durable-file.ts";

const mebibyte = 1024 * 1024;

describe("a file that becomes durable", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stowage-durable-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Appends pieces whose memory is overwritten at once, as that of a receive buffer is. */
  const write = async (name: string, content: Buffer, likelyBytes: number | null, pieceBytes: number): Promise<void> => {
    const file = await createDurableFile(join(folder, name), likelyBytes);
    for (let at = 0; at < content.byteLength; at += pieceBytes) {
      const piece = Buffer.from(content.subarray(at, at + pieceBytes));
      await file.append(piece);
      piece.fill(0);
    }
    await file.finish();
  };
  const holds = async (name: string, content: Buffer): Promise<boolean> => content.equals(await readFile(join(folder, name)));

  const lengths: [what: string, sizeBytes: number, likelyBytes: number | null][] = [
    ["nothing", 0, 0],
    ["one byte", 1, 1],
    ["as much as was said", 10_240, 10_240],
    ["more than was said", 200_000, 10_000],
    ["less than was said", 10, 60_000],
    ["much less than was said", 10, 10 * mebibyte],
    ["exactly one batch", mebibyte, null],
    ["one byte more than two batches", 2 * mebibyte + 1, null],
    ["more than is synced in one step", 70 * mebibyte + 3, 70 * mebibyte + 3],
  ];
  for (const [what, sizeBytes, likelyBytes] of lengths)
    it(`holds what was appended: ${what}`, async () => {
      const content = randomBytes(sizeBytes);
      await write(what, content, likelyBytes, 100_003);
      expect(await holds(what, content)).toBe(true);
    });

  it("holds its own bytes where many files grow at the same time, some of which are given up", async () => {
    const contents = Array.from({ length: 48 }, (_, index) => randomBytes(mebibyte + index * 20_011));
    await Promise.all(
      contents.map(async (content, index) => {
        await write(`many-${index}`, content, index % 3 === 0 ? content.byteLength : null, 30_000 + index * 1_777);
        const given = await createDurableFile(join(folder, `given-up-${index}`));
        await given.append(content.subarray(0, 900_000));
        await given.abandon();
      }),
    );
    for (const [index, content] of contents.entries()) expect(await holds(`many-${index}`, content)).toBe(true);
  });
});
