import type { Config } from "../config.ts";
import type { ExitCode } from "./exit-code.ts";

/** A flag of one command; settings are flags of every command besides. */
export interface Flag {
  /** Without the leading dashes. */
  readonly name: string;
  /** What stands for its value in help; null for a flag without one. */
  readonly value: string | null;
  readonly meaning: string;
}

/** What a command is run with. */
export interface Call {
  readonly config: Config;
  /** As many as the command names, in that order. */
  readonly names: readonly string[];
  /** The command's own flags as given; one without a value is present with an empty one. */
  readonly flags: ReadonlyMap<string, string>;
  /** Writes one line, or several, to the standard output. */
  readonly print: (text: string) => void;
  /** The standard input, read to its end. */
  readonly readInput: () => Promise<string>;
}

/** One command of the command line. */
export interface Command {
  /** The words that call it, such as `user add`. */
  readonly words: string;
  /** Names that follow the words; all are needed. */
  readonly names: readonly string[];
  readonly flags: readonly Flag[];
  /** One line for the list of commands. */
  readonly summary: string;
  /** What else help says. */
  readonly details: string;
  readonly run: (call: Call) => Promise<ExitCode>;
}

/** The flag of every command that a machine may read. */
export const jsonFlag: Flag = { name: "json", value: null, meaning: "Print JSON" };
