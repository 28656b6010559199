import { constants, Database, type Statement } from "bun:sqlite";
import { closeSync, lstatSync, openSync } from "node:fs";
import { refuseStranger, SchemaError } from "./migrate.ts";
import type { SqlConnection, SqlValue } from "./statements/connection.ts";

/** Closes with its statements: otherwise the files stay open until the last statement is collected. */
class OwnedDatabase extends Database {
  override close(): void {
    super.close(true);
  }
}

/**
 * Opens a SQLite file with the settings that durability rests on: WAL with a sync at each commit, foreign keys, no
 * memory mapping (it turns read errors into signals). Checkpoints are run by the writer, which can see them fail.
 * A new file is its owner's alone. Throws SchemaError, before it changes anything, for a file that is not Stowage's, and
 * for a link to one.
 */
export function openDatabase(path: string): Database {
  // SQLite keeps the log beside the file behind the link, where nothing else here looks for it.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    throw new SchemaError(`${path} is a link: name the database file itself in STOWAGE_DATABASE`);
  createPrivately(path);
  const database = new OwnedDatabase(path, { create: true, readwrite: true });
  try {
    database.run("PRAGMA busy_timeout = 5000");
    refuseStranger(database, path);
    requireEngine(engineVersion(database));
    for (const pragma of settings) database.run(`PRAGMA ${pragma}`);
    // An int, in a buffer as long as the runtime asks for.
    database.fileControl(constants.SQLITE_FCNTL_CHUNK_SIZE, new Int32Array([growthStepBytes, 0]));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The oldest SQLite that records are entrusted to: earlier ones could damage a file when its log was reset (fixed in 3.51.3). */
const oldestEngine = [3, 51, 3] as const;

/** Throws for a SQLite that is older, or tells no version. */
export function requireEngine(version: string): void {
  const parts = version.split(".").map(Number);
  for (const [index, least] of oldestEngine.entries()) {
    const part = parts[index] ?? Number.NaN;
    if (part > least) return;
    if (part < least || Number.isNaN(part))
      throw new Error(`the runtime brings SQLite ${version}, and Stowage needs ${oldestEngine.join(".")} or later: install the dependencies again with npm ci`);
  }
}

function engineVersion(database: Database): string {
  return database.query<{ version: string }, []>("SELECT sqlite_version() AS version").get()?.version ?? "of no known version";
}

/** Opens a file that `openDatabase` keeps open elsewhere, for reading only. */
export function openReadOnly(path: string): Database {
  const database = new OwnedDatabase(path, { readonly: true });
  try {
    for (const pragma of readingSettings) database.run(`PRAGMA ${pragma}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * It holds password hashes; the log and its index take the file's mode. A file that is there already is not opened:
 * closing any descriptor of it would take away the locks that SQLite holds on it in this process.
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/** The file grows in steps: on a disk that is full, the last one mostly has room for what deletes add. */
const growthStepBytes = 256 * 1024;

const journalSizeLimitBytes = 64 * 1024 * 1024;

const settings: readonly string[] = [
  "journal_mode = WAL",
  "synchronous = FULL",
  "fullfsync = ON",
  "foreign_keys = ON",
  "trusted_schema = OFF",
  "cell_size_check = ON",
  "mmap_size = 0",
  "wal_autocheckpoint = 0",
  // What a command may have to undo is a few pages for each record it changes. A file for them could not be made where no
  // more fit on the disk, and then nothing could be deleted there.
  "temp_store = MEMORY",
  `journal_size_limit = ${journalSizeLimitBytes}`,
];

const readingSettings: readonly string[] = [
  "busy_timeout = 5000",
  "query_only = ON",
  "trusted_schema = OFF",
  "cell_size_check = ON",
  "mmap_size = 0",
];

/** Statements of one SQLite connection, each prepared once. Answers in the calling thread. */
export function createSqliteConnection(database: Database): SqlConnection {
  const prepared = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
  return {
    get: <Row>(sql: string, ...values: readonly SqlValue[]) => (prepare(sql).get(...values) ?? null) as Row | null,
    all: <Row>(sql: string, ...values: readonly SqlValue[]) => prepare(sql).all(...values) as Row[],
    run: (sql, ...values) => prepare(sql).run(...values).changes,
  };
}
