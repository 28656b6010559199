import { describe, expect, it } from "bun:test";
import { join } from "node:path";
import { openDiskStore } from "../../src/blob-stores/disk.ts";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { createFaultClient, type FaultClient } from "../support/fault-client.ts";
import { sha256Of } from "../support/fault-content.ts";
import { judge, type JournalEntry } from "../support/fault-journal.ts";
import { createPauses, type Pauses } from "../support/fault-pauses.ts";
import { createRandom, seedOfRun, type Random } from "../support/fault-random.ts";
import { delay, within } from "../support/fault-waiting.ts";
import { startServer } from "../support/server.ts";

const raceMs = 15_000;
const timeoutMs = 90_000;
const clientCount = 16;
const graceMs = 3600 * 1000;
/** Few enough to be published by several at a time, enough to be named by nobody now and then. */
const contentCount = 24;
const keptShare = 0.02;

/** A clock that runs, and can be set forward. */
function createJumpingClock(): Clock & { jump(): void } {
  let aheadMs = 0;
  return {
    nowMs: () => Date.now() + aheadMs,
    jump: () => {
      aheadMs += 2 * graceMs;
    },
  };
}

/** The same folder as another process would open it. */
async function openSecond(dataDirectory: string, pauses: Pauses): Promise<Stores> {
  const blobs = await openDiskStore(dataDirectory);
  const metadata = await openSqliteStore(join(dataDirectory, "stowage.db"), "migrate");
  return {
    metadata,
    blobs: pauses.around(blobs),
    close: async () => {
      await metadata.close();
      await blobs.close();
    },
  };
}

interface Race {
  readonly random: Random;
  readonly client: FaultClient;
  readonly isOver: () => boolean;
  readonly violations: string[];
  readonly kept: JournalEntry[];
  readonly count: { published: number; refused: number; deleted: number; reads: number };
}

const makeContent = (_: unknown, number: number) => {
  const bytes = Buffer.alloc(500 * number + 1, `content ${number} `);
  return { bytes, offset: 0, sizeBytes: bytes.byteLength, sha256: sha256Of(bytes) };
};
const passing = Array.from({ length: contentCount }, makeContent);
/** Of files that stay: named by somebody from then on. */
const staying = [makeContent(null, contentCount), makeContent(null, contentCount + 1)];

/** Publishes, reads, deletes, over and over; the contents are those of all the others too. */
async function publishAndDelete(race: Race, number: number): Promise<void> {
  const { random, client, violations, count } = race;
  const check = async (entry: JournalEntry): Promise<void> => {
    count.reads += 1;
    const violation = judge(entry, await client.read(entry.path));
    if (violation !== null) violations.push(`${violation.kind}: ${violation.detail}`);
  };
  for (let turn = 0; !race.isOver(); turn += 1) {
    const isKept = random.fraction() < keptShare;
    const content = random.pick(isKept ? staying : passing);
    if (content === null) throw new Error("there are contents");
    const path = `race/${number}/file-${turn}.bin`;
    const status = await client.put(path, content.bytes);
    if (status === 503) {
      // Collection was first to claim the bytes: nothing is recorded, and the client is asked to send them again.
      count.refused += 1;
      await check({ path, possible: [null], pending: null });
      continue;
    }
    if (status !== 201) violations.push(`PUT ${path}: ${status ?? "no answer"}`);
    count.published += 1;
    const entry = { path, possible: [content], pending: null };
    await check(entry);
    await delay(random.whole(0, 10));
    await check(entry);
    if (isKept) {
      race.kept.push(entry);
      continue;
    }
    const removed = await client.delete(path);
    if (removed !== 204) violations.push(`DELETE ${path}: ${removed ?? "no answer"}`);
    count.deleted += 1;
    await check({ path, possible: [null], pending: null });
  }
}

describe("collection beside publishers, in two processes' stores", () => {
  it(
    "never takes the bytes of a file that was answered and not deleted",
    async () => {
      const seed = seedOfRun();
      console.log(`FAULT_SEED=${seed}`);
      const random = createRandom(seed);
      const pauses = createPauses(random);
      const clock = createJumpingClock();
      const server = await startServer(
        { STOWAGE_GC_INTERVAL_SECONDS: "0" },
        {
          clock,
          open: async (config) => {
            const stores = await openStores(config);
            return { ...stores, blobs: pauses.around(stores.blobs) };
          },
        },
      );
      const second = await openSecond(server.dataDirectory, pauses);
      try {
        const client = createFaultClient(server.url, server.admin);
        const endsAtMs = performance.now() + raceMs;
        const isOver = (): boolean => performance.now() > endsAtMs;
        const violations: string[] = [];
        const kept: JournalEntry[] = [];
        const count = { published: 0, refused: 0, deleted: 0, reads: 0 };
        const collected = { runs: 0, unreferencedBlobs: 0, unrecordedObjects: 0 };
        const collect = async (stores: Stores): Promise<void> => {
          const report = await collectGarbage({ ...stores, clock }, { graceMs });
          collected.runs += 1;
          collected.unreferencedBlobs += report.unreferencedBlobs;
          collected.unrecordedObjects += report.unrecordedObjects;
        };
        const collectAgainAndAgain = async (stores: Stores): Promise<void> => {
          while (!isOver()) {
            clock.jump();
            await collect(stores);
            await delay(random.whole(0, 20));
          }
        };
        const race = { random, client, isOver, violations, kept, count };
        const publishers = Array.from({ length: clientCount }, (_, number) => publishAndDelete(race, number));
        const collectors = [collectAgainAndAgain(server.stores), collectAgainAndAgain(second)];
        await within(raceMs + 30_000, "the end of the race", Promise.all([...publishers, ...collectors]));
        pauses.end();

        for (const entry of kept) {
          const violation = judge(entry, await client.read(entry.path));
          if (violation !== null) violations.push(`at the end, ${violation.kind}: ${violation.detail}`);
        }
        // The first run sees what has no record, the second one claims it.
        for (const stores of [server.stores, second]) {
          clock.jump();
          await collect(stores);
        }
        console.log(JSON.stringify({ ...count, kept: kept.length, held: pauses.held(), ...collected }));
        expect(violations).toEqual([]);
        expect(await server.stores.metadata.blobs.collection.findInconsistencies(10)).toEqual([]);
        const report = await verifyStores({ ...second, clock }, { graceMs: 0, isServerRunning: false });
        expect(report).toMatchObject({ problems: [], youngObjects: 0, stagingEntries: 0 });
        expect(report.blobs).toBe(new Set(kept.map((entry) => entry.possible[0]?.sha256)).size);
        expect(server.fatalErrors).toEqual([]);
        const errors = server.logLines.filter((line) => line.includes('"level":"error"'));
        expect(errors.filter((line) => !line.includes("collection claimed it"))).toEqual([]);
        expect(errors.length).toBe(count.refused);
        // A race in which nobody met anybody has proved nothing.
        expect(collected.unreferencedBlobs).toBeGreaterThan(100);
        expect(count.refused).toBeGreaterThan(0);
        expect(count.published).toBeGreaterThan(200);
      } finally {
        pauses.end();
        await second.close();
        await server.stop();
      }
    },
    timeoutMs,
  );
});
