import { serverSettings } from "../support/fault-process.ts";
import type { StartLine } from "../support/fault-serve.ts";
import { aheadVariable, type SteeringAnswer, type SteeringLine } from "../support/fault-steer.ts";
import { within } from "../support/fault-waiting.ts";
import { searchStored, searchTold } from "../support/marker-search.ts";

const startTimeoutMs = 30_000;
const endTimeoutMs = 30_000;

type WithoutNumber<Line> = Line extends unknown ? Omit<Line, "number"> : never;

/** A server in a process of its own whose clock and maintenance the test decides about. */
export interface SteeredServer {
  readonly url: string;
  /** Returns when it was done; null when the process ended first. */
  tell(line: WithoutNumber<SteeringLine>): Promise<SteeringAnswer | null>;
  /** Events of level error that it has told so far; all of them when it has ended. */
  errors(): readonly string[];
  /** SIGKILL; returns when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number>;
}

/** Starts one of the steered entries beside the fault tests and waits until it listens. */
export async function startSteeredServer(entry: string, dataDirectory: string, aheadMs: number): Promise<SteeredServer> {
  const child = Bun.spawn([process.execPath, "--no-env-file", new URL(`../faults/${entry}`, import.meta.url).pathname], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    env: {
      PATH: process.env["PATH"] ?? "",
      ...serverSettings(dataDirectory),
      STOWAGE_GC_INTERVAL_SECONDS: "0",
      [aheadVariable]: String(aheadMs),
    },
  });
  const started = Promise.withResolvers<StartLine | null>();
  const answers = new Map<number, (answer: SteeringAnswer | null) => void>();
  let told = "";
  let count = 0;
  const reading = readLines(child.stdout, (line) => {
    const value: StartLine | SteeringAnswer = JSON.parse(line);
    if ("url" in value) started.resolve(value);
    else answers.get(value.number)?.(value);
  }).finally(() => {
    started.resolve(null);
    for (const resolve of answers.values()) resolve(null);
  });
  reading.catch(() => undefined);
  const listening = readLines(child.stderr, (line) => {
    told += `${line}\n`;
  });
  listening.catch(() => undefined);
  const search = (): void => {
    searchTold("a steered process", told);
    searchStored(dataDirectory);
  };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await within(endTimeoutMs, "the end of a killed server", child.exited);
    await within(endTimeoutMs, "the end of what it told", listening);
    search();
  };
  const start = await within(startTimeoutMs, "the start of a server", started.promise).catch(() => null);
  if (start === null) {
    await kill();
    throw new Error(`the server did not start: ${told}`);
  }
  return {
    url: start.url,
    tell: (line) => {
      const number = (count += 1);
      const { promise, resolve } = Promise.withResolvers<SteeringAnswer | null>();
      answers.set(number, resolve);
      child.stdin.write(`${JSON.stringify({ ...line, number })}\n`);
      void child.stdin.flush();
      return Promise.race([promise, child.exited.then(() => null)]);
    },
    errors: () => told.split("\n").filter((line) => line.includes('"level":"error"')),
    kill,
    stop: async () => {
      child.kill("SIGTERM");
      const code = await within(endTimeoutMs, "the end of a stopped server", child.exited);
      await within(endTimeoutMs, "the end of what it told", listening);
      search();
      return code;
    },
  };
}

async function readLines(output: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of output) {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  }
}
