import { settings } from "../config-settings.ts";
import type { Command } from "./command.ts";
import { exitCodeMeanings } from "./exit-code.ts";
import { textColumns } from "./text-columns.ts";

/** The help of the program: what it can do, and every setting. */
export function mainHelp(commands: readonly Command[]): string {
  return [
    "Stowage, a self-hosted registry for every file a team ships",
    "",
    "Usage: stowage COMMAND [NAMES] [FLAGS]",
    "",
    "Commands:",
    ...textColumns(commands.map((command) => [callOf(command), command.summary])),
    "",
    "Flags of every command: --help, and every setting below. --version prints the version.",
    "",
    ...settingsHelp(),
    "",
    ...exitCodeHelp(),
  ].join("\n");
}

/** The help of several commands that share their first word. */
export function groupHelp(word: string, commands: readonly Command[]): string {
  return [
    `Usage: stowage ${word} COMMAND [NAMES] [FLAGS]`,
    "",
    ...textColumns(commands.map((command) => [callOf(command), command.summary])),
    "",
    `stowage ${word} COMMAND --help says more.`,
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const flags = command.flags.map((flag) => [`--${flag.name}${flag.value === null ? "" : ` ${flag.value}`}`, flag.meaning]);
  return [
    `Usage: stowage ${callOf(command)} [FLAGS]`,
    "",
    `${command.summary}.`,
    ...(command.details === "" ? [] : [command.details]),
    "",
    "Flags:",
    ...textColumns([...flags, ["--help", "Print this"]]),
    "",
    ...(command.words === "serve" ? settingsHelp() : ["Every setting is a flag too, such as --data ./data; stowage serve --help lists all."]),
    "",
    ...exitCodeHelp(),
  ].join("\n");
}

function callOf(command: Command): string {
  return [command.words, ...command.names].join(" ");
}

function settingsHelp(): readonly string[] {
  const rows = settings.map(({ name, flag, meaning, unit, default: defaultText }) => {
    const shown = defaultText === "" ? "unset" : defaultText;
    return [`  --${flag} (${name})`, `      ${meaning.replaceAll("`", "")}. ${unit}; default: ${shown}`];
  });
  return ["Settings, as flag, as environment variable, or in the TOML file, the first of them counts:", ...rows.flat()];
}

function exitCodeHelp(): readonly string[] {
  return ["Exit codes:", ...textColumns(Object.entries(exitCodeMeanings))];
}
