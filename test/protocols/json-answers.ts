import type { RawResponse } from "../support/raw-http.ts";

/** The object in an answer's JSON body. */
export function fields(answer: RawResponse): Record<string, unknown> {
  const value: unknown = JSON.parse(answer.text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`an object was expected, not ${answer.text}`);
  }
  return { ...value };
}

/** The objects in an answer's JSON array. */
export function rows(answer: RawResponse): Record<string, unknown>[] {
  const value: unknown = JSON.parse(answer.text);
  if (!Array.isArray(value)) throw new Error(`an array was expected, not ${answer.text}`);
  return value.map((row: unknown) => ({ ...(typeof row === "object" ? row : null) }));
}
