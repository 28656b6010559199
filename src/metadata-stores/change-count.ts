import { closeSync, openSync, readSync, statSync } from "node:fs";

/** Tells whether records have changed. */
export interface ChangeCount {
  /** Another number after every commit to the file; the same one otherwise. */
  read(): number;
  /** A commit of this process has returned: the next `read` sees it. */
  noteCommit(): void;
  /** Only after every connection of its opener is closed. */
  close(): void;
}

/**
 * The head of the index of the write-ahead log (SQLite, "WAL-mode File Format", section 2.1: WalIndexHdr, which a commit
 * rewrites last). It is what SQLite itself compares to find out whether what a connection has cached still holds.
 */
const headBytes = 48;

/**
 * What was read so recently still counts: a request looks up five things within microseconds. It bounds how long a commit
 * of another process (a command beside the server, which takes a thousand times longer to end) may stay unseen.
 */
const trustMs = 0.1;

/**
 * By file, shared by all stores of this process: closing a descriptor would take away the locks that SQLite holds on the
 * file in this process (fcntl), so it happens when the last store is closed; and a commit of one is every one's.
 */
const opened = new Map<string, SharedIndex>();

interface SharedIndex {
  readonly descriptor: number;
  /** Which file it was: a store that had to be left open must not lend its own to a later file of the same name. */
  readonly inode: number;
  users: number;
  readonly seen: Buffer;
  count: number;
  readAtMs: number;
}

/**
 * Counts the commits to the SQLite file at `path`, which has to be open in WAL mode here. Costs a read of 48 bytes at most
 * every 0.1 ms, where `PRAGMA data_version` at each look-up took a third of a whole download. Who reads the old head would
 * still read the old records: nothing passes for unchanged that a query would find changed. A head that cannot be read
 * counts as a change.
 */
export function openChangeCount(path: string): ChangeCount {
  const index = openIndex(path);
  index.users += 1;
  const head = Buffer.alloc(headBytes);
  return {
    read: () => {
      const nowMs = performance.now();
      if (nowMs - index.readAtMs < trustMs) return index.count;
      index.readAtMs = nowMs;
      if (readHead(index.descriptor, head) && head.equals(index.seen)) return index.count;
      head.copy(index.seen);
      index.count += 1;
      return index.count;
    },
    noteCommit: () => {
      index.readAtMs = -1;
    },
    close: () => {
      index.users -= 1;
      if (index.users > 0) return;
      if (opened.get(path) === index) opened.delete(path);
      closeSync(index.descriptor);
    },
  };
}

function openIndex(path: string): SharedIndex {
  const file = `${path}-shm`;
  const inode = statSync(file).ino;
  const known = opened.get(path);
  if (known?.inode === inode) return known;
  const index = { descriptor: openSync(file, "r"), inode, users: 0, seen: Buffer.alloc(headBytes), count: 0, readAtMs: -1 };
  opened.set(path, index);
  return index;
}

function readHead(descriptor: number, head: Buffer): boolean {
  try {
    return readSync(descriptor, head, 0, headBytes, 0) === headBytes;
  } catch {
    return false;
  }
}
