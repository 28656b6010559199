import { seedOfRun } from "../support/fault-random.ts";
import { runPowerCuts, type PowerCutPlan } from "../support/power-cut.ts";
import { whyNoRecordedDisks, type FileSystem } from "../support/recording-disk.ts";
import { runShutdownCut } from "../support/shutdown-cut.ts";

const cutsEachRecording = 50;
const setUps: readonly Pick<PowerCutPlan, "fileSystem" | "disks">[] = [
  { fileSystem: "ext4", disks: 1 },
  { fileSystem: "ext4", disks: 2 },
  { fileSystem: "xfs", disks: 1 },
  { fileSystem: "xfs", disks: 2 },
  { fileSystem: "btrfs", disks: 1 },
  { fileSystem: "btrfs", disks: 2 },
];
const shutdownFileSystems: readonly FileSystem[] = ["ext4", "xfs", "btrfs"];
/** A server that has to be found out by shutting down ext4, and within how many times. */
const broken = { entry: "server-entry-no-file-sync.ts", mostShutdowns: 20 } as const;
const mostProblems = 100;
const toldAtOnce = 30;

/** How many power cuts there are to be; null for what a night has. */
export interface PowerCutsScale {
  /** Replayed from what recorded disks were given, each with up to three images. */
  readonly replayed: number | null;
  /** By shutting down a mounted file system, for each kind of it. */
  readonly shutdowns: number | null;
}

/**
 * Power cuts under a server that publishes and deletes: replayed from a log of everything the disks were given, and by
 * the shutdown call of file systems that have one. Needs Linux, root, FUSE, loop devices and the programs of ext4, XFS
 * and btrfs.
 */
export async function powerCuts({ replayed, shutdowns }: PowerCutsScale) {
  const beganAtMs = performance.now();
  const seed = seedOfRun();
  const reason = whyNoRecordedDisks(["ext4", "xfs", "btrfs"]);
  if (reason !== null) throw new Error(`power cuts cannot be played here: ${reason}`);
  const problems: string[] = [];
  const figures: Record<string, number | string> = {};
  const add = (name: string, value: number): void => void (figures[name] = Number(figures[name] ?? 0) + value);
  const wanted = replayed ?? 1000;
  for (let number = 0; Number(figures["replayed_cuts"] ?? 0) < wanted; number += 1) {
    await replay(setUps[number % setUps.length], seed + number, Math.min(cutsEachRecording, wanted), add, problems);
  }
  const sums: Sums = { figures, add, problems };
  for (const fileSystem of shutdownFileSystems) await shutDown(fileSystem, shutdowns ?? 50, seed, sums);
  if (shutdowns !== 0) await catchBroken(seed, sums);
  return {
    part: "power",
    done: "power cuts under eight writers, replayed from recorded disks and by shutting down file systems; a server that does not sync what it stores must be caught by the latter",
    passed: problems.length === 0,
    figures,
    problems: problems.slice(0, mostProblems),
    seconds: Math.round((performance.now() - beganAtMs) / 1000),
    seed,
  };
}

async function replay(
  setUp: (typeof setUps)[number] | undefined,
  seed: number,
  randomCuts: number,
  add: (name: string, value: number) => void,
  problems: string[],
): Promise<void> {
  if (setUp === undefined) return;
  const report = await runPowerCuts({ entry: "server-entry.ts", ...setUp, seed, operations: 180, loneAnswers: 8, twins: 6, randomCuts });
  const { fileSystem, disks } = setUp;
  console.log(JSON.stringify({ ...report, seed, violations: report.violations.length }));
  // At once: a run that is broken off must not take with it what it found.
  for (const { kind, detail } of report.violations.slice(0, toldAtOnce)) console.log(`${kind}: ${detail}`);
  add("replayed_cuts", report.cuts);
  add("replayed_images", report.images);
  add(`replayed_images_${fileSystem}_${disks === 1 ? "one_disk" : "two_disks"}`, report.images);
  add("replayed_answers_checked", report.answersChecked);
  for (const { kind, detail } of report.violations) problems.push(`${fileSystem}, ${disks} disks, seed ${seed}: ${kind}: ${detail}`);
  if (report.answersChecked === 0) problems.push(`${fileSystem}, ${disks} disks, seed ${seed}: no answer was older than any of the cuts`);
}

interface Sums {
  readonly figures: Record<string, number | string>;
  readonly add: (name: string, value: number) => void;
  readonly problems: string[];
}

async function shutDown(fileSystem: FileSystem, count: number, seed: number, { figures, add, problems }: Sums): Promise<void> {
  let answersChecked = 0;
  for (let number = 0; number < count; number += 1) {
    const report = await runShutdownCut("server-entry.ts", fileSystem, seed + number);
    if (report === null) {
      if (fileSystem !== "btrfs") throw new Error(`this system's ${fileSystem} cannot be shut down`);
      figures["shutdowns_btrfs"] = "none: this system's btrfs has no such call; its cuts are replayed";
      return;
    }
    answersChecked += report.answersChecked;
    add(`shutdowns_${fileSystem}`, 1);
    add(`shutdown_answers_checked_${fileSystem}`, report.answersChecked);
    for (const { kind, detail } of report.violations) problems.push(`${fileSystem} shut down, seed ${seed + number}: ${kind}: ${detail}`);
  }
  if (count > 0 && answersChecked === 0) problems.push(`${fileSystem} shut down ${count} times: no answer was older than any of the cuts`);
}

/** A check that finds nothing may be one that looks at nothing. */
async function catchBroken(seed: number, { add, problems }: Sums): Promise<void> {
  for (let number = 0; number < broken.mostShutdowns; number += 1) {
    add("shutdowns_until_broken_server_caught", 1);
    const report = await runShutdownCut(broken.entry, "ext4", seed + number);
    if (report?.violations.some(({ kind }) => kind === "acknowledged file lost") === true) return;
  }
  problems.push(`${broken.entry}: ext4 was shut down ${broken.mostShutdowns} times, and nothing was found lost`);
}
