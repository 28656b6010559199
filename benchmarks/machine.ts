import { readFileSync, statfsSync } from "node:fs";
import { release } from "node:os";
import { resolve } from "node:path";
import { isNetworkOwn } from "./own-network.ts";

/** Where and of what a table was made. */
export interface Circumstances {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly programs: string;
  /** Runnable processes beside the bench when it began (load average over a minute): what the spread comes from. */
  readonly loadAverage: number;
}

const projectFolder = resolve(import.meta.dir, "..");

/** Looks at the machine, at the folder's disk, and at the versions that are compared. */
export function describeCircumstances(folder: string): Circumstances {
  const cpu = readFileSync("/proc/cpuinfo", "utf8");
  const model = /^model name\s*:\s*(.+)$/m.exec(cpu)?.[1] ?? process.arch;
  const cores = [...cpu.matchAll(/^processor\s*:/gm)].length;
  const memoryGiB = Number(/^MemTotal:\s*(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) / 1024 ** 2;
  const disk = output(["df", "--output=fstype", folder]).split("\n").at(-1) ?? "";
  const isChanged = output(["git", "status", "--porcelain", "--untracked-files=no", "--", "src", "package-lock.json"]) !== "";
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: output(["git", "rev-parse", "--short", "HEAD"]) + (isChanged ? " with changes" : ""),
    machine: `${model}, ${cores} cores, ${Math.round(memoryGiB)} GiB, ${disk} of ${Math.round((statfsSync(folder).blocks * statfsSync(folder).bsize) / 1e9)} GB, Linux ${release()}, ${isNetworkOwn ? "a loopback of its own" : "the machine's loopback"}`,
    programs: `Bun ${Bun.version} from source; ${Bun.spawnSync(["nginx", "-v"]).stderr.toString().trim().replace("nginx version: ", "")}`,
    loadAverage: Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]),
  };
}

function output(command: readonly string[]): string {
  return Bun.spawnSync([...command], { cwd: projectFolder }).stdout.toString().trim();
}
