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
 * Takes every lock that guards what a configuration names: of the data folder, and of a folder for blobs or a database
 * that lie elsewhere, so that two servers never share a part. Creates the folders. Throws DataLockError.
 */
export function lockStores(config: Pick<Config, "dataDirectory" | "database" | "blobs">): DataLock {
  const locks: DataLock[] = [];
  try {
    for (const place of lockPlaces(config)) locks.push(takeLock(place.file, place.subject));
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
}

function lockPlaces({ dataDirectory, database, blobs }: Parameters<typeof lockStores>[0]): readonly LockPlace[] {
  const places = new Map<string, LockPlace>();
  const add = (directory: string, name: string, subject: string): void => {
    const file = join(createFolder(directory, subject), name);
    places.set(file, { file, subject });
  };
  add(dataDirectory, "lock", `the data folder ${dataDirectory}`);
  if (blobs.scheme === "file") add(blobs.directory, "lock", `the folder ${blobs.directory} for blobs`);
  if (database.scheme === "sqlite") {
    const subject = `the database ${database.path}`;
    const isElsewhere = createFolder(dirname(database.path), subject) !== createFolder(dataDirectory, subject);
    if (isElsewhere) add(dirname(database.path), `${basename(database.path)}.lock`, subject);
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
 * leaves behind. Nothing is written, so a full disk is no obstacle.
 */
function takeLock(file: string, subject: string): DataLock {
  let database: Database | null = null;
  try {
    closeSync(openSync(file, "a", 0o600));
    database = new Database(file, { create: false, readwrite: true });
    // A command that only looks whether a server runs holds the lock for an instant: that is no reason to refuse.
    database.run(`PRAGMA busy_timeout = ${patienceMs}`);
    // No journal: one would be a file to make, and on a full disk there is no room for it.
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (codeOf(error).startsWith("SQLITE_BUSY"))
      throw new DataLockError(`${subject} is in use by another Stowage server: stop it first, or name another place`, true, error);
    throw cannotWrite(subject, error);
  }
  const held = database;
  return { release: () => held.close() };
}

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
