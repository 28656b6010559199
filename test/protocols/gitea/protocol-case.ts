import type { RawResponse } from '../../support/raw-http.ts';
import type { Expectation, Names, WireExchange } from '../exchange.ts';
import type { World } from './setup.ts';

export type { Expectation, Names } from '../exchange.ts';

/** One request and its answer. */
export interface Exchange extends WireExchange {
  /** The request target as sent; without a leading slash it stands below the case's generic routes. */
  readonly target: string;
  /** Who asks: see `World.authorization`. `alice` unless given. */
  readonly as?: string;
  /** Both halves of a Basic credential, instead of `as`. */
  readonly basic?: readonly [string, string];
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
