import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verifyStores, type VerifyReport } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { openStores } from "../../src/open-stores.ts";
import { createFaultClient, type FaultClient } from "./fault-client.ts";
import type { Content, Contents } from "./fault-content.ts";
import { judge, type JournalEntry, type Violation } from "./fault-journal.ts";
import { inParallel } from "./fault-waiting.ts";
import { admin, adminHeaders, adminSettings, sourceCommand, startServerProcess, type ServerProcess } from "./server-process.ts";

const fakeClock = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/** Why the clock of a process cannot be set on this machine; null where it can, and in CI, where it has to be. */
export const noFakeClock: string | null =
  process.env["CI"] !== undefined || existsSync(fakeClock) ? null : "needs the package faketime to set the clock of a server";

/** Environment variables that make a process read its clock's offset from a file, and a function that sets it, as `+2h` or `-2d`. */
export function steerableClock(folder: string): { readonly variables: Record<string, string>; set(offset: string): void } {
  const file = join(folder, "clock-offset");
  const set = (offset: string): void => writeFileSync(file, `${offset}\n`);
  set("+0");
  return {
    variables: { LD_PRELOAD: fakeClock, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" },
    set,
  };
}

/** A server on a folder, the names that were published on it, and what their answers promise. */
export interface JournaledSite {
  readonly entries: readonly JournalEntry[];
  readonly violations: Violation[];
  /** How often each status was answered to publishes and to deletes. */
  readonly answers: Map<string, number>;
  start(): Promise<ServerProcess>;
  server(): ServerProcess;
  client(): FaultClient;
  /** Publishes under a new name, in one piece or without announced length. */
  publish(content: Content, how?: "announced" | "chunked"): Promise<number | null>;
  delete(entry: JournalEntry): Promise<number | null>;
  /** Reads everything and compares it with what was answered. */
  readAll(): Promise<void>;
  /** Stops the server, verifies the folder and gives what was found. */
  verify(): Promise<VerifyReport>;
  end(): Promise<void>;
}

/** Opens a site on a data folder; `settings` are environment variables of its server. */
export function createJournaledSite(parts: {
  readonly dataDirectory: string;
  readonly contents: Contents;
  readonly settings?: Readonly<Record<string, string>>;
  /** Stands before the command of the server, as a tracer does. */
  readonly command?: readonly string[];
}): JournaledSite {
  const { dataDirectory, contents, settings = {}, command = [...sourceCommand, "serve"] } = parts;
  const entries: JournalEntry[] = [];
  const violations: Violation[] = [];
  const answers = new Map<string, number>();
  let running: ServerProcess | null = null;
  const server = (): ServerProcess => {
    if (running === null) throw new Error("the server runs only after start()");
    return running;
  };
  const client = (): FaultClient => createFaultClient(server().url, admin);
  const note = (what: string, status: number | null): void => void answers.set(`${what} ${status}`, (answers.get(`${what} ${status}`) ?? 0) + 1);
  return {
    entries,
    violations,
    answers,
    server,
    client,
    start: async () => {
      const environment = { ...adminSettings, STOWAGE_DATA: dataDirectory, STOWAGE_LOG: "json", ...settings };
      running = await startServerProcess({ environment, command });
      return running;
    },
    publish: async (content, how = "announced") => {
      const entry: JournalEntry = { path: `site/${Math.floor(entries.length / 6)}/file-${entries.length}.bin`, possible: [null, content], pending: null };
      entries.push(entry);
      const bytes = contents.bytesOf(content);
      const status = await (how === "announced" ? client().put(entry.path, bytes) : client().putChunked(entry.path, bytes));
      note("publish", status);
      if (status === 201) entry.possible = [content];
      else if (status !== null && status !== 500) entry.possible = [null];
      return status;
    },
    delete: async (entry) => {
      entry.possible = [...entry.possible, null];
      const status = await client().delete(entry.path);
      note("delete", status);
      if (status === 204) entry.possible = [null];
      return status;
    },
    readAll: () =>
      inParallel(4, entries, async (entry) => {
        const violation = judge(entry, await client().read(entry.path));
        if (violation !== null) violations.push(violation);
      }),
    verify: async () => {
      await running?.stop();
      return verifyStopped(dataDirectory);
    },
    end: async () => running?.[Symbol.asyncDispose](),
  };
}

/** Without the time limit of a command: there may be gigabytes to read on a busy machine. */
async function verifyStopped(dataDirectory: string): Promise<VerifyReport> {
  const stores = await openStores({
    database: { scheme: "sqlite", path: join(dataDirectory, "stowage.db") },
    blobs: { scheme: "file", directory: dataDirectory },
  });
  try {
    return await verifyStores({ ...stores, clock: systemClock }, { graceMs: 24 * 3_600_000, isServerRunning: false });
  } finally {
    await stores.close();
  }
}

/** Names that certainly hold something. */
export function heldEntries(site: Pick<JournaledSite, "entries">): readonly JournalEntry[] {
  return site.entries.filter(({ possible }) => possible.length === 1 && possible[0] !== null);
}

/** The status of a sign-in with the password. */
export async function signIn({ url }: Pick<ServerProcess, "url">): Promise<number> {
  return (await fetch(`${url}/api/v1/user`, { headers: adminHeaders })).status;
}
