import { join } from "node:path";
import { openDiskStore } from "../../src/blob-stores/disk.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { createFaultClient, type FaultClient } from "./fault-client.ts";
import { sha256Of } from "./fault-content.ts";
import { judge, type JournalEntry, type Violation } from "./fault-journal.ts";
import { createPauses, type Pauses } from "./fault-pauses.ts";
import { createRandom, type Random } from "./fault-random.ts";
import { delay, within } from "./fault-waiting.ts";
import { startServer, type RunningServer } from "./server.ts";

const clientCount = 16;
/** Few enough to be published by several at a time, enough to be named by nobody now and then. */
const contentCount = 24;
const keptShare = 0.02;
const graceMs = 3600 * 1000;

/** How many things one run of a collector took away. */
export interface Collected {
  readonly unreferencedBlobs: number;
  readonly unrecordedObjects: number;
}

export interface RacePlan {
  readonly seed: number;
  readonly raceMs: number;
  /** One run of the collector, again and again, in the server's stores and in those of a second process. */
  readonly collect: (stores: Stores & { readonly clock: Clock }, dataDirectory: string, graceMs: number) => Promise<Collected>;
  /** Whether the first violation ends the race, and nothing is looked at after it. */
  readonly endsWhenCaught: boolean;
}

export interface RaceReport {
  readonly count: Race["count"];
  readonly kept: number;
  readonly held: number;
  readonly collected: Collected & { readonly runs: number };
  readonly violations: readonly string[];
}

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

function note(violations: string[], violation: Violation | null, when: string): void {
  if (violation !== null) violations.push(`${when}${violation.kind}: ${violation.detail}`);
}

/** Publishes, reads, deletes, over and over; the contents are those of all the others too. */
async function publishAndDelete(race: Race, number: number): Promise<void> {
  const { random, client, violations, count } = race;
  const check = async (entry: JournalEntry): Promise<void> => {
    count.reads += 1;
    note(violations, judge(entry, await client.read(entry.path)), "");
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


/**
 * Sixteen clients publish, read and delete the same few contents while two collectors run without a pause of their own,
 * every few steps of both being held back. At the end nothing may be missing, and nothing be left over.
 */
export async function runRace(plan: RacePlan): Promise<RaceReport> {
  const random = createRandom(plan.seed);
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
    return await race(plan, { random, pauses, clock, server, second });
  } finally {
    pauses.end();
    await second.close();
    await server.stop();
  }
}

interface Track {
  readonly random: Random;
  readonly pauses: Pauses;
  readonly clock: ReturnType<typeof createJumpingClock>;
  readonly server: RunningServer;
  readonly second: Stores;
}

async function race(plan: RacePlan, { random, pauses, clock, server, second }: Track): Promise<RaceReport> {
  const endsAtMs = performance.now() + plan.raceMs;
  const violations: string[] = [];
  const isCaught = (): boolean => plan.endsWhenCaught && violations.length > 0;
  const isOver = (): boolean => performance.now() > endsAtMs || isCaught();
  const kept: JournalEntry[] = [];
  const count = { published: 0, refused: 0, deleted: 0, reads: 0 };
  const collected = { runs: 0, unreferencedBlobs: 0, unrecordedObjects: 0 };
  const collect = async (stores: Stores): Promise<void> => {
    // Without any grace, or long after it: both are what an impatient operator does.
    const isAtOnce = random.fraction() < 0.5;
    if (!isAtOnce) clock.jump();
    const report = await plan.collect({ ...stores, clock }, server.dataDirectory, isAtOnce ? 0 : graceMs);
    collected.runs += 1;
    collected.unreferencedBlobs += report.unreferencedBlobs;
    collected.unrecordedObjects += report.unrecordedObjects;
  };
  const collectAgainAndAgain = async (stores: Stores): Promise<void> => {
    while (!isOver()) {
      await collect(stores);
      await delay(random.whole(0, 20));
    }
  };
  const publishers = Array.from({ length: clientCount }, (_, number) => {
    const client = createFaultClient(server.url, server.admin, number % 2 === 0 ? "gitea" : "gitlab");
    return publishAndDelete({ random, client, isOver, violations, kept, count }, number);
  });
  const collectors = [collectAgainAndAgain(server.stores), collectAgainAndAgain(second)];
  await within(plan.raceMs + 60_000, "the end of the race", Promise.all([...publishers, ...collectors]));
  pauses.end();
  if (!isCaught()) {
    const client = createFaultClient(server.url, server.admin);
    for (const entry of kept) note(violations, judge(entry, await client.read(entry.path)), "at the end, ");
    // The first run sees what has no record, the second one claims it.
    for (const stores of [server.stores, second]) {
      clock.jump();
      await plan.collect({ ...stores, clock }, server.dataDirectory, graceMs);
    }
    violations.push(...(await findLeftOver({ server, second, clock, kept, count })));
  }
  return { count, kept: kept.length, held: pauses.held(), collected, violations };
}

/** What is wrong with the stores when everybody has gone. */
async function findLeftOver(given: Pick<Track, "server" | "second" | "clock"> & Pick<Race, "kept" | "count">): Promise<readonly string[]> {
  const { server, second, clock, kept, count } = given;
  const found = [...(await server.stores.metadata.blobs.collection.findInconsistencies(10))];
  const report = await verifyStores({ ...second, clock }, { graceMs: 0, isServerRunning: false });
  found.push(...report.problems.map(({ kind, detail }) => `${kind}: ${detail}`));
  if (report.youngObjects + report.stagingEntries > 0) found.push(`left over: ${JSON.stringify(report)}`);
  const blobs = new Set(kept.map((entry) => entry.possible[0]?.sha256)).size;
  if (report.blobs !== blobs) found.push(`${report.blobs} blobs are stored, ${blobs} are named`);
  found.push(...server.fatalErrors.map(String));
  const errors = server.logLines.filter((line) => line.includes('"level":"error"'));
  found.push(...errors.filter((line) => !line.includes("collection claimed it")));
  if (errors.length !== count.refused) found.push(`${errors.length} errors were told, ${count.refused} uploads refused`);
  return found;
}
