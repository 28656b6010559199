import type { StorageName } from "../core/domain.ts";
import type { BlobStore, StoredObject } from "../core/ports/blob-store.ts";
import type { Clock } from "../core/ports/clock.ts";
import { RegistryError } from "../core/registry-error.ts";
import { stageContent } from "./stage-content.ts";
import { newStorageId, storageNameOf } from "./storage-name.ts";

interface HeldObject {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly modifiedAtMs: number;
}

/** Blobs in memory, for tests and trials; keeps the port's order and errors, and nothing else. */
export function openMemoryBlobStore(clock: Clock): BlobStore & { close(): Promise<void> } {
  const staged = new Map<StorageName, HeldObject>();
  const placed = new Map<StorageName, HeldObject>();
  const find = (storageName: StorageName): HeldObject => {
    const held = placed.get(storageName);
    if (held === undefined)
      throw new RegistryError("blob_damaged", `the stored object ${storageName} is damaged: its bytes are missing`, {
        subject: storageName,
      });
    return held;
  };
  return {
    stage: async (content, bounds) => {
      const chunks: Uint8Array[] = [];
      const target = { append: async (bytes: Uint8Array) => void chunks.push(bytes.slice()) };
      const { sha256, sizeBytes, digests } = await stageContent(content, bounds, target);
      const storageName = storageNameOf(sha256, newStorageId());
      staged.set(storageName, { bytes: new Uint8Array(Buffer.concat(chunks)), modifiedAtMs: clock.nowMs() });
      return { storageName, sha256, sizeBytes, digests };
    },
    place: async ({ storageName }) => {
      const held = staged.get(storageName);
      if (held === undefined) throw new RegistryError("storage_failed", "staged bytes are gone");
      staged.delete(storageName);
      placed.set(storageName, { ...held, modifiedAtMs: clock.nowMs() });
    },
    discard: async ({ storageName }) => void staged.delete(storageName),
    open: async (storageName, sizeBytes) => {
      const { bytes } = find(storageName);
      if (bytes.byteLength !== sizeBytes)
        throw new RegistryError("blob_damaged", `the stored object ${storageName} is damaged: wrong length`, {
          subject: storageName,
        });
      return new Blob([bytes]);
    },
    hash: async (storageName, algorithms, options) => {
      if (options?.signal?.aborted === true) throw new RegistryError("storage_busy", "the reading was given up", { subject: storageName });
      const { bytes } = find(storageName);
      return Object.fromEntries(
        algorithms.map((name) => [name, new Bun.CryptoHasher(name).update(bytes).digest("hex")]),
      );
    },
    list: async function* (): AsyncIterable<StoredObject> {
      for (const [storageName, { bytes, modifiedAtMs }] of placed)
        yield { storageName, sizeBytes: bytes.byteLength, modifiedAtMs };
    },
    remove: async (storageName) => void placed.delete(storageName),
    staging: async (action) => {
      const count = staged.size;
      if (action === "empty") staged.clear();
      return count;
    },
    close: async () => undefined,
  };
}
