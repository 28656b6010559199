import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { verifyStores, type StoreProblem } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { createFaultClient, type FaultClient, type FaultDialect } from "./fault-client.ts";
import { createContents, type Content } from "./fault-content.ts";
import { judge, type JournalEntry, type Violation } from "./fault-journal.ts";
import { checkLists } from "./fault-lists.ts";
import { administrator, startServerProcess, type ServerProcess } from "./fault-process.ts";
import { createRandom } from "./fault-random.ts";
import { delay, inParallel, within } from "./fault-waiting.ts";
import { createStormWriter, type StormWriter } from "./fault-writer.ts";

const writerCount = 8;
/** From the first requests of a round to the SIGKILL. */
const killAfterMs = { from: 50, below: 900 } as const;
/** On a machine with nothing else to do. */
const longestStartMs = 2000;
const rereadEachRound = 12;
const graceMs = 24 * 3600 * 1000;

export interface StormPlan {
  readonly entry: Parameters<typeof startServerProcess>[0];
  readonly seed: number;
  /** The storm goes on until it has both, and never beyond `mostRounds`. */
  readonly rounds: number;
  readonly acknowledgements: number;
  readonly mostRounds: number;
  /** Asked after every round; true ends the storm. */
  readonly isEnough?: (violations: readonly Violation[]) => boolean;
}

export interface StormReport {
  readonly rounds: number;
  readonly acknowledgedUploads: number;
  readonly acknowledgedDeletes: number;
  readonly unansweredWhole: number;
  readonly unansweredAbsent: number;
  readonly unansweredDeletes: number;
  readonly slowestStartMs: number;
  readonly filesReadAtEnd: number;
  readonly verified: { readonly blobs: number; readonly bytes: number; readonly unrecorded: number };
  readonly violations: readonly Violation[];
}

/**
 * Publishes and deletes with eight writers, kills the server at a random moment, starts it again on the same folder and
 * compares what it holds with what it has answered; again and again.
 */
