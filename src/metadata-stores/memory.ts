import { Database } from "bun:sqlite";
import type { MetadataStore } from "../core/ports/metadata-store.ts";
import { RegistryError } from "../core/registry-error.ts";
import type { CommandResult, Execute } from "./commands.ts";
import { migrate } from "./migrate.ts";
import { createSqlMetadataStore } from "./sql-metadata-store.ts";
import { createSqliteConnection } from "./sqlite-connection.ts";
import type { SqlConnection } from "./statements/connection.ts";
import { executeBatch } from "./write-batch.ts";

/** The metadata port in memory, for tests and trials: the same statements and rules, nothing kept. */
export async function openMemoryStore(connect: (database: Database) => SqlConnection = createSqliteConnection): Promise<MetadataStore> {
  const database = new Database(":memory:");
  database.run("PRAGMA foreign_keys = ON");
  migrate(database, ":memory:");
  const connection = connect(database);
  let isOpen = true;
  let last: Promise<unknown> = Promise.resolve();
  const execute: Execute = (name, ...values) => {
    const run = last.then(async () => {
      if (!isOpen) throw new RegistryError("storage_busy", "the store is closed");
      const [reply] = await executeBatch(database, connection, [{ name, values }]);
      if (reply?.ok === true) return reply.value as CommandResult<typeof name>;
      throw new RegistryError(reply?.code ?? "storage_busy", reply?.message ?? "the command gave no reply");
    });
    last = run.catch(() => undefined);
    return run;
  };
  // The one connection is in the middle of a command while one runs: reads wait for it, and come before the next.
  const reader: SqlConnection = {
    get: async (sql, ...values) => {
      await last;
      return connection.get(sql, ...values);
    },
    all: async (sql, ...values) => {
      await last;
      return connection.all(sql, ...values);
    },
    run: () => Promise.reject(new Error("records are changed by commands only")),
  };
  return createSqlMetadataStore({
    reader,
    execute,
    logBytes: async () => 0,
    checkIntegrity: async () => [],
    needsCheck: () => false,
    checkQuickly: async () => [],
    close: async () => {
      await last;
      isOpen = false;
      database.close();
    },
  });
}
