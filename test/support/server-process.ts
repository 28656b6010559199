import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { searchStored, searchTold } from "./marker-search.ts";

/** The project's own folder. */
export const projectFolder = resolve(import.meta.dir, "../..");

/** How the server and the commands are called from the source. */
export const sourceCommand: readonly string[] = [
  join(projectFolder, "node_modules/.bin/bun"),
  "--no-env-file",
  join(projectFolder, "src/cli/main.ts"),
];

/** Marker secrets: nothing that is logged may ever hold them. */
export const admin = { name: "root", password: "Marker-Password-7", token: "marker0token0of0the0process0tests0000007" } as const;

/** Settings that make the administrator a known one. */
export const adminSettings = {
  STOWAGE_ADMIN_USER: admin.name,
  STOWAGE_ADMIN_PASSWORD: admin.password,
  STOWAGE_ADMIN_TOKEN: admin.token,
} as const;

const startTimeoutMs = 20_000;
const exitTimeoutMs = 15_000;

/** Fails with a sentence when a promise takes longer than it may. */
export async function within<Value>(promise: Promise<Value>, timeoutMs: number, what: string): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what}: ${timeoutMs} ms passed`)), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until the answer is true. */
export async function until(isDone: () => boolean | Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await isDone())) {
    if (performance.now() > deadlineMs) throw new Error(`${what}: ${timeoutMs} ms passed`);
    await Bun.sleep(10);
  }
}

/** An empty folder that is removed at the end of its scope. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "stowage-process-")));
  return {
    path,
    [Symbol.dispose]: () => {
      searchStored(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** What a process is started with; nothing of the tests' own environment reaches it but PATH and HOME. */
export interface ProcessOptions {
  readonly command?: readonly string[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What of its standard output is kept, line by line: the log of an hour under load would fill the memory. Everything without it. */
  readonly keeps?: (line: string) => boolean;
}

/** The whole environment of such a process. */
export function environmentOf(options: ProcessOptions): Record<string, string> {
  const { PATH = "/usr/bin:/bin", HOME = tmpdir() } = process.env;
  return { PATH, HOME, npm_config_update_notifier: "false", ...options.environment };
}

/** A process that was started for a test; it and its whole group are killed at the end of its scope. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it has written to the standard output so far. */
  output(): string;
  errors(): string;
  signal(name: NodeJS.Signals): void;
  /** The same to every process of its group, as a terminal does. */
  signalGroup(name: NodeJS.Signals): void;
  /** Whether any process of its group is left. */
  isGroupAlive(): boolean;
  /** Its exit code; fails when it takes too long. */
  exitCode(timeoutMs?: number): Promise<number>;
}

/** Starts a process in a group of its own. */
export function startProcess(command: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? projectFolder,
    env: environmentOf(options),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  const written = { output: "", errors: "" };
  const collect = async (from: ReadableStream<Uint8Array>, to: keyof typeof written): Promise<void> => {
    const decoder = new TextDecoder();
    const keeps = to === "output" ? options.keeps : undefined;
    let unended = "";
    for await (const chunk of from) {
      const text = decoder.decode(chunk, { stream: true });
      if (keeps === undefined) {
        written[to] += text;
        continue;
      }
      const lines = `${unended}${text}`.split("\n");
      unended = lines.pop() ?? "";
      for (const line of lines) if (keeps(line)) written[to] += `${line}\n`;
    }
    written[to] += unended;
  };
  const reading = Promise.all([collect(child.stdout, "output"), collect(child.stderr, "errors")]);
  const signalGroup = (name: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(-child.pid, name);
    } catch {
      return false;
    }
  };
  return {
    pid: child.pid,
    output: () => written.output,
    errors: () => written.errors,
    signal: (name) => child.kill(name),
    signalGroup,
    isGroupAlive: () => signalGroup(0),
    exitCode: async (timeoutMs = exitTimeoutMs) => {
      const code = await within(child.exited, timeoutMs, `the end of ${command.join(" ")}`);
      await within(reading, timeoutMs, "the end of its output");
      return code;
    },
    [Symbol.asyncDispose]: async () => {
      signalGroup("SIGKILL");
      await within(child.exited, exitTimeoutMs, "the end after SIGKILL");
      searchTold("a process", written.output + written.errors);
    },
  };
}

/** A server in a process of its own. */
export interface ServerProcess extends RunningProcess {
  readonly url: string;
  readonly port: number;
  /** Sends SIGTERM and gives the exit code. */
  stop(): Promise<number>;
}

/** Starts a server on a free port and waits until it listens. The folder of its data has to be among the settings. */
export async function startServerProcess(options: ProcessOptions): Promise<ServerProcess> {
  const command = options.command ?? [...sourceCommand, "serve"];
  const environment = { STOWAGE_LISTEN: "127.0.0.1:0", ...options.environment };
  const started = startProcess(command, { ...options, environment });
  try {
    return await waitForServer(started);
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits until a process says where it listens. */
export async function waitForServer(started: RunningProcess): Promise<ServerProcess> {
  const listens = /listens on (http:\/\/\S+)\n/;
  const ended = started.exitCode(startTimeoutMs).then(
    (code) => code,
    () => null,
  );
  let exitCode: number | null = null;
  void ended.then((code) => (exitCode = code));
  await until(() => listens.test(started.output()) || exitCode !== null, startTimeoutMs, "the start of the server");
  const url = listens.exec(started.output())?.[1];
  if (url === undefined) throw new Error(`the server ended with ${exitCode}: ${started.errors()}${started.output()}`);
  return {
    ...started,
    url,
    port: Number(new URL(url).port),
    stop: async () => {
      started.signal("SIGTERM");
      return started.exitCode();
    },
  };
}

/** When a server told in its log that it ends because stored state is in doubt, in epoch milliseconds; NaN where it did not. */
export function doubtToldAtMs(output: string): number {
  return Date.parse(/^\{"time":"([^"]+)","level":"error","message":"stored state is in doubt/m.exec(output)?.[1] ?? "");
}

/** How a command ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs one command to its end. */
export async function runCommand(
  words: readonly string[],
  options: ProcessOptions & { readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<CommandResult> {
  const child = Bun.spawn([...(options.command ?? sourceCommand), ...words], {
    cwd: options.cwd ?? projectFolder,
    env: environmentOf(options),
    stdin: new Blob([options.input ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
    timeout: options.timeoutMs ?? exitTimeoutMs,
    killSignal: "SIGKILL",
  });
  const [output, errors, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, output, errors };
}

/** `Authorization` of the administrator. */
export const adminHeaders = { authorization: `Basic ${btoa(`${admin.name}:${admin.password}`)}` } as const;

/** A JSON object that `stowage verify` printed, or a failure with what it printed instead. */
export async function verifyFolder(dataFolder: string, options: ProcessOptions = {}): Promise<unknown> {
  const result = await runCommand(["verify", "--json", "--grace-seconds", "0", "--data", dataFolder], options);
  if (result.exitCode > 1) throw new Error(`verify ended with ${result.exitCode}: ${result.errors}`);
  return JSON.parse(result.output);
}
