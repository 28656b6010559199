import type { RawResponse } from "../../support/raw-http.ts";
import type { Expectation, Names, WireExchange } from "../exchange.ts";
import type { CredentialForm } from "./credential-form.ts";
import type { ProjectKind, World } from "./world.ts";

export type { Expectation, Names } from "../exchange.ts";

/** One request and its answer. */
export interface Exchange extends WireExchange {
  /**
   * The request target as sent. Where it begins with a slash once filled (`{api}/...` is the case's project) it is
   * whole; otherwise it stands below the generic routes of the case's project.
   */
  readonly target: string;
  /** Who asks: see `World.secret`. The project's `developer` unless given. */
  readonly as?: string;
  /** How the credential travels; by its kind unless given. */
  readonly by?: CredentialForm;
  /** More to look at than the expectation can say. */
  readonly check?: (answer: RawResponse, world: World, names: Names) => void | Promise<void>;
}

/** One row of docs/protocols/gitlab*.md, tried. */
export interface ProtocolCase {
  /** The id of the row. */
  readonly row: string;
  readonly it: string;
  /** Where it happens; `public` unless given. `fresh` is a private project that no other case sees. */
  readonly project?: ProjectKind;
  readonly steps: readonly (Exchange | ((world: World, names: Names) => Promise<void>))[];
}

type Details = Omit<Exchange, "method" | "target" | "expect">;

export const request = (method: string, target: string, expect: Expectation, details: Details = {}): Exchange => ({
  method,
  target,
  expect,
  ...details,
});

export const put = (
  target: string,
  expect: Expectation,
  body: string | Uint8Array = "hello",
  details: Details = {},
): Exchange => ({ method: "PUT", target, expect, body, ...details });

export const get = (target: string, expect: Expectation, details: Details = {}): Exchange =>
  request("GET", target, expect, details);

export const head = (target: string, expect: Expectation, details: Details = {}): Exchange =>
  request("HEAD", target, expect, details);

export const del = (target: string, expect: Expectation, details: Details = {}): Exchange =>
  request("DELETE", target, expect, details);

export const post = (target: string, expect: Expectation, send?: unknown, details: Details = {}): Exchange =>
  request("POST", target, expect, send === undefined ? details : { send, ...details });

export const patch = (target: string, expect: Expectation, send?: unknown, details: Details = {}): Exchange =>
  request("PATCH", target, expect, send === undefined ? details : { send, ...details });
