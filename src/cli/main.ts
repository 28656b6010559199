import { readFileSync } from "node:fs";
import { loadConfig } from "../config.ts";
import { closestName } from "../config-settings.ts";
import packageFile from "../../package.json" with { type: "json" };
import { parseArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { describeError, usageError } from "./command-error.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { commandHelp, groupHelp, mainHelp } from "./help.ts";
import { serve } from "./serve.ts";
import { standardOutput } from "./standard-output.ts";

async function run(words: readonly string[]): Promise<ExitCode> {
  const [first, second] = words;
  // The start of a server waits for nothing that belongs to other commands.
  const commands = first === serve.words ? [serve] : (await import("./commands.ts")).commands;
  if (first === undefined) throw usageError("a command is missing; stowage --help lists all");
  if (["--help", "-h", "help"].includes(first)) return printed(mainHelp(commands));
  if (first === "--version") return printed(packageFile.version);
  const group = commands.filter((command) => command.words.startsWith(`${first} `));
  if (group.length > 0 && (second === "--help" || second === "-h")) return printed(groupHelp(first, group));
  const command = findCommand(commands, first, second, group);
  const given = parseArguments(command, words.slice(command.words.split(" ").length));
  if (given.wantsHelp) return printed(commandHelp(command));
  const config = loadConfig({
    flags: given.settings,
    environment: process.env,
    readFile: (path) => readFileSync(path, "utf8"),
  });
  return command.run({ config, names: given.names, flags: given.flags, print, readInput: () => Bun.stdin.text() });
}

function findCommand(commands: readonly Command[], first: string, second: string | undefined, group: readonly Command[]): Command {
  if (group.length === 0) {
    const command = commands.find((candidate) => candidate.words === first);
    return command ?? unknownCommand(first, commands.map((candidate) => candidate.words.replace(/ .*$/, "")));
  }
  const subcommands = group.map((candidate) => candidate.words.slice(first.length + 1));
  if (second === undefined || second.startsWith("-")) throw usageError(`stowage ${first} needs a command: ${subcommands.join(", ")}`);
  return group.find((candidate) => candidate.words === `${first} ${second}`) ?? unknownCommand(second, subcommands, first);
}

function unknownCommand(word: string, known: readonly string[], group?: string): never {
  const close = closestName(word, known);
  const of = group === undefined ? "" : ` of stowage ${group}`;
  const help = group === undefined ? "stowage --help" : `stowage ${group} --help`;
  throw usageError(`${JSON.stringify(word)} is not a command${of}; ${close === null ? `${help} lists all` : `did you mean ${close}?`}`);
}

function print(text: string): void {
  standardOutput().write(`${text}\n`);
}

function printed(text: string): ExitCode {
  print(text);
  return exitCodes.done;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const { exitCode, message } = describeError(error);
  process.stderr.on("error", () => undefined);
  // Whatever a server that could not start has left open must not keep the process.
  process.stderr.write(`${message}\n`, () => process.exit(exitCode));
}
