import { parseChoice, parseWhole, type Parser } from "../config-values.ts";
import { visibilities, type Visibility } from "../core/domain.ts";
import type { Call, Flag } from "./command.ts";
import { usageError } from "./command-error.ts";

/** The value of a flag, or null where it was not given. Throws a usage error for what does not parse. */
export function flagValue<T>(call: Call, name: string, parse: Parser<T>): T | null {
  const text = call.flags.get(name);
  if (text === undefined) return null;
  const parsed = parse(text);
  if ("value" in parsed) return parsed.value;
  throw usageError(`--${name}: ${parsed.problem} (hint: ${parsed.hint})`);
}

/** One of the names that a call was made with. */
export function nameAt(call: Call, index: number): string {
  const name = call.names[index];
  if (name === undefined) throw usageError("a name is missing");
  return name;
}

export const visibilityFlag: Flag = {
  name: "visibility",
  value: "WORD",
  meaning: `Who may see it: ${visibilities.join(", ")} (default: public)`,
};

/** The value of `--visibility`. */
export function visibilityOf(call: Call): Visibility {
  return flagValue(call, visibilityFlag.name, parseChoice(visibilities)) ?? "public";
}

/** The longest time that a flag in seconds may give: ten years. */
const longestSeconds = 10 * 365 * 86_400;

/** The grace time of a call: its own flag, else as configured. */
export function graceMsOf(call: Call, leastSeconds: number): number {
  const seconds = flagValue(call, "grace-seconds", parseWhole(leastSeconds, longestSeconds, "seconds"));
  return seconds === null ? call.config.collection.graceMs : seconds * 1000;
}
