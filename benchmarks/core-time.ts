import { readFileSync } from "node:fs";
import { treeCpuSeconds, type Cores } from "./servers/pinned-process.ts";

const ticksPerSecond = 100;

/**
 * Begins to watch the cores that are measured on. The function it gives tells, once, which share of their time since went
 * to anything but this process and those it started: other programs, and what the kernel does in nobody's name.
 */
export function watchCores(cores: Cores): () => number {
  const busyBefore = busySeconds(cores);
  const ownBefore = treeCpuSeconds(process.pid);
  const beganAtMs = performance.now();
  return () => {
    const elapsed = ((performance.now() - beganAtMs) / 1000) * (cores === null ? 1 : 2);
    const others = busySeconds(cores) - busyBefore - (treeCpuSeconds(process.pid) - ownBefore);
    return Math.max(0, others / elapsed);
  };
}

/** user, nice, system, irq, softirq and steal of /proc/stat; the others are idle time, or counted in these already. */
function busySeconds(cores: Cores): number {
  const names = cores === null ? ["cpu"] : [`cpu${cores.server}`, `cpu${cores.client}`];
  let ticks = 0;
  for (const line of readFileSync("/proc/stat", "utf8").split("\n")) {
    const [name = "", user, nice, system, , , irq, softirq, steal] = line.split(/\s+/);
    if (names.includes(name)) for (const part of [user, nice, system, irq, softirq, steal]) ticks += Number(part ?? 0);
  }
  return ticks / ticksPerSecond;
}
