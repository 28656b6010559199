import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** A file system in a sparse file; unmounted and removed at the end of its scope. */
export interface LoopDisk extends Disposable {
  /** Where it is mounted. */
  readonly path: string;
  /** Everything written is on the file system's own books afterwards. */
  usedBytes(): number;
}

/** Makes and mounts a btrfs that compresses; needs root, btrfs-progs and a loop device. */
export function mountCompressedDisk(folder: string, sizeBytes: number): LoopDisk {
  const image = join(folder, "disk.img");
  const path = join(folder, "disk");
  const file = openSync(image, "wx");
  ftruncateSync(file, sizeBytes);
  closeSync(file);
  mkdirSync(path);
  const device = run("losetup", "--find", "--show", image);
  try {
    run("mkfs.btrfs", "--quiet", device);
    run("mount", "-o", "compress-force=zstd:1,noatime", device, path);
  } catch (error) {
    run("losetup", "--detach", device);
    throw error;
  }
  return {
    path,
    usedBytes: () => {
      run("sync", "--file-system", path);
      const { blocks, bfree, bsize } = statfsSync(path);
      return (blocks - bfree) * bsize;
    },
    [Symbol.dispose]: () => {
      try {
        run("umount", path);
      } finally {
        run("losetup", "--detach", device);
        rmSync(image, { force: true });
      }
    },
  };
}

/** Gives what the program printed; throws with what it complained about. */
function run(...command: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString().trim()}`);
  return stdout.toString().trim();
}
