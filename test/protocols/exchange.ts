/** What an answer must be. Strings may hold placeholders, which the world of the dialect fills. */
export interface Expectation {
  readonly status: number;
  /** The exact body, or a pattern where the rule leaves the wording open. Not looked at for HEAD, which has none. */
  readonly body?: string | RegExp;
  /** The exact JSON value; the answer must then be JSON as the dialect writes it. */
  readonly json?: unknown;
  /** A part of the JSON value. */
  readonly jsonLike?: object;
  /** By lower-case name: exact value, pattern, or null where the header must be absent. */
  readonly headers?: Readonly<Record<string, string | RegExp | null>>;
  /** The methods that `Allow` lists, in any order. */
  readonly allow?: readonly string[];
  /** True for answers that the runtime gives before any handler: they lack the headers of every answer. */
  readonly fromRuntime?: boolean;
}

/** One request and its answer, as far as no dialect matters. */
export interface WireExchange {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  /** Send the body in chunks of this many bytes, without Content-Length. */
  readonly chunkBytes?: number;
  /**
   * How many bytes Content-Length promises, more than are sent; the connection is then cut. With `chunkBytes`,
   * any value leaves out the last chunk. No answer is expected.
   */
  readonly promisedBytes?: number;
  /** JSON to send as the body. */
  readonly send?: unknown;
  readonly expect: Expectation;
  /** Keep this header's value under that name as a placeholder for later exchanges. */
  readonly keep?: Readonly<Record<string, string>>;
}

/** The placeholders of one case: `p` is a package name that no other case uses. */
export type Names = Map<string, string>;

/** Replaces the placeholders of a text. */
export type Fill = (text: string) => Promise<string>;
