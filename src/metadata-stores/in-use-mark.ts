import { closeSync, openSync, rmSync, statSync } from "node:fs";

/**
 * A file beside the database that stands as long as a server has it open: where it is found at the next start, the last
 * one did not close the database. It is not synced, so that a start costs no sync; after a power cut the database's own
 * log, which is, tells the same.
 */
export interface InUseMark {
  /** The database was left open before; `take` has been called since. */
  readonly wasFound: boolean;
  /** The database was closed. Never throws: a mark that stays costs a check. */
  remove(): void;
}

/** Looks for the mark and sets it; to be called before the database is opened. Works on a full disk too, without a mark. */
export function takeInUseMark(databasePath: string): InUseMark {
  const path = `${databasePath}.in-use`;
  const wasFound = sizeOf(path) !== null || (sizeOf(`${databasePath}-wal`) ?? 0) > 0;
  try {
    closeSync(openSync(path, "a", 0o600));
  } catch {
    // Whatever is wrong with the folder is told by what opens the database itself.
  }
  return {
    wasFound,
    remove: () => {
      try {
        rmSync(path, { force: true });
      } catch {
        // It stays, and the next start checks the records.
      }
    },
  };
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}
