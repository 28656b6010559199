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

/** What a program may use at most to count as idle, and how long it is looked at. */
const idleShare = 0.02;
const idleLookMs = 100;
const idleTimeoutMs = 60_000;

/**
 * Waits until a program does nothing any more that it was not asked for: what it does after an answer (further digests, say)
 * must not be on another's account, nor on a download's. Fails after a minute.
 */
export async function untilIdle({ program, cpuSeconds }: Pick<BenchServer, "program" | "cpuSeconds">): Promise<void> {
  const deadlineMs = performance.now() + idleTimeoutMs;
  for (;;) {
    const [beganAtMs, before] = [performance.now(), cpuSeconds()];
    await Bun.sleep(idleLookMs);
    if ((cpuSeconds() - before) * 1000 <= idleShare * (performance.now() - beganAtMs)) return;
    if (performance.now() > deadlineMs) throw new Error(`${program} is never idle`);
  }
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
