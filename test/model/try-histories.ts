import { createRandom } from "../support/fault-random.ts";
import { drawHistory, type History, type HistoryShape } from "./history.ts";
import { minimise } from "./minimise.ts";
import type { RunResult } from "./simulation.ts";

/** What came of many histories. */
export interface Trial {
  readonly histories: number;
  readonly seconds: number;
  /** Of all histories together. */
  readonly tally: Readonly<Record<string, number>>;
  /** Null when every history went as the model says. */
  readonly failure: Failure | null;
}

export interface Failure {
  readonly wrong: readonly string[];
  /** As small as it was found to fail still, one operation a line. */
  readonly smallest: readonly string[];
}

/**
 * Plays random histories until the time is over or one fails, which is then made smaller and printed. The seed decides the
 * histories. `attempts` bounds the search for a smaller one; each time it is played `repeats` times, since outside of a
 * simulation a history does not always fail.
 */
export async function tryHistories(plan: {
  readonly seed: number;
  readonly shape: HistoryShape;
  readonly play: (history: History) => Promise<RunResult>;
  readonly isEnough: (passed: { readonly histories: number; readonly seconds: number }) => boolean;
  readonly attempts: number;
  readonly repeats?: number;
}): Promise<Trial> {
  const random = createRandom(plan.seed);
  const beganAtMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - beganAtMs) / 100) / 10;
  const tally: Record<string, number> = {};
  let histories = 0;
  do {
    const history = drawHistory(random, plan.shape);
    const result = await plan.play(history);
    histories += 1;
    for (const [kind, count] of Object.entries(result.tally)) tally[kind] = (tally[kind] ?? 0) + count;
    if (result.wrong.length > 0) return { histories, tally, failure: await explain(history, result, plan), seconds: seconds() };
  } while (!plan.isEnough({ histories, seconds: seconds() }));
  return { histories, tally, failure: null, seconds: seconds() };
}

async function explain(
  { seed, operations }: History,
  { wrong }: RunResult,
  { play, attempts, repeats = 1 }: Parameters<typeof tryHistories>[0],
): Promise<Failure> {
  const fails = async (part: History["operations"]): Promise<boolean> => {
    for (let time = 0; time < repeats; time += 1) if ((await play({ seed, operations: part })).wrong.length > 0) return true;
    return false;
  };
  const smallest = await minimise(operations, fails, attempts);
  return { wrong, smallest: smallest.map((operation) => JSON.stringify(operation)) };
}
