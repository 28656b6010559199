import type { RawResponse } from '../../support/raw-http.ts';
import type { World } from './setup.ts';

/** What an answer must be. Strings may hold placeholders, see `World.fill`. */
export interface Expectation {
  readonly status: number;
  /** The exact body, or a pattern where the rule leaves the wording open. Not looked at for HEAD, which has none. */
  readonly body?: string | RegExp;
  /** The exact JSON value; the answer must then be JSON as the REST rules say. */
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

/** One request and its answer. */
export interface Exchange {
  readonly method: string;
  /** The request target as sent; without a leading slash it stands below the case's generic routes. */
  readonly target: string;
  /** Who asks: see `World.authorization`. `alice` unless given. */
  readonly as?: string;
  /** Both halves of a Basic credential, instead of `as`. */
  readonly basic?: readonly [string, string];
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
  /** More to look at than the expectation can say. */
  readonly check?: (answer: RawResponse, world: World) => void | Promise<void>;
}

/** One row of docs/protocols/gitea.md, tried. */
export interface ProtocolCase {
  /** The id of the row. */
  readonly row: string;
  readonly it: string;
  /** Whose generic routes relative targets stand below; `alice` unless given. */
  readonly owner?: string;
  readonly steps: readonly (Exchange | ((world: World, names: Names) => Promise<void>))[];
}

/** The placeholders of one case: `p` is a package name that no other case uses. */
export type Names = Map<string, string>;

type Details = Omit<Exchange, 'method' | 'target' | 'expect'>;

export const request = (
  method: string,
  target: string,
  expect: Expectation,
  details: Details = {},
): Exchange => ({ method, target, expect, ...details });

export const put = (
  target: string,
  expect: Expectation,
  body: string | Uint8Array = 'hello',
  details: Details = {},
): Exchange => ({ method: 'PUT', target, expect, body, ...details });

export const get = (target: string, expect: Expectation, details: Details = {}): Exchange =>
  request('GET', target, expect, details);

export const head = (target: string, expect: Expectation, details: Details = {}): Exchange =>
  request('HEAD', target, expect, details);

export const del = (target: string, expect: Expectation, details: Details = {}): Exchange =>
  request('DELETE', target, expect, details);
