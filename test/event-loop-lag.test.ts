import { describe, expect, it } from "bun:test";
import { watchEventLoop } from "../src/event-loop-lag.ts";
import { createMetrics } from "../src/http/metrics.ts";
import { delay } from "./support/fault-waiting.ts";
import { until } from "./support/server-process.ts";

const intervalMs = 50;

async function countsOf(metrics: ReturnType<typeof createMetrics>): Promise<{ readonly all: number; longerThan(seconds: string): number }> {
  const text = await metrics.render();
  const count = (rest: string): number => Number(text.split("\n").find((line) => line.startsWith(`stowage_event_loop_lag_seconds_${rest} `))?.split(" ")[1]);
  const all = count("count");
  return { all, longerThan: (seconds) => all - count(`bucket{le="${seconds}"}`) };
}

function holdUp(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe("the lag of the event loop", () => {
  it("counts a stall with every turn of the timer that it held up, and nothing when it is stopped", async () => {
    const metrics = createMetrics();
    const watch = watchEventLoop(metrics);
    try {
      await until(async () => (await countsOf(metrics)).all >= 2, 10_000, "turns of the timer");
      const before = await countsOf(metrics);
      holdUp(12 * intervalMs);
      await until(async () => (await countsOf(metrics)).longerThan("0.5") > before.longerThan("0.5"), 10_000, "the turn that was held up");
      const after = await countsOf(metrics);
      // 550 ms late, 500, 450 and so on.
      expect(after.all - before.all).toBeGreaterThanOrEqual(11);
      expect(after.longerThan("0.2") - before.longerThan("0.2")).toBeGreaterThanOrEqual(6);
    } finally {
      watch.stop();
    }
    const { all } = await countsOf(metrics);
    await delay(3 * intervalMs);
    expect((await countsOf(metrics)).all).toBe(all);
  });
});
