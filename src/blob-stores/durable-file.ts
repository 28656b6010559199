import { type FileHandle, open } from "node:fs/promises";
import { diskError, type DiskStep } from "./disk-error.ts";

/** Bytes handed to the system at once, and kept in memory for each of the two writes in flight. */
const batchBytes = 1024 * 1024;
/** While a file grows it is synced in steps, so that the last sync is short. */
const syncStepBytes = 32 * 1024 * 1024;

/** A new file that becomes durable: written in order, at most two batches in memory. */
export interface DurableFile {
  /** Takes the bytes; the caller may reuse its buffer when this returns. */
  append(bytes: Uint8Array): Promise<void>;
  /** Returns when every byte is on stable storage and the file is closed. */
  finish(): Promise<void>;
  /** Closes without caring for the content. Never throws. */
  abandon(): Promise<void>;
}

/**
 * Creates a file that must not exist yet, readable by this account alone. Failures are RegistryErrors: lack of space is
 * `storage_full`; a failed sync or close is `storage_failed`, after which the file must not be used.
 */
export async function createDurableFile(path: string): Promise<DurableFile> {
  const handle = await attempt("open", () => open(path, "wx", 0o600));
  return buffered(handle);
}

function buffered(handle: FileHandle): DurableFile {
  let buffer = Buffer.allocUnsafe(0);
  let filled = 0;
  let unsyncedBytes = 0;
  let writing: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    // Waiting for the earlier batch here is what holds a fast sender back.
    await writing;
    const batch = buffer.subarray(0, filled);
    buffer = Buffer.allocUnsafe(0);
    filled = 0;
    writing = writeBatch(batch);
    // The failure is met by whoever awaits next; without this it would count as unhandled until then.
    writing.catch(() => undefined);
  };
  const writeBatch = async (batch: Uint8Array): Promise<void> => {
    await writeFully(handle, batch);
    unsyncedBytes += batch.byteLength;
    if (unsyncedBytes < syncStepBytes) return;
    unsyncedBytes = 0;
    await attempt("sync", () => handle.datasync());
  };
  return {
    append: async (bytes) => {
      let rest = bytes;
      while (rest.byteLength > 0) {
        if (filled === buffer.byteLength) {
          if (filled > 0) await flush();
          // A first small chunk is mostly all there is: a small buffer does for it.
          buffer = Buffer.allocUnsafe(unsyncedBytes === 0 && rest.byteLength < 65_536 ? 65_536 : batchBytes);
          filled = 0;
        }
        const taken = Math.min(rest.byteLength, buffer.byteLength - filled);
        buffer.set(rest.subarray(0, taken), filled);
        filled += taken;
        rest = rest.subarray(taken);
      }
    },
    finish: async () => {
      if (filled > 0) await flush();
      await writing;
      await attempt("sync", () => handle.sync());
      await attempt("close", () => handle.close());
    },
    abandon: async () => {
      await writing.catch(() => undefined);
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
