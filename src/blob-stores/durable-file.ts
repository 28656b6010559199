import { type FileHandle, open } from "node:fs/promises";
import { diskError, type DiskStep } from "./disk-error.ts";
import { smallContentBytes } from "./stage-content.ts";
import { createWriteBuffers, type FileBuffers } from "./write-buffers.ts";

/** While a file grows it is synced in steps, so that the last sync is short. */
const syncStepBytes = 32 * 1024 * 1024;

/** For all files of the process: what they hold together is what counts. */
const sharedBuffers = createWriteBuffers();

/** A new file that becomes durable: written in order, at most two batches in memory. */
export interface DurableFile {
  /** Takes the bytes; the caller may reuse its buffer when this returns. Null where there is nothing to wait for. */
  append(bytes: Uint8Array): Promise<void> | null;
  /** Returns when every byte is on stable storage and the file is closed. */
  finish(): Promise<void>;
  /** Closes without caring for the content. Never throws. */
  abandon(): Promise<void>;
}

/**
 * Creates a file that must not exist yet, readable by this account alone. `likelyBytes` is its length where somebody has
 * said it; it need not be right. Failures are RegistryErrors: lack of space is `storage_full`; a failed sync is
 * `storage_failed`, after which the file must not be used. A close that fails behind a sync loses nothing and counts for nothing.
 */
export async function createDurableFile(path: string, likelyBytes: number | null = null): Promise<DurableFile> {
  const handle = await attempt("open", () => open(path, "wx", 0o600));
  return buffered(handle, sharedBuffers.openFile(likelyBytes !== null && likelyBytes <= smallContentBytes ? likelyBytes : 0));
}

function buffered(handle: FileHandle, buffers: FileBuffers): DurableFile {
  let writing: Promise<void> = Promise.resolve();
  let unsyncedBytes = 0;
  let syncing: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    // Waiting for the earlier batch here is what holds a fast sender back.
    await writing;
    writing = writeBatch(buffers.full());
    // The failure is met by whoever awaits next; without this it would count as unhandled until then.
    writing.catch(() => undefined);
  };
  const writeBatch = async (batch: Uint8Array): Promise<void> => {
    await writeFully(handle, batch);
    buffers.written();
    unsyncedBytes += batch.byteLength;
    if (unsyncedBytes < syncStepBytes) return;
    unsyncedBytes = 0;
    // The next step is written while this one is synced: the disk has its work, and no more than two steps of it.
    await syncing;
    syncing = attempt("sync", () => handle.datasync());
    syncing.catch(() => undefined);
  };
  const appendFurther = async (bytes: Uint8Array): Promise<void> => {
    for (let rest = bytes; rest.byteLength > 0; rest = rest.subarray(buffers.fill(rest))) await flush();
  };
  return {
    append: (bytes) => {
      const taken = buffers.fill(bytes);
      return taken === bytes.byteLength ? null : appendFurther(bytes.subarray(taken));
    },
    finish: async () => {
      if (!buffers.isEmpty()) await flush();
      await writing;
      buffers.close();
      await syncing;
      await attempt("sync", () => handle.sync());
      // The sync has told of every byte. The runtime would not tell either: of a failed close it passes over all but EBADF.
      await handle.close().catch(() => undefined);
    },
    abandon: async () => {
      // Nothing may still be written from a buffer that another file gets.
      await writing.catch(() => undefined);
      buffers.close();
      await syncing.catch(() => undefined);
      await handle.close().catch(() => undefined);
    },
  };
}

/** The system may take fewer bytes than it was given. */
async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const from = offset;
    const { bytesWritten } = await attempt("write", () => handle.write(bytes, from, bytes.byteLength - from));
    offset += bytesWritten;
  }
}

async function attempt<Result>(step: DiskStep, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw diskError(step, error);
  }
}
