import { Database } from "bun:sqlite";
import { describe, expect, it } from "bun:test";
import { closeSync, copyFileSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { openStores } from "../../src/open-stores.ts";
import { damagePage } from "../support/damaged-page.ts";
import { createFaultClient } from "../support/fault-client.ts";
import { fillFolder } from "../support/fault-folder.ts";
import { startServer } from "../support/server.ts";
import { adminHeaders, adminSettings, startServerProcess, temporaryFolder, until, verifyFolder, within, type ServerProcess } from "../support/server-process.ts";

const checked = "the records were checked after an unclean stop and are sound";
const announced = "the last stop was not an orderly one";

async function publish(server: ServerProcess, path: string): Promise<void> {
  const url = `${server.url}/api/packages/root/generic/tool/1/${path}`;
  const response = await fetch(url, { method: "PUT", headers: adminHeaders, body: path });
  expect(response.status).toBe(201);
}

async function isReady(server: Pick<ServerProcess, "url">): Promise<number> {
  return (await fetch(`${server.url}/readyz`)).status;
}

async function metric(server: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

const manyRows = 300_000;

/** Adds so many rows, which nothing refers to, that a look at all of them takes a while. */
function enlarge(path: string): void {
  const database = new Database(path);
  const names = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT printf('%097d', i), 0 FROM n";
  database.run(`INSERT INTO unrecorded_objects (storage_name, first_seen_ms) ${names}`, [manyRows]);
  database.close();
}

/** A file that a server has set which was killed. */
function leaveMark(database: string): void {
  closeSync(openSync(`${database}.in-use`, "w"));
}

/** Stores whose check after an unclean stop waits until it is let go. */
function holdCheck() {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isOver = false;
  const open: typeof openStores = async (...given) => {
    const stores = await openStores(...given);
    const checkQuickly: MetadataStore["checkQuickly"] = async (signal) => {
      asked.resolve();
      await released.promise;
      return stores.metadata.checkQuickly(signal).finally(() => (isOver = true));
    };
    return { ...stores, metadata: { ...stores.metadata, checkQuickly } };
  };
  return { open, asked: asked.promise, release: released.resolve, isOver: () => isOver };
}

/** A data folder with one file, whose server was stopped in an orderly way. */
async function servedOnce(folder: string) {
  const environment = { ...adminSettings, STOWAGE_DATA: join(folder, "data") };
  await using first = await startServerProcess({ environment });
  await publish(first, "one.bin");
  expect(await first.stop()).toBe(0);
  return { environment, database: join(environment.STOWAGE_DATA, "stowage.db") };
}

describe("the records after a stop", () => {
  it("are not checked when it was an orderly one, and are when it was not, until a check has ended well", async () => {
    const begunMs = performance.now();
    using folder = temporaryFolder();
    const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data") };
    const mark = join(environment.STOWAGE_DATA, "stowage.db.in-use");
    {
      await using first = await startServerProcess({ environment });
      await publish(first, "one.bin");
      expect(existsSync(mark)).toBe(true);
      expect(await first.stop()).toBe(0);
      expect(first.output()).not.toContain(announced);
      expect(existsSync(mark)).toBe(false);
    }
    {
      await using second = await startServerProcess({ environment });
      await publish(second, "two.bin");
      second.signal("SIGKILL");
      await second.exitCode();
      expect(second.output()).not.toContain(announced);
    }
    // A command that opens the records in between does not hide what happened.
    await verifyFolder(environment.STOWAGE_DATA);
    {
      await using third = await startServerProcess({ environment });
      await until(() => third.output().includes(checked), 20_000, "the check of the records");
      expect(third.output()).toContain(announced);
      expect([await isReady(third), await metric(third, "stowage_records_damaged")]).toEqual([200, 0]);
      expect(await third.stop()).toBe(0);
      expect(existsSync(mark)).toBe(false);
    }
    expect(await verifyFolder(environment.STOWAGE_DATA)).toMatchObject({ ok: true, problems: [] });
    console.log(JSON.stringify({ test: "records after a stop", stops: 3, seconds: (performance.now() - begunMs) / 1000 }));
  });

  it("are checked beside the requests, which are answered before the check has begun and while it runs", async () => {
    const begunMs = performance.now();
    using folder = temporaryFolder();
    const dataDirectory = join(folder.path, "data");
    const database = join(dataDirectory, "stowage.db");
    await fillFolder(dataDirectory, async (client) => void expect(await client.put("tool/1/one.bin", Buffer.from("one"))).toBe(201));
    enlarge(database);
    leaveMark(database);
    const check = holdCheck();
    const starting = startServer({ STOWAGE_DATA: dataDirectory, STOWAGE_GC_INTERVAL_SECONDS: "0" }, { open: check.open });
    const server = await within(starting, 20_000, "a start that does not wait for the check");
    const client = createFaultClient(server.url, server.admin);
    let answered = 0;
    try {
      await within(check.asked, 20_000, "the beginning of the check");
      expect(await client.put("tool/1/two.bin", Buffer.from("two"))).toBe(201);
      expect(await client.read("tool/1/one.bin")).toMatchObject({ kind: "content", sizeBytes: 3 });
      expect(await isReady(server)).toBe(200);
      expect([server.logLines.join().includes(announced), server.logLines.join().includes(checked)]).toEqual([true, false]);
      check.release();
      while (!check.isOver()) {
        expect(await client.read("tool/1/two.bin")).toMatchObject({ kind: "content", sizeBytes: 3 });
        if (!check.isOver()) answered += 1;
      }
      await until(() => server.logLines.join().includes(checked), 20_000, "the end of the check");
    } finally {
      check.release();
      await server.stop();
    }
    expect(answered).toBeGreaterThanOrEqual(4);
    expect(await verifyFolder(dataDirectory)).toMatchObject({ ok: true, problems: [] });
    console.log(JSON.stringify({ test: "records checked beside requests", rows: manyRows, answered, seconds: (performance.now() - begunMs) / 1000 }));
  }, 60_000);

  it("are told to be damaged in the log, in the metrics and to who asks whether the server is ready", async () => {
    const begunMs = performance.now();
    using folder = temporaryFolder();
    const { environment, database } = await servedOnce(folder.path);
    damagePage(database, "unrecorded_objects", "lostBytes");
    leaveMark(database);
    for (const start of [1, 2]) {
      await using server = await startServerProcess({ environment });
      await until(() => server.output().includes("the records are damaged"), 20_000, `the check of the records at start ${start}`);
      expect([await isReady(server), await metric(server, "stowage_records_damaged")]).toEqual([503, 1]);
      // Whatever can still be served is.
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      expect(await server.stop()).toBe(0);
    }
    const { problems } = (await verifyFolder(environment.STOWAGE_DATA)) as { problems: { kind: string }[] };
    expect(problems.map(({ kind }) => kind)).toContain("records");
    console.log(JSON.stringify({ test: "damaged records", starts: 2, problems: problems.length, seconds: (performance.now() - begunMs) / 1000 }));
  });

  it("are told to be damaged where tables cannot be read that others name or that name others, by verification too", async () => {
    const begunMs = performance.now();
    using folder = temporaryFolder();
    const { environment, database } = await servedOnce(folder.path);
    copyFileSync(database, join(folder.path, "sound.db"));
    const tables = ["files", "versions", "blobs"];
    for (const table of tables) {
      copyFileSync(join(folder.path, "sound.db"), database);
      damagePage(database, table, "kind");
      leaveMark(database);
      await using server = await startServerProcess({ environment });
      await until(() => server.output().includes("the records are damaged"), 20_000, `the check of the records with damaged ${table}`);
      expect([table, await isReady(server), await metric(server, "stowage_records_damaged")]).toEqual([table, 503, 1]);
      server.signal("SIGKILL");
      await server.exitCode();
      const report = (await verifyFolder(environment.STOWAGE_DATA)) as { ok: boolean; problems: { kind: string }[] };
      expect([table, report.ok, report.problems[0]?.kind]).toEqual([table, false, "records"]);
    }
    console.log(JSON.stringify({ test: "damaged records", tables: tables.length, seconds: (performance.now() - begunMs) / 1000 }));
  }, 120_000);
});
