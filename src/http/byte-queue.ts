/** Bytes in one piece of memory, taken off the front in the order they were put in. */
export interface ByteQueue {
  byteLength(): number;
  append(bytes: Uint8Array): void;
  /** Lets go of this many bytes at the front, or of all there are. */
  drop(byteCount: number): void;
  /** Takes this many bytes off the front, or all there are. The result is a copy. */
  take(byteCount: number): Uint8Array;
}

/** An empty queue. It grows by doubling, so that many small chunks cost no more than few large ones. */
export function createByteQueue(): ByteQueue {
  let memory = Buffer.alloc(0);
  let start = 0;
  let end = 0;

  function makeRoom(byteCount: number): void {
    if (end + byteCount <= memory.byteLength) return;
    const held = memory.subarray(start, end);
    const needed = held.byteLength + byteCount;
    const roomy = needed * 2 <= memory.byteLength ? memory : Buffer.allocUnsafeSlow(needed * 2);
    held.copy(roomy);
    memory = roomy;
    start = 0;
    end = held.byteLength;
  }

  function drop(byteCount: number): void {
    start = Math.min(end, start + byteCount);
    if (start === end) start = end = 0;
  }

  return {
    byteLength: () => end - start,
    append: (bytes) => {
      makeRoom(bytes.byteLength);
      memory.set(bytes, end);
      end += bytes.byteLength;
    },
    drop,
    take: (byteCount) => {
      const taken = Uint8Array.prototype.slice.call(memory, start, Math.min(end, start + byteCount));
      drop(byteCount);
      return taken;
    },
  };
}
