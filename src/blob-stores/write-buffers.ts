/** What all files that grow hold together, unless there are so many that each has the smallest buffers. */
const sharedBytes = 16 * 1024 * 1024;
/** Larger writes cost no less for each byte; the smallest ones cost twice as much. */
const largestBytes = 1024 * 1024;
const smallestBytes = 64 * 1024;
/** One is filled while the other is written. */
const buffersPerFile = 2;

/** The buffers that files are written from, used again and again: what is made for each write stays until it is collected. */
export interface WriteBuffers {
  /**
   * For one file. Up to `ownBytes` it has memory of its own, of just that size; beyond that it has a share of what files
   * hold together, which becomes smaller as they become more.
   */
  openFile(ownBytes: number): FileBuffers;
  /** Bytes that are held now, for files or for the next ones. Nothing is held while no file has a share. */
  heldBytes(): number;
}

/** What is written next to one file, and what is being written. */
export interface FileBuffers {
  /** Copies as much as there is room for; gives how many bytes that was. */
  fill(bytes: Uint8Array): number;
  isEmpty(): boolean;
  /** What was filled, to be written; to be called again only after `written`. */
  full(): Uint8Array;
  /** What `full` gave is read no more. */
  written(): void;
  /** Gives everything back, when nothing is read from it any more. May be called more than once. */
  close(): void;
}

/** Buffers that are shared by all files which are given this object. */
export function createWriteBuffers(): WriteBuffers {
  const pool = createPool();
  return { openFile: (ownBytes) => openFile(pool, ownBytes), heldBytes: () => pool.heldBytes() };
}

function openFile(pool: Pool, ownBytes: number): FileBuffers {
  let own = ownBytes > 0 ? Buffer.allocUnsafe(ownBytes) : null;
  let filling: Uint8Array | null = own;
  let filledBytes = 0;
  let inWriting: Uint8Array | null = null;
  let hasJoined = false;

  const takeShared = (): Uint8Array => {
    if (!hasJoined) pool.join();
    hasJoined = true;
    return pool.take();
  };
  const release = (buffer: Uint8Array | null): void => {
    if (buffer === null) return;
    if (buffer === own) own = null;
    else pool.give(buffer);
  };
  return {
    fill: (bytes) => {
      if (bytes.byteLength === 0) return 0;
      filling ??= takeShared();
      const taken = Math.min(bytes.byteLength, filling.byteLength - filledBytes);
      filling.set(taken === bytes.byteLength ? bytes : bytes.subarray(0, taken), filledBytes);
      filledBytes += taken;
      return taken;
    },
    isEmpty: () => filledBytes === 0,
    full: () => {
      const batch = filling?.subarray(0, filledBytes) ?? new Uint8Array(0);
      inWriting = filling;
      filling = null;
      filledBytes = 0;
      return batch;
    },
    written: () => {
      release(inWriting);
      inWriting = null;
    },
    close: () => {
      release(filling);
      release(inWriting);
      filling = null;
      inWriting = null;
      filledBytes = 0;
      if (hasJoined) pool.leave();
      hasJoined = false;
    },
  };
}

type Pool = ReturnType<typeof createPool>;

function createPool() {
  const free = new Map<number, Uint8Array[]>();
  let files = 0;
  /** Taken and free together. */
  let heldBytes = 0;

  const dropFree = (): void => {
    for (const buffers of free.values()) for (const { byteLength } of buffers) heldBytes -= byteLength;
    free.clear();
  };
  return {
    heldBytes: () => heldBytes,
    join: (): void => {
      files += 1;
    },
    leave: (): void => {
      files -= 1;
      if (files === 0) dropFree();
    },
    take: (): Uint8Array => {
      const size = shareOf(files);
      const known = free.get(size)?.pop();
      if (known !== undefined) return known;
      // What is free has a size that the present number of files does not use.
      if (heldBytes + size > sharedBytes) dropFree();
      heldBytes += size;
      return Buffer.allocUnsafeSlow(size);
    },
    give: (buffer: Uint8Array): void => {
      const size = buffer.byteLength;
      if (heldBytes > sharedBytes) {
        heldBytes -= size;
        return;
      }
      const others = free.get(size);
      if (others === undefined) free.set(size, [buffer]);
      else others.push(buffer);
    },
  };
}

/** A power of two, so that few sizes are in use at a time. */
function shareOf(files: number): number {
  let size = largestBytes;
  while (size > smallestBytes && size * buffersPerFile * files > sharedBytes) size /= 2;
  return size;
}
