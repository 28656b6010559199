import { statfs } from "node:fs/promises";
import { RegistryError } from "../core/registry-error.ts";
import { diskError } from "./disk-error.ts";

/** What stays free on a file system: so many bytes, or a share of it that is bounded for large ones. */
export type SpaceReserve = { readonly bytes: number } | { readonly percent: number; readonly maxBytes: number };

/** Room taken for one upload. */
export interface SpaceClaim {
  /**
   * Sees to it that so many bytes of the upload have room, and notes that those before them are being written. Null where
   * they have, as they mostly do; else to be waited for. Throws `storage_full`, as the promise does.
   */
  cover(receivedBytes: number): Promise<void> | null;
  /** To be called once, whatever became of the upload. */
  release(): void;
}

/** The room that uploads share. */
export interface FreeSpace {
  /**
   * Takes room for an upload of so many bytes; null where its length is not known: then room is taken while it arrives.
   * Throws `storage_full` when less than the reserve would be left. What others have taken and not written yet counts.
   */
  claim(announcedBytes: number | null): Promise<SpaceClaim>;
}

/** Long enough to cost nothing, short enough to see others fill the disk. What uploads write is counted exactly. */
const sampleAgeMs = 1000;
/** With less than this left every look is a fresh one: records and what the file system adds to a file are not counted. */
const plentyBytes = 64 * 1024 * 1024;
/** An upload of unknown length takes room in steps. */
const stepBytes = 256 * 1024;
/** What an upload has received but may not have written yet. */
const bufferedBytes = 3 * 1024 * 1024;

interface Sample {
  readonly takenAtMs: number;
  /** What uploads may still take; negative where the reserve is touched already. */
  readonly bytes: number;
}

/**
 * Keeps a reserve free: in `directory`, to which uploads go, and on the file system of every folder of `besides`, where
 * records grow. `mayGrow` is asked with each look at the disk: while it says no, everything is refused. A refusal rests
 * on a fresh look.
 */
export function createFreeSpace(parts: {
  readonly directory: string;
  readonly besides: readonly string[];
  readonly reserve: SpaceReserve;
  readonly mayGrow?: () => Promise<boolean>;
}): FreeSpace {
  const { directory, besides, reserve, mayGrow } = parts;
  let sample: Sample | null = null;
  let looking: Promise<Sample> | null = null;
  /** Taken and not seen by the last look; and how much of that the next one will see. */
  let outstandingBytes = 0;
  let settledBytes = 0;

  const look = async (): Promise<Sample> => {
    try {
      const isFree = mayGrow === undefined || (await mayGrow());
      const takenAtMs = performance.now();
      const seenBytes = settledBytes;
      const [left = -1, ...leftBesides] = await Promise.all([directory, ...besides].map((path) => roomBeyond(path, reserve)));
      settledBytes -= seenBytes;
      outstandingBytes -= seenBytes;
      sample = { takenAtMs, bytes: isFree && leftBesides.every((bytes) => bytes >= 0) ? left : -1 };
      return sample;
    } finally {
      looking = null;
    }
  };
  const current = (): Sample | null => (sample !== null && performance.now() - sample.takenAtMs < sampleAgeMs ? sample : null);
  const fits = (bytes: number, within: Sample): boolean => within.bytes - outstandingBytes >= bytes;
  const take = async (bytes: number): Promise<void> => {
    const known = current();
    if (known === null || !fits(bytes + plentyBytes, known)) {
      looking ??= look();
      if (!fits(bytes, await looking))
        throw new RegistryError("storage_full", `an upload of ${bytes} more bytes would use up what is to stay free on the disk`);
    }
    outstandingBytes += bytes;
  };
  return {
    claim: async (announcedBytes) => {
      let takenBytes = announcedBytes ?? 0;
      let writtenBytes = 0;
      await take(takenBytes);
      const grow = async (bytes: number): Promise<void> => {
        await take(bytes);
        takenBytes += bytes;
      };
      return {
        cover: (receivedBytes) => {
          const written = Math.max(writtenBytes, Math.min(receivedBytes, takenBytes) - bufferedBytes);
          settledBytes += written - writtenBytes;
          writtenBytes = written;
          if (receivedBytes <= takenBytes) return null;
          // A first piece is mostly all there is.
          const neededBytes = receivedBytes - takenBytes;
          return grow(takenBytes === 0 ? neededBytes : Math.max(neededBytes, stepBytes));
        },
        release: () => {
          settledBytes += takenBytes - writtenBytes;
        },
      };
    },
  };
}

/** Takes whatever room there is, and leaves it to the file system to say that there is none. */
export const unlimitedSpace: FreeSpace = {
  claim: async () => ({ cover: () => null, release: () => undefined }),
};

/** Bytes that this account may still write beyond the reserve. */
async function roomBeyond(path: string, reserve: SpaceReserve): Promise<number> {
  const { bsize, blocks, bavail } = await statfs(path).catch((error: unknown) => Promise.reject(diskError("read", error)));
  return bavail * bsize - reserveBytes(reserve, blocks * bsize);
}

function reserveBytes(reserve: SpaceReserve, totalBytes: number): number {
  if ("bytes" in reserve) return reserve.bytes;
  return Math.min(Math.floor((totalBytes * reserve.percent) / 100), reserve.maxBytes);
}
