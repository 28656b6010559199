import { join } from "node:path";
import { searchTold } from "../support/marker-search.ts";
import { adminSettings, environmentOf, projectFolder, startProcess, until, type RunningProcess } from "../support/server-process.ts";

/** A machine that does other work at the same time may be slow; how long it took is told beside. */
const startTimeoutMs = 120_000;
const endTimeoutMs = 120_000;
const verifyTimeoutMs = 7_200_000;

/** A request that was answered, of which there are millions; all other lines of the log have a level. */
const answeredRequest = /^\{"time":"[^"]*","id":/;
const uncleanStop = '"message":"the last stop was not an orderly one';

/** The runtime of the project, for a script of its own. */
export const bun: readonly string[] = [join(projectFolder, "node_modules/.bin/bun"), "--no-env-file"];

/** How `stowage serve` is called from the source. */
export const serveCommand: readonly string[] = [...bun, join(projectFolder, "src/cli/main.ts"), "serve"];

/** A server in a process of its own. */
export interface NightServer {
  readonly url: string;
  readonly pid: number;
  readonly startedInMs: number;
  /**
   * What it has logged with a level above info, and everything it wrote to its standard error; but not that the server
   * before it was killed, which these tests do themselves.
   */
  faults(): readonly string[];
  /** How often it has logged a message; requests that it answered are not kept. */
  told(message: string): number;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL; returns when it is gone. May be called again. */
  kill(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number>;
}

/** Starts a server on a free port and waits until it listens. Throws with what it said when it ends before. */
export async function startNightServer(options: {
  readonly dataDirectory: string;
  readonly command?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
}): Promise<NightServer> {
  const environment = { ...adminSettings, STOWAGE_LISTEN: "127.0.0.1:0", STOWAGE_LOG: "json", STOWAGE_DATA: options.dataDirectory, ...options.settings };
  const beganAtMs = performance.now();
  const started = startProcess(options.command ?? serveCommand, { environment, keeps: (line) => !answeredRequest.test(line) });
  const kill = async (): Promise<void> => {
    started.signalGroup("SIGKILL");
    await started.exitCode(endTimeoutMs);
    searchTold("a killed process", started.output() + started.errors());
  };
  try {
    const url = await addressOf(started);
    const startedInMs = performance.now() - beganAtMs;
    return {
      url,
      pid: started.pid,
      startedInMs,
      faults: () => [
        ...linesOf(started.output()).filter((line) => /"level":"(?:warning|error)"/.test(line) && !line.includes(uncleanStop)),
        ...linesOf(started.errors()),
      ],
      told: (message) => linesOf(started.output()).filter((line) => line.includes(`"message":"${message}"`)).length,
      signal: started.signal,
      kill,
      stop: async () => {
        started.signal("SIGTERM");
        return started.exitCode(endTimeoutMs);
      },
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function addressOf(started: RunningProcess): Promise<string> {
  const listens = /listens on (http:\/\/\S+)\n/;
  let exitCode: number | null = null;
  void started.exitCode(startTimeoutMs).then(
    (code) => (exitCode = code),
    () => undefined,
  );
  await until(() => listens.test(started.output()) || exitCode !== null, startTimeoutMs, "the start of the server");
  const url = listens.exec(started.output())?.[1];
  if (url === undefined) throw new Error(`the server ended with ${exitCode}: ${started.errors()}${started.output()}`);
  return url;
}

/** What `stowage verify` says of a folder that no server uses: everything is re-read, and nothing counts as young. */
export async function verifyData(dataDirectory: string): Promise<{ readonly ok: boolean; readonly blobs: number; readonly bytes: number; readonly problems: readonly unknown[] }> {
  const child = Bun.spawn([...bun, join(projectFolder, "src/cli/main.ts"), "verify", "--json", "--grace-seconds", "0", "--data", dataDirectory], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    // Where it runs as a part of the tests, their own settings are none of its.
    env: environmentOf({}),
    timeout: verifyTimeoutMs,
    killSignal: "SIGKILL",
  });
  const [output, errors, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (exitCode > 1) throw new Error(`verify ended with ${exitCode}: ${errors}`);
  return JSON.parse(output);
}

/** Stops a server and re-reads what it has stored; what is not as it should be is added to `problems`. */
export async function endVerified(server: NightServer, dataDirectory: string, problems: string[]): ReturnType<typeof verifyData> {
  const exitCode = await server.stop();
  if (exitCode !== 0) problems.push(`SIGTERM ended the server with ${exitCode}`);
  problems.push(...server.faults());
  const verified = await verifyData(dataDirectory);
  if (!verified.ok) problems.push(JSON.stringify(verified.problems).slice(0, 2000));
  return verified;
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
