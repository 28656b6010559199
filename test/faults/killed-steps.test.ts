import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { createFaultClient } from "../support/fault-client.ts";
import { createContents, type Content } from "../support/fault-content.ts";
import { contentAt, emptyFolder, entryAfter, fillFolder, settledEntry } from "../support/fault-folder.ts";
import { gateMissing, startGated, type GatedProcess } from "../support/fault-gate.ts";
import { startGatedServer, type GatedServer } from "../support/fault-gated-server.ts";
import type { JournalEntry, Violation } from "../support/fault-journal.ts";
import { administrator } from "../support/fault-process.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { recover } from "../support/fault-recovery.ts";
import { killAtEachStep, type Ordeal } from "../support/fault-steps.ts";
import { until } from "../support/server-process.ts";

const timeoutMs = 480_000;
const graceMs = 3600 * 1000;
const seed = seedOfRun();
const random = createRandom(seed);
const contents = createContents(random);

/** In the folder before each run. */
const stored = contentAt(contents, 100, 70_000);
const kept = [contentAt(contents, 0, 10), stored];
const doomed = contentAt(contents, 200_000, 5000);
const doomedPath = "doomed/1.0/file.bin";
/** More than one write long. */
const added = contentAt(contents, 1_000_000, 2_500_000);
const addedPath = "added/1.0/file.bin";
const replacing = contentAt(contents, 300_000, 5000);

const keptEntries = (): JournalEntry[] => kept.map((holds, index) => settledEntry(`kept/1.0/${index}.bin`, holds));

