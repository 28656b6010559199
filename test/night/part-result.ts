/** What one part of the night's tests has shown. */
export interface PartResult {
  readonly part: string;
  /** What was done, in a sentence. */
  readonly done: string;
  readonly passed: boolean;
  /** Counts and measurements by name, units in the names. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** What was not as promised; empty when it passed. */
  readonly problems: readonly string[];
  readonly seconds: number;
  /** What repeats the random choices; null where there were none. */
  readonly seed: number | null;
  /** More detail for a later look; only in the JSON. */
  readonly series?: unknown;
}
