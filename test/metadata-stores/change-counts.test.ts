import type { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { cacheReads } from "../../src/metadata-stores/cached-reads.ts";
import { createChangeCounts } from "../../src/metadata-stores/change-counts.ts";
import { addGroup, addNamespace, addUser, findFile, newToken, publish, sha256Of } from "../contracts/metadata-store/records.ts";
import { openNoted } from "./noted-store.ts";

/** Columns that change without any look-up giving another answer: no look-up may read them. */
const uncounted: Readonly<Record<string, readonly string[]>> = {
  namespaces: ["version_count", "stored_bytes"],
  packages: ["version_count"],
  versions: ["downloads", "last_downloaded_at_ms", "updated_at_ms"],
  blobs: ["md5", "sha1", "sha512", "unreferenced_since_ms"],
};

/** One of everything that a look-up can find. */
async function fill(store: MetadataStore) {
  const [group, user] = [await addGroup(store, "tools"), await addUser(store, "ann")];
  const project = await addNamespace(store, "project", group.id, "app");
  await store.namespaces.setGrant({ namespaceId: group.id, userId: user.id, level: 30 });
  await store.tokens.create(newToken(user.id, "laptop"));
  const terms = { namespaceId: group.id, nowMs: 1, expiresAtMs: 9_000 } as const;
  await store.deployTokens.create({ ...terms, name: "d", username: null, scopes: [], secretSha256: sha256Of("deploy") });
  await store.jobTokens.create({ ...terms, userId: user.id, secretSha256: sha256Of("job") });
  await store.protection.create({ namespaceId: group.id, packageNamePattern: "x", pushLevel: 40, deleteLevel: 40, nowMs: 1 }, 10);
  await store.instance.write({ maxFileBytes: { npm: 5 } });
  const { file } = await publish(store, group.id);
  return { group, user, project, file };
}

type Filled = Awaited<ReturnType<typeof fill>>;

/** Every look-up whose answers are kept, in each of its ways. */
const lookUps: Readonly<Record<string, (store: MetadataStore, filled: Filled) => Promise<unknown>>> = {
  "namespaces.find": (store) => store.namespaces.find("TOOLS"),
  "namespaces.standing": async (store, { project, user }) => [
    await store.namespaces.standing(project.id, user.id),
    await store.namespaces.standing(project.id, null),
  ],
  "tree.findById": (store, { group }) => store.tree.findById(group.id),
  "protection.inForce": (store, { project }) => store.protection.inForce(project.id),
  "instance.read": (store) => store.instance.read(),
  "deployTokens.findBySecret": (store) => store.deployTokens.findBySecret(sha256Of("deploy")),
  "jobTokens.findBySecret": (store) => store.jobTokens.findBySecret(sha256Of("job")),
  "accounts.findById": (store, { user }) => store.accounts.findById(user.id),
  "packages.findFile": async (store, { group }) => [
    await findFile(store, group.id),
    await findFile(store, group.id, { packageName: "PACKAGE", match: "folded" }),
    await findFile(store, group.id, { path: "FILE.bin", match: "folded" }),
  ],
  "tokens.findById": async (store) => store.tokens.findById((await store.tokens.findBySecret(sha256Of("secret of laptop")))?.token.id ?? 0),
  "tokens.findBySecret": (store) => store.tokens.findBySecret(sha256Of("secret of laptop")),
};

/** Tables that a statement reads, by what SQLite says that it opens. */
function tablesOf(database: Database, sql: string): readonly string[] {
  const opened = database.query<{ opcode: string; p2: number }, []>(`EXPLAIN ${sql.replaceAll("?", "1")}`).all();
  const pages = opened.filter(({ opcode }) => opcode === "OpenRead").map(({ p2 }) => p2);
  return pages.map((page) => database.query<{ tbl_name: string }, [number]>("SELECT tbl_name FROM sqlite_schema WHERE rootpage = ?").get(page)?.tbl_name ?? "");
}

function changeNothing(database: Database, table: string, column: string): void {
  database.run(`UPDATE ${table} SET ${column} = ${column}`);
}

describe("the counts of changes", () => {
  let noted: ReturnType<typeof openNoted>;
  let filled: Filled;
  let commits = 0;
  let read: () => { readonly access: number; readonly files: number };
  const counts = () => {
    commits += 1;
    return { ...read() };
  };
  beforeEach(async () => {
    noted = openNoted();
    filled = await fill(noted.store);
    read = createChangeCounts(noted.database, () => commits);
  });
  afterEach(() => noted.store.close());

  it("cover every look-up whose answers are kept", () => {
    const named = (store: MetadataStore): ReadonlyMap<string, unknown> =>
      new Map(Object.entries(store).flatMap(([group, acts]) => Object.entries(acts).map(([name, act]) => [`${group}.${name}`, act] as const)));
    const own = named(noted.store);
    const kept = [...named(cacheReads(noted.store, counts))].filter(([name, act]) => own.get(name) !== act);
    expect(kept.map(([name]) => name).toSorted()).toEqual(Object.keys(lookUps).toSorted());
  });

  for (const [name, look] of Object.entries(lookUps))
    it(`change with every table and column that ${name} reads`, async () => {
      const { store, database, statements } = noted;
      const kind = name === "packages.findFile" ? "files" : "access";
      statements.clear();
      const answers = [await look(store, filled)].flat();
      expect(answers.includes(null)).toBe(false);
      const tables = new Set([...statements.keys()].flatMap((sql) => tablesOf(database, sql)));
      expect(tables.size).toBeGreaterThan(0);
      const uncountedHere = [...tables].flatMap((table) => uncounted[table] ?? []);
      for (const sql of statements.keys()) expect(uncountedHere.filter((column) => sql.includes(column))).toEqual([]);
      for (const table of tables) {
        const columns = database.query<{ name: string }, []>(`PRAGMA table_info(${table})`).all().map((column) => column.name);
        for (const column of columns) {
          const before = counts();
          changeNothing(database, table, column);
          const isCounted = counts()[kind] !== before[kind];
          expect({ table, column, isCounted }).toEqual({ table, column, isCounted: !(uncounted[table] ?? []).includes(column) });
        }
        const events = database.query<{ sql: string }, [string]>("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?").all(table);
        // A content that is new has no file yet: the file is counted that names it.
        for (const event of table === "blobs" ? ["DELETE"] : ["INSERT", "DELETE"])
          expect(events.filter(({ sql }) => sql.includes(`AFTER ${event} ON ${table}`) && sql.includes(`SET ${kind} = ${kind} + 1`))).toHaveLength(1);
      }
    });

  it("stay when a name that was free is published, and when downloads are counted", async () => {
    const { store } = noted;
    const before = counts();
    await publish(store, filled.group.id, { path: "other.bin" });
    await publish(store, filled.group.id, { version: "2.0", content: "two" });
    await publish(store, filled.group.id, { packageName: "next", content: "three" });
    await store.publishing.addDownloads([{ fileId: filled.file.id, versionId: filled.file.versionId, day: 1, count: 3, lastAtMs: 5_000 }]);
    expect(counts()).toEqual(before);
  });

  const publishes: readonly (readonly [string, Parameters<typeof publish>[2]])[] = [
    ["the next revision of a file", { content: "next", onDuplicate: "allow" }],
    ["a file whose name differs by case", { path: "FILE.BIN" }],
    ["a version whose name differs by case", { version: "1.0-a" }],
    ["a package whose name differs by case", { packageName: "Package" }],
  ];
  for (const [what, given] of publishes)
    it(`change with ${what}`, async () => {
      await publish(noted.store, filled.group.id, { version: "1.0-A" });
      const before = counts();
      await publish(noted.store, filled.group.id, given);
      expect(counts()).toEqual({ ...before, files: before.files + 1 });
    });

  it("change with what is deleted along with something else", async () => {
    const { store } = noted;
    const before = counts();
    await store.publishing.deleteVersion({ namespaceId: filled.group.id, versionId: filled.file.versionId, nowMs: 1 });
    expect(counts().files).not.toBe(before.files);
    await store.accounts.delete((await addUser(store, "ben")).id);
    expect(counts().access).not.toBe(before.access);
  });

  it("are read again only after a commit", () => {
    const before = read();
    noted.database.run("UPDATE change_counts SET files = files + 1");
    expect(read()).toEqual(before);
    expect(counts()).toEqual({ ...before, files: before.files + 1 });
  });
});
