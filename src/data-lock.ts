import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Held by the one process that serves a data folder; the kernel frees it when that process ends, however it ends. */
export interface DataLock {
  release(): void;
}

/** Thrown when another process holds the lock, or the folder cannot be written. */
export class DataLockError extends Error {
  override name = "DataLockError";
  /** Whether another process holds it, as opposed to a folder that cannot be used. */
  readonly isHeld: boolean;

  constructor(message: string, isHeld: boolean, cause: unknown) {
    super(message, { cause });
    this.isHeld = isHeld;
  }
}

/** How long a lock that another process holds is waited for. */
const patienceMs = 500;

/**
 * Takes the lock of a data folder, creating the folder if need be. An exclusive transaction on a small SQLite file is
 * used for it: it rests on a lock of the kernel's, which no crash leaves behind. Throws DataLockError.
 */
export function lockDataFolder(directory: string): DataLock {
  let database: Database | null = null;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = new Database(join(directory, "lock"), { create: true, readwrite: true });
    // A command that only looks whether a server runs holds the lock for an instant: that is no reason to refuse.
    database.run(`PRAGMA busy_timeout = ${patienceMs}`);
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("BEGIN EXCLUSIVE");
    // An empty transaction on an empty file takes no lock in every mode: this one is real, and rolled back in the end.
    database.run("PRAGMA user_version = 1");
  } catch (error) {
    database?.close();
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code.startsWith("SQLITE_BUSY"))
      throw new DataLockError(`the data folder ${directory} is in use by another Stowage server: stop it first, or name another folder in STOWAGE_DATA`, true, error);
    throw new DataLockError(`the data folder ${directory} cannot be written (${code || String(error)}): check its owner, its permissions and that the disk is not full or read-only`, false, error);
  }
  const held = database;
  return { release: () => held.close() };
}
