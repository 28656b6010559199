import type { Database } from "bun:sqlite";
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";

/** About 120 pages: what a delete changes is some 15. */
const headroomBytes = 512 * 1024;

/**
 * Makes the write-ahead log so long from the beginning, so that on a full disk there is room for a few commands in it. What
 * stands behind its last frame is nothing to SQLite. On a disk that is full already it may stay shorter.
 */
export function extendLog(database: Database, path: string): void {
  try {
    // Nobody else writes to the log meanwhile, in no process.
    database.run("BEGIN IMMEDIATE");
    try {
      const log = openSync(`${path}-wal`, "r+");
      try {
        // No hole: its room has to be taken.
        const { size } = fstatSync(log);
        if (size < headroomBytes) writeSync(log, Buffer.alloc(headroomBytes - size), 0, headroomBytes - size, size);
      } finally {
        closeSync(log);
      }
    } finally {
      database.run("ROLLBACK");
    }
  } catch {
    // A full disk, or a long change by another process: only the room is missing then.
  }
}
