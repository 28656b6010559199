import { readFileSync } from "node:fs";

/** The resident memory of a process in MiB, and the most it ever was; Linux only. */
export function residentMib(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const mib = (name: string): number => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1024);
  return { now: mib("VmRSS"), most: mib("VmHWM") };
}
