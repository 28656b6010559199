import { expect } from "bun:test";
import type { RawResponse } from "../support/raw-http.ts";
import type { Expectation, Fill } from "./exchange.ts";

/** What one answer is held against. */
export interface Comparison {
  /** The request, for the message of a failure. */
  readonly saw: string;
  readonly method: string;
  readonly answer: RawResponse;
  readonly wanted: Expectation;
  readonly fill: Fill;
  /** How the dialect writes JSON. */
  readonly json: { readonly type: string; readonly endsWithNewline: boolean };
}

/** Throws unless the answer is as expected; every answer also has three headers, unless the runtime gave it. */
export async function compareAnswer({ saw, method, answer, wanted, fill, json }: Comparison): Promise<void> {
  const header = (name: string): string | null => answer.headers.get(name)?.join(", ") ?? null;
  const seen: Record<string, unknown> = { request: saw, status: answer.status };
  const right: Record<string, unknown> = { request: saw, status: wanted.status };
  const add = (what: string, actual: unknown, wish: unknown): void => {
    seen[what] = actual;
    right[what] = wish instanceof RegExp ? expect.stringMatching(wish) : wish;
  };
  for (const [name, wish] of Object.entries(wanted.headers ?? {})) {
    add(name, header(name), typeof wish === "string" ? await fill(wish) : wish);
  }
  if (wanted.fromRuntime !== true) {
    add("x-content-type-options", header("x-content-type-options"), "nosniff");
    add("x-frame-options", header("x-frame-options"), "SAMEORIGIN");
    add("x-request-id", header("x-request-id"), /^\S+$/);
  }
  if (wanted.allow !== undefined) {
    add("allow", header("allow")?.split(/, */).toSorted(), wanted.allow.toSorted());
  }
  if (method === "HEAD") add("body", answer.text, "");
  else if (wanted.body !== undefined) {
    add("body", answer.text, typeof wanted.body === "string" ? await fill(wanted.body) : wanted.body);
  }
  // What the server said belongs to the message when only the status differs.
  else if (answer.status !== wanted.status) add("body", answer.text, expect.anything());
  expect(seen).toEqual(right);
  if (method === "HEAD") return;
  if (wanted.json !== undefined || wanted.jsonLike !== undefined) {
    expect([saw, header("content-type")]).toEqual([saw, json.type]);
    expect([saw, answer.text.endsWith("\n")]).toEqual([saw, json.endsWithNewline]);
  }
  if (wanted.json !== undefined) expect(JSON.parse(answer.text)).toEqual(await fillJson(fill, wanted.json));
  if (wanted.jsonLike !== undefined) {
    expect(JSON.parse(answer.text)).toMatchObject(Object(await fillJson(fill, wanted.jsonLike)));
  }
}

/** Fills the placeholders of plain values; matchers such as `expect.any(Number)` stay as they are. */
async function fillJson(fill: Fill, value: unknown): Promise<unknown> {
  if (typeof value === "string") return await fill(value);
  if (Array.isArray(value)) return await Promise.all(value.map(async (one: unknown) => await fillJson(fill, one)));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const filled: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) filled[key] = await fillJson(fill, one);
  return filled;
}
