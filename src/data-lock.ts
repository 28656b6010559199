import { Database } from "bun:sqlite";
import { closeSync, fsyncSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Config } from "./config.ts";

/** Held by the one process that serves some stores; the kernel frees it when that process ends, however it ends. */
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
 * Takes every lock that guards what a configuration names: of the data folder, of a folder for blobs that lies elsewhere,
 * and of the database file, so that two servers never share a part. Creates the folders. A `command`, which only has to
 * meet a server's locks, leaves out the lock that an older version has not made. Throws DataLockError.
 */
export function lockStores(config: Pick<Config, "dataDirectory" | "database" | "blobs">, by: "server" | "command" = "server"): DataLock {
  const locks: DataLock[] = [];
  try {
    for (const place of lockPlaces(config)) {
      const lock = takeLock(place, by);
      if (lock !== null) locks.push(lock);
    }
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
  return {
    release: () => {
      for (const lock of locks) lock.release();
    },
  };
}

interface LockPlace {
  readonly file: string;
  readonly subject: string;
  /** The data folder may have been made by a version that knew no such lock, and be full by now. */
  readonly mayBeAbsent: boolean;
}

function lockPlaces({ dataDirectory, database, blobs }: Parameters<typeof lockStores>[0]): readonly LockPlace[] {
  const places = new Map<string, LockPlace>();
  const add = (file: string, subject: string, mayBeAbsent = false): void => {
    if (!places.has(file)) places.set(file, { file, subject, mayBeAbsent });
  };
  const dataSubject = `the data folder ${dataDirectory}`;
  const dataFolder = createFolder(dataDirectory, dataSubject);
  add(join(dataFolder, "lock"), dataSubject);
  if (blobs.scheme === "file") {
    const subject = `the folder ${blobs.directory} for blobs`;
    add(join(createFolder(blobs.directory, subject), "lock"), subject);
  }
  if (database.scheme === "sqlite") {
    const subject = `the database ${database.path}`;
    // The file itself is no link: opening it refuses one.
    const folder = createFolder(dirname(database.path), subject);
    add(join(folder, `${basename(database.path)}.lock`), subject, folder === dataFolder);
  }
  return [...places.values()];
}

/** The folder's own path, whatever links lead to it. Where it is new, its name survives a power cut. */
function createFolder(directory: string, subject: string): string {
  try {
    const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = realpathSync(directory);
    if (first !== undefined) syncNames(dirname(realpathSync(first)), path);
    return path;
  } catch (error) {
    throw cannotWrite(subject, error);
  }
}

/** Syncs every folder from `outermost` to the one that holds `path`: those in which a name is new. */
function syncNames(outermost: string, path: string): void {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = openSync(folder, "r");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (folder === outermost || folder === dirname(folder)) return;
  }
}

/**
 * An exclusive transaction on a small SQLite file serves as the lock: it rests on a lock of the kernel's, which no crash
 * leaves behind. Nothing is written, so a full disk is no obstacle. Null where a lock that may be absent is not there: a
 * full disk has no room for its file (the data folder's own lock is held), or it is a command that looks.
 */
function takeLock({ file, subject, mayBeAbsent }: LockPlace, by: "server" | "command"): DataLock | null {
  let database: Database | null = null;
  try {
    closeSync(openSync(file, mayBeAbsent && by === "command" ? "r+" : "a", 0o600));
    database = new Database(file, { create: false, readwrite: true });
    // A command that only looks whether a server runs holds the lock for an instant: that is no reason to refuse.
    database.run(`PRAGMA busy_timeout = ${patienceMs}`);
    // No journal: one would be a file to make, and on a full disk there is no room for it.
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (mayBeAbsent && absentCodes.has(codeOf(error))) return null;
    if (codeOf(error).startsWith("SQLITE_BUSY"))
      throw new DataLockError(`${subject} is in use by another Stowage server: stop it first, or name another place`, true, error);
    throw cannotWrite(subject, error);
  }
  const held = database;
  return { release: () => held.close() };
}

/** No file was made, or none was there. */
const absentCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "ENOENT"]);

function cannotWrite(subject: string, error: unknown): DataLockError {
  return new DataLockError(
    `${subject} cannot be written (${codeOf(error) || String(error)}): check its owner, its permissions and that the disk is not full or read-only`,
    false,
    error,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
