import { parseIsoTime } from "../../http/iso-time.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";

const dayMs = 86_400_000;

/** The beginning of the day in UTC that a time is in, a number of days later; both epoch milliseconds. */
export function dayStart(ms: number, daysLater = 0): number {
  return (Math.floor(ms / dayMs) + daysLater) * dayMs;
}

/** The beginning of the day in UTC that a parameter names, epoch milliseconds; null without. Of a time its day counts, as written. */
export function optionalDay(reader: ParameterReader, name: string): number | null {
  return optional(reader, name, (text) => dayOf(/^([0-9-]{10})(?:[T ].*)?$/.exec(text)?.[1] ?? ""));
}

/** A time in ISO 8601, without zone in UTC, or the beginning of a day; epoch milliseconds, null without. */
export function optionalTime(reader: ParameterReader, name: string): number | null {
  return optional(reader, name, parseIsoTime);
}

function optional(reader: ParameterReader, name: string, read: (text: string) => number | null): number | null {
  const text = reader.optionalText(name)?.trim() ?? "";
  if (text === "") return null;
  const ms = read(text);
  if (ms === null) reader.refuse(name, "is invalid");
  return ms;
}

function dayOf(text: string): number | null {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Runtimes may take 30 February for a day in March.
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(text) ? null : ms;
}
