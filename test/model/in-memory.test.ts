import { describe, expect, it } from "bun:test";
import { seedOfRun } from "../support/fault-random.ts";
import { brokenRegistries } from "./broken-registries.ts";
import { simulate } from "./simulation.ts";
import { tryHistories } from "./try-histories.ts";

const shape = { requests: 80, happenings: 50, crashes: 2 } as const;
const playSeconds = 40;
/** Also on a machine that has other things to do. */
const fewestHistories = 60;
const timeoutMs = 300_000;
/** Many times what any of the broken registries was seen to need. */
const mostHistories = 1500;

describe("random histories of clients, crashes and clocks, in a simulation", () => {
  it(
    "are answered as the model says",
    async () => {
      const seed = seedOfRun();
      console.log(`FAULT_SEED=${seed}`);
      const isEnough = ({ histories, seconds }: { histories: number; seconds: number }): boolean =>
        histories >= fewestHistories && seconds >= playSeconds;
      const trial = await tryHistories({ seed, shape, play: simulate, isEnough, attempts: 300 });
      if (trial.failure !== null) console.log(trial.failure.smallest.join("\n"));
      const { failure, ...counts } = trial;
      console.log(JSON.stringify({ test: "model, simulated", ...counts }));
      expect(failure).toBeNull();
      // Histories in which nothing was collected, damaged or cut short have proved little.
      for (const met of ["collected", "read: damaged", "publish: unanswered", "publish: conflict", "delete file: done"])
        expect([met, trial.tally[met] ?? 0]).not.toEqual([met, 0]);
    },
    timeoutMs,
  );

  for (const [name, breakage] of Object.entries(brokenRegistries))
    it(
      `are answered otherwise by a registry that ${name}`,
      async () => {
        const seed = seedOfRun();
        console.log(`FAULT_SEED=${seed}`);
        const play = (history: Parameters<typeof simulate>[0]) => simulate(history, breakage);
        const trial = await tryHistories({ seed, shape, play, isEnough: ({ histories }) => histories >= mostHistories, attempts: 40 });
        const { histories, seconds, failure } = trial;
        console.log(JSON.stringify({ test: `model, ${name}`, histories, operations: failure?.smallest.length ?? null, seconds }));
        expect(failure).not.toBeNull();
        expect(failure?.smallest.length ?? Infinity).toBeLessThan(shape.requests + shape.happenings);
      },
      timeoutMs,
    );
});
