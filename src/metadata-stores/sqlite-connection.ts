import { Database, type Statement } from "bun:sqlite";
import { refuseStranger } from "./migrate.ts";
import type { SqlConnection, SqlValue } from "./statements/connection.ts";

/**
 * Opens a SQLite file with the settings that durability rests on: WAL with a sync at each commit, foreign keys, no
 * memory mapping (it turns read errors into signals). Checkpoints are run by the writer, which can see them fail.
 * Throws SchemaError, before it changes anything, for a file that is not Stowage's.
 */
export function openDatabase(path: string): Database {
  const database = new Database(path, { create: true, readwrite: true });
  try {
    database.run("PRAGMA busy_timeout = 5000");
    refuseStranger(database, path);
    for (const pragma of settings) database.run(`PRAGMA ${pragma}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

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
  `journal_size_limit = ${journalSizeLimitBytes}`,
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
