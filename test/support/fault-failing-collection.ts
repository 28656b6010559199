import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createFaultClient, type FaultClient } from "./fault-client.ts";
import type { Content, Contents } from "./fault-content.ts";
import { contentAt, settledEntry } from "./fault-folder.ts";
import { escaped, type ErrorName, type SeenCall } from "./fault-gate.ts";
import type { JournalEntry, Violation } from "./fault-journal.ts";
import { administrator } from "./fault-process.ts";
import { recover, settle, stagingLeftOver } from "./fault-recovery.ts";
import { aheadVariable } from "./fault-steer.ts";
import { delay } from "./fault-waiting.ts";
import { endLimitMs, firstError, verifyBeside, watchServer } from "./fault-watched-server.ts";

const contentBytes = 3000;
const keptFiles = 6;
/** As the entry's clock leaps, and how long its collection gets to come round before the next leap. */
const leapMs = 2 * 3_600_000;
const turnMs = 130;
const turnsAtMost = 150;
const always = { from: 1, to: 1_000_000_000 } as const;

/** One place where the system may refuse a call of a collection. */
export interface FailingTurn {
  /**
   * Extended regular expression of its calls; `DATA` stands for the data folder, `DELETED` for the path of a blob that
   * nothing names any more, `ORPHAN` for that of an object that never had a record, and `SHARD` for the folder of both.
   */
  readonly calls: string;
  /** What there is to collect; both where it is left out. */
  readonly garbage?: "deleted" | "orphan";
  /** Calls that are refused before, in turns of their own, and not any more when the others are. */
  readonly refusedBefore?: string;
}

/** What one turn of a collection is to remove. */
interface Garbage {
  /** Of a second deleted file, whose bytes are published again. */
  readonly revived: Content;
  readonly paths: readonly string[];
  readonly words: Readonly<Record<string, string>>;
}

/** A server that collects all the time and is refused one call after the other. */
export interface CollectingSite {
  /**
   * Lets every call of the step fail in at least one turn, and says whether the server went on or ended, and with which
   * code. Looks that requests are answered meanwhile, that what was removed from under a name can be published again, and
   * that a later turn, after a restart where it ended, removes what this one could not.
   */
  tryStep(step: FailingTurn, error: ErrorName): Promise<string>;
  readonly violations: readonly Violation[];
  counts(): { readonly files: number; readonly restarts: number; readonly removed: number; readonly slowestEndMs: number };
  /** Verifies the stores, kills the server, starts another one and reads every name. */
  close(): Promise<void>;
}

