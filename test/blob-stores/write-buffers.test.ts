import { describe, expect, it } from "bun:test";
import { createWriteBuffers } from "../../src/blob-stores/write-buffers.ts";

const mebibyte = 1024 * 1024;
const bytes = new Uint8Array(2 * mebibyte).fill(7);

describe("the buffers that growing files share", () => {
  it("are 1 MiB for a few files, and become smaller as there are more, down to 64 KiB", () => {
    const buffers = createWriteBuffers();
    const sizes = Array.from({ length: 200 }, () => buffers.openFile(0).fill(bytes));
    expect(sizes.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => mebibyte));
    expect(sizes[31]).toBe(mebibyte / 4);
    expect(sizes[199]).toBe(mebibyte / 16);
  });

  it("stay within 16 MiB while 32 files fill and write them in turn, and nothing stays at the end", () => {
    const buffers = createWriteBuffers();
    const files = Array.from({ length: 32 }, () => buffers.openFile(0));
    let peakBytes = 0;
    for (let round = 0; round < 20; round += 1) {
      for (const file of files) {
        if (round > 0) file.written();
        file.fill(bytes);
        file.full();
        file.fill(bytes.subarray(0, 10));
        if (round > 2) peakBytes = Math.max(peakBytes, buffers.heldBytes());
      }
    }
    expect(peakBytes).toBeGreaterThan(0);
    expect(peakBytes).toBeLessThanOrEqual(16 * mebibyte);
    for (const file of files) file.close();
    expect(buffers.heldBytes()).toBe(0);
  });

  it("are used again, and never while they are written", () => {
    const buffers = createWriteBuffers();
    const [one, other] = [buffers.openFile(0), buffers.openFile(0)];
    one.fill(Uint8Array.of(1, 2, 3));
    const batch = one.full();
    other.fill(Uint8Array.of(4, 5, 6));
    one.fill(Uint8Array.of(7, 8, 9));
    expect([...batch]).toEqual([1, 2, 3]);
    one.written();
    const heldBytes = buffers.heldBytes();
    const third = buffers.openFile(0);
    third.fill(Uint8Array.of(10));
    expect(buffers.heldBytes()).toBe(heldBytes);
    expect([...other.full()]).toEqual([4, 5, 6]);
    expect([...one.full()]).toEqual([7, 8, 9]);
    expect([...third.full()]).toEqual([10]);
  });

  it("are not touched by a file that is as small as it was said to be, and serve one that is larger", () => {
    const buffers = createWriteBuffers();
    const file = buffers.openFile(1000);
    expect(file.fill(bytes)).toBe(1000);
    expect(buffers.heldBytes()).toBe(0);
    expect(file.full().byteLength).toBe(1000);
    file.written();
    expect(file.fill(bytes)).toBe(mebibyte);
    file.close();
    file.close();
    expect(buffers.heldBytes()).toBe(0);
  });
});
