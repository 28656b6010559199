import { parseArgs } from "node:util";
import type { Scenario } from "./scenario.ts";

/** How a run was asked for. */
export interface Options {
  readonly isQuick: boolean;
  /** Names of scenarios; empty for all. */
  readonly only: readonly string[];
  readonly pairs: number;
  readonly seconds: number;
  /** Where to measure; null for `.bench` in the project. */
  readonly folder: string | null;
  readonly writeReadme: boolean;
  /** A file of earlier results to show instead of measuring. */
  readonly from: string | null;
  readonly wantsHelp: boolean;
}

/** The call was wrong, or something it needs is missing; the message says what to do. */
export class OptionError extends Error {
  override name = "OptionError";
}

/** Fewer turns of each program make no table that anybody else should read. */
export const leastPairs = 7;

/** Reads the words after `npm run bench --`. Throws OptionError. */
export function parseOptions(words: readonly string[], known: readonly string[]): Options {
  const { values } = parsed(words);
  const isQuick = values.quick === true;
  const only = values.only ?? [];
  for (const name of only)
    if (!known.includes(name)) throw new OptionError(`${JSON.stringify(name)} is no scenario: ${known.join(", ")}`);
  const options: Options = {
    isQuick,
    only,
    pairs: wholeNumber("--pairs", values.pairs, isQuick ? 1 : leastPairs),
    seconds: wholeNumber("--seconds", values.seconds, isQuick ? 1 : 5),
    folder: values.folder ?? null,
    writeReadme: values["write-readme"] === true,
    from: values.from ?? null,
    wantsHelp: values.help === true,
  };
  if (options.writeReadme && options.from === null && (isQuick || options.pairs < leastPairs || only.length > 0))
    throw new OptionError(`--write-readme takes a whole run of at least ${leastPairs} pairs`);
  return options;
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        quick: { type: "boolean" },
        only: { type: "string", multiple: true },
        pairs: { type: "string" },
        seconds: { type: "string" },
        folder: { type: "string" },
        "write-readme": { type: "boolean" },
        from: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new OptionError(`${error instanceof Error ? error.message : String(error)}; --help lists what there is`);
  }
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new OptionError(`${name} is ${JSON.stringify(text)}: it has to be a whole number from 1 to 9999`);
  return Number(text);
}

/** What --help prints. */
export function usage(scenarios: readonly Scenario[]): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return `npm run bench -- [options]

  --only NAME       measure this scenario only; may be repeated
  --quick           one short turn each, small files and stores: shows that the bench works
  --pairs N         turns of each program (7)
  --seconds N       length of a turn under load (5)
  --folder PATH     a folder on the disk to measure (.bench in the project)
  --write-readme    put the table into README.md and the figures into benchmarks/results
  --from FILE       show the figures of an earlier run instead of measuring

Scenarios:
${scenarios.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n")}`;
}
