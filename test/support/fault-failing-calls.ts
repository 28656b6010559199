import { Database } from "bun:sqlite";
import { join } from "node:path";
import { createFaultClient } from "./fault-client.ts";
import type { Content, Contents } from "./fault-content.ts";
import { contentAt, entryAfter, settledEntry } from "./fault-folder.ts";
import { escaped, type ErrorName } from "./fault-gate.ts";
import type { GatedServerOptions } from "./fault-gated-server.ts";
import type { JournalEntry, Violation } from "./fault-journal.ts";
import { administrator } from "./fault-process.ts";
import type { Random } from "./fault-random.ts";
import { settle, stagingLeftOver } from "./fault-recovery.ts";
import { inParallel } from "./fault-waiting.ts";
import { endLimitMs, firstError, verifyBeside, watchServer } from "./fault-watched-server.ts";

const contentBytes = 3000;
const rereadEachTime = 8;
const mostPublishes = 1500;

/** One place where the system may refuse a call. */
export interface FailingStep {
  /** Extended regular expression of its calls; `DATA` stands for the data folder. */
  readonly calls: string;
  /**
   * What leads to it: one publish of bytes that are new or known, one delete, or so many writers who publish until it is
   * met, of whom none need be refused.
   */
  readonly through: "new bytes" | "known bytes" | "a delete" | { readonly writers: number };
  /** It comes with the first commit on a new log alone: the server is stopped, which leaves no log, and started before. */
  readonly isFirst?: boolean;
  /** It comes in a long log alone: somebody reads meanwhile, so that the log is not begun anew. */
  readonly isLogLong?: boolean;
}

/** A server that is broken at one place after the other, and all that it has answered. */
export interface FailingSite {
  /**
   * Lets every call of the step fail. Says what was seen: the answer to the request that met it ("-" where there were
   * many), and whether the server went on, or ended and with which code. Looks that it keeps its promises, after a restart
   * where it ended: one that went on is killed after every other error.
   */
  tryStep(step: FailingStep, error: ErrorName): Promise<string>;
  readonly violations: readonly Violation[];
  counts(): { readonly files: number; readonly restarts: number; readonly slowestEndMs: number };
  /** Reads every name again, and verifies the stores. */
  close(): Promise<void>;
}

interface SiteParts {
  readonly contents: Contents;
  readonly random: Random;
  /** In place of the product: an entry beside the fault tests. */
  readonly entry?: GatedServerOptions["entry"];
}

