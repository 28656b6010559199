import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { SchemaError } from "../../src/metadata-stores/migrate.ts";
import initial from "../../src/metadata-stores/migrations/0001-initial.sql" with { type: "text" };
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addNamespace, failureOf, findFile, newNamespace, newToken, sha256Of } from "../contracts/metadata-store/records.ts";

/** Ids: the account 1, the group 3, and 2 and 4 that are gone. Of the tokens 1 to 4 the third and the last are gone. */
const records = [
  `INSERT INTO namespaces (id, kind, path, path_folded, visibility, full_name, limits, version_count, stored_bytes, created_at_ms) VALUES
     (1, 'user', 'Ann', 'ann', 'internal', 'Ann Example', '{}', 0, 0, 500),
     (2, 'group', 'gone', 'gone', 'public', '', '{}', 0, 0, 500),
     (3, 'group', 'Tools', 'tools', 'private', '', '{"ownerBytes":1000}', 4, 25, 600),
     (4, 'user', 'left', 'left', 'public', '', '{}', 0, 0, 700)`,
  "DELETE FROM namespaces WHERE id IN (2, 4)",
  "INSERT INTO users (id, email, email_folded, password_hash, is_admin) VALUES (1, 'Ann@example.com', 'ann@example.com', 'hash', 1)",
  `INSERT INTO tokens (id, user_id, name, secret_sha256, last_eight, scopes, created_at_ms, expires_at_ms, last_used_at_ms) VALUES
     (1, 1, 'CI', '${sha256Of("one")}', '11111111', '["write:package"]', 800, NULL, 900),
     (2, 1, 'laptop', '${sha256Of("two")}', '22222222', '["all","public-only"]', 801, 5000, NULL),
     (3, 1, 'gone', '${sha256Of("three")}', '33333333', '[]', 802, NULL, NULL),
     (4, 1, 'gone too', '${sha256Of("four")}', '44444444', '[]', 803, NULL, NULL)`,
  "DELETE FROM tokens WHERE id IN (3, 4)",
  "INSERT INTO teams (id, namespace_id, name, name_folded, description, permission, units, level) VALUES (1, 3, 'Owners', 'owners', '', 'owner', '{}', 50)",
  "INSERT INTO grants (namespace_id, user_id, level, team_id) VALUES (1, 1, 50, 0), (3, 1, 50, 1), (3, 1, 20, 0)",
  "INSERT INTO packages (id, namespace_id, name, name_folded, created_at_ms) VALUES (1, 3, 'Tool', 'tool', 1000), (2, 3, 'other', 'other', 1000), (3, 3, 'empty', 'empty', 1000)",
  `INSERT INTO versions (id, namespace_id, package_id, name, name_folded, status, creator_kind, creator_id, creator_name, downloads, last_downloaded_at_ms, created_at_ms) VALUES
     (1, 3, 1, '1.2.3', '1.2.3', 'default', 'user', 1, 'Ann', 7, 2500, 1000),
     (2, 3, 1, 'v1.3.0-RC.1', 'v1.3.0-rc.1', 'default', 'user', 4, 'left', 0, NULL, 1100),
     (3, 3, 1, 'latest', 'latest', 'default', 'user', 1, 'Ann', 0, NULL, 1200),
     (4, 3, 2, '9007199254740993.0.0', '9007199254740993.0.0', 'default', 'user', 1, 'Ann', 0, NULL, 1300)`,
  `INSERT INTO blobs (id, sha256, storage_name, size_bytes, md5, sha1, sha512, created_at_ms) VALUES
     (1, '${sha256Of("content")}', '${sha256Of("content")}.0001', 7, 'm', 's', 'h', 1000),
     (2, '${sha256Of("abcd")}', '${sha256Of("abcd")}.0002', 4, NULL, NULL, NULL, 1200)`,
  `INSERT INTO files (id, version_id, path, path_folded, blob_id, created_at_ms) VALUES
     (1, 1, 'File.bin', 'file.bin', 1, 1000), (2, 2, 'f', 'f', 1, 1100), (3, 3, 'f', 'f', 1, 1200), (4, 4, 'f', 'f', 2, 1300)`,
  "INSERT INTO downloads (file_id, day, count) VALUES (1, 0, 7)",
  "INSERT INTO unrecorded_objects (storage_name, first_seen_ms, is_claimed) VALUES ('left over', 1, 1)",
];

