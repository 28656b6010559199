/** Middle and spread of a series of measurements. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value, or the mean of the two middle ones. Throws on an empty series: there is nothing to tell of it. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error("a series without values has no median");
  return (lower + upper) / 2;
}

/** Median and range. Throws on an empty series. */
export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * Each value by the value of the same round: what the machine did to a round, it did to both. Throws when the rounds do
 * not match.
 */
export function pairwiseRatios(values: readonly number[], references: readonly number[]): readonly number[] {
  if (values.length !== references.length) throw new Error(`${values.length} rounds cannot be paired with ${references.length}`);
  return values.map((value, round) => value / (references[round] ?? Number.NaN));
}
