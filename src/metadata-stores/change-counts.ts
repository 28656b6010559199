import type { Database } from "bun:sqlite";

/** How often records have changed that look-ups of a kind rest on (migration 0005 has which). Only ever compared. */
export interface ChangeCounts {
  /** Namespaces, accounts, grants, tokens, rules and settings. */
  readonly access: number;
  /** What a name stands for that was found. A file under a name that was free, and a counted download, change nothing here. */
  readonly files: number;
}

/**
 * Reads the counts that the records keep themselves, in the calling thread, and only when `commitCount` is another one: a
 * commit that concerns no look-up, as most do, then costs one row. Sees every commit that `commitCount` has seen.
 */
export function createChangeCounts(database: Database, commitCount: () => number): () => ChangeCounts {
  const select = database.prepare<ChangeCounts, []>("SELECT access, files FROM change_counts");
  let seen: number | null = null;
  let counts: ChangeCounts = { access: 0, files: 0 };
  return () => {
    // First: a commit in between is seen too early rather than never.
    const count = commitCount();
    if (count === seen) return counts;
    const row = select.get();
    if (row === null) throw new Error("the records have lost their counts of changes");
    counts = row;
    seen = count;
    return counts;
  };
}
