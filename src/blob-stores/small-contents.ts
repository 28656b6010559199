import { closeSync, constants, openSync, readSync, type Stats } from "node:fs";
import { smallContentBytes } from "./stage-content.ts";

/** All that is kept. */
const budgetBytes = 16 * 1024 * 1024;

/** Names that were asked for and not kept, of which so many to twice as many are remembered. */
const askedLimit = 1024;

/** A file that was looked at so recently is not looked at again: what many ask for at once costs one look. */
const trustMs = 1;

interface Kept {
  readonly content: Blob;
  readonly sizeBytes: number;
  /** The file that it was read from, as it was then. */
  readonly found: Stats;
  readonly lookedAtMs: number;
}

/**
 * Small contents in memory, at most 16 MiB of them: those that are asked for again soon. What is read from the disk is compared
 * with its hash, and what is kept is given out only while the file in its place is the same one, unchanged. For one thread.
 * `nowMs` never goes back.
 */
export function createSmallContents(nowMs: () => number = () => performance.now()) {
  /** In the order of their last use. */
  const kept = new Map<string, Kept>();
  let keptBytes = 0;
  let asked = new Set<string>();
  let askedBefore = new Set<string>();

  const forget = (name: string, { sizeBytes }: Kept): void => {
    kept.delete(name);
    keptBytes -= sizeBytes;
  };
  const keep = (name: string, entry: Kept): void => {
    kept.set(name, entry);
    keptBytes += entry.sizeBytes;
    for (const [oldest, other] of kept) {
      if (keptBytes <= budgetBytes) return;
      forget(oldest, other);
    }
  };
  /** Whether it was asked for a short while ago. */
  const noteAsked = (name: string): boolean => {
    if (asked.has(name) || askedBefore.has(name)) return true;
    if (asked.size >= askedLimit) [asked, askedBefore] = [new Set(), asked];
    asked.add(name);
    return false;
  };
  return {
    /** What was looked at within the last millisecond; null for everything else. */
    recent: (name: string, sizeBytes: number): Blob | null => {
      const known = kept.get(name);
      return known?.sizeBytes === sizeBytes && nowMs() - known.lookedAtMs < trustMs ? known.content : null;
    },
    /**
     * The content of a file that is not kept and was not asked for lately, in three calls to the system; null for all others,
     * and for whatever is not exactly the wanted bytes: `open` finds out what it is.
     */
    readOnce: (name: string, path: string, sizeBytes: number, sha256: string): Blob | null => {
      if (kept.has(name) || noteAsked(name)) return null;
      try {
        const bytes = readWhole(path, sizeBytes);
        return bytes === null || hashOf(bytes) !== sha256 ? null : new Blob([bytes]);
      } catch {
        return null;
      }
    },
    /**
     * The content of a plain file that was just looked at (`found`); `corrupt` when its bytes have another SHA-256,
     * `resized` when they are not as many any more. Throws the system's error when they cannot be read. The read waits for
     * the disk as sending the file would.
     */
    open: (name: string, path: string, found: Stats, sha256: string): Blob | "corrupt" | "resized" => {
      const lookedAtMs = nowMs();
      const known = kept.get(name);
      if (known !== undefined) forget(name, known);
      if (known !== undefined && isSame(known.found, found)) {
        keep(name, { ...known, lookedAtMs });
        return known.content;
      }
      const bytes = readWhole(path, found.size);
      if (bytes === null) return "resized";
      if (hashOf(bytes) !== sha256) return "corrupt";
      const content = new Blob([bytes]);
      keep(name, { content, sizeBytes: bytes.byteLength, found, lookedAtMs });
      return content;
    },
  };
}

function hashOf(bytes: Uint8Array): string {
  return Bun.CryptoHasher.hash("sha256", bytes, "hex");
}

/** A file that was written to or exchanged has another number or other times. */
function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs && one.size === other.size;
}

/** Where contents are read to before they are compared: nothing is made anew for one that is not kept. */
const scratch = new Uint8Array(smallContentBytes + 1);

/** The bytes, until the next call; null when they are not as many. Throws the system's error when they cannot be read. */
function readWhole(path: string, sizeBytes: number): Uint8Array<ArrayBuffer> | null {
  // Nothing else that stands in its place may hold up the thread, as a pipe does that nobody writes to.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    // One byte more, so that a file that has grown is seen.
    return readSync(descriptor, scratch, 0, sizeBytes + 1, 0) === sizeBytes ? scratch.subarray(0, sizeBytes) : null;
  } finally {
    closeSync(descriptor);
  }
}
