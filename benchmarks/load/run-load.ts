import { join } from "node:path";
import { pinned, type Cores } from "../servers/pinned-process.ts";

/** What a generator found, and how much of its core it needed for it. */
export interface LoadOutcome<Result> {
  readonly result: Result;
  readonly clientCpuShare: number;
}

const timeoutMs = 20 * 60_000;

/** Runs one of the generators beside this file on the client's core. Throws with what it said when it fails. */
export async function runLoad<Spec, Result>(
  program: "closed-loop.ts" | "open-loop.ts" | "read-whole.ts" | "slow-readers.ts" | "bare-writes.ts",
  spec: Spec,
  cores: Cores,
  core: keyof NonNullable<Cores> = "client",
): Promise<LoadOutcome<Result>> {
  const command = [process.execPath, "--no-env-file", join(import.meta.dir, program), JSON.stringify(spec)];
  return runPinned(command, cores?.[core] ?? null, (line) => JSON.parse(line));
}

/** Runs a command on one core; its last line of output is the result. */
export async function runPinned<Result>(
  command: readonly string[],
  core: number | null,
  parse: (lastLine: string) => Result,
): Promise<LoadOutcome<Result>> {
  const beganAtMs = performance.now();
  const child = Bun.spawn(pinned(command, core), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"] ?? "", UV_THREADPOOL_SIZE: "64" },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const [output, errors, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const elapsedMs = performance.now() - beganAtMs;
  const lastLine = output.trimEnd().split("\n").at(-1) ?? "";
  if (exitCode !== 0) throw new Error(`${command.slice(0, 3).join(" ")} ended with ${exitCode}: ${errors}${output}`);
  // Microseconds, also of what it started itself.
  const usedMs = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000;
  return { result: parse(lastLine), clientCpuShare: usedMs / elapsedMs };
}
