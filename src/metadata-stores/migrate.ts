import type { Database } from "bun:sqlite";
import initial from "./migrations/0001-initial.sql" with { type: "text" };
import projects from "./migrations/0002-projects.sql" with { type: "text" };
import upkeep from "./migrations/0003-upkeep.sql" with { type: "text" };
import newestVersions from "./migrations/0004-newest-versions.sql" with { type: "text" };
import changeCounts from "./migrations/0005-change-counts.sql" with { type: "text" };
import packageCounts from "./migrations/0006-package-counts.sql" with { type: "text" };
import { noteKnownVersionNumbers } from "./migrations/note-version-numbers.ts";

/** A step in SQL, and what SQL cannot say. */
interface Migration {
  readonly sql: string;
  readonly finish?: (database: Database) => void;
}

/** Each step once, in order, never edited after a release. The position in this list is the schema's version. */
export const migrations: readonly Migration[] = [
  { sql: initial },
  { sql: projects, finish: noteKnownVersionNumbers },
  { sql: upkeep },
  { sql: newestVersions },
  { sql: changeCounts },
  { sql: packageCounts },
];

/** Marks a SQLite file as one of Stowage's ("stow"). */
const applicationId = 0x73746f77;

/** Thrown when the records were written by something that this version cannot serve. */
export class SchemaError extends Error {
  override name = "SchemaError";
}

/**
 * Brings the records to this version's schema, forwards only, in one transaction. Throws SchemaError for a file that a
 * newer version wrote; several processes may call it at once.
 */
export function migrate(database: Database, path: string): void {
  if (schemaVersion(database) === migrations.length) return;
  database.run("BEGIN IMMEDIATE");
  try {
    const current = schemaVersion(database);
    if (current > migrations.length) throw newerSchema(path, current);
    for (const { sql, finish } of migrations.slice(current)) {
      database.run(sql);
      finish?.(database);
    }
    database.run(`PRAGMA application_id = ${applicationId}`);
    database.run(`PRAGMA user_version = ${migrations.length}`);
    database.run("COMMIT");
  } catch (error) {
    if (database.inTransaction) database.run("ROLLBACK");
    throw error;
  }
}

/** Throws SchemaError unless the records have this version's schema; changes nothing. */
export function requireSchema(database: Database, path: string): void {
  const current = schemaVersion(database);
  if (current > migrations.length) throw newerSchema(path, current);
  if (current < migrations.length)
    throw new SchemaError(`${path} was written by an older version of Stowage: start this version's server once, which upgrades it`);
}

function newerSchema(path: string, current: number): SchemaError {
  return new SchemaError(
    `${path} was written by a newer version of Stowage (schema ${current}, this one knows ${migrations.length}): start that version, or restore a backup made before the upgrade`,
  );
}

/** Throws SchemaError, having changed nothing, for a file that is neither Stowage's nor empty. */
export function refuseStranger(database: Database, path: string): void {
  let isEmpty: boolean;
  try {
    isEmpty = schemaVersion(database) === 0 && tableCount(database) === 0;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "SQLITE_NOTADB")) throw error;
    throw new SchemaError(`${path} is no SQLite database: name another file in STOWAGE_DATABASE`, { cause: error });
  }
  // Read last: another process may be creating the schema at this moment.
  const owner = pragmaNumber(database, "application_id");
  if (owner !== applicationId && !(isEmpty && owner === 0))
    throw new SchemaError(`${path} is a database of another program: name another file in STOWAGE_DATABASE`);
}

function schemaVersion(database: Database): number {
  return pragmaNumber(database, "user_version");
}

function pragmaNumber(database: Database, pragma: "user_version" | "application_id"): number {
  const row = database.query<Record<string, number>, []>(`PRAGMA ${pragma}`).get();
  return row?.[pragma] ?? 0;
}

function tableCount(database: Database): number {
  return database.query<{ n: number }, []>("SELECT count(*) AS n FROM sqlite_schema").get()?.n ?? 0;
}
