import { join } from "node:path";
import type { Cores } from "../servers/pinned-process.ts";
import { runPinned, type LoadOutcome } from "./run-load.ts";

/** GETs of one file, or of files at random, as fast as they are answered. */
export interface WrkSpec {
  readonly port: number;
  /** `#` stands for the number of a file. */
  readonly path: string;
  readonly count: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

export interface WrkResult {
  readonly requests: number;
  readonly microseconds: number;
  readonly bytes: number;
  readonly failures: number;
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
}

/** Why this machine's wrk cannot be used; null when it can. */
export function wrkProblem(): string | null {
  return Bun.which("wrk") === null ? "wrk is missing: apt-get install wrk" : null;
}

/** Runs wrk with one thread on the client's core. Throws when any request failed. */
export async function runWrk(spec: WrkSpec, cores: Cores): Promise<LoadOutcome<WrkResult>> {
  const headers = Object.entries(spec.headers).map(([name, value]) => `${name}=${value}`);
  const command = [
    "wrk", "-t1", `-c${spec.connections}`, `-d${spec.seconds}s`, "--timeout", "30s", "-s", join(import.meta.dir, "wrk.lua"),
    `http://127.0.0.1:${spec.port}/`, "--", "GET", spec.path, String(spec.count), ...headers,
  ];
  const outcome = await runPinned<WrkResult>(command, cores?.client ?? null, (line) => JSON.parse(line));
  if (outcome.result.failures > 0) throw new Error(`${outcome.result.failures} requests for ${spec.path} failed`);
  return outcome;
}
