import type { Violation } from "../support/fault-journal.ts";
import type { Random } from "../support/fault-random.ts";
import { delay } from "../support/fault-waiting.ts";
import { createLatency, type Latency } from "./latency.ts";
import { runOpenLoop, type ArrivalCounts } from "./open-loop.ts";
import type { SoakClient } from "./soak-client.ts";
import type { SoakLife } from "./soak-life.ts";

/** Requests that are sent together right before a kill, and how long after them it may come. */
const burst = 40;
const longestPauseMs = 40;
/** With more violations than that it is over: it is clear that something is wrong. */
const mostViolations = 500;

/** What a soak sent. */
export interface LoadReport {
  readonly arrivals: ArrivalCounts;
  /** Requests that were due while no server ran. */
  readonly dueWhileDown: number;
  readonly latency: Latency;
}

/** Sends requests on a fixed schedule for as long as planned and kills the server in between. */
export async function runSoakLoad(parts: {
  readonly perSecond: number;
  readonly seconds: number;
  /** Null for never. */
  readonly killEverySeconds: number | null;
  readonly life: SoakLife;
  readonly act: (client: SoakClient) => Promise<void>;
  /** What is done with a server that has just started. */
  readonly settle: (client: SoakClient) => Promise<void>;
  readonly random: Random;
  readonly violations: Violation[];
}): Promise<LoadReport> {
  const { life, violations, killEverySeconds } = parts;
  const latency = createLatency();
  const beganAtMs = performance.now();
  let [underWay, dueWhileDown, isOver] = [0, 0, false];
  const act = async (client: SoakClient): Promise<void> => {
    underWay += 1;
    try {
      await parts.act(client);
    } catch (error) {
      violations.push({ kind: "unexpected answer", detail: String(error) });
    }
    underWay -= 1;
  };
  const idle = async (): Promise<void> => {
    while (underWay > 0) await delay(5);
  };
  const kill = async (client: SoakClient): Promise<void> => {
    // At a modest rate most moments are quiet ones; what is cut short is what the kill is for.
    for (let count = 0; count < burst; count += 1) void act(client);
    await delay(parts.random.whole(0, longestPauseMs));
    await life.kill(idle);
    await life.start(parts.settle);
  };
  const keepKilling = async (): Promise<void> => {
    for (let number = 1; killEverySeconds !== null && number * killEverySeconds < parts.seconds; number += 1) {
      while (performance.now() < beganAtMs + number * killEverySeconds * 1000 && !isOver) await delay(100);
      const serving = life.serving();
      if (!isOver && serving !== null) await kill(serving.client);
    }
  };
  const killing = keepKilling();
  // Met below; until then the load must not go on without a server.
  killing.catch(() => (isOver = true));
  const arrive = async (dueMs: number): Promise<void> => {
    const serving = life.serving();
    if (serving === null) return void (dueWhileDown += 1);
    await act(serving.client);
    latency.note(performance.now() - dueMs);
  };
  const { perSecond, seconds } = parts;
  const arrivals = await runOpenLoop({ perSecond, seconds, act: arrive, isOver: () => isOver || violations.length > mostViolations });
  isOver = true;
  await killing;
  return { arrivals, dueWhileDown, latency };
}
