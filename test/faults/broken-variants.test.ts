import { describe, expect, it } from "bun:test";
import type { Violation } from "../support/fault-journal.ts";
import { seedOfRun } from "../support/fault-random.ts";
import { runStorm, type StormPlan } from "../support/fault-storm.ts";

const timeoutMs = 120_000;
const mostRounds = 15;

/** Runs the storm on a server that is broken on purpose until it is caught. */
async function roundsUntilCaught(entry: StormPlan["entry"], kind: Violation["kind"]): Promise<{ rounds: number; found: number }> {
  const seed = seedOfRun();
  const beganAtMs = performance.now();
  console.log(`FAULT_SEED=${seed} (${entry})`);
  const isCaught = (violations: readonly Violation[]): boolean => violations.some((violation) => violation.kind === kind);
  const { rounds, violations } = await runStorm({
    entry,
    seed,
    rounds: mostRounds,
    acknowledgements: 0,
    mostRounds,
    isEnough: isCaught,
  });
  const found = violations.filter((violation) => violation.kind === kind).length;
  const seconds = Math.round((performance.now() - beganAtMs) / 1000);
  console.log(JSON.stringify({ test: "broken variant", entry, kind, found, rounds, seconds }));
  return { rounds, found };
}

describe("the storm on a server that is broken on purpose", () => {
  it(
    "catches one that answers before its commit",
    async () => {
      const { found } = await roundsUntilCaught("server-entry-ack-before-commit.ts", "acknowledged file lost");
      expect(found).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it(
    "catches one that records a file before its bytes are in place",
    async () => {
      const { found } = await roundsUntilCaught("server-entry-record-before-bytes.ts", "acknowledged file lost");
      expect(found).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it(
    "catches one whose failing uploads take away bytes that others name",
    async () => {
      const { found } = await roundsUntilCaught("server-entry-unlink-on-error.ts", "acknowledged file lost");
      expect(found).toBeGreaterThan(0);
    },
    timeoutMs,
  );
});
