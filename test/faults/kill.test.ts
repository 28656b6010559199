import { describe, expect, it } from "bun:test";
import { seedOfRun } from "../support/fault-random.ts";
import { runStorm } from "../support/fault-storm.ts";

const timeoutMs = 300_000;

describe("a server that is killed at random moments under eight writers", () => {
  it(
    "keeps every answered file and delete, and every unanswered upload whole or not at all",
    async () => {
      const seed = seedOfRun();
      console.log(`FAULT_SEED=${seed}`);
      const beganAtMs = performance.now();
      const report = await runStorm({ entry: "server-entry.ts", seed, rounds: 50, acknowledgements: 1000, mostRounds: 150 });
      console.log(JSON.stringify({ test: "kill storm", ...report, seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
      expect(report.violations).toEqual([]);
      expect(report.rounds).toBeGreaterThanOrEqual(50);
      expect(report.acknowledgedUploads + report.acknowledgedDeletes).toBeGreaterThanOrEqual(1000);
      // A storm in which no request was ever cut short has proved nothing.
      expect(report.unansweredWhole + report.unansweredAbsent).toBeGreaterThan(0);
    },
    timeoutMs,
  );
});
