import { readdirSync, readFileSync } from "node:fs";

/** Which cores the two sides run on; null on a machine with one core, where they cannot be kept apart. */
export type Cores = { readonly server: number; readonly client: number } | null;

const ticksPerSecond = 100;

/** The command, kept to one core. */
export function pinned(command: readonly string[], core: number | null): string[] {
  return core === null ? [...command] : ["taskset", "-c", String(core), ...command];
}

/** The first two cores that this process may use. */
export function chooseCores(): Cores {
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  const [server, client] = allowed.split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return server === undefined || client === undefined ? null : { server, client };
}

/** A process and its children, and theirs, whichever of its threads started them. */
export function familyOf(pid: number): readonly number[] {
  const text = threadsOf(pid).map((thread) => readText(`/proc/${pid}/task/${thread}/children`)).join(" ");
  return [pid, ...text.split(" ").filter((word) => word !== "").flatMap((word) => familyOf(Number(word)))];
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Processor time of a process and its children that live, seconds. */
export function cpuSecondsOf(pid: number): number {
  return sumOfTimes(pid, 2);
}

/** The same with what their children used that have ended. */
export function treeCpuSeconds(pid: number): number {
  return sumOfTimes(pid, 4);
}

/** utime, stime, cutime and cstime are fields 14 to 17 of proc(5)'s stat. */
function sumOfTimes(pid: number, fields: number): number {
  let ticks = 0;
  for (const member of familyOf(pid)) {
    // The name may hold spaces and brackets; what follows its last bracket is numbers.
    const numbers = readText(`/proc/${member}/stat`).replace(/^.*\) /s, "").split(" ").slice(11, 11 + fields);
    for (const number of numbers) ticks += Number(number);
  }
  return ticks / ticksPerSecond;
}

/** Most resident memory that a process and its children ever had, MiB. */
export function peakMemoryMiBOf(pid: number): number {
  let kibibytes = 0;
  for (const member of familyOf(pid))
    kibibytes += Number(/^VmHWM:\s*(\d+) kB$/m.exec(readText(`/proc/${member}/status`))?.[1] ?? 0);
  return kibibytes / 1024;
}

/** Empty for a process that is gone. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
