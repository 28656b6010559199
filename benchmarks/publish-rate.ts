import { interleave, serverContender } from "./interleave.ts";
import { valuesOf, type Row } from "./row.ts";
import type { Bench } from "./scenario.ts";
import type { BenchServer } from "./servers/bench-server.ts";
import { uploadTurn } from "./small-uploads.ts";

/** As many uploads at once as in the row that tells Stowage's most. */
const connections = 32;
/** The row of the table with Stowage's most small uploads. */
const rowOfMost = `put-10k-${connections}`;
/** One turn differs from the next by half. */
const leastTurns = 5;

/** What Stowage takes at most, and where that is known from. */
export interface PublishRate {
  readonly mostPerSecond: number;
  /** Whole uploads, one at least. */
  readonly halfPerSecond: number;
  readonly source: string;
}

/**
 * Half of the small uploads that Stowage takes in a second: by the row of the same run, so that the table agrees with
 * itself, and where the run has none by what is measured now.
 */
export async function findPublishRate(earlierRows: readonly Row[], measureNow: () => Promise<Row>): Promise<PublishRate> {
  const known = earlierRows.find((row) => row.id === rowOfMost);
  const row = known ?? (await measureNow());
  const mostPerSecond = valuesOf(row.series[0]).median;
  const source = known === undefined ? `measured just before, median of ${row.series[0].samples.length} turns` : `the row "${known.title}"`;
  return { mostPerSecond, halfPerSecond: Math.max(1, Math.round(mostPerSecond / 2)), source };
}

/** Stowage's most in as many turns as the bench takes, five at least. */
export function measureMost(bench: Bench, server: BenchServer): Promise<Row> {
  const numbers = { next: 0 };
  const pairs = bench.isQuick ? bench.pairs : Math.max(leastTurns, bench.pairs);
  const head = { id: rowOfMost, title: `PUT 10 KiB durable, ${connections} connections, for the rate of what follows`, unit: "files/s" };
  return interleave({ ...bench, pairs }, head, [serverContender(server, () => uploadTurn(bench, server, { connections, numbers }))]);
}
