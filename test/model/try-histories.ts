import { drawHistory, type History } from "./history.ts";
import { minimise } from "./minimise.ts";
import type { RunResult } from "./simulation.ts";

/** Where histories are played, and how many of them. */
export interface Place {
  readonly name: string;
  play(history: History): Promise<RunResult>;
  /** It has played enough after so many histories and so many seconds of the trial, both. */
  readonly enough: { readonly histories: number; readonly seconds: number };
  /** How often a smaller part of a history that fails is tried there, and how often each, since not all fail every time. */
  readonly attempts: number;
  readonly repeats?: number;
}

/** What came of many histories. */
export interface Trial {
  readonly seconds: number;
  /** How many histories each place has played, and what they met there together. */
  readonly places: Readonly<Record<string, { readonly histories: number; readonly tally: Readonly<Record<string, number>> }>>;
  /** Null when every history went as the model says, everywhere. */
  readonly failure: Failure | null;
}

export interface Failure {
  readonly place: string;
  /** As FAULT_SEED it makes the history that failed the first one. */
  readonly seed: number;
  readonly wrong: readonly string[];
  /** As small as it was found to fail still in that place, one operation a line. */
  readonly smallest: readonly string[];
}

/**
 * Plays random histories until the first place has played enough or one fails, which is then made smaller where it failed.
 * Each history is played in one place after the other: one that has enough plays no more, nor do those after it, so that
 * whatever a place has played was played by all before it. The seed decides the histories.
 */
export async function tryHistories(seed: number, places: readonly [Place, ...Place[]]): Promise<Trial> {
  const beganAtMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - beganAtMs) / 100) / 10;
  const counts: Record<string, { histories: number; tally: Record<string, number> }> = {};
  const playNext = async (history: History, number: number): Promise<Failure | null> => {
    for (const place of places) {
      if (hasEnough(place, number, seconds())) break;
      const { wrong, tally } = await place.play(history);
      const count = (counts[place.name] ??= { histories: 0, tally: {} });
      count.histories += 1;
      for (const [kind, times] of Object.entries(tally)) count.tally[kind] = (count.tally[kind] ?? 0) + times;
      if (wrong.length > 0) return { place: place.name, seed: history.seed, wrong, smallest: await findSmallest(history, place) };
    }
    return null;
  };
  let failure: Failure | null = null;
  for (let number = 0; failure === null && !hasEnough(places[0], number, seconds()); number += 1)
    failure = await playNext(drawHistory((seed + number) % 4_294_967_296), number);
  return { places: counts, failure, seconds: seconds() };
}

function hasEnough({ enough }: Place, histories: number, seconds: number): boolean {
  return histories >= enough.histories && seconds >= enough.seconds;
}

async function findSmallest({ seed, operations }: History, { play, attempts, repeats = 1 }: Place): Promise<readonly string[]> {
  const fails = async (part: History["operations"]): Promise<boolean> => {
    for (let time = 0; time < repeats; time += 1) if ((await play({ seed, operations: part })).wrong.length > 0) return true;
    return false;
  };
  const smallest = await minimise(operations, fails, attempts);
  return smallest.map((operation) => JSON.stringify(operation));
}
