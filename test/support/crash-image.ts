import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { DiskLog, DiskRecord } from "./disk-log.ts";
import type { Random } from "./fault-random.ts";
import { copyImage } from "./recording-disk.ts";

/** What a disk writes in one go, so that a longer write may be torn. */
const pieceBytes = 4096;

/** Which of the writes that no flush followed have reached the disk: all of them, some pieces by chance, or the last one. */
export const cutModes = ["all", "some", "last"] as const;
export type CutMode = (typeof cutModes)[number];

/** Rebuilds what disks may hold after a power cut. */
export interface CrashImages {
  /**
   * Writes one image for each disk, as after a cut that came when so many records were in the log, and removes those of
   * the call before; their paths. Each call has to name at least as many records as the one before. Null where nothing was unflushed
   * and the mode makes no difference to `all`.
   */
  build(recordCount: number, mode: CutMode): Promise<readonly string[] | null>;
}

/** Keeps its images in the folder; `baseImages` stay as they are. */
export async function createCrashImages(
  folder: string,
  log: DiskLog,
  baseImages: readonly string[],
  random: Random,
): Promise<CrashImages> {
  const disks = await Promise.all(baseImages.map((base, disk) => createDisk(folder, log, base, disk)));
  return {
    build: async (recordCount, mode) => {
      const unflushed = disks.map((disk) => disk.advance(recordCount));
      if (mode !== "all" && unflushed.every((writes) => writes.length === 0)) return null;
      const images: string[] = [];
      for (const [number, disk] of disks.entries()) images.push(await disk.write(unflushed[number] ?? [], mode, random));
      return images;
    },
  };
}

async function createDisk(folder: string, log: DiskLog, base: string, disk: number) {
  const durable = join(folder, `durable-${disk}.img`);
  let written = 0;
  const crashedPath = (): string => join(folder, `crashed-${disk}-${written}.img`);
  await copyImage(base, durable);
  /** Of so many records everything of this disk is in `durable`. */
  let durableCount = 0;
  return {
    /** Brings `durable` up to the last flush before the cut, and gives what was written after it. */
    advance: (recordCount: number): readonly DiskRecord[] => {
      if (recordCount < durableCount) throw new Error("power cuts have to be looked at in their order");
      const own = log.records.slice(durableCount, recordCount);
      const flushedCount = own.findLastIndex((record) => record.kind === "flush" && record.disk === disk) + 1;
      const isOwnWrite = (record: DiskRecord): boolean => record.kind === "write" && record.disk === disk;
      writeRecords(durable, log, own.slice(0, flushedCount).filter(isOwnWrite), () => true);
      durableCount += flushedCount;
      return own.slice(flushedCount).filter(isOwnWrite);
    },
    write: async (unflushed: readonly DiskRecord[], mode: CutMode, random: Random): Promise<string> => {
      // Another file each time: one that something still has mounted would be taken for the new one.
      rmSync(crashedPath(), { force: true });
      written += 1;
      const crashed = crashedPath();
      await copyImage(durable, crashed);
      const kept = mode === "last" ? unflushed.slice(-1) : unflushed;
      writeRecords(crashed, log, kept, () => mode !== "some" || random.fraction() < 0.5);
      return crashed;
    },
  };
}

/** Writes those pieces of the records that `isKept` says yes to, in order. */
function writeRecords(image: string, log: DiskLog, records: readonly DiskRecord[], isKept: () => boolean): void {
  if (records.length === 0) return;
  const file = openSync(image, "r+");
  try {
    for (const record of records) {
      const bytes = log.bytesOf(record);
      for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
        if (isKept()) writeSync(file, bytes, at, Math.min(pieceBytes, bytes.byteLength - at), record.offset + at);
      }
    }
  } finally {
    closeSync(file);
  }
}
