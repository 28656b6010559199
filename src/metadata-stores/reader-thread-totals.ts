import type { SqlConnection, SqlValue } from "./statements/connection.ts";

/** Totals kept at most; with more, all are forgotten. */
const entryLimit = 1000;
/** A longer search is counted each time. */
const keyLimit = 1000;

/**
 * Keeps how many rows a list has, which costs a look at each of them, until any record changes. `changeCount` tells
 * whether one did, in this process or another, and has to see every command that has returned.
 */
export function keepTotals(sql: SqlConnection, changeCount: () => number): SqlConnection {
  const totals = new Map<string, unknown>();
  let countSeen = -1;
  return {
    ...sql,
    get: async <Row>(text: string, ...values: readonly SqlValue[]): Promise<Row | null> => {
      const key = text.startsWith("SELECT count(*) AS total") ? JSON.stringify([text, ...values]) : "";
      if (key === "" || key.length > keyLimit) return sql.get<Row>(text, ...values);
      const count = changeCount();
      if (count !== countSeen || totals.size >= entryLimit) totals.clear();
      countSeen = count;
      // The same text was asked for the same shape of row.
      const known = totals.get(key) as Row | undefined;
      if (known !== undefined) return known;
      const row = await sql.get<Row>(text, ...values);
      if (row !== null) totals.set(key, row);
      return row;
    },
  };
}
