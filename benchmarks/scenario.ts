import type { Row } from "./row.ts";
import type { Cores } from "./servers/pinned-process.ts";

/** What a run of the bench has decided for all its scenarios. */
export interface Bench {
  /** An empty folder on the disk that is measured. */
  readonly folder: string;
  readonly cores: Cores;
  /** How often each program's turn comes. */
  readonly pairs: number;
  /** Length of one turn under load. */
  readonly seconds: number;
  /** What the scenarios before gave in the same run. */
  readonly earlierRows: readonly Row[];
  /** Smaller files and stores: to see whether the bench works, not how fast anything is. */
  readonly isQuick: boolean;
  /** Tells whoever watches how far it is. */
  say(text: string): void;
}

/** One file in `scenarios/`. */
export interface Scenario {
  /** As `--only` takes it. */
  readonly name: string;
  readonly summary: string;
  run(bench: Bench): Promise<readonly Row[]>;
}
