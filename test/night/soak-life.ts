import { join } from "node:path";
import type { Violation } from "../support/fault-journal.ts";
import { admin } from "../support/server-process.ts";
import { bun, startNightServer, type NightServer } from "./night-server.ts";
import { createSoakClient, type SoakClient } from "./soak-client.ts";
import { soakTimes } from "./soak-times.ts";

/** A server between its start and its end. */
export interface Serving {
  readonly server: NightServer;
  readonly client: SoakClient;
  /** `performance.now()` when it took the first requests. */
  readonly beganAtMs: number;
}

/** What the servers of one soak did by themselves, one after the other. */
export interface LifeCounts {
  kills: number;
  slowestStartMs: number;
  /** Collections that removed something, and scrubs that came to their end. */
  collections: number;
  scrubs: number;
}

/** The server of a soak through its kills. */
export interface SoakLife {
  /** Null while none runs. */
  serving(): Serving | null;
  readonly counts: LifeCounts;
  /** Starts it; it serves when `settle` is done with what the one before has left. */
  start(settle: (client: SoakClient) => Promise<void>): Promise<Serving>;
  /** SIGKILL; what was under way has ended, answered or not, when `idle` returns. */
  kill(idle: () => Promise<void>): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number>;
  /** Makes sure that no process is left; may be called at any time. */
  end(): Promise<void>;
}

/** `entry` is a script beside this one. What a server logs above info is a violation. */
export function createSoakLife(dataDirectory: string, entry: "soak-server.ts" | "soak-server-ack-early.ts", violations: Violation[]): SoakLife {
  const command = [...bun, join(import.meta.dir, entry)];
  const counts: LifeCounts = { kills: 0, slowestStartMs: 0, collections: 0, scrubs: 0 };
  let serving: Serving | null = null;
  let current: NightServer | null = null;
  const readLog = (server: NightServer): void => {
    counts.collections += server.told("garbage collected");
    counts.scrubs += server.told("stored objects checked");
    for (const detail of server.faults()) violations.push({ kind: "fault reported", detail });
  };
  /** From here on silence is no fault. */
  const leave = (): NightServer => {
    if (serving === null) throw new Error("no server runs");
    const { server } = serving;
    serving = null;
    return server;
  };
  return {
    serving: () => serving,
    counts,
    start: async (settle) => {
      const server = await startNightServer({ dataDirectory, command, settings: soakTimes.settings });
      current = server;
      counts.slowestStartMs = Math.max(counts.slowestStartMs, Math.round(server.startedInMs));
      const client = createSoakClient(server.url, admin);
      await settle(client);
      serving = { server, client, beganAtMs: performance.now() };
      return serving;
    },
    kill: async (idle) => {
      const server = leave();
      await server.kill();
      counts.kills += 1;
      await idle();
      readLog(server);
    },
    stop: async () => {
      const server = leave();
      const exitCode = await server.stop();
      readLog(server);
      return exitCode;
    },
    end: async () => current?.kill(),
  };
}
