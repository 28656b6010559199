/** A value that a statement takes. */
export type SqlValue = string | number | null;

type Awaitable<Value> = Value | Promise<Value>;

/**
 * One connection, as the statements see it: an engine in this thread answers at once, a remote one with a promise.
 * Rows come back as objects whose shape the statement states; the functions in this folder are the parsers that turn
 * them into domain types.
 */
export interface SqlConnection {
  /** The first row, or null. */
  get<Row>(sql: string, ...values: readonly SqlValue[]): Awaitable<Row | null>;
  all<Row>(sql: string, ...values: readonly SqlValue[]): Awaitable<readonly Row[]>;
  /** The number of rows changed. */
  run(sql: string, ...values: readonly SqlValue[]): Awaitable<number>;
}

/** `?, ?, ?` for a list of values. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}

/** The arguments of a function over a connection, without the connection. */
export type ArgumentsAfterConnection<Statement extends (sql: SqlConnection, ...values: never) => unknown> =
  Parameters<Statement> extends [SqlConnection, ...infer Rest] ? Rest : never;
