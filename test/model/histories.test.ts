import { describe, expect, it } from "bun:test";
import { seedOfRun } from "../support/fault-random.ts";
import { brokenRegistries } from "./broken-registries.ts";
import { createConcurrentRequests } from "./concurrent-requests.ts";
import { historyLength, type Request } from "./history.ts";
import { runForReal } from "./real-run.ts";
import { simulate } from "./simulation.ts";
import { tryHistories, type Failure, type Place, type Trial } from "./try-histories.ts";

const timeoutMs = 600_000;
/** Many times what any of the broken registries was seen to need; a real one is caught by nearly every history. */
const mostHistories = { simulated: 1500, real: 30 } as const;

/** What a person can read: of the 240 operations of a history that fails, 1 to 20 were left in some dozens of trials. */
const mostOperationsLeft = 40;

const simulation = { name: "simulation", play: simulate, attempts: 300 } as const;
const realServer = (entry: string): Pick<Place, "name" | "play" | "repeats"> => ({
  name: entry,
  play: (history) => runForReal(history, entry),
  repeats: 2,
});

async function tryAndTell(test: string, places: readonly [Place, ...Place[]]): Promise<Trial> {
  const seed = seedOfRun();
  console.log(`FAULT_SEED=${seed}`);
  const trial = await tryHistories(seed, places);
  const { failure } = trial;
  const caught = failure && { place: failure.place, seed: failure.seed, operations: failure.smallest.length };
  console.log(JSON.stringify({ test: `model, ${test}`, ...trial, failure: caught }));
  return trial;
}

function tellWhole({ place, seed, wrong, smallest }: Failure): void {
  console.log(`FAULT_SEED=${seed} fails at once, in: ${place}\n${wrong.join("\n")}\n${smallest.join("\n")}`);
}

describe("a read that is cut off", () => {
  it("is excused by what takes its bytes away while it runs, and by nothing else", () => {
    const file = { dialect: "gitea", package: 0, version: "1.0", file: "a.bin" } as const;
    const read: Request = { kind: "read", ...file };
    const isExcusedBeside = (other: Request, isBegunAfter: boolean): boolean => {
      const requests = createConcurrentRequests();
      const before = isBegunAfter ? null : requests.begin(other);
      const call = requests.begin(read);
      if (isBegunAfter) requests.begin(other).end();
      before?.end();
      return call.isBesideRemoval();
    };
    const removals: readonly Request[] = [{ kind: "publish", content: 1, ...file }, { kind: "delete file", ...file }, { kind: "delete version", package: 0, version: "1.0" }, { kind: "delete package", package: 0 }];
    const others: readonly Request[] = [{ kind: "publish", content: 1, ...file, file: "b.bin" }, { kind: "delete file", ...file, version: "2.0" }, { kind: "delete version", package: 0, version: "2.0" }, { kind: "delete package", package: 1 }, read];
    for (const isBegunAfter of [true, false]) {
      expect(removals.filter((other) => !isExcusedBeside(other, isBegunAfter))).toEqual([]);
      expect(others.filter((other) => isExcusedBeside(other, isBegunAfter))).toEqual([]);
    }
    const requests = createConcurrentRequests();
    requests.begin({ kind: "delete package", package: 0 }).end();
    expect(requests.begin(read).isBesideRemoval()).toBe(false);
  });
});

describe("random histories of several clients, crashes and clock steps", () => {
  it(
    "are answered as the model says, in a simulation and by a server on SQLite and the disk that is killed",
    async () => {
      const { places, failure } = await tryAndTell("whole", [
        { ...simulation, enough: { histories: 40, seconds: 60 } },
        { ...realServer("server-entry-steered.ts"), enough: { histories: 5, seconds: 25 }, attempts: 12 },
      ]);
      if (failure !== null) tellWhole(failure);
      expect(failure).toBeNull();
      // Histories in which nothing was collected, damaged or cut short have proved little.
      for (const met of ["crashes", "collected", "publish: unanswered", "publish: conflict", "delete file: done"])
        for (const [place, { tally }] of Object.entries(places)) expect([place, met, tally[met] ?? 0]).not.toEqual([place, met, 0]);
      expect(places[simulation.name]?.tally["read: damaged"] ?? 0).toBeGreaterThan(0);
      expect(places["server-entry-steered.ts"]?.tally["collected by another process"] ?? 0).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  for (const [name, breakage] of Object.entries(brokenRegistries))
    it(
      `are answered otherwise by a registry that ${name}`,
      async () => {
        const play: Place["play"] = (history) => simulate(history, breakage);
        const enough = { histories: mostHistories.simulated, seconds: 0 };
        const { failure } = await tryAndTell(name, [{ name: "simulation", play, enough, attempts: 60 }]);
        expect(failure).not.toBeNull();
        expect(failure?.smallest.length ?? Infinity).toBeLessThanOrEqual(mostOperationsLeft);
      },
      timeoutMs,
    );

  it(
    "are answered otherwise by a killed server that answers a delete before it carries it out",
    async () => {
      const enough = { histories: mostHistories.real, seconds: 0 };
      const broken = realServer("server-entry-steered-late-delete.ts");
      const { failure } = await tryAndTell("answers a delete late, for real", [
        { ...simulation, enough },
        { ...broken, enough, attempts: 3 },
      ]);
      expect(failure?.place).toBe(broken.name);
      // Each attempt takes seconds here: three show that it is made smaller at all.
      expect(failure?.smallest.length ?? Infinity).toBeLessThan(historyLength);
    },
    timeoutMs,
  );
});
