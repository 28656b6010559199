import { mkdirSync, mkdtempSync, existsSync, realpathSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./run-program.ts";
import { until } from "./server-process.ts";

const diskBytes = 256 * 1024 * 1024;
const startTimeoutMs = 20_000;
const programs = ["nbdkit", "nbdfuse", "fusermount3", "losetup", "mkfs.ext4", "fsck.ext4", "mount", "umount"];

/** Why there can be no such disk here; null when there can. In CI tests that need it are never left out. */
export const diskMissing: string | null =
  process.env["CI"] !== undefined
    ? null
    : process.getuid?.() !== 0
      ? "it needs root"
      : !existsSync("/dev/fuse")
        ? "there is no /dev/fuse"
        : missingProgram();

function missingProgram(): string | null {
  const missing = programs.find((name) => Bun.which(name, { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` }) === null);
  return missing === undefined ? null : `there is no ${missing}`;
}

/** A mounted ext4 on a disk that can be made to fail. */
export interface FailingDisk extends AsyncDisposable {
  readonly mountPoint: string;
  /** From now on every access to the disk is an error. */
  fail(): void;
  /** From now on the disk works again; what was lost stays lost. */
  heal(): void;
  /** Unmounts, repairs with fsck and mounts again; nobody may be using it. */
  repair(): Promise<void>;
}

/** A file as network disk (nbdkit with its filter for errors), that as a file (nbdfuse), that as a disk (loop). */
export async function createFailingDisk(): Promise<FailingDisk> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "stowage-disk-")));
  const at = (name: string): string => join(folder, name);
  const [image, served, mountPoint, trigger, socket] = [at("image"), at("served"), at("mounted"), at("fails"), at("socket")];
  const undo: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const dispose = async (): Promise<void> => {
    rmSync(trigger, { force: true });
    for (const step of undo.splice(0).toReversed()) await step().catch(() => undefined);
  };
  try {
    for (const path of [served, mountPoint]) mkdirSync(path);
    writeFileSync(image, "");
    truncateSync(image, diskBytes);
    const start = (words: readonly string[]): void => {
      const child = Bun.spawn([...words], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
      undo.push(async () => {
        child.kill("SIGKILL");
        await child.exited;
      });
    };
    start(["nbdkit", "--foreground", "--unix", socket, "--filter=error", "file", image, "error=EIO", "error-rate=100%", `error-file=${trigger}`]);
    await until(() => existsSync(socket), startTimeoutMs, "the start of nbdkit");
    start(["nbdfuse", `${served}/`, "--unix", socket]);
    undo.push(() => runProgram(["fusermount3", "-u", "-z", served]));
    await until(() => existsSync(join(served, "nbd")), startTimeoutMs, "the start of nbdfuse");
    const device = (await runProgram(["losetup", "--find", "--show", join(served, "nbd")])).trim();
    undo.push(() => runProgram(["losetup", "--detach", device]));
    await runProgram(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", device]);
    const mount = (): Promise<unknown> => runProgram(["mount", "-o", "errors=remount-ro", device, mountPoint]);
    await mount();
    undo.push(() => runProgram(["umount", "--lazy", mountPoint]));
    return {
      mountPoint,
      fail: () => writeFileSync(trigger, ""),
      heal: () => rmSync(trigger),
      repair: async () => {
        await runProgram(["umount", mountPoint]);
        // 0 and 1: nothing to repair, and repaired.
        await runProgram(["sh", "-c", 'fsck.ext4 -f -y "$0" || [ $? = 1 ]', device]);
        await mount();
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
