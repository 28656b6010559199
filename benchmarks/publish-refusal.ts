import { leastPairs } from "./options.ts";
import type { Results } from "./report-table.ts";

/**
 * Why these results are no table for the README, whenever they were measured; null where they are. Told of every run, so
 * that a file of results gets no further than the run that it is of.
 */
export function publishRefusal(results: Results, scenarioNames: readonly string[]): string | null {
  if (results.isQuick) return "figures of quick mode do not belong there";
  if (results.pairs < leastPairs) return `it takes ${leastPairs} turns of each program, not ${results.pairs}`;
  const cut = results.rows.find((row) => row.series.some(({ samples }) => samples.length < results.pairs));
  if (cut !== undefined) return `"${cut.title}" has fewer turns than the ${results.pairs} that were asked for`;
  const { scenarios } = results;
  if (scenarios === undefined) return "the results do not tell which scenarios were measured";
  const missing = scenarioNames.filter((name) => !scenarios.includes(name));
  return missing.length === 0 ? null : `not measured: ${missing.join(", ")}`;
}
