import { closestName, settings } from "../config-settings.ts";
import type { Command } from "./command.ts";
import { usageError } from "./command-error.ts";

/** The words after the command's own, sorted out. */
export interface ParsedArguments {
  readonly names: readonly string[];
  /** Flags of the command. */
  readonly flags: ReadonlyMap<string, string>;
  /** Flags that are settings, by flag name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly wantsHelp: boolean;
}

type KnownFlag = { readonly name: string; readonly takes: "value" | "nothing" | "truth" };

const truthWords = new Set(["true", "false", "yes", "no", "on", "off", "1", "0"]);

/**
 * Reads `--name value`, `--name=value` and flags without a value; `--` ends the flags. A setting that is true or false
 * may stand alone, which means true. Throws a usage error that names what was not understood.
 */
export function parseArguments(command: Command, words: readonly string[]): ParsedArguments {
  const known: readonly KnownFlag[] = [
    { name: "help", takes: "nothing" },
    ...command.flags.map(({ name, value }) => ({ name, takes: value === null ? "nothing" : "value" }) as const),
    ...settings.map(({ flag, fileValue }) => ({ name: flag, takes: fileValue === "boolean" ? "truth" : "value" }) as const),
  ];
  const given = new Map<string, string>();
  const names: string[] = [];
  const rest = [...words];
  let isPastFlags = false;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (isPastFlags || !word.startsWith("-") || word === "-") names.push(word);
    else if (word === "--") isPastFlags = true;
    else {
      const { name, value } = readFlag(word, rest, known);
      if (given.has(name)) throw usageError(`--${name} is given twice`);
      given.set(name, value);
    }
  }
  const wantsHelp = given.has("help");
  if (!wantsHelp) checkNames(command, names);
  const isOwn = (name: string): boolean => command.flags.some((flag) => flag.name === name);
  const entries = [...given].filter(([name]) => name !== "help");
  return {
    names,
    flags: new Map(entries.filter(([name]) => isOwn(name))),
    settings: Object.fromEntries(entries.filter(([name]) => !isOwn(name))),
    wantsHelp,
  };
}

/** Takes the flag's value out of `rest` where it stands there. */
function readFlag(word: string, rest: string[], known: readonly KnownFlag[]): { name: string; value: string } {
  if (word === "-h") return { name: "help", value: "" };
  const [, name = "", written] = /^--([^=]*)(?:=([^]*))?$/.exec(word) ?? [];
  const flag = known.find((candidate) => candidate.name === name);
  if (flag === undefined) {
    const shown = word.replace(/=.*$/s, "");
    const close = closestName(shown, known.map((candidate) => `--${candidate.name}`));
    throw usageError(`${shown} is not a flag${close === null ? "; --help lists all" : `; did you mean ${close}?`}`);
  }
  const next = rest[0];
  switch (flag.takes) {
    case "nothing":
      if (written !== undefined) throw usageError(`--${name} takes no value`);
      return { name, value: "" };
    case "truth":
      if (written !== undefined) return { name, value: written };
      return { name, value: next !== undefined && truthWords.has(next.toLowerCase()) ? (rest.shift() ?? "") : "true" };
    case "value":
      if (written !== undefined) return { name, value: written };
      if (next === undefined || next.startsWith("--")) throw usageError(`--${name} needs a value`);
      return { name, value: rest.shift() ?? "" };
  }
}

function checkNames(command: Command, names: readonly string[]): void {
  const missing = command.names[names.length];
  if (missing !== undefined) throw usageError(`stowage ${command.words} needs ${missing}; see stowage ${command.words} --help`);
  const extra = names[command.names.length];
  if (extra !== undefined) throw usageError(`${JSON.stringify(extra)} is more than stowage ${command.words} takes; see stowage ${command.words} --help`);
}
