import { readdirSync } from "node:fs";
import { join } from "node:path";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import type { Stores } from "../../src/open-stores.ts";
import { createFaultClient, type FaultClient } from "./fault-client.ts";
import type { Contents } from "./fault-content.ts";
import { judge, type JournalEntry, type Violation } from "./fault-journal.ts";
import { startServer, type RunningServer } from "./server.ts";

const graceMs = 24 * 3600 * 1000;
const longestStartMs = 5000;

/** A server in this process on a data folder that another one has left, however that one ended. */
export interface Recovered {
  readonly server: RunningServer;
  readonly client: FaultClient;
}

/**
 * Starts again on a data folder, calls `look`, stops, and gives every promise that was found broken: a start that fails
 * or is slow, names that hold what no answer allows, something left in staging, stores that verify finds damaged, and a
 * repetition of what was not answered that is refused.
 */
export async function recover(
  dataDirectory: string,
  journal: { readonly entries: readonly JournalEntry[]; readonly contents: Contents },
  look: (recovered: Recovered) => Promise<void> = async () => undefined,
): Promise<Violation[]> {
  const beganAtMs = performance.now();
  const server = await startServer({ STOWAGE_DATA: dataDirectory, STOWAGE_GC_INTERVAL_SECONDS: "0" });
  try {
    const violations = stagingLeftOver(dataDirectory);
    const startedInMs = performance.now() - beganAtMs;
    if (startedInMs > longestStartMs) violations.push({ kind: "slow start", detail: `${Math.round(startedInMs)} ms` });
    const client = createFaultClient(server.url, server.admin);
    for (const entry of journal.entries) violations.push(...(await settle(client, journal.contents, entry)));
    await look({ server, client });
    violations.push(...(await verified(server.stores)));
    for (const cause of server.fatalErrors) violations.push({ kind: "fault reported", detail: String(cause) });
    return violations;
  } finally {
    await server.stop();
  }
}

/** What stands in staging, which a server that has just started has emptied. */
export function stagingLeftOver(dataDirectory: string): Violation[] {
  const staged = readdirSync(join(dataDirectory, "staging"));
  return staged.length > 0 ? [{ kind: "staging not empty", detail: staged.join(" ") }] : [];
}

/** What verify finds beside a server that runs on these stores. */
export async function verified(stores: Pick<Stores, "metadata" | "blobs">): Promise<Violation[]> {
  const report = await verifyStores({ ...stores, clock: systemClock }, { graceMs, isServerRunning: true });
  return report.problems.map(({ kind, detail }) => ({ kind: "damaged stores", detail: `${kind}: ${detail}` }));
}

/** Compares a name with what the answers allow, and sends what was not answered again. */
export async function settle(client: FaultClient, contents: Contents, entry: JournalEntry): Promise<Violation[]> {
  const reading = await client.read(entry.path);
  const found = judge(entry, reading);
  const violations = found === null ? [] : [found];
  const { pending } = entry;
  if (pending === null) return violations;
  entry.pending = null;
  const isPresent = reading.kind === "content";
  const isUpload = pending.kind === "upload";
  const status = isUpload ? await client.put(entry.path, contents.bytesOf(pending.content)) : await client.delete(entry.path);
  const expected = isUpload ? (isPresent ? 409 : 201) : isPresent ? 204 : 404;
  if (status !== expected) violations.push({ kind: "retry refused", detail: `${pending.kind} of ${entry.path}: ${status}, not ${expected}` });
  entry.possible = [isUpload ? pending.content : null];
  const after = judge(entry, await client.read(entry.path));
  return after === null ? violations : [...violations, after];
}
