import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, stat, statfs, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RegistryError } from "../core/registry-error.ts";

/** Room that the database keeps for itself, to be given up when others have filled the disk. */
export interface Ballast {
  /** Frees it; false when there is none. Never throws. */
  giveUp(): Promise<boolean>;
  /** True as long as it was given up here and not made again. */
  isGivenUp(): boolean;
  /**
   * Whether the records may grow: false while the ballast is missing on a disk that has little room. Makes it there first,
   * if it can be made. Throws `storage_failed` when a sync fails.
   */
  mayGrow(): Promise<boolean>;
  /** From now on it is made, soon and again whenever it is missing and there is room. `onFailure` is told of a failed sync. */
  keep(onFailure: (error: unknown) => void): void;
  /** Ends what `keep` began; what is there stays. */
  close(): Promise<void>;
}

const leastBytes = 1024 * 1024;
const mostBytes = 16 * 1024 * 1024;
const shareOfDisk = 64;
/** Empty files: a disk may run out of files too, and the log, its index and SQLite's temporary files need some. */
const spareFiles = 4;
/** The first look comes when a start is over and done with. */
const firstLookMs = 1000;
const lookEveryMs = 5000;
const chunkBytes = 1024 * 1024;
/** With so many times its size free it is not waited for. */
const plenty = 16;

const fullCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
/** What leaves it in doubt what the disk holds. */
const doubtfulCodes: ReadonlySet<string> = new Set(["EIO", "EROFS"]);

/**
 * A folder beside the database with one file whose blocks are allocated (1/64 of the file system, between 1 and 16 MiB)
 * and some empty ones. One process makes it, others may give it up at any time.
 */
export function createBallast(databasePath: string): Ballast {
  const folder = `${databasePath}-ballast`;
  const weight = join(folder, "weight");
  let isGivenUp = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let restoring: Promise<boolean> | null = null;
  let isClosed = false;

  const look = async () => {
    const { bsize, blocks, bavail, files, ffree } = await statfs(dirname(databasePath));
    const bytes = Math.min(mostBytes, Math.max(leastBytes, Math.floor((blocks * bsize) / shareOfDisk)));
    const isThere = await stat(weight).then((found) => found.size === bytes, () => false);
    const hasRoom = (times: number): boolean => bavail * bsize >= times * bytes && (files === 0 || ffree >= times * spareFiles);
    return { bytes, isThere, hasRoom };
  };
  /** False where there is no room for it. */
  const make = async (): Promise<boolean> => {
    const { bytes, isThere, hasRoom } = await look();
    if (!isThere && !(hasRoom(1.25) && (await write(folder, weight, bytes)))) return false;
    isGivenUp = false;
    return true;
  };
  const restore = (): Promise<boolean> => {
    restoring ??= make().finally(() => {
      restoring = null;
    });
    return restoring;
  };
  return {
    isGivenUp: () => isGivenUp,
    giveUp: async () => {
      // What is being made would come back behind it.
      await restoring?.catch(() => undefined);
      const names = await readdir(folder).catch(() => []);
      const removed = await Promise.all(names.map((name) => unlink(join(folder, name)).then(() => true, () => false)));
      if (removed.includes(true)) isGivenUp = true;
      return removed.includes(true);
    },
    mayGrow: async () => {
      const { isThere, hasRoom } = await look();
      if (isThere || (!isGivenUp && hasRoom(plenty))) return true;
      return restore();
    },
    keep: (onFailure) => {
      const turn = async (): Promise<void> => {
        await restore().catch(onFailure);
        if (!isClosed) timer = setTimeout(() => void turn(), lookEveryMs).unref();
      };
      timer = setTimeout(() => void turn(), firstLookMs).unref();
    },
    close: async () => {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      await restoring?.catch(() => undefined);
    },
  };
}

/**
 * False, with nothing left, where there is no room for it. What else keeps it from being made (too many open files, say)
 * is no reason to refuse uploads.
 */
async function write(folder: string, weight: string, bytes: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
    for (let spare = 1; spare <= spareFiles; spare += 1) await (await open(join(folder, `spare-${spare}`), "w", 0o600)).close();
    await writeNoise(weight, bytes);
    return true;
  } catch (error) {
    const code = codeOf(error);
    await unlink(weight).catch(() => undefined);
    if (doubtfulCodes.has(code))
      throw new RegistryError("storage_failed", `the ballast beside the database cannot be written (${code})`, { cause: error });
    return !fullCodes.has(code);
  }
}

/** Noise, which no file system can store in less; synced, so that its blocks are taken for sure. */
async function writeNoise(path: string, bytes: number): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    const noise = randomBytes(chunkBytes);
    for (let at = 0; at < bytes; ) {
      const { bytesWritten } = await file.write(noise, 0, Math.min(chunkBytes, bytes - at), at);
      at += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
