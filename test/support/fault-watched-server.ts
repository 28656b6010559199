import { join } from "node:path";
import { openStores } from "../../src/open-stores.ts";
import type { SeenCall } from "./fault-gate.ts";
import { startGatedServer, type GatedServer, type GatedServerOptions } from "./fault-gated-server.ts";
import type { Violation } from "./fault-journal.ts";
import { verified } from "./fault-recovery.ts";
import { until } from "./fault-waiting.ts";

/** From the error to the end of the process, the quarter of a second for the last answers included. */
export const endLimitMs = 1000;
/** A server that answers for so long after an error was seen goes on. */
const goingOnMs = 400;

/** A gated server, and when it ended. */
export interface WatchedServer {
  readonly server: GatedServer;
  /** Null while it runs. */
  endedAtMs(): number | null;
  /** In how many milliseconds it ended after an error of that time; null where it goes on. It has to end soon, or not at all. */
  endsAfter(errorAtMs: number): Promise<number | null>;
}

/** Starts a server under the gate and waits until it listens. */
export async function watchServer(dataDirectory: string, options: GatedServerOptions = {}): Promise<WatchedServer> {
  const server = await startGatedServer(dataDirectory, options);
  let endedAtMs: number | null = null;
  void server.exitCode(600_000).then(
    () => (endedAtMs = Date.now()),
    () => undefined,
  );
  return {
    server,
    endedAtMs: () => endedAtMs,
    endsAfter: async (errorAtMs) => {
      const told = (): string => `${server.output()}${server.errors()}`;
      const isEnding = (): boolean => endedAtMs !== null || told().includes("stored state is in doubt");
      const goesOnAtMs = Date.now() + goingOnMs;
      while (!isEnding() && Date.now() < goesOnAtMs) await fetch(`${server.url}/healthz`).catch(() => null);
      if (!isEnding()) return null;
      await until(10_000, "the end of a server", () => ({ isSo: endedAtMs !== null, seen: "it runs" }));
      return (endedAtMs ?? 0) - errorAtMs;
    },
  };
}

/** The first call that failed, but for so many calls before. */
export function firstError(calls: readonly SeenCall[], before: number): SeenCall | null {
  return calls.find(({ became }, index) => index >= before && became === "error") ?? null;
}

/** What verify finds beside a server that runs on a data folder. */
export async function verifyBeside(dataDirectory: string): Promise<Violation[]> {
  const stores = await openStores(
    { database: { scheme: "sqlite", path: join(dataDirectory, "stowage.db") }, blobs: { scheme: "file", directory: dataDirectory } },
    "as_it_is",
  );
  try {
    return await verified(stores);
  } finally {
    await stores.close();
  }
}
