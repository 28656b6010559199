import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContents } from "../support/fault-content.ts";
import type { Violation } from "../support/fault-journal.ts";
import { createRandom } from "../support/fault-random.ts";
import { delay } from "../support/fault-waiting.ts";
import { admin } from "../support/server-process.ts";
import { createLatency } from "./latency.ts";
import { bun, startNightServer, verifyData, type NightServer } from "./night-server.ts";
import { runOpenLoop, type ArrivalCounts } from "./open-loop.ts";
import { createSoakActions, type SoakCounts } from "./soak-actions.ts";
import { createSoakClient, type SoakClient } from "./soak-client.ts";
import { createSoakNames } from "./soak-names.ts";
import { compareLists, rereadAll, settleUnanswered } from "./soak-oracle.ts";
import { soakTimes } from "./soak-times.ts";
import { readFigures, type StoreFigures } from "./store-figures.ts";

/** One server under mixed load for a long time. */
export interface LanePlan {
  readonly perSecond: number;
  readonly seconds: number;
  /** SIGKILL and a new start so often; null for a server that lives through all of it. */
  readonly killEverySeconds: number | null;
  /** Names that hold a file, from when on deletes come as often as publishes. */
  readonly targetNames: number;
  readonly seed: number;
  /** Whether the server is one that answers before its commit, which has to be caught; it does not collect as it should. */
  readonly isBroken?: boolean;
}

/** What a server held at one moment of the run. */
export interface LaneSample extends StoreFigures {
  readonly seconds: number;
  /** Since the server's last start. */
  readonly lifeSeconds: number;
  readonly heldNames: number;
}

export interface LaneReport {
  readonly counts: SoakCounts;
  readonly arrivals: ArrivalCounts;
  /** Requests that were due while no server ran. */
  readonly dueWhileDown: number;
  readonly kills: number;
  /** Collections that removed something, and scrubs that came to their end. */
  readonly collections: number;
  readonly scrubs: number;
  readonly slowestStartMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly settled: number;
  readonly namesRead: number;
  readonly versionsListed: number;
  /** What was re-read at the end. */
  readonly verified: { readonly blobs: number; readonly bytes: number };
  readonly samples: readonly LaneSample[];
  readonly violations: readonly Violation[];
}


/** Requests that are sent together right before a kill, and how long after them it may come. */
const burst = 40;
const longestPauseMs = 40;

/** With more of them it is over: it is clear that something is wrong. */
const mostViolations = 500;