export async function runStorm(plan: StormPlan): Promise<StormReport> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "stowage-storm-"));
  const storm = createStorm(plan, dataDirectory);
  try {
    return await storm.run();
  } finally {
    await storm.end();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

function createStorm(plan: StormPlan, dataDirectory: string) {
  const random = createRandom(plan.seed);
  const contents = createContents(random);
  const shared: Content[] = [];
  const violations: Violation[] = [];
  const count = { uploads: 0, deletes: 0, whole: 0, absent: 0, unansweredDeletes: 0 };
  const writers: readonly StormWriter[] = Array.from({ length: writerCount }, (_, number) =>
    createStormWriter({ number, dialect: number % 2 === 0 ? "gitea" : "gitlab", random: createRandom(plan.seed + number + 1), contents, shared, violations, count }),
  );
  let slowestStartMs = 0;
  let server: ServerProcess | null = null;

  const entries = (): JournalEntry[] => writers.flatMap((writer) => writer.entries);
  const reread = async (client: FaultClient, wanted: readonly JournalEntry[]): Promise<void> =>
    inParallel(writerCount, wanted, async (entry) => {
      const violation = judge(entry, await client.read(entry.path));
      if (violation !== null) violations.push(violation);
    });
  const start = async (): Promise<{ server: ServerProcess; clientOf: (dialect: FaultDialect) => FaultClient }> => {
    const started = await startServerProcess(plan.entry, dataDirectory);
    server = started;
    slowestStartMs = Math.max(slowestStartMs, started.startedInMs);
    // Where more wants to run than there are cores, everything takes as much longer.
    const crowding = Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
    if (started.startedInMs > longestStartMs * crowding)
      violations.push({ kind: "slow start", detail: `${Math.round(started.startedInMs)} ms` });
    const staged = readdirSync(join(dataDirectory, "staging"));
    if (staged.length > 0) violations.push({ kind: "staging not empty", detail: staged.join(" ") });
    const clientOf = (dialect: FaultDialect): FaultClient => createFaultClient(started.url, administrator, dialect);
    for (const writer of writers) await writer.settle(clientOf(writer.dialect));
    return { server: started, clientOf };
  };
  const runRound = async (): Promise<void> => {
    const current = await start();
    const known = entries();
    const sample = Array.from({ length: Math.min(rereadEachRound, known.length) }, () => random.pick(known));
    await reread(current.clientOf("gitea"), sample.filter((entry) => entry !== null));
    let isKilled = false;
    const writing = Promise.all(writers.map((writer) => writer.write(current.clientOf(writer.dialect), () => isKilled)));
    // A writer that fails is met below; until then it must not count as unhandled.
    writing.catch(() => undefined);
    await delay(random.whole(killAfterMs.from, killAfterMs.below));
    isKilled = true;
    await current.server.kill();
    await within(60_000, "the end of the writers", writing);
    for (const line of current.server.errors()) violations.push({ kind: "fault reported", detail: line });
  };
  const note = (problems: readonly StoreProblem[]): void => {
    for (const { kind, detail } of problems) violations.push({ kind: "damaged stores", detail: `${kind}: ${detail}` });
  };
  /** When the grace time has passed, twice, nothing is left but what some name holds. */
  const collectAll = async (stores: Stores): Promise<void> => {
    for (const aheadMs of [2 * graceMs, 4 * graceMs]) await collectGarbage({ ...stores, clock: { nowMs: () => Date.now() + aheadMs } }, { graceMs });
    const report = await verifyStores({ ...stores, clock: systemClock }, { graceMs, isServerRunning: false });
    note(report.problems);
    const named = new Set(entries().flatMap(({ possible }) => possible[0]?.sha256 ?? [])).size;
    if (report.blobs !== named || report.youngObjects > 0)
      violations.push({ kind: "damaged stores", detail: `${named} contents are named; ${report.blobs} have a record, ${report.youngObjects} objects have none` });
  };
  const verify = async (): Promise<StormReport["verified"]> => {
    const stores = await openStores({
      database: { scheme: "sqlite", path: join(dataDirectory, "stowage.db") },
      blobs: { scheme: "file", directory: dataDirectory },
    });
    try {
      const report = await verifyStores({ ...stores, clock: systemClock }, { graceMs, isServerRunning: false });
      note(report.problems);
      await collectAll(stores);
      return { blobs: report.blobs, bytes: report.bytes, unrecorded: report.youngObjects };
    } finally {
      await stores.close();
    }
  };
  return {
    run: async (): Promise<StormReport> => {
      let rounds = 0;
      const isDone = (): boolean => rounds >= plan.rounds && count.uploads + count.deletes >= plan.acknowledgements;
      while (!isDone() && rounds < plan.mostRounds && plan.isEnough?.(violations) !== true) {
        await runRound();
        rounds += 1;
      }
      const last = await start();
      await reread(last.clientOf("gitlab"), entries());
      const held = new Set(entries().flatMap(({ path, possible }) => ((possible[0] ?? null) === null ? [] : [path])));
      await checkLists(last.clientOf("gitea"), entries().map(({ path }) => path), (path) => held.has(path), violations);
      const exitCode = await last.server.stop();
      if (exitCode !== 0) violations.push({ kind: "unexpected answer", detail: `SIGTERM ended the server with ${exitCode}` });
      return {
        rounds,
        acknowledgedUploads: count.uploads,
        acknowledgedDeletes: count.deletes,
        unansweredWhole: count.whole,
        unansweredAbsent: count.absent,
        unansweredDeletes: count.unansweredDeletes,
        slowestStartMs: Math.round(slowestStartMs),
        filesReadAtEnd: entries().length,
        verified: await verify(),
        violations,
      };
    },
    end: async (): Promise<void> => server?.kill(),
  };
}
