import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkSeededStore } from "../../benchmarks/check-seeded-store.ts";
import { seedLargeStore, type SeededStore } from "../../benchmarks/seed-large-store.ts";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { failureOf } from "../contracts/metadata-store/records.ts";
import { adminSettings, startServerProcess, temporaryFolder, verifyFolder } from "../support/server-process.ts";

const plan = { versions: 900, filesPerVersion: 3, blobs: 500, seed: 7, namespaces: ["root"], say: () => undefined } as const;

describe("the loader of large stores", () => {
  const folder = temporaryFolder();
  const dataDirectory = join(folder.path, "data");
  let seeded: SeededStore;
  let copies = 0;

  beforeAll(async () => {
    await using server = await startServerProcess({ environment: { STOWAGE_DATA: dataDirectory, ...adminSettings } });
    await server.stop();
    seeded = await seedLargeStore({ ...plan, dataDirectory });
  });

  afterAll(() => folder[Symbol.dispose]());

  /** A copy of the seeded folder, to be harmed. */
  function copied(): string {
    copies += 1;
    const path = join(folder.path, `copy-${copies}`);
    cpSync(dataDirectory, path, { recursive: true });
    return path;
  }

  it("makes a store in which verify finds nothing wrong, and which serves and takes files", async () => {
    const path = copied();
    expect(seeded).toMatchObject({ versions: 900, files: 2700, blobs: 500 });
    expect(await verifyFolder(path)).toMatchObject({ ok: true, blobs: 500, problems: [] });
    await using server = await startServerProcess({ environment: { STOWAGE_DATA: path } });
    const base = `${server.url}/api/packages/root/generic`;
    expect(seeded.sample.length).toBeGreaterThanOrEqual(100);
    for (const { packageName, version, path: file, sha256 } of seeded.sample) {
      const answer = await fetch(`${base}/${packageName}/${version}/${file}`);
      expect(Bun.SHA256.hash(await answer.arrayBuffer(), "hex")).toBe(sha256);
    }
    const headers = { authorization: `Bearer ${adminSettings.STOWAGE_ADMIN_TOKEN}` };
    expect((await fetch(`${base}/huge/1.0.0/file-0.bin`, { method: "PUT", body: "x", headers })).status).toBe(409);
    expect((await fetch(`${base}/huge/9.0.0/file-0.bin`, { method: "PUT", body: "x", headers })).status).toBe(201);
    await server.stop();
    expect(await verifyFolder(path)).toMatchObject({ ok: true, blobs: 501 });
  });

  it("leaves the indexes that the migrations make", async () => {
    const fresh = join(folder.path, "fresh.db");
    await (await openSqliteStore(fresh, "migrate")).close();
    expect(indexesOf(join(dataDirectory, "stowage.db"))).toEqual(indexesOf(fresh));
  });

  it("refuses a plan with more contents than files", async () => {
    expect(String(await failureOf(seedLargeStore({ ...plan, dataDirectory, blobs: 2701 })))).toContain("cannot be spread");
  });

  it.each([
    ["a missing file row", "DELETE FROM files WHERE id = 5", "instead of"],
    ["a wrong count", "UPDATE namespaces SET version_count = version_count + 1", "inconsistent"],
    ["a content that no file names", "UPDATE files SET blob_id = 1 WHERE blob_id = 2", "inconsistent"],
  ])("does not accept %s", async (_what, sql, message) => {
    const path = copied();
    const database = new Database(join(path, "stowage.db"));
    database.run(sql);
    database.close();
    expect(String(await failureOf(checkSeededStore({ ...plan, dataDirectory: path }, seeded.sample)))).toContain(message);
  });

  it("does not accept other bytes under a name", async () => {
    const path = copied();
    const { sha256 = "" } = seeded.sample[0] ?? {};
    const shard = join(path, "blobs", sha256.slice(0, 2));
    writeFileSync(join(shard, readdirSync(shard).find((entry) => entry.startsWith(sha256)) ?? ""), "other bytes");
    expect(String(await failureOf(checkSeededStore({ ...plan, dataDirectory: path }, seeded.sample)))).toContain("other bytes");
  });
});

function indexesOf(path: string): readonly unknown[] {
  const database = new Database(path, { readonly: true });
  const rows = database.query("SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name").all();
  database.close();
  return rows;
}