/** Starts it on an empty folder, with some files that stay. */
export async function createCollectingSite(dataDirectory: string, contents: Contents): Promise<CollectingSite> {
  const violations: Violation[] = [];
  let [restarts, removed, aheadMs, slowestEndMs] = [0, 0, 0, 0];
  const start = () => {
    const settings = { STOWAGE_GC_INTERVAL_SECONDS: "1", STOWAGE_GC_GRACE_SECONDS: "3600", STOWAGE_SCRUB_INTERVAL_SECONDS: "0", [aheadVariable]: String(aheadMs) };
    return watchServer(dataDirectory, { entry: "server-entry-tireless-steered.ts", settings, withReads: true });
  };
  let running = await start();
  const client = () => createFaultClient(running.server.url, administrator);
  const note = (kind: Violation["kind"], detail: string): void => void violations.push({ kind, detail });
  const { entries, newContent, publish, makeGarbage } = createTraffic(dataDirectory, { contents, client, note });
  const check = async (entry: JournalEntry): Promise<void> => void violations.push(...(await settle(client(), contents, entry)));

  /** Lets turns of collection go by, each two hours after the one before, until it is so. */
  const leapUntil = async (what: string, isSo: () => boolean): Promise<void> => {
    for (let turn = 0; !isSo(); turn += 1) {
      if (turn === turnsAtMost) throw new Error(`${what}: not so after ${turn} turns; ${running.server.errors().slice(-600)}`);
      running.server.signalGroup("SIGHUP");
      aheadMs += leapMs;
      for (let waited = 0; waited < turnMs && !isSo(); waited += 10) await delay(10);
    }
  };
  /** Refuses the calls until one was met, and for as long as nothing else is set. */
  const refuse = async (calls: string, error: ErrorName, { words }: Garbage): Promise<SeenCall> => {
    const seenBefore = running.server.calls().length;
    const expression = calls.replaceAll(/\b(DATA|DELETED|ORPHAN|SHARD)\b/g, (word) => escaped(words[word] ?? word));
    running.server.setRules([{ ...always, action: error, expression }]);
    const met = (): SeenCall | null => firstError(running.server.calls(), seenBefore);
    await leapUntil(`a refused ${calls}`, () => met() !== null);
    return met() ?? { became: "error", step: calls, atMs: Date.now() };
  };
  const restart = async (): Promise<void> => {
    restarts += 1;
    await running.server[Symbol.asyncDispose]();
    running = await start();
    violations.push(...stagingLeftOver(dataDirectory));
  };

  for (let number = 0; number < keptFiles; number += 1) await publish(newContent(), true);
  return {
    violations,
    counts: () => ({ files: entries.length, restarts, removed, slowestEndMs }),
    tryStep: async (step, error) => {
      const garbage = await makeGarbage(step.garbage);
      if (step.refusedBefore !== undefined) await refuse(step.refusedBefore, "EMFILE", garbage);
      const met = await refuse(step.calls, error, garbage);
      const tookMs = await running.endsAfter(met.atMs);
      const isEnded = tookMs !== null;
      slowestEndMs = Math.max(slowestEndMs, tookMs ?? 0);
      if (isEnded && tookMs > endLimitMs) note("fault reported", `the server ended ${tookMs} ms after ${error} at ${met.step}`);
      if (!isEnded) for (const entry of entries.slice(0, keptFiles)) await check(entry);
      const outcome = isEnded ? `ends ${await running.server.exitCode()}` : "goes on";
      if (!isEnded && !running.server.errors().includes("garbage collection failed")) note("fault reported", `the log says nothing of ${error} at ${met.step}`);
      running.server.setRules([]);
      if (isEnded) await restart();
      // Bytes that were being removed, or not yet.
      await publish(garbage.revived, true);
      await leapUntil(`the removal of ${garbage.paths.join(" and ")}`, () => !garbage.paths.some(existsSync));
      removed += garbage.paths.length;
      for (const entry of entries.slice(-2)) await check(entry);
      return outcome;
    },
    close: async () => {
      try {
        violations.push(...(await verifyBeside(dataDirectory)));
      } finally {
        await running.server[Symbol.asyncDispose]();
      }
      violations.push(...(await recover(dataDirectory, { entries, contents })));
    },
  };
}

interface TrafficParts {
  readonly contents: Contents;
  readonly client: () => FaultClient;
  readonly note: (kind: Violation["kind"], detail: string) => void;
}

/** Publishes and deletes, keeps account of what has a name, and leaves behind what has none. */
function createTraffic(dataDirectory: string, { contents, client, note }: TrafficParts) {
  const entries: JournalEntry[] = [];
  let offset = 0;
  const newContent = (): Content => contentAt(contents, (offset += 8), contentBytes);
  const publish = async (content: Content, isKept: boolean): Promise<string> => {
    const path = `${isKept ? "kept" : "gone"}-${entries.length}/1.0/file.bin`;
    const status = await client().put(path, contents.bytesOf(content));
    if (status !== 201) note("retry refused", `${path} was answered ${status}`);
    if (isKept) entries.push(settledEntry(path, content));
    return path;
  };
  const remove = async (path: string): Promise<void> => {
    const status = await client().delete(path);
    if (status !== 204) note("retry refused", `the delete of ${path} was answered ${status}`);
  };
  const makeGarbage = async (kind: FailingTurn["garbage"]): Promise<Garbage> => {
    const content = newContent();
    const path = await publish(content, false);
    const shard = join(dataDirectory, "blobs", content.sha256.slice(0, 2));
    const name = readdirSync(shard).find((entry) => entry.startsWith(content.sha256)) ?? "nothing";
    const [deleted, orphan] = [join(shard, name), join(shard, `${content.sha256}.${"0".repeat(32)}`)];
    if (kind !== "deleted") copyFileSync(deleted, orphan);
    if (kind === "orphan") entries.push(settledEntry(path, content));
    else await remove(path);
    const revived = newContent();
    await remove(await publish(revived, false));
    return {
      revived,
      paths: [...(kind === "orphan" ? [] : [deleted]), ...(kind === "deleted" ? [] : [orphan])],
      words: { DATA: dataDirectory, DELETED: deleted, ORPHAN: orphan, SHARD: shard },
    };
  };
  return { entries, newContent, publish, makeGarbage };
}
