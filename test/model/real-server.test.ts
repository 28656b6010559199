import { describe, expect, it } from "bun:test";
import { seedOfRun } from "../support/fault-random.ts";
import { runForReal } from "./real-run.ts";
import { tryHistories, type Trial } from "./try-histories.ts";

const shape = { requests: 240, happenings: 60, crashes: 4 } as const;
const playSeconds = 20;
const fewestHistories = 3;
const mostHistories = 30;
const timeoutMs = 600_000;

async function tryEntry(entry: string, isEnough: Parameters<typeof tryHistories>[0]["isEnough"], attempts: number): Promise<Trial> {
  const seed = seedOfRun();
  console.log(`FAULT_SEED=${seed} (${entry})`);
  const trial = await tryHistories({ seed, shape, play: (history) => runForReal(history, entry), isEnough, attempts, repeats: 2 });
  const { failure, ...counts } = trial;
  console.log(JSON.stringify({ test: `model, ${entry}`, ...counts, operations: failure?.smallest.length ?? null }));
  return trial;
}

describe("random histories of clients, SIGKILL and clocks, against a server on SQLite and the disk", () => {
  it(
    "are answered as the model says",
    async () => {
      const isEnough = ({ histories, seconds }: { histories: number; seconds: number }): boolean =>
        histories >= fewestHistories && seconds >= playSeconds;
      const { failure, tally } = await tryEntry("server-entry-steered.ts", isEnough, 12);
      if (failure !== null) console.log(failure.smallest.join("\n"));
      expect(failure).toBeNull();
      for (const met of ["crashes", "collected", "publish: unanswered", "publish: conflict", "delete file: done"])
        expect([met, tally[met] ?? 0]).not.toEqual([met, 0]);
    },
    timeoutMs,
  );

  it(
    "are answered otherwise by one that answers a delete before it carries it out",
    async () => {
      const { failure } = await tryEntry("server-entry-steered-late-delete.ts", ({ histories }) => histories >= mostHistories, 0);
      expect(failure).not.toBeNull();
    },
    timeoutMs,
  );
});
