import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import type { VersionFilter } from "../../src/core/ports/package-store.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addGroup, failureOf, findFile, publish } from "../contracts/metadata-store/records.ts";

const firstPage = { offset: 0, limit: 10 };

let directory = "";
let path = "";
let store: MetadataStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "stowage-reader-"));
  path = join(directory, "metadata.db");
  store = await openSqliteStore(path, "migrate");
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

function changeFile(statement: string): void {
  const database = new Database(path);
  database.run(statement);
  database.close(true);
}

/** Enough rows for a search of them to take a while. */
function fillPackages(namespaceId: number, count: number): void {
  changeFile(`INSERT INTO packages (namespace_id, name, name_folded, created_at_ms)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    SELECT ${namespaceId}, 'filler ' || i, 'filler ' || i, i FROM n`);
}

function search(namespaceId: number, nameContains: string) {
  return store.packages.listVersions({ namespaceId, nameContains, status: "default" }, firstPage);
}

describe("lists on SQLite", () => {
  it("show each command as soon as it has returned, and another store's too", async () => {
    const other = await openSqliteStore(path, "migrate");
    const { id } = await addGroup(store, "tools");
    for (let index = 1; index <= 20; index += 1) {
      await publish(index % 2 === 0 ? store : other, id, { version: `${index}`, content: `${index}` });
      const page = await store.packages.listVersions({ namespaceId: id, status: "default" }, firstPage);
      expect([page.total, page.items.length]).toEqual([index, Math.min(index, 10)]);
      expect((await search(id, "pack")).total).toBe(index);
      expect((await store.blobs.totals()).blobs).toBe(index);
    }
    await other.close();
  });

  it("count what the counter of the namespace does not: hidden versions, and namespaces below", async () => {
    const { id } = await addGroup(store, "tools");
    const child = await addGroup(store, "below");
    for (const version of ["1", "2", "3"]) await publish(store, id, { version });
    await publish(store, child.id);
    const total = async (status: VersionFilter["status"]): Promise<number> => {
      const page = await store.packages.listVersions({ namespaceId: id, status }, firstPage);
      expect(page.items.length).toBe(page.total);
      return page.total;
    };
    expect([await total("default"), await total("hidden"), await total("any")]).toEqual([3, 0, 3]);
    changeFile("UPDATE versions SET status = 'hidden' WHERE name = '2'");
    expect([await total("default"), await total("hidden"), await total("any")]).toEqual([2, 1, 3]);
    changeFile(`UPDATE namespaces SET parent_id = ${id} WHERE id = ${child.id}`);
    changeFile(`UPDATE namespaces SET version_count = 4 WHERE id = ${id}`);
    expect([await total("default"), await total("hidden"), await total("any")]).toEqual([2, 1, 3]);
  });

  it("leave the calling thread free for look-ups", async () => {
    const { id } = await addGroup(store, "tools");
    const { file } = await publish(store, id);
    fillPackages(id, 100_000);
    await search(id, "warm");
    let isListing = true;
    const lists = Promise.all(Array.from({ length: 20 }, (_, index) => search(id, `absent ${index}`))).finally(() => (isListing = false));
    let lookUps = 0;
    while (isListing) {
      expect(await findFile(store, id)).toEqual(file);
      lookUps += 1;
      await new Promise(setImmediate);
    }
    expect((await lists).every((page) => page.total === 0)).toBe(true);
    expect(lookUps).toBeGreaterThan(100);
  });

  it("are refused as busy when too many wait, and answered again afterwards", async () => {
    const { id } = await addGroup(store, "tools");
    await publish(store, id);
    const outcomes = await Promise.allSettled(Array.from({ length: 600 }, () => search(id, "pack")));
    const refused = outcomes.filter((outcome) => outcome.status === "rejected").map((outcome) => (outcome.reason as RegistryError).code);
    expect(new Set(refused)).toEqual(new Set(["storage_busy"]));
    expect(refused.length).toBe(99);
    expect((await search(id, "pack")).total).toBe(1);
  });

  it("say what the engine said, and work again when the cause is gone", async () => {
    changeFile("ALTER TABLE tokens RENAME TO elsewhere");
    const failure = await failureOf(store.tokens.list(1, firstPage));
    expect(failure).toMatchObject({ message: expect.stringContaining("no such table: tokens"), code: "SQLITE_ERROR" });
    changeFile("ALTER TABLE elsewhere RENAME TO tokens");
    expect(await store.tokens.list(1, firstPage)).toEqual({ items: [], total: 0 });
  });
});

describe("a store on SQLite that closes", () => {
  it("lets the list that runs end and refuses those that wait", async () => {
    const { id } = await addGroup(store, "tools");
    await publish(store, id);
    const lists = Array.from({ length: 5 }, () => search(id, "pack").then((page) => page.total, (error: RegistryError) => error.code));
    const closing = store.close();
    expect(await Promise.all(lists)).toEqual([1, "storage_busy", "storage_busy", "storage_busy", "storage_busy"]);
    await closing;
    store = await openSqliteStore(path, "migrate");
  });

  it("has let go of every file, the log gone into the database", async () => {
    const { id } = await addGroup(store, "tools");
    await publish(store, id);
    await search(id, "pack");
    await store.close();
    const open = readdirSync("/proc/self/fd").map((name) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`);
      } catch {
        return "";
      }
    });
    expect(open.filter((file) => file.startsWith(directory))).toEqual([]);
    expect(readdirSync(directory)).toEqual(["metadata.db"]);
    store = await openSqliteStore(path, "migrate");
  });
});

describe("the files of a store on SQLite", () => {
  it("are their owner's alone, in a folder that everybody may read", async () => {
    const folder = join(directory, "open");
    await mkdir(folder);
    await chmod(folder, 0o755);
    const other = await openSqliteStore(join(folder, "metadata.db"), "migrate");
    await addGroup(other, "tools");
    const names = readdirSync(folder).toSorted();
    expect(names).toEqual(["metadata.db", "metadata.db-shm", "metadata.db-wal", "metadata.db.in-use"]);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    await other.close();
  });
});
