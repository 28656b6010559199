import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrations } from "../../src/metadata-stores/migrate.ts";
import { sha256Of } from "./fault-content.ts";
import { laterRows } from "./fault-later-rows.ts";
import { administrator } from "./fault-process.ts";

/** A file of an old data folder. */
interface OldFile {
  readonly path: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

const textOf = (text: string): Buffer<ArrayBuffer> => Buffer.from(text.repeat(50));

/** What the administrator of an old folder has published; two names hold the same bytes. */
export const oldFiles: readonly OldFile[] = [
  { path: "tool/1.0.0/tool.bin", bytes: textOf("the tool ") },
  { path: "tool/1.1.0-rc.1/tool.bin", bytes: textOf("the tool of tomorrow ") },
  { path: "docs/latest/Manual.txt", bytes: textOf("the tool ") },
];

/**
 * Writes a data folder as a server left it whose schema was the one with this version (from 1 on): rows of every kind
 * that it has, each written at the first schema that has the kind and brought forward by the steps up to that version, and
 * the files that they name. One that was killed has left them in its log. Throws where a table has no row: nothing would be
 * known of its upgrade.
 */
export function writeOldFolder(dataDirectory: string, schemaVersion: number, end: "stopped" | "killed" = "stopped"): void {
  mkdirSync(join(dataDirectory, "staging"), { recursive: true, mode: 0o700 });
  const database = new Database(join(dataDirectory, "stowage.db"));
  try {
    database.run("PRAGMA journal_mode = WAL");
    for (const [index, { sql, finish }] of migrations.slice(0, schemaVersion).entries()) {
      database.run(sql);
      finish?.(database);
      if (index === 0) writeRows(database, dataDirectory);
      laterRows[index + 1]?.(database, dataDirectory);
    }
    const empty = tablesOf(database).filter((table) => database.query(`SELECT 1 FROM ${table}`).get() === null);
    if (empty.length > 0) throw new Error(`schema ${schemaVersion}: there are no rows for ${empty.join(", ")}`);
    database.run("PRAGMA application_id = 1937010551");
    database.run(`PRAGMA user_version = ${schemaVersion}`);
    // As an orderly stop leaves it: the next start would otherwise move the log at a moment of its own.
    if (end === "stopped") database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    else cpSync(dataDirectory, `${dataDirectory}-left`, { recursive: true });
  } finally {
    database.close();
  }
  if (end === "stopped") return;
  rmSync(dataDirectory, { recursive: true });
  renameSync(`${dataDirectory}-left`, dataDirectory);
}

/** Ids: the account 1, the group 3, and 2 that is gone. */
function writeRows(database: Database, dataDirectory: string): void {
  const secret = sha256Of(Buffer.from(administrator.token));
  const statements = [
    `INSERT INTO namespaces (id, kind, path, path_folded, visibility, full_name, limits, version_count, stored_bytes, created_at_ms) VALUES
       (1, 'user', '${administrator.name}', '${administrator.name}', 'public', 'The Root', '{}', 0, 0, 500),
       (2, 'group', 'gone', 'gone', 'public', '', '{}', 0, 0, 500), (3, 'group', 'Tools', 'tools', 'private', '', '{"ownerBytes":1000}', 0, 0, 600)`,
    "DELETE FROM namespaces WHERE id = 2",
    "INSERT INTO users (id, email, email_folded, password_hash, is_admin) VALUES (1, 'Root@example.com', 'root@example.com', 'none', 1)",
    `INSERT INTO tokens (id, user_id, name, secret_sha256, last_eight, scopes, created_at_ms, expires_at_ms, last_used_at_ms) VALUES
       (1, 1, 'first', '${secret}', '${administrator.token.slice(-8)}', '["all"]', 800, NULL, ${Date.now()}),
       (2, 1, 'laptop', '${sha256Of(Buffer.from("two"))}', '22222222', '["read:package"]', 801, 5000, NULL), (3, 1, 'gone', 'x', 'y', '[]', 802, NULL, NULL)`,
    "DELETE FROM tokens WHERE id = 3",
    "INSERT INTO teams (id, namespace_id, name, name_folded, description, permission, units, level) VALUES (1, 3, 'Owners', 'owners', '', 'owner', '{}', 50)",
    "INSERT INTO grants (namespace_id, user_id, level, team_id) VALUES (1, 1, 50, 0), (3, 1, 50, 1), (3, 1, 20, 0)",
    "INSERT INTO unrecorded_objects (storage_name, first_seen_ms, is_claimed) VALUES ('noted', 1, 0)",
  ];
  for (const statement of statements) database.run(statement);
  for (const file of oldFiles) writeFile(database, dataDirectory, file);
  database.run("INSERT INTO downloads (file_id, day, count) VALUES (1, 0, 7)");
  database.run(`UPDATE namespaces SET version_count = ${oldFiles.length}, stored_bytes = ${oldFiles.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)} WHERE id = 1`);
}

function writeFile(database: Database, dataDirectory: string, { path, bytes }: OldFile): void {
  const [packageName = "", version = "", name = ""] = path.split("/");
  const sha256 = sha256Of(bytes);
  const storageName = `${sha256}.${sha256.slice(0, 32)}`;
  const digests = (["md5", "sha1", "sha512"] as const).map((algorithm) => createHash(algorithm).update(bytes).digest("hex"));
  mkdirSync(join(dataDirectory, "blobs", sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
  writeFileSync(join(dataDirectory, "blobs", sha256.slice(0, 2), storageName), bytes, { mode: 0o600 });
  const run = (sql: string, ...values: (string | number)[]): void => void database.query(sql).run(...values);
  run("INSERT OR IGNORE INTO packages (namespace_id, name, name_folded, created_at_ms) VALUES (1, ?1, lower(?1), 1000)", packageName);
  run(
    `INSERT INTO versions (namespace_id, package_id, name, name_folded, status, creator_kind, creator_id, creator_name, downloads, created_at_ms)
       SELECT 1, id, ?2, lower(?2), 'default', 'user', 1, 'root', 7, 1000 FROM packages WHERE name = ?1`,
    packageName, version,
  );
  run(
    "INSERT OR IGNORE INTO blobs (sha256, storage_name, size_bytes, md5, sha1, sha512, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, 1000)",
    sha256, storageName, bytes.byteLength, ...digests,
  );
  run(
    `INSERT INTO files (version_id, path, path_folded, blob_id, created_at_ms)
       SELECT max(versions.id), ?1, lower(?1), (SELECT id FROM blobs WHERE sha256 = ?2), 1000 FROM versions`,
    name, sha256,
  );
}

/** Tables with the columns that are meant. */
export type Shape = Readonly<Record<string, readonly string[]>>;

/** Every row of these tables, sorted. May be read beside a server. */
export function rowsOf(dataDirectory: string, shape: Shape): Record<string, unknown[]> {
  return reading(dataDirectory, (database) =>
    Object.fromEntries(
      Object.entries(shape).map(([table, columns]) => [table, database.query(`SELECT ${columns.join(", ")} FROM ${table} ORDER BY ${columns.map((_, index) => index + 1).join(", ")}`).values()]),
    ),
  );
}

/** All tables of a database with all their columns, but the counts of changes, which every change moves on. */
export function shapeOf(dataDirectory: string): Shape {
  return reading(dataDirectory, (database) => {
    const columns = database.query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)");
    return Object.fromEntries(tablesOf(database).map((table) => [table, columns.all(table).map(({ name }) => name)]));
  });
}

function tablesOf(database: Database): readonly string[] {
  const tables = database.query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'change_counts'");
  return tables.all().map(({ name }) => name);
}

function reading<Result>(dataDirectory: string, read: (database: Database) => Result): Result {
  const database = new Database(join(dataDirectory, "stowage.db"), { readonly: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
}
