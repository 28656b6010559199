import { within } from "../support/fault-waiting.ts";

const defaultTimeoutMs = 60_000;

export interface ProgramResult {
  readonly exitCode: number;
  readonly output: Buffer;
  /** What it said on its standard error. */
  readonly complaints: string;
}

export interface ProgramCall {
  readonly command: readonly string[];
  readonly workingDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A file to be read as standard input. */
  readonly inputFile?: string | null;
  /** After how long it is killed; a minute when nothing is said. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end, without any proxy of the surroundings; killed when it takes too long. */
export async function runProgram(call: ProgramCall): Promise<ProgramResult> {
  const child = Bun.spawn([...call.command], {
    ...(call.workingDirectory === undefined ? {} : { cwd: call.workingDirectory }),
    env: { ...process.env, no_proxy: "*", NO_PROXY: "*", ...call.environment },
    stdin: call.inputFile ? Bun.file(call.inputFile) : "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  try {
    const ended = Promise.all([child.exited, child.stdout.bytes(), child.stderr.text()]);
    const [exitCode, output, complaints] = await within(call.timeoutMs ?? defaultTimeoutMs, `the end of ${call.command[0] ?? "a program"}`, ended);
    return { exitCode, output: Buffer.from(output), complaints };
  } finally {
    child.kill("SIGKILL");
  }
}

/** Whether a program is on this machine; where `probe` is given, whether it also does that. */
export function isInstalled(program: string, probe: readonly string[] | null = null): boolean {
  if (Bun.which(program) === null) return false;
  return probe === null || Bun.spawnSync([program, ...probe], { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
}

/** In CI a test that cannot run fails: what is not tried there is tried nowhere. */
export const isContinuousIntegration = (process.env["CI"] ?? "") !== "";
