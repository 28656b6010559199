import { existsSync, readdirSync } from "node:fs";
import type { StartLine } from "./fault-serve.ts";
import { searchStored, searchTold } from "./marker-search.ts";
import { within } from "./fault-waiting.ts";

const startTimeoutMs = 30_000;
const endTimeoutMs = 30_000;
/** Every start after a kill says so. */
const uncleanStop = '"message":"the last stop was not an orderly one';

/** Marker secrets of the administrator whom the first start creates. */
export const administrator = {
  name: "root",
  password: "Marker-Password-1",
  token: "marker0token0of0the0administrator0000001",
} as const;

/** A server in a process of its own. */
export interface ServerProcess extends StartLine {
  readonly port: number;
  /** What it has told so far, but for what is no fault: that the last one was killed is what a test has done. */
  errors(): readonly string[];
  /** How many files, folders and sockets it holds open; 0 where the system does not tell (it has no /proc). */
  openDescriptors(): number;
  isRunning(): boolean;
  /** SIGKILL; returns when it is gone. May be called again. */
  kill(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number>;
}

/** Variables under which every server of the fault tests runs on a data folder. */
export function serverSettings(dataDirectory: string): Record<string, string> {
  return {
    STOWAGE_LISTEN: "127.0.0.1:0",
    STOWAGE_DATA: dataDirectory,
    STOWAGE_ADMIN_USER: administrator.name,
    STOWAGE_ADMIN_PASSWORD: administrator.password,
    STOWAGE_ADMIN_TOKEN: administrator.token,
    STOWAGE_SHUTDOWN_SECONDS: "5",
  };
}

/** Starts one of the entries beside the fault tests on a data folder and waits until it listens; `settings` are variables. */
export async function startServerProcess(
  entry: `server-entry${string}.ts`,
  dataDirectory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const path = new URL(`../faults/${entry}`, import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, "--no-env-file", path], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"] ?? "", ...serverSettings(dataDirectory), ...settings },
  });
  let told = "";
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await within(endTimeoutMs, "the end of a killed server", child.exited);
    searchTold("a killed process", told);
    searchStored(dataDirectory);
  };
  void readText(child.stderr, (text) => {
    told += text;
  });
  try {
    const line = await within(startTimeoutMs, "the start of a server", firstLine(child.stdout));
    if (line === null) throw new Error(`the server ended before it listened: ${told}`);
    const start: StartLine = JSON.parse(line);
    return {
      ...start,
      port: Number(new URL(start.url).port),
      errors: () => told.split("\n").filter((row) => row !== "" && !row.includes('"level":"info"') && !row.includes(uncleanStop)),
      openDescriptors: () => (existsSync("/proc/self/fd") ? readdirSync(`/proc/${child.pid}/fd`).length : 0),
      isRunning: () => child.exitCode === null && child.signalCode === null,
      kill,
      stop: async () => {
        child.kill("SIGTERM");
        const code = await within(endTimeoutMs, "the end of a stopped server", child.exited);
        searchTold("a stopped process", told);
        searchStored(dataDirectory);
        return code;
      },
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function firstLine(output: ReadableStream<Uint8Array>): Promise<string | null> {
  let text = "";
  const { promise, resolve } = Promise.withResolvers<string | null>();
  readText(output, (part) => {
    text += part;
    const end = text.indexOf("\n");
    if (end !== -1) resolve(text.slice(0, end));
  }).then(
    () => resolve(null),
    () => resolve(null),
  );
  return promise;
}

async function readText(output: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const part of output) take(decoder.decode(part, { stream: true }));
}
