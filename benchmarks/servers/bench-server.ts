import { cpuSecondsOf, peakMemoryMiBOf } from "./pinned-process.ts";

/** A program that serves files over HTTP on this machine, started for the bench and stopped by it. */
export interface BenchServer {
  readonly program: string;
  readonly port: number;
  /** What a request needs to be that of a known caller; programs that know none get it all the same. */
  readonly tokenHeaders: Readonly<Record<string, string>>;
  /** Path of the folder of a version, in the manner of Gitea. */
  folderOf(packageName: string, version: string): string;
  /** The same in the manner of GitLab; null where the program has none. */
  gitlabFolderOf(packageName: string, version: string): string | null;
  /** Processor time so far, seconds. */
  cpuSeconds(): number;
  peakMemoryMiB(): number;
  /** Ends it and removes what it stored. */
  stop(): Promise<void>;
}

const endTimeoutMs = 20_000;
const startTimeoutMs = 60_000;

/** What the process itself tells of a server. */
export function processFigures(child: Bun.Subprocess): Pick<BenchServer, "cpuSeconds" | "peakMemoryMiB"> {
  return { cpuSeconds: () => cpuSecondsOf(child.pid), peakMemoryMiB: () => peakMemoryMiBOf(child.pid) };
}

/** Ends a process in order, or for good when it takes too long. */
export async function endProcess(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), endTimeoutMs);
  await child.exited;
  clearTimeout(timer);
}

/** Waits until the look-up gives something; fails when the process ends or a minute has passed. */
export async function waitFor<Value>(child: Bun.Subprocess, what: string, look: () => Promise<Value | null>): Promise<Value> {
  const deadlineMs = performance.now() + startTimeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (child.exitCode !== null) throw new Error(`${what} ended with ${child.exitCode}`);
    if (performance.now() > deadlineMs) throw new Error(`${what} did not answer within ${startTimeoutMs} ms`);
    await Bun.sleep(1);
  }
}

/** Whether something answers there, with whatever status. */
export async function answers(url: string): Promise<true | null> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return null;
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
