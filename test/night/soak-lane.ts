import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContents } from "../support/fault-content.ts";
import type { Violation } from "../support/fault-journal.ts";
import { createRandom } from "../support/fault-random.ts";
import { verifyData } from "./night-server.ts";
import type { ArrivalCounts } from "./open-loop.ts";
import { createSoakActions, type SoakCounts } from "./soak-actions.ts";
import type { SoakClient } from "./soak-client.ts";
import { createSoakLife, type LifeCounts, type SoakLife } from "./soak-life.ts";
import { runSoakLoad } from "./soak-load.ts";
import { createSoakNames } from "./soak-names.ts";
import { compareLists, rereadAll, settleUnanswered } from "./soak-oracle.ts";
import { createSampler, type LaneSample } from "./soak-samples.ts";
import { soakTimes } from "./soak-times.ts";

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

export interface LaneReport extends LifeCounts {
  readonly counts: SoakCounts;
  readonly arrivals: ArrivalCounts;
  /** Requests that were due while no server ran. */
  readonly dueWhileDown: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Changes that were not answered; each was looked at after the start and sent again. */
  readonly settled: number;
  readonly namesRead: number;
  readonly versionsListed: number;
  /** What was re-read at the end. */
  readonly verified: { readonly blobs: number; readonly bytes: number };
  readonly samples: readonly LaneSample[];
  readonly violations: readonly Violation[];
}

/** Runs one server for as long as planned, then compares everything it holds with everything it has answered. */
export async function runLane(plan: LanePlan): Promise<LaneReport> {
  const folder = mkdtempSync(join(tmpdir(), "stowage-soak-"));
  const dataDirectory = join(folder, "data");
  const violations: Violation[] = [];
  const life = createSoakLife(dataDirectory, plan.isBroken === true ? "soak-server-ack-early.ts" : "soak-server.ts", violations);
  try {
    return await runLife(plan, dataDirectory, life, violations);
  } finally {
    await life.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runLife(plan: LanePlan, dataDirectory: string, life: SoakLife, violations: Violation[]): Promise<LaneReport> {
  const { perSecond, seconds, killEverySeconds, targetNames } = plan;
  const random = createRandom(plan.seed);
  const contents = createContents(random);
  const names = createSoakNames();
  const counts: SoakCounts = { published: 0, deleted: 0, read: 0, ranges: 0, conditions: 0, lists: 0, unanswered: 0 };
  let settled = 0;
  const settle = async (client: SoakClient): Promise<void> => {
    settled += await settleUnanswered(client, names, contents, violations);
  };
  const isServing = (client: SoakClient): boolean => life.serving()?.client === client;
  const { act } = createSoakActions({ random, contents, names, targetNames, violations, counts, isServing });
  const sampler = createSampler({ life, dataDirectory, violations, heldNames: () => names.held().length });

  await makeProject((await life.start(settle)).client);
  const sampling = setInterval(sampler.sample, soakTimes.sampleIntervalMs);
  const load = runSoakLoad({ perSecond, seconds, killEverySeconds, life, act, settle, random, violations });
  const { latency, ...sent } = await load.finally(() => clearInterval(sampling));
  if (plan.isBroken !== true) await sampler.awaitCollection();
  sampler.sample();
  const client = life.serving()?.client;
  if (client === undefined) throw new Error("no server runs");
  await settle(client);
  const namesRead = await rereadAll(client, names, violations);
  const versionsListed = await compareLists(client, names, violations);
  const exitCode = await life.stop();
  if (exitCode !== 0) violations.push({ kind: "unexpected answer", detail: `SIGTERM ended the server with ${exitCode}` });
  const { ok, problems, blobs, bytes } = await verifyData(dataDirectory);
  if (!ok) violations.push({ kind: "damaged stores", detail: JSON.stringify(problems).slice(0, 2000) });
  const times = { p50Ms: latency.percentile(0.5), p99Ms: latency.percentile(0.99) };
  return { ...sent, ...life.counts, ...times, counts, settled, namesRead, versionsListed, verified: { blobs, bytes }, samples: sampler.samples, violations };
}

/** Where everything that comes through GitLab's API goes. */
async function makeProject(client: SoakClient): Promise<void> {
  const headers = { "content-type": "application/json" };
  const made = await client.send("/api/v4/projects", { method: "POST", body: JSON.stringify({ name: "soak" }), headers });
  if (made?.status !== 201) throw new Error(`no project was made: ${made?.status ?? "no answer"}`);
}