describe("a process that is killed", () => {
  const folder = emptyFolder();
  const template = join(folder.path, "data");
  const itWatched = (name: string, action: () => Promise<void>): void => {
    if (gateMissing === null) it(name, action, timeoutMs);
    else it.skip(`${name} (skipped: ${gateMissing})`, () => undefined);
  };
  beforeAll(async () => {
    console.log(`FAULT_SEED=${seed}`);
    await fillFolder(template, async (client) => {
      const files: readonly (readonly [string, Content])[] = [...kept.map((holds, index) => [`kept/1.0/${index}.bin`, holds] as const), [doomedPath, doomed]];
      for (const [path, holds] of files) expect(await client.put(path, contents.bytesOf(holds))).toBe(201);
    });
  });
  afterAll(() => folder[Symbol.dispose]());

  /** Every step was the last one of some run, none of which broke a promise. */
  const survive = async <Running extends GatedProcess, Outcome>(ordeal: Ordeal<Running, Outcome>): Promise<readonly string[]> => {
    const { steps, missed, violations } = await killAtEachStep(ordeal);
    expect(violations).toEqual([]);
    expect(missed).toEqual([]);
    return steps;
  };
  const served = { random, template, begins: "with the act", start: (dataDirectory: string) => startGatedServer(dataDirectory) } as const;
  const afterRequest = (dataDirectory: string, entry: JournalEntry): Promise<Violation[]> =>
    recover(dataDirectory, { entries: [...keptEntries(), entry], contents });

  itWatched("at any step of a publish keeps what was answered, and has the new file whole or not at all", async () => {
    const steps = await survive({
      name: "a publish",
      // An answer may leave in two parts, at any time after the first.
      passedOver: /^send client \(/,
      ...served,
      act: async ({ url }: GatedServer) => createFaultClient(url, administrator).put(addedPath, contents.bytesOf(added)),
      judge: (dataDirectory, status) =>
        afterRequest(dataDirectory, entryAfter(addedPath, null, { kind: "upload", content: added }, status)),
    });
    const order = ["create staging/*", "write staging/*", "sync staging/*", "close staging/*", "mkdir blobs/*", "sync blobs", "rename staging/* blobs/*/*"];
    order.push("sync blobs/*", "write stowage.db-wal", "sync stowage.db-wal", "send client");
    // The documented order, in which nothing may be missing.
    expect(steps.filter((step) => order.includes(step))).toEqual(order);
  });

  itWatched("at any step of a publish of bytes that are stored already harms neither name, and removes its own copy before it answers", async () => {
    const path = "again/1.0/file.bin";
    const steps = await survive({
      name: "a publish of stored bytes",
      passedOver: /^send client \(/,
      ...served,
      act: async ({ url }: GatedServer) => createFaultClient(url, administrator).put(path, contents.bytesOf(stored)),
      judge: (dataDirectory, status) => afterRequest(dataDirectory, entryAfter(path, null, { kind: "upload", content: stored }, status)),
    });
    const order = ["sync staging/*", "rename staging/* blobs/*/*", "sync blobs/*", "write stowage.db-wal", "sync stowage.db-wal", "unlink blobs/*/*", "send client"];
    expect(steps.filter((step) => order.includes(step))).toEqual(order);
  });

  itWatched("at any step of a publish over a file, by GitLab's rule, has the old revision or the new one, and the new one once that was answered", async () => {
    await survive({
      name: "a publish of another revision",
      passedOver: /^send client \(/,
      ...served,
      act: async ({ url }: GatedServer) => createFaultClient(url, administrator, "gitlab").put(doomedPath, contents.bytesOf(replacing)),
      judge: (dataDirectory, status) => {
        const entry = { path: doomedPath, possible: status === 201 ? [replacing] : [doomed, replacing], pending: null };
        return recover(dataDirectory, { entries: [...keptEntries(), entry], contents }, async ({ server, client }) => {
          // Sent again it is one more revision.
          expect(await createFaultClient(server.url, server.admin, "gitlab").put(doomedPath, contents.bytesOf(replacing))).toBe(201);
          expect(await client.read(doomedPath)).toEqual({ kind: "content", sha256: replacing.sha256, sizeBytes: replacing.sizeBytes });
        });
      },
    });
  });

  itWatched("at any step of a delete has the file whole or not at all, and not any more once that was answered", async () => {
    const steps = await survive({
      name: "a delete",
      ...served,
      act: async ({ url }: GatedServer) => createFaultClient(url, administrator).delete(doomedPath),
      judge: (dataDirectory, status) => afterRequest(dataDirectory, entryAfter(doomedPath, doomed, { kind: "delete" }, status)),
    });
    expect(steps.filter((step) => !step.includes(".") || !step.includes("("))).toEqual(["write stowage.db-wal", "sync stowage.db-wal", "open .", "sync .", "close .", "send client"]);
  });

  itWatched("at any step of an orderly stop, which moves the log into the database, keeps everything", async () => {
    const steps = await survive({
      name: "an orderly stop",
      passedOver: /^(open|close) /,
      ...served,
      start: async (dataDirectory) => {
        const server = await startGatedServer(dataDirectory);
        expect(await createFaultClient(server.url, administrator).put(addedPath, contents.bytesOf(added))).toBe(201);
        return server;
      },
      act: async (server: GatedServer) => {
        server.signal("SIGTERM");
        await server.exitCode();
      },
      judge: (dataDirectory) => afterRequest(dataDirectory, settledEntry(addedPath, added)),
    });
    expect(steps).toContain("write stowage.db");
    expect(steps).toContain("sync stowage.db");
    expect(steps).toContain("unlink stowage.db-wal");
  });

  itWatched("at any step of a collection loses nothing that is named, and the next one removes all the rest", async () => {
    using garbage = emptyFolder();
    const withGarbage = join(garbage.path, "data");
    Bun.spawnSync(["cp", "-r", template, withGarbage]);
    await fillFolder(withGarbage, async (client) => {
      expect(await client.delete(doomedPath)).toBe(204);
      // As a publish leaves it that was killed before its record.
      const [shard = "", name = ""] = placedIn(withGarbage)[0]?.split("/") ?? [];
      copyFileSync(join(withGarbage, "blobs", shard, name), join(withGarbage, "blobs", shard, `${name.split(".")[0]}.${"0".repeat(32)}`));
    });
    expect(placedIn(withGarbage)).toHaveLength(kept.length + 2);
    const steps = await survive({
      name: "a collection",
      random,
      passedOver: /^(open|close) /,
      template: withGarbage,
      begins: "with the act",
      start: startCollection,
      act: async (running: GatedProcess) => {
        running.signal("SIGTERM");
        await running.exitCode();
      },
      judge: judgeCollection,
    });
    expect(steps.filter((step) => step.startsWith("unlink blobs/*/*"))).toHaveLength(2);
  });
});

/** Objects in place, as `<folder>/<name>`. */
function placedIn(dataDirectory: string): string[] {
  const blobs = join(dataDirectory, "blobs");
  return readdirSync(blobs).flatMap((shard) => readdirSync(join(blobs, shard)).map((name) => `${shard}/${name}`));
}

/** A process that has opened the stores, and collects at SIGTERM. */
async function startCollection(dataDirectory: string): Promise<GatedProcess> {
  const path = fileURLToPath(new URL("collection-entry.ts", import.meta.url));
  const environment = { STOWAGE_DATA: dataDirectory, UV_THREADPOOL_SIZE: "8", SQLITE_TMPDIR: dataDirectory };
  const running = startGated([process.execPath, "--no-env-file", path], { dataDirectory, environment });
  await until(() => running.output().includes("ready"), 20_000, `the opening of the stores ${running.errors()}`);
  return running;
}

async function judgeCollection(dataDirectory: string): Promise<readonly Violation[]> {
  const entries = [...keptEntries(), entryAfter(doomedPath, null, { kind: "upload", content: doomed }, null)];
  // The content that is being removed is published again in between.
  return recover(dataDirectory, { entries, contents }, async ({ server }) => {
    for (const ahead of [6, 8]) {
      const clock = { nowMs: () => Date.now() + ahead * graceMs };
      await collectGarbage({ ...server.stores, clock }, { graceMs });
    }
    expect(placedIn(dataDirectory)).toHaveLength(kept.length + 1);
    expect((await server.verify()).problems).toEqual([]);
  });
}
