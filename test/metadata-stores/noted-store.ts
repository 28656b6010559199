import { Database } from "bun:sqlite";
import { commands, type Execute } from "../../src/metadata-stores/commands.ts";
import { migrate } from "../../src/metadata-stores/migrate.ts";
import { createSqlMetadataStore } from "../../src/metadata-stores/sql-metadata-store.ts";
import { createSqliteConnection } from "../../src/metadata-stores/sqlite-connection.ts";
import type { SqlConnection, SqlValue } from "../../src/metadata-stores/statements/connection.ts";

/** A store that notes its statements; without statistics, SQLite plans them for any number of rows alike. */
export function openNoted() {
  const database = new Database(":memory:");
  database.run("PRAGMA foreign_keys = ON");
  migrate(database, ":memory:");
  const statements = new Map<string, readonly SqlValue[]>();
  const plain = createSqliteConnection(database);
  const noted: SqlConnection = {
    get: (sql, ...values) => (statements.set(sql, values), plain.get(sql, ...values)),
    all: (sql, ...values) => (statements.set(sql, values), plain.all(sql, ...values)),
    run: (sql, ...values) => (statements.set(sql, values), plain.run(sql, ...values)),
  };
  const execute: Execute = (name, ...values) => {
    const command = commands[name] as (sql: SqlConnection, ...given: readonly unknown[]) => Promise<never>;
    return command(noted, ...values);
  };
  const store = createSqlMetadataStore({
    reader: noted,
    execute,
    logBytes: async () => 0,
    checkIntegrity: async () => [],
    needsCheck: () => false,
    checkQuickly: async () => [],
    close: async () => database.close(),
  });
  const planOf = (sql: string): readonly string[] =>
    database
      .query<{ detail: string }, SqlValue[]>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...(statements.get(sql) ?? []))
      .map(({ detail }) => detail);
  return { store, database, statements, planOf };
}
