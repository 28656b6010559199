import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { lockStores } from "../../src/data-lock.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { startServer } from "../../src/server.ts";
import { createFaultClient, type FaultClient } from "./fault-client.ts";
import type { Contents } from "./fault-content.ts";
import { judge, type JournalEntry, type Reading, type Violation } from "./fault-journal.ts";
import { checkLists } from "./fault-lists.ts";
import { administrator } from "./fault-process.ts";
import { inParallel } from "./fault-waiting.ts";
import { configOn } from "./power-cut-stores.ts";

const readersAtOnce = 8;
const graceMs = 24 * 3600 * 1000;

/** What was found after a power cut. */
export interface PowerCutFinding {
  readonly violations: readonly Violation[];
  /** Files and deletes that had been answered before the cut, each looked at. */
  readonly answersChecked: number;
  /** Unanswered uploads: there with all their bytes, or not at all. */
  readonly whole: number;
  readonly absent: number;
}

/**
 * Compares what is on the file systems after a power cut with what had been answered before it, and verifies the stores.
 * By `records` the stores are opened and asked; by `server` the whole server is started, in this process, every file is
 * downloaded and every list read, and what had not been answered is sent again.
 */
export async function checkAfterPowerCut(
  folders: readonly string[],
  entries: readonly JournalEntry[],
  by: "records" | "server",
  bytesOf: Contents["bytesOf"],
): Promise<PowerCutFinding> {
  const violations: Violation[] = [];
  const present = new Set<string>();
  const check: Check = { folders, entries, bytesOf, violations, present };
  try {
    await (by === "server" ? checkByServer(check) : checkByRecords(check));
  } catch (error) {
    // With the code of an error of the engine.
    violations.push({ kind: "start refused", detail: Bun.inspect(error) });
  }
  const unanswered = entries.filter((entry) => entry.pending?.kind === "upload");
  const whole = unanswered.filter(({ path }) => present.has(path)).length;
  const answersChecked = entries.filter((entry) => entry.pending === null).length;
  return { violations, answersChecked, whole, absent: unanswered.length - whole };
}

interface Check {
  readonly folders: readonly string[];
  readonly entries: readonly JournalEntry[];
  readonly bytesOf: Contents["bytesOf"];
  readonly violations: Violation[];
  /** Paths that hold something, as far as they were looked at. */
  readonly present: Set<string>;
}

async function checkByRecords({ folders, entries, violations, present }: Check): Promise<void> {
  const config = configOn(folders);
  // As a server does; it makes the folders that the cut has left out.
  const lock = lockStores(config);
  const stores = await openStores(config);
  try {
    // First, since it re-reads all bytes and notes in the records which of them are damaged.
    await verify(stores, violations);
    for (const entry of entries) {
      const reading = await readRecord(stores, entry.path);
      if (reading.kind === "content") present.add(entry.path);
      note(violations, judge(entry, reading));
    }
  } finally {
    await stores.close();
    lock.release();
  }
}

/** What a download of it would give, by the records, which were verified. */
async function readRecord({ metadata }: Stores, name: string): Promise<Reading> {
  const namespace = await metadata.namespaces.find(administrator.name);
  if (namespace === null) return { kind: "absent" };
  const [packageName = "", version = "", path = ""] = name.split("/");
  const found = await metadata.packages.findFile({ namespaceId: namespace.id, packageName, version, path, match: "exact" });
  if (found.found !== "file") return { kind: "absent" };
  const { isDamaged, sha256, sizeBytes } = found.file;
  return isDamaged ? { kind: "other", status: 500 } : { kind: "content", sha256, sizeBytes };
}

async function checkByServer({ folders, entries, bytesOf, violations, present }: Check): Promise<void> {
  const onFatal = (cause: unknown): void => void violations.push({ kind: "fault reported", detail: String(cause) });
  const log = { access: () => undefined, event: () => undefined, flush: () => undefined };
  const server = await startServer(configOn(folders), { log, onFatal });
  try {
    const staged = await server.stores.blobs.staging("count");
    if (staged > 0) violations.push({ kind: "staging not empty", detail: `${staged} entries` });
    const client = createFaultClient(server.url, administrator);
    await inParallel(readersAtOnce, entries, async (entry) => {
      const reading = await client.read(entry.path);
      if (reading.kind === "content") present.add(entry.path);
      note(violations, judge(entry, reading));
    });
    await checkLists(client, entries.map(({ path }) => path), (path) => present.has(path), violations);
    await verify(server.stores, violations);
    for (const entry of entries) note(violations, await sendAgain(client, entry, present.has(entry.path), bytesOf));
  } finally {
    await server.stop();
  }
}

function note(violations: Violation[], violation: Violation | null): void {
  if (violation !== null) violations.push(violation);
}

async function verify(stores: Stores, violations: Violation[]): Promise<void> {
  // What was being received is emptied by a server's start, so that it counts as a running server's here.
  const report = await verifyStores({ ...stores, clock: systemClock }, { graceMs, isServerRunning: true });
  for (const { kind, detail } of report.problems) violations.push({ kind: "damaged stores", detail: `${kind}: ${detail}` });
}

/** What was not answered can be sent again: it counts then, or is there already. */
async function sendAgain(
  client: FaultClient,
  { path, pending }: JournalEntry,
  isPresent: boolean,
  bytesOf: Contents["bytesOf"],
): Promise<Violation | null> {
  if (pending === null) return null;
  const isUpload = pending.kind === "upload";
  const status = isUpload ? await client.put(path, bytesOf(pending.content)) : await client.delete(path);
  const wanted = isUpload ? (isPresent ? 409 : 201) : isPresent ? 204 : 404;
  return status === wanted ? null : { kind: "retry refused", detail: `${pending.kind} of ${path} again: ${status ?? "no answer"}` };
}
