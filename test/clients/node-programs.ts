import { existsSync } from "node:fs";
import { join } from "node:path";
import { isInstalled, runProgram, type ProgramCall, type ProgramResult } from "./run-program.ts";

const folder = join(import.meta.dir, "programs");

/** What is missing to run a package of `programs/package.json`; null when it is there. */
export function missingNodeProgram(name: string): string | null {
  if (!isInstalled("node")) return "node is not on this machine";
  if (existsSync(join(folder, "node_modules", name, "package.json"))) return null;
  return `${name} is not installed: see CONTRIBUTING.md`;
}

/** Runs a file of `programs/` with Node. */
export function runWithNode(file: string, words: readonly string[], options: Omit<ProgramCall, "command"> = {}): Promise<ProgramResult> {
  return runProgram({ ...options, command: ["node", join(folder, file), ...words] });
}

/** The same, and reads its output as JSON; throws with what it complained about when it did not end well. */
export async function readFromNode(file: string, words: readonly string[], options: Omit<ProgramCall, "command"> = {}): Promise<unknown> {
  const { exitCode, output, complaints } = await runWithNode(file, words, options);
  if (exitCode !== 0) throw new Error(`${file} ended with ${exitCode}: ${complaints.slice(-2000)}`);
  return JSON.parse(output.toString("utf8"));
}
