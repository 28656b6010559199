import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess, type RunningProcess } from "./server-process.ts";

const source = fileURLToPath(new URL("../faults/syscall-gate.c", import.meta.url));
const compiler = Bun.which("gcc");

/** Why tests that watch calls of the system cannot run here; null when they can. In CI they are never left out. */
export const gateMissing: string | null =
  process.env["CI"] !== undefined
    ? null
    : process.platform !== "linux"
      ? "it needs Linux"
      : compiler === null
        ? "there is no gcc"
        : null;

/** The error numbers that tests put in the way of a call. */
export type ErrorName = "EIO" | "ENOSPC" | "EDQUOT" | "EROFS" | "EMFILE";

/** Of the calls that match: those with these numbers, beginning with 1, fail or are the end of the process. */
export interface GateRule {
  readonly from: number;
  readonly to: number;
  readonly action: "kill" | ErrorName | "EACCES";
  /** Extended regular expression over the line of a call as the gate sees it, paths in full. */
  readonly expression: string;
}

/** One call that changes a file, makes a change durable or answers a client. */
export interface SeenCall {
  readonly became: "ok" | "kill" | "error";
  /** What it did to what, without the parts of names that are drawn at random, such as `sync staging/*`. */
  readonly step: string;
  readonly atMs: number;
}

/** A process whose calls are seen, in one order over all its threads, and can be refused. */
export interface GatedProcess extends RunningProcess {
  /** What it has called so far. */
  calls(): readonly SeenCall[];
  /** Takes the place of the rules before; every count begins anew. */
  setRules(rules: readonly GateRule[]): void;
}

/**
 * Starts a command under the gate, which watches all below one data folder but the ballast, and answers to clients. Rules given here
 * hold from the first call on. Its notes lie in a folder that `[Symbol.asyncDispose]` removes.
 */
export function startGated(
  command: readonly string[],
  options: {
    readonly dataDirectory: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly rules?: readonly GateRule[];
    /** Whether calls that only read are seen as well: `read`, `stat`, and `list` for the entries of a folder. */
    readonly withReads?: boolean;
  },
): GatedProcess {
  const notes = mkdtempSync(join(tmpdir(), "stowage-gate-"));
  const [rulesFile, logFile] = [join(notes, "rules"), join(notes, "log")];
  const setRules = (rules: readonly GateRule[]): void => {
    const rows = rules.map(({ from, to, action, expression }) => `${from} ${to} ${actionText(action)} ${expression}\n`);
    writeFileSync(`${rulesFile}.new`, rows.join(""));
    renameSync(`${rulesFile}.new`, rulesFile);
  };
  setRules(options.rules ?? []);
  const watch = `^[a-z]+ ${escaped(options.dataDirectory)}|^(write|send) socket:`;
  // Made by a timer, whatever else goes on: its steps would get between all others.
  const except = `^[a-z]+ ${escaped(options.dataDirectory)}/stowage\\.db-ballast`;
  const started = startProcess([builtGate(), ...(options.withReads === true ? ["-r"] : []), watch, except, rulesFile, logFile, ...command], { environment: options.environment });
  return {
    ...started,
    calls: createCallReader(logFile, options.dataDirectory),
    setRules,
    [Symbol.asyncDispose]: async () => {
      await started[Symbol.asyncDispose]();
      rmSync(notes, { recursive: true, force: true });
    },
  };
}

function actionText(action: GateRule["action"]): string {
  return action === "kill" ? "kill" : String(constants.errno[action]);
}

/** For the middle of an extended regular expression. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, (sign) => `\\${sign}`);
}

/** Compiled once for each state of its source. */
function builtGate(): string {
  const digest = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16);
  const folder = join(tmpdir(), `stowage-syscall-gate-${process.getuid?.() ?? 0}`);
  const program = join(folder, digest);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const building = `${program}.${process.pid}`;
  const result = Bun.spawnSync([compiler ?? "gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", building, source]);
  if (result.exitCode !== 0) throw new Error(`the gate does not compile: ${result.stderr.toString()}`);
  renameSync(building, program);
  return program;
}

/** Reads what was written down since it was last asked. */
function createCallReader(logFile: string, dataDirectory: string): () => readonly SeenCall[] {
  const calls: SeenCall[] = [];
  let readBytes = 0;
  return () => {
    if (!existsSync(logFile)) return calls;
    const added = readFileSync(logFile).subarray(readBytes);
    const whole = added.subarray(0, added.lastIndexOf("\n") + 1);
    const rows = whole.toString().split("\n").slice(readBytes === 0 ? 1 : 0, -1);
    readBytes += whole.byteLength;
    calls.push(...rows.map((row) => readCall(row, dataDirectory)));
    return calls;
  };
}

function readCall(row: string, dataDirectory: string): SeenCall {
  const [time = "", became = "", ...rest] = row.split(" ");
  return { atMs: Number(time), became: became === "ok" || became === "kill" ? became : "error", step: stepOf(rest.join(" "), dataDirectory) };
}

/** A call without what chance has put into its names. */
function stepOf(line: string, dataDirectory: string): string {
  return line
    .replaceAll(`${dataDirectory}/`, "")
    .replaceAll(dataDirectory, ".")
    .replaceAll(/staging\/[0-9a-f]{32}/g, "staging/*")
    .replaceAll(/blobs\/[0-9a-f]{2}\/[0-9a-f]{64}\.[0-9a-f]{32}/g, "blobs/*/*")
    .replaceAll(/blobs\/[0-9a-f]{2}/g, "blobs/*")
    .replace(/secret\.key\.[0-9a-f]+\.new/, "secret.key.*.new")
    .replace(/#\d+ \(deleted\)/, "(temporary)")
    .replace(/socket:\[\d+\]/, "client");
}