describe("a database of the first schema", () => {
  let directory = "";
  let path = "";
  const opened: MetadataStore[] = [];
  const open = async (schema: "migrate" | "as_it_is" = "migrate"): Promise<MetadataStore> => {
    const store = await openSqliteStore(path, schema);
    opened.push(store);
    return store;
  };
  const inFile = <Result>(act: (database: Database) => Result): Result => {
    const database = new Database(path);
    try {
      return act(database);
    } finally {
      database.close();
    }
  };
  const write = (statements: readonly string[]): void => {
    inFile((database) => {
      database.run("PRAGMA journal_mode = WAL");
      database.run(initial);
      for (const statement of statements) database.run(statement);
      database.run("PRAGMA application_id = 1937010551");
      database.run("PRAGMA user_version = 1");
    });
  };
  const schemaVersion = (): unknown => inFile((database) => database.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version);
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "stowage-migrate-"));
    path = join(directory, "metadata.db");
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(directory, { recursive: true });
  });

  it("holds everything it held", async () => {
    write(records);
    const store = await open();
    expect(await store.accounts.find("ann")).toMatchObject({ id: 1, name: "Ann", fullName: "Ann Example", email: "Ann@example.com", isAdmin: true, botOfNamespaceId: null });
    expect(await store.namespaces.find("tools")).toMatchObject({ id: 3, visibility: "private", limits: { ownerBytes: 1_000 }, settings: {}, createdAtMs: 600 });
    expect(await store.namespaces.standing(3, 1)).toEqual({ visibility: "private", level: 50, path: [3], settings: {}, isMemberBelow: false });
    expect(await store.namespaces.usage(3)).toEqual({ versions: 4, bytes: 25 });
    expect(await findFile(store, 3, { packageName: "tool", version: "1.2.3", path: "FILE.bin", match: "folded" })).toMatchObject({ id: 1, path: "File.bin", sizeBytes: 7, createdAtMs: 1_000 });
    expect(await store.index.findVersionById(1)).toMatchObject({ name: "1.2.3", updatedAtMs: 1_000, createdAtMs: 1_000, lastDownloadedAtMs: 2_500 });
    expect(await store.index.findVersionById(2)).toMatchObject({ creator: { kind: "user", id: 4, name: "left" }, updatedAtMs: 1_100, lastDownloadedAtMs: null });
    expect(await store.packages.downloads(1)).toBe(7);
    expect((await store.packages.findPackage(3, "empty", "exact"))?.id).toBe(3);
    expect(await store.teams.find(1)).toMatchObject({ name: "Owners", level: 50 });
    expect(await store.teams.removeMember(1, 1)).toBe(true);
    expect((await store.namespaces.standing(3, 1)).level).toBe(20);
    expect(await store.blobs.totals()).toEqual({ blobs: 2, bytes: 11 });
    expect(await store.blobs.collection.findInconsistencies(10)).toEqual([]);
    expect(await store.checkIntegrity()).toEqual([]);
    expect(inFile((database) => database.query("PRAGMA foreign_key_check").all())).toEqual([]);
  });

  it("keeps its tokens with their ids, and gives no id of one that is gone", async () => {
    write(records);
    const store = await open();
    const common = { userId: 1, description: "", revokedAtMs: null } as const;
    const one = { ...common, id: 1, name: "CI", lastEight: "11111111", scopes: ["write:package"], createdAtMs: 800, expiresAtMs: null, lastUsedAtMs: 900 };
    const two = { ...common, id: 2, name: "laptop", lastEight: "22222222", scopes: ["all", "public-only"], createdAtMs: 801, expiresAtMs: 5_000, lastUsedAtMs: null };
    expect((await store.tokens.list(1, { offset: 0, limit: 10 })).items).toEqual([one, two]);
    expect((await store.tokens.findBySecret(sha256Of("two")))?.token).toEqual(two);
    expect(await store.tokens.findBySecret(sha256Of("three"))).toBeNull();
    expect(await store.tokens.create(newToken(1, "CI"))).toEqual({ outcome: "name_taken" });
    expect(await store.tokens.create(newToken(1, "new"))).toMatchObject({ outcome: "created", token: { id: 5 } });
  });

  it("gives no token id again, also where every token is gone", async () => {
    write([...records, "DELETE FROM tokens"]);
    expect(await (await open()).tokens.create(newToken(1, "new"))).toMatchObject({ outcome: "created", token: { id: 5 } });
  });

  it("begins with the first token where there never was one", async () => {
    write(records.filter((statement) => !statement.includes("tokens")));
    expect(await (await open()).tokens.create(newToken(1, "new"))).toMatchObject({ outcome: "created", token: { id: 1 } });
  });

  it("gives no namespace id that somebody had", async () => {
    write(records);
    const store = await open();
    for (const id of [1, 2, 3, 4]) expect(await store.tree.create(newNamespace("project", 3, "app", { id }))).toEqual({ outcome: "id_taken" });
    expect((await addNamespace(store, "project", 3, "app")).id).toBe(5);
    expect((await addNamespace(store, "project", 3, "chosen", { id: 17 })).id).toBe(17);
  });

  it("knows the numbers of the versions it had, and what is no number as none", async () => {
    write(records);
    const store = await open();
    const reserve = (packageName: string, secret: string) =>
      store.reservations.reserve({
        namespaceId: 3, packageName, bump: "patch", first: null, preid: null, holder: { kind: "user", id: 1 },
        secretSha256: sha256Of(secret), nowMs: 5_000, expiresAtMs: 6_000,
      }, 10);
    expect(await reserve("Tool", "a")).toEqual({ outcome: "reserved", version: "1.3.0" });
    expect(await reserve("Tool", "b")).toEqual({ outcome: "reserved", version: "1.3.1" });
    expect(await reserve("other", "c")).toEqual({ outcome: "reserved", version: "0.1.0" });
    expect(inFile((database) => database.query("SELECT version, major, minor, patch FROM version_numbers WHERE version LIKE '%RC%' OR version = '1.2.3' ORDER BY version").all())).toEqual([
      { version: "1.2.3", major: 1, minor: 2, patch: 3 },
      { version: "v1.3.0-RC.1", major: 1, minor: 3, patch: 0 },
    ]);
  });

  it("is upgraded once, whoever opens it", async () => {
    write(records);
    const stores = await Promise.all([open(), open(), open("migrate")]);
    for (const store of stores) expect((await store.tokens.list(1, { offset: 0, limit: 10 })).total).toBe(2);
    await stores[0]?.tokens.create(newToken(1, "new"));
    expect((await (await open("as_it_is")).tokens.list(1, { offset: 0, limit: 10 })).total).toBe(3);
  });

  it("is left as it was by what must not change it, and by an upgrade that fails", async () => {
    write(records);
    const refusal = await failureOf(openSqliteStore(path, "as_it_is"));
    expect(refusal).toBeInstanceOf(SchemaError);
    expect(String(refusal)).toContain("older version");
    expect(schemaVersion()).toBe(1);
    // In the way of a table that the upgrade makes at its end.
    inFile((database) => database.run("CREATE TABLE instance_settings (text TEXT)"));
    expect(await failureOf(openSqliteStore(path, "migrate"))).toBeInstanceOf(Error);
    expect(schemaVersion()).toBe(1);
    inFile((database) => {
      database.run("DROP TABLE instance_settings");
      expect(database.query<{ n: number }, []>("SELECT count(*) AS n FROM tokens").get()?.n).toBe(2);
    });
    expect((await (await open()).tokens.list(1, { offset: 0, limit: 10 })).total).toBe(2);
  });

  it("is refused by whoever knows no later schema than its own, and left as it was", async () => {
    write(records);
    await (await openSqliteStore(path, "migrate")).close();
    const version = Number(schemaVersion());
    expect(version).toBeGreaterThan(1);
    // To a binary that knows this schema, the next one is what this one is to the first.
    inFile((database) => database.run(`PRAGMA user_version = ${version + 1}`));
    const before = await readFile(path);
    for (const schema of ["migrate", "as_it_is"] as const) {
      const error = await failureOf(openSqliteStore(path, schema));
      expect(error).toBeInstanceOf(SchemaError);
      expect(String(error)).toContain(`schema ${version + 1}, this one knows ${version}`);
    }
    expect((await readFile(path)).equals(before)).toBe(true);
  });
});
