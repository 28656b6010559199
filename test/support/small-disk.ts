import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { searchStored } from "./marker-search.ts";

/** A file system of its own, mounted below the temporary folder; taken down at the end of its scope. */
export interface SmallDisk extends Disposable {
  readonly path: string;
  /** What this account may still write. */
  freeBytes(): number;
  /** Whether not a byte or not a file is left. */
  isFull(): boolean;
  /** Takes every byte, and every file that may still be made, as another program would. Can be repeated. */
  fill(): void;
  /** Gives all of that back. */
  empty(): void;
}

export type SmallDiskKind = { readonly kind: "ext4"; readonly bytes: number } | { readonly kind: "tmpfs"; readonly bytes: number; readonly files: number };

/** Why there can be none on this machine; null where there can be one, and in CI, where there has to be. */
export const noSmallDisk: string | null =
  process.env["CI"] !== undefined || (process.getuid?.() === 0 && existsSync("/sbin/mkfs.ext4")) ? null : "needs root and mkfs.ext4 to mount small disks";

/** Mounts a new, empty one. Throws when the system does not let it. */
export function mountSmallDisk(disk: SmallDiskKind): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "stowage-disk-"));
  const path = join(folder, "mounted");
  mkdirSync(path);
  try {
    mount(disk, folder, path);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  const filler = join(path, "somebody-elses");
  // Made while there is room for it, as whoever fills a disk has done.
  mkdirSync(filler);
  const numbers = { next: 0 };
  return {
    path,
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    },
    isFull: () => {
      const { bavail, ffree } = statfsSync(path);
      return bavail === 0 || ffree === 0;
    },
    fill: () => {
      // Large pieces, then small ones, then names alone: until nothing fits in any more.
      for (const bytes of [1 << 20, 1 << 16, 1 << 12, 1, 0]) fillWith(filler, bytes, numbers);
    },
    empty: () => {
      for (const name of readdirSync(filler)) unlinkSync(join(filler, name));
    },
    [Symbol.dispose]: () => {
      try {
        searchStored(path);
      } finally {
        run("umount", "--lazy", path);
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

function mount(disk: SmallDiskKind, folder: string, path: string): void {
  if (disk.kind === "tmpfs") return run("mount", "-t", "tmpfs", "-o", `size=${disk.bytes},nr_inodes=${disk.files}`, "tmpfs", path);
  const image = join(folder, "image");
  writeFileSync(image, "");
  truncateSync(image, disk.bytes);
  // Nothing is set aside for root, which tests may run as.
  run("/sbin/mkfs.ext4", "-q", "-F", "-m", "0", image);
  run("mount", "-o", "loop", image, path);
}

/** Stops at the first one that does not fit in, and leaves out what more names there are than a full disk needs. */
function fillWith(folder: string, bytes: number, numbers: { next: number }): void {
  const mostFiles = 2000;
  for (let count = 0; count < mostFiles; count += 1) {
    const file = join(folder, String((numbers.next += 1)));
    try {
      writeFileSync(file, Buffer.alloc(bytes, "taken "), { flush: bytes > 0 });
    } catch {
      // What did fit in of it stays; where it is only a name, that is given back, or one would be left over each time.
      if (bytes > 0 && existsSync(file) && Bun.file(file).size === 0) unlinkSync(file);
      return;
    }
  }
}

function run(...command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command], { stdout: "ignore", stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr.toString()}`);
}
