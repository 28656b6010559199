/**
 * What the server remembers of its own upkeep, so that a restart goes on where the last one stopped. Times are epoch
 * milliseconds; null stands for never, or for nothing under way.
 */
export interface Upkeep {
  /** When the re-reading of all blobs that is under way began. */
  readonly scrubBeganAtMs: number | null;
  /** The last blob that it is done with: it goes on with the next greater id. */
  readonly scrubAfterBlobId: number | null;
  /** Begin and end of the last one that came to its end. */
  readonly lastScrubBeganAtMs: number | null;
  readonly lastScrubEndedAtMs: number | null;
  /** When the last collection that came to its end began, or when it was first looked for. */
  readonly lastCollectionBeganAtMs: number | null;
}

export interface UpkeepStore {
  read(): Promise<Upkeep>;
  /** A missing field stays. */
  write(changes: Partial<Upkeep>): Promise<void>;
}
