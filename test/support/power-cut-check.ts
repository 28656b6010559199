import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/config.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { startServer, type RunningServer } from "../../src/server.ts";
import { createFaultClient, type FaultClient } from "./fault-client.ts";
import type { Contents } from "./fault-content.ts";
import { judge, type JournalEntry, type Violation } from "./fault-journal.ts";
import { administrator } from "./fault-process.ts";
import { inParallel } from "./fault-waiting.ts";

const readersAtOnce = 8;
const graceMs = 24 * 3600 * 1000;

/** Variables of a server whose records are on the first of these file systems and whose blobs are on the last. */
export function settingsOn(folders: readonly string[]): Readonly<Record<string, string>> {
  const [first = "", second] = folders;
  const settings = { STOWAGE_DATA: join(first, "data") };
  return second === undefined ? settings : { ...settings, STOWAGE_BLOBS: `file:${join(second, "blobs")}` };
}

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
 * Starts the server, in this process, on what a power cut has left behind and compares what it serves and lists with
 * what had been answered; then verifies the stores and sends again what had not been answered.
 */
export async function checkAfterPowerCut(
  folders: readonly string[],
  entries: readonly JournalEntry[],
  bytesOf: Contents["bytesOf"],
): Promise<PowerCutFinding> {
  const violations: Violation[] = [];
  const server = await startOn(folders, violations);
  if (server === null) return { violations, answersChecked: 0, whole: 0, absent: 0 };
  try {
    const client = createFaultClient(server.url, administrator);
    const present = new Set<string>();
    await inParallel(readersAtOnce, entries, async (entry) => {
      const reading = await client.read(entry.path);
      if (reading.kind === "content") present.add(entry.path);
      const violation = judge(entry, reading);
      if (violation !== null) violations.push(violation);
    });
    await checkLists(client, entries, present, violations);
    await checkStores(server, violations);
    const pending = entries.filter((entry) => entry.pending !== null);
    for (const entry of pending) await sendAgain(client, entry, present.has(entry.path), bytesOf, violations);
    const unanswered = pending.filter((entry) => entry.pending?.kind === "upload");
    const whole = unanswered.filter(({ path }) => present.has(path)).length;
    return { violations, answersChecked: entries.length - pending.length, whole, absent: unanswered.length - whole };
  } finally {
    await server.stop();
  }
}

async function startOn(folders: readonly string[], violations: Violation[]): Promise<RunningServer | null> {
  const fail = (cause: unknown): void => void violations.push({ kind: "fault reported", detail: String(cause) });
  const config = loadConfig({
    flags: {},
    environment: {
      STOWAGE_LISTEN: "127.0.0.1:0",
      STOWAGE_ADMIN_USER: administrator.name,
      STOWAGE_ADMIN_PASSWORD: administrator.password,
      STOWAGE_ADMIN_TOKEN: administrator.token,
      STOWAGE_SHUTDOWN_SECONDS: "5",
      ...settingsOn(folders),
    },
    readFile: (path) => readFileSync(path, "utf8"),
  });
  const log = { access: () => undefined, event: () => undefined, flush: () => undefined };
  try {
    return await startServer(config, { log, onFatal: fail });
  } catch (error) {
    violations.push({ kind: "start refused", detail: String(error) });
    return null;
  }
}

/** Every version lists the files that can be read, and no other. */
async function checkLists(
  client: FaultClient,
  entries: readonly JournalEntry[],
  present: ReadonlySet<string>,
  violations: Violation[],
): Promise<void> {
  const versions = Map.groupBy(entries, ({ path }) => path.slice(0, path.lastIndexOf("/")));
  await inParallel(readersAtOnce, [...versions], async ([version, files]) => {
    const readable = files.filter(({ path }) => present.has(path)).map(({ path }) => path.slice(version.length + 1));
    const listed = await client.list(version);
    if (listed.toSorted().join() !== readable.toSorted().join())
      violations.push({ kind: "wrong list", detail: `${version}: lists ${listed.join()}; can be read: ${readable.join()}` });
  });
}

async function checkStores({ stores }: RunningServer, violations: Violation[]): Promise<void> {
  const staged = await stores.blobs.staging("count");
  if (staged > 0) violations.push({ kind: "staging not empty", detail: `${staged} entries` });
  const report = await verifyStores({ ...stores, clock: systemClock }, { graceMs, isServerRunning: true });
  for (const { kind, detail } of report.problems) violations.push({ kind: "damaged stores", detail: `${kind}: ${detail}` });
}

/** What was not answered can be sent again: it then counts, or is there already. */
async function sendAgain(
  client: FaultClient,
  { path, pending }: JournalEntry,
  isPresent: boolean,
  bytesOf: Contents["bytesOf"],
  violations: Violation[],
): Promise<void> {
  if (pending === null) return;
  const isUpload = pending.kind === "upload";
  const status = isUpload ? await client.put(path, bytesOf(pending.content)) : await client.delete(path);
  const wanted = isUpload ? (isPresent ? 409 : 201) : isPresent ? 204 : 404;
  if (status !== wanted) violations.push({ kind: "retry refused", detail: `${pending.kind} of ${path} again: ${status ?? "no answer"}` });
}