/** Starts it on an empty folder. */
export async function createFailingSite(dataDirectory: string, { contents, random, entry }: SiteParts): Promise<FailingSite> {
  const options = entry === undefined ? {} : { entry };
  const violations: Violation[] = [];
  let [restarts, slowestEndMs, steps] = [0, 0, 0];
  let running = await watchServer(dataDirectory, options);
  const traffic = createTraffic(contents, () => running.server.url);
  const check = async (name: JournalEntry): Promise<void> => void violations.push(...(await settle(traffic.client(), contents, name)));
  await traffic.publish(traffic.known);

  const lead = async ({ through }: FailingStep, seenBefore: number): Promise<string> => {
    if (through === "new bytes") return String(await traffic.publish(traffic.newContent()));
    if (through === "known bytes") return String(await traffic.publish(traffic.known));
    if (through === "a delete") return String(await traffic.deleteOne());
    const isOver = (): boolean => running.endedAtMs() !== null || firstError(running.server.calls(), seenBefore) !== null;
    await traffic.publishUntil(isOver, through.writers);
    return "-";
  };
  const hasEnded = async (atMs: number): Promise<boolean> => {
    const tookMs = await running.endsAfter(atMs);
    if (tookMs === null) return false;
    slowestEndMs = Math.max(slowestEndMs, tookMs);
    if (tookMs > endLimitMs) violations.push({ kind: "fault reported", detail: `the server ended ${tookMs} ms after the error` });
    return true;
  };
  const restart = async (): Promise<void> => {
    restarts += 1;
    await running.server[Symbol.asyncDispose]();
    running = await watchServer(dataDirectory, options);
    violations.push(...stagingLeftOver(dataDirectory));
  };
  const stopAndStart = async (): Promise<void> => {
    running.server.signal("SIGTERM");
    const code = await running.server.exitCode();
    if (code !== 0) violations.push({ kind: "fault reported", detail: `SIGTERM ended the server with ${code}` });
    await restart();
  };
  const checkSome = async (): Promise<void> => {
    const sample = Array.from({ length: rereadEachTime }, () => random.pick(traffic.entries)).filter((name) => name !== null);
    await inParallel(4, [...new Set([...traffic.entries.filter(({ pending }) => pending !== null), ...sample])], check);
  };
  return {
    violations,
    counts: () => ({ files: traffic.entries.length, restarts, slowestEndMs }),
    tryStep: async (step, error) => {
      steps += 1;
      if (step.isFirst === true) await stopAndStart();
      const seenBefore = running.server.calls().length;
      running.server.setRules([{ from: 1, to: 1_000_000_000, action: error, expression: step.calls.replaceAll("DATA", escaped(dataDirectory)) }]);
      const reader = step.isLogLong === true ? readOn(dataDirectory) : null;
      const answer = await lead(step, seenBefore).finally(() => reader?.close());
      const met = firstError(running.server.calls(), seenBefore);
      const isEnded = met !== null && (await hasEnded(met.atMs));
      running.server.setRules([]);
      if (!isEnded) violations.push(...stagingLeftOver(dataDirectory));
      const exitCode = isEnded ? await running.server.exitCode() : null;
      if (isEnded || steps % 2 === 0) await restart();
      await checkSome();
      return `${met === null ? "never met, " : ""}${answer} ${exitCode === null ? "goes on" : `ends ${exitCode}`}`;
    },
    close: async () => {
      try {
        await inParallel(8, traffic.entries, check);
        violations.push(...(await verifyBeside(dataDirectory)));
      } finally {
        await running.server[Symbol.asyncDispose]();
      }
    },
  };
}

/** Reads, and goes on reading what is there now. */
function readOn(dataDirectory: string): Database {
  const database = new Database(join(dataDirectory, "stowage.db"), { readonly: true });
  database.run("BEGIN");
  database.query("SELECT count(*) AS n FROM sqlite_schema").get();
  return database;
}

/** Publishes under one new name after the other, and keeps account of what was answered. */
function createTraffic(contents: Contents, url: () => string) {
  const entries: JournalEntry[] = [];
  const usedShards = new Set<string>();
  let offset = 0;
  const client = () => createFaultClient(url(), administrator);
  const publish = async (content: Content): Promise<number | null> => {
    const path = `package-${entries.length}/1.0/file.bin`;
    const place = entries.push(settledEntry(path, null)) - 1;
    const status = await client().put(path, contents.bytesOf(content));
    entries[place] = entryAfter(path, null, { kind: "upload", content }, status);
    return status;
  };
  /** Bytes that no file has yet, the first in their folder as long as there are folders without any. */
  const newContent = (): Content => {
    for (;;) {
      const content = contentAt(contents, (offset += 8), contentBytes);
      const shard = content.sha256.slice(0, 2);
      if (usedShards.has(shard) && usedShards.size < 250) continue;
      usedShards.add(shard);
      return content;
    }
  };
  return {
    entries,
    client,
    publish,
    newContent,
    /** Deletes the last file that is certainly there, but never the first. */
    deleteOne: async (): Promise<number | null> => {
      const place = entries.findLastIndex(({ possible, pending }, index) => index > 0 && pending === null && (possible[0] ?? null) !== null);
      const [entry, holds] = [entries[place], entries[place]?.possible[0] ?? null];
      if (entry === undefined || holds === null) throw new Error("there is nothing to delete");
      const status = await client().delete(entry.path);
      entries[place] = entryAfter(entry.path, holds, { kind: "delete" }, status);
      return status;
    },
    /** The bytes of the first file. */
    known: newContent(),
    publishUntil: async (isOver: () => boolean, writers: number): Promise<void> => {
      let published = 0;
      const write = async (): Promise<void> => {
        for (; published < mostPublishes; published += 1) {
          if (published % 16 < writers && isOver()) return;
          await publish(contentAt(contents, (offset += 8), 100));
        }
      };
      await Promise.all(Array.from({ length: writers }, write));
    },
  };
}
