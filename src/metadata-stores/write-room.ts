import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";

/** More than most transactions write. */
const triedBytes = 1024 * 1024;

const full: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const scarce: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM"]);

/**
 * Why the system would not take a write beside a database just now: no room (a quota included), or too many open files;
 * null where it takes one, or refuses for another reason. SQLite tells a full disk from other errors, but neither a quota
 * nor a lack of descriptors, so a file is written and removed again. Blocks its thread for as long as that takes; to be
 * asked only after a write has failed.
 */
export function tryToWrite(databasePath: string): "storage_full" | "storage_busy" | null {
  const path = `${databasePath}-room`;
  try {
    const file = openSync(path, "w", 0o600);
    try {
      const bytes = Buffer.alloc(triedBytes);
      for (let written = 0; written < triedBytes; ) written += writeSync(file, bytes, written);
    } finally {
      closeSync(file);
    }
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return full.has(code) ? "storage_full" : scarce.has(code) ? "storage_busy" : null;
  } finally {
    removeQuietly(path);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It may never have been made; one that stays is written over by the next attempt.
  }
}