/** Runs one server for as long as planned, then compares everything it holds with everything it has answered. */
export async function runLane(plan: LanePlan): Promise<LaneReport> {
  const folder = mkdtempSync(join(tmpdir(), "stowage-soak-"));
  const lane = createLane(plan, join(folder, "data"));
  try {
    return await lane.run();
  } finally {
    await lane.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Serving {
  readonly server: NightServer;
  readonly client: SoakClient;
  readonly beganAtMs: number;
}

function createLane(plan: LanePlan, dataDirectory: string) {
  const command = [...bun, join(import.meta.dir, plan.isBroken === true ? "soak-server-ack-early.ts" : "soak-server.ts")];
  const random = createRandom(plan.seed);
  const contents = createContents(random);
  const names = createSoakNames();
  const violations: Violation[] = [];
  const counts: SoakCounts = { published: 0, deleted: 0, read: 0, ranges: 0, conditions: 0, lists: 0, unanswered: 0 };
  const latency = createLatency();
  const samples: LaneSample[] = [];
  let serving: Serving | null = null;
  let underWay = 0;
  let current: NightServer | null = null;
  let [dueWhileDown, kills, slowestStartMs, settled, collections, scrubs] = [0, 0, 0, 0, 0, 0];
  const isServing = (client: SoakClient): boolean => serving?.client === client;
  const actions = createSoakActions({ random, contents, names, targetNames: plan.targetNames, violations, counts, isServing });
  const beganAtMs = performance.now();

  const start = async (): Promise<Serving> => {
    const server = await startNightServer({ dataDirectory, command, settings: soakTimes.settings });
    current = server;
    slowestStartMs = Math.max(slowestStartMs, server.startedInMs);
    const client = createSoakClient(server.url, admin);
    settled += await settleUnanswered(client, names, contents, violations);
    return { server, client, beganAtMs: performance.now() };
  };
  const noteLog = (server: NightServer): void => {
    collections += server.told("garbage collected");
    scrubs += server.told("stored objects checked");
    for (const detail of server.faults()) violations.push({ kind: "fault reported", detail });
  };
  const act = async (at: Serving): Promise<void> => {
    underWay += 1;
    try {
      await actions.act(at.client);
    } catch (error) {
      violations.push({ kind: "unexpected answer", detail: String(error) });
    }
    underWay -= 1;
  };
  const idle = async (): Promise<void> => {
    while (underWay > 0) await delay(5);
  };
  const kill = async (at: Serving): Promise<void> => {
    const { server } = at;
    // At this modest rate most moments are quiet ones; what is cut short is what the kill is for.
    for (let count = 0; count < burst; count += 1) void act(at);
    await delay(random.whole(0, longestPauseMs));
    serving = null;
    await server.kill();
    kills += 1;
    await idle();
    noteLog(server);
    serving = await start();
  };
  const sample = (): void => {
    try {
      takeSample();
    } catch (error) {
      violations.push({ kind: "fault reported", detail: `no sample could be taken: ${String(error)}` });
    }
  };
  const takeSample = (): void => {
    if (serving === null) return;
    const nowMs = performance.now();
    const seconds = Math.round((nowMs - beganAtMs) / 1000);
    const lifeSeconds = Math.round((nowMs - serving.beganAtMs) / 1000);
    const figures = readFigures(serving.server.pid, dataDirectory);
    samples.push({ seconds, lifeSeconds, heldNames: names.held().length, ...figures });
    if (figures.oldestOrphanMs > soakTimes.longestOrphanMs)
      violations.push({ kind: "damaged stores", detail: `an object without a record stands for ${Math.round(figures.oldestOrphanMs / 1000)} s` });
  };
  const load = async (): Promise<ArrivalCounts> => {
    let isOver = false;
    const killing = (async (): Promise<void> => {
      if (plan.killEverySeconds === null) return;
      for (let number = 1; number * plan.killEverySeconds < plan.seconds; number += 1) {
        const atMs = beganAtMs + number * plan.killEverySeconds * 1000;
        while (performance.now() < atMs && !isOver) await delay(100);
        if (!isOver && serving !== null) await kill(serving);
      }
    })();
    killing.catch(() => (isOver = true));
    const sampling = setInterval(sample, soakTimes.sampleIntervalMs);
    const arrive = async (dueMs: number): Promise<void> => {
      const at = serving;
      if (at === null) return void (dueWhileDown += 1);
      await act(at);
      latency.note(performance.now() - dueMs);
    };
    try {
      return await runOpenLoop({ perSecond: plan.perSecond, seconds: plan.seconds, act: arrive, isOver: () => isOver || violations.length > mostViolations });
    } finally {
      clearInterval(sampling);
      isOver = true;
      await killing;
    }
  };
  const awaitCollection = async (): Promise<void> => {
    const deadlineMs = performance.now() + soakTimes.longestOrphanMs + soakTimes.collectionGraceMs;
    while (serving !== null && performance.now() < deadlineMs) {
      const { orphans, unreferenced } = readFigures(serving.server.pid, dataDirectory);
      if (orphans === 0 && unreferenced === 0) return;
      await delay(1000);
    }
    violations.push({ kind: "damaged stores", detail: "collection did not remove what nothing names" });
  };
  return {
    run: async (): Promise<LaneReport> => {
      serving = await start();
      const made = await serving.client.send("/api/v4/projects", { method: "POST", body: JSON.stringify({ name: "soak" }), headers: { "content-type": "application/json" } });
      if (made?.status !== 201) throw new Error(`no project was made: ${made?.status ?? "no answer"}`);
      const arrivals = await load();
      if (plan.isBroken !== true) await awaitCollection();
      sample();
      const { server, client } = serving;
      settled += await settleUnanswered(client, names, contents, violations);
      const namesRead = await rereadAll(client, names, violations);
      const versionsListed = await compareLists(client, names, violations);
      const exitCode = await server.stop();
      if (exitCode !== 0) violations.push({ kind: "unexpected answer", detail: `SIGTERM ended the server with ${exitCode}` });
      serving = null;
      noteLog(server);
      const { ok, problems, ...verified } = await verifyData(dataDirectory);
      if (!ok) violations.push({ kind: "damaged stores", detail: JSON.stringify(problems).slice(0, 2000) });
      return {
        counts, arrivals, dueWhileDown, kills, settled, collections, scrubs, namesRead, versionsListed, verified, samples, violations,
        slowestStartMs: Math.round(slowestStartMs),
        p50Ms: latency.percentile(0.5),
        p99Ms: latency.percentile(0.99),
      };
    },
    end: async (): Promise<void> => {
      await current?.kill();
    },
  };
}
