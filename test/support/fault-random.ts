/** Random numbers that a seed repeats. */
export interface Random {
  /** At least 0, less than 1. */
  fraction(): number;
  /** A whole number, at least `from` and less than `below`. */
  whole(from: number, below: number): number;
  pick<Item>(items: readonly Item[]): Item | null;
}

/** A small generator (mulberry32): enough for tests, and the same everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (from: number, below: number): number => from + Math.floor(fraction() * (below - from));
  return { fraction, whole, pick: (items) => items[whole(0, items.length)] ?? null };
}

/** The seed of this run: FAULT_SEED where it is set, so that a failure can be looked at again, else a new one. */
export function seedOfRun(): number {
  const given = process.env["FAULT_SEED"];
  if (given === undefined || given === "") return Math.floor(Math.random() * 4_294_967_296);
  if (!/^\d{1,10}$/.test(given)) throw new Error(`FAULT_SEED is ${JSON.stringify(given)}: it has to be a whole number`);
  return Number(given);
}
