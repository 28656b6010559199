import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readlinkSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { until } from "./fault-waiting.ts";
import { runProgram } from "./run-program.ts";

const source = new URL("./recording-disk.c", import.meta.url).pathname;
/** XFS wants 300 MiB at least; the images are sparse. */
const diskBytes = 320 * 1024 * 1024;
const patienceMs = 30_000;
/** How long a file system may be in use after the last one who needed it. */
const inUseMs = 10_000;

export type FileSystem = "ext4" | "xfs" | "btrfs";

/** Everything is written when a file system is made, and nothing of it left for later, when it would be recorded. */
const makers: Record<FileSystem, readonly string[]> = {
  ext4: ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard"],
  xfs: ["mkfs.xfs", "-q", "-f", "-K"],
  btrfs: ["mkfs.btrfs", "-q", "-f", "-K"],
};

/** Why this machine cannot record disks; null where it can. */
export function whyNoRecordedDisks(fileSystems: readonly FileSystem[]): string | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs Linux and root, for loop devices and mounts";
  if (!existsSync("/dev/fuse")) return "needs /dev/fuse";
  const programs = ["gcc", "pkg-config", "fusermount3", "losetup", ...fileSystems.map((name) => `mkfs.${name}`)];
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  const missing = programs.filter((program) => Bun.which(program, { PATH: path }) === null);
  if (missing.length > 0) return `needs ${missing.join(", ")}`;
  return Bun.spawnSync(["pkg-config", "--exists", "fuse3"]).exitCode === 0 ? null : "needs the headers of libfuse 3";
}

/** Makes an image file of its full size with an empty file system on it. */
export async function makeImage(path: string, fileSystem: FileSystem): Promise<void> {
  writeFileSync(path, "", { mode: 0o600 });
  truncateSync(path, diskBytes);
  await runProgram([...makers[fileSystem], path]);
}

/** Copies an image without writing what is empty in it. */
export async function copyImage(from: string, to: string): Promise<void> {
  await runProgram(["cp", "--sparse=always", "--reflink=auto", from, to]);
}

/** File systems on disks that log every write and every flush, all of them into one log. */
export interface RecordedDisks {
  /** Where they are mounted. */
  readonly folders: readonly string[];
  /** What was on each disk when recording began. */
  readonly baseImages: readonly string[];
  readonly logPath: string;
  /** Notes a moment in the log; its number, one more than that of the mark before. */
  mark(): number;
  /** Unmounts everything; the log is complete then. May be called again. Never throws. */
  end(): Promise<void>;
}

/** Compiles the recording disk and mounts new file systems on so many of them, all within the folder. */
export async function recordDisks(folder: string, fileSystem: FileSystem, count: number): Promise<RecordedDisks> {
  const logPath = join(folder, "disk.log");
  const disksPath = join(folder, "disks");
  const numbers = Array.from({ length: count }, (_, number) => number);
  const baseImages = numbers.map((number) => join(folder, `base-${number}.img`));
  const images = numbers.map((number) => join(folder, `recorded-${number}.img`));
  const folders = numbers.map((number) => join(folder, `recorded-${number}`));
  const undo: (() => Promise<unknown>)[] = [];
  const end = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step().catch((error: unknown) => console.error(String(error)));
  };
  try {
    const program = await compile(folder);
    for (const [number, image] of images.entries()) {
      const base = baseImages[number] ?? "";
      await makeImage(base, fileSystem);
      await copyImage(base, image);
    }
    mkdirSync(disksPath);
    // Into a file: libfuse always has something to say.
    const said = Bun.file(join(folder, "disk.errors"));
    const disk = Bun.spawn([program, logPath, disksPath, ...images], { stdin: "ignore", stdout: "ignore", stderr: said });
    undo.push(() => disk.exited);
    undo.push(() => runProgram(["fusermount3", "-u", disksPath]));
    await until(patienceMs, "the recording disk", () => ({ isSo: existsSync(join(disksPath, "disk0")), seen: `exit code ${disk.exitCode}` }));
    for (const number of numbers) {
      const device = (await runProgram(["losetup", "-f", "--show", join(disksPath, `disk${number}`)])).trim();
      undo.push(() => runProgram(["losetup", "-d", device]));
      const mountPoint = folders[number] ?? "";
      mkdirSync(mountPoint);
      await runProgram(["mount", device, mountPoint]);
      undo.push(() => unmount(mountPoint, inUseMs));
    }
    const marks = openSync(join(disksPath, "marks"), "w");
    undo.push(async () => closeSync(marks));
    return { folders, baseImages, logPath, mark: createMarker(marks), end };
  } catch (error) {
    await end();
    throw error;
  }
}

function createMarker(file: number): () => number {
  const bytes = Buffer.alloc(8);
  let last = 0;
  return () => {
    last += 1;
    bytes.writeBigUInt64LE(BigInt(last));
    // Returns when the disks have it in their log.
    writeSync(file, bytes, 0, bytes.byteLength, 0);
    return last;
  };
}

/**
 * Mounts images, which lets their file systems recover, for as long as the action lasts. Throws when one of them is still
 * in use so long after the action: whoever mounted it again would be given the same file system, with what it keeps in
 * memory, and no recovery.
 */
export async function runMounted<Result>(
  images: readonly string[],
  mountPoints: readonly string[],
  action: () => Promise<Result>,
  patientMs = inUseMs,
): Promise<Result> {
  const mounted: string[] = [];
  try {
    for (const [number, image] of images.entries()) {
      const mountPoint = mountPoints[number] ?? "";
      await runProgram(["mount", "-o", "loop", image, mountPoint]);
      mounted.push(mountPoint);
    }
    return await action();
  } finally {
    for (const mountPoint of mounted) await unmount(mountPoint, patientMs);
    for (const image of images) await givenBack(image, patientMs);
  }
}

/** A check of the records that a stop has given up closes its file a moment after the stop: that much is waited for. */
async function unmount(mountPoint: string, patientMs: number): Promise<void> {
  const tryIt = () =>
    runProgram(["umount", mountPoint]).then(
      () => ({ isSo: true, seen: "" }),
      (error: unknown) => ({ isSo: false, seen: `${String(error)}; this process has ${openBelow(mountPoint).join(", ") || "nothing"} open there` }),
    );
  try {
    await until(patientMs, `the end of the use of ${mountPoint}`, tryIt);
  } catch (error) {
    await runProgram(["umount", "--lazy", mountPoint]);
    throw error;
  }
}

/** Waits until no loop device is on the image: a mount that another namespace has a copy of would keep one. */
async function givenBack(image: string, patientMs: number): Promise<void> {
  await until(patientMs, `the end of the mounts of ${image}`, async () => {
    const devices = (await runProgram(["losetup", "--associated", image])).trim();
    return { isSo: devices === "", seen: devices };
  });
}

/** Files below a folder that this process has open. */
function openBelow(folder: string): readonly string[] {
  const targets = readdirSync("/proc/self/fd").map((name) => {
    try {
      return readlinkSync(join("/proc/self/fd", name));
    } catch {
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(`${folder}/`));
}

async function compile(folder: string): Promise<string> {
  const program = join(folder, "recording-disk");
  const flags = (await runProgram(["pkg-config", "--cflags", "--libs", "fuse3"])).trim().split(/\s+/);
  await runProgram(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source, ...flags]);
  return program;
}
