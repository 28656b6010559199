import { describe, expect, it } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase, openReadOnly, requireEngine } from "../../src/metadata-stores/sqlite-connection.ts";

describe("the SQLite that records are entrusted to", () => {
  it("is refused when it is older than the one in which logs are reset safely", () => {
    for (const version of ["3.51.3", "3.51.10", "3.52.0", "4.0.0"]) requireEngine(version);
    for (const version of ["3.51.2", "3.9.9", "2.99.99", "3.51", "3", "", "none"])
      expect(() => requireEngine(version)).toThrow("3.51.3 or later");
  });

  it("works with the settings that durability and safety rest on, in every connection", () => {
    const directory = mkdtempSync(join(tmpdir(), "stowage-connection-"));
    const path = join(directory, "metadata.db");
    const opened = [openDatabase(path), openReadOnly(path)];
    const settingsOf = (names: readonly string[]) =>
      opened.map((database) => names.map((name) => Object.values(database.query<Record<string, unknown>, []>(`PRAGMA ${name}`).get() ?? {})[0] ?? null));
    try {
      // SQLite leaves out the answer for memory that cannot be mapped at all.
      const common = settingsOf(["journal_mode", "busy_timeout", "trusted_schema", "cell_size_check"]);
      expect(common).toEqual([["wal", 5000, 0, 1], ["wal", 5000, 0, 1]]);
      expect(settingsOf(["mmap_size"]).flat().filter((bytes) => bytes !== 0 && bytes !== null)).toEqual([]);
      const [writing] = settingsOf(["synchronous", "fullfsync", "foreign_keys", "wal_autocheckpoint", "journal_size_limit"]);
      expect(writing).toEqual([2, 1, 1, 0, 64 * 2 ** 20]);
      expect(settingsOf(["query_only"])).toEqual([[0], [1]]);
    } finally {
      for (const database of opened) database.close();
      rmSync(directory, { recursive: true });
    }
  });
});
