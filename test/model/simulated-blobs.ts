import type { StorageName } from "../../src/core/domain.ts";
import type { BlobStore, StoredObject } from "../../src/core/ports/blob-store.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { stageContent } from "../../src/blob-stores/stage-content.ts";
import { newStorageId, storageNameOf } from "../../src/blob-stores/storage-name.ts";

interface Placed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly modifiedAtMs: number;
  /** Its folder was synced since it was put there. */
  isDurable: boolean;
}

/** A disk: what was synced survives a power cut, of the rest each may or may not. */
export interface SimulatedDisk {
  /** The store as one process sees it, which `pass` may hold back before each step, or for ever. */
  open(pass: () => Promise<void>, nowMs: () => number): BlobStore;
  /** What is left after a power cut; `isKept` decides about each thing that was not synced. */
  cutPower(isKept: (key: string) => boolean): void;
  /** Loses the bytes of a content, whatever their names. */
  damage(sha256: string): void;
  /** How many objects are in place. */
  count(): number;
}

export function createSimulatedDisk(): SimulatedDisk {
  /** Null while it is being received. */
  const staged = new Map<string, Uint8Array<ArrayBuffer> | null>();
  const placed = new Map<StorageName, Placed>();
  /** Removed, but the folder was not synced since. */
  const removed = new Map<StorageName, Placed>();
  const idOf = (storageName: StorageName): string => storageName.slice(65);
  const find = (storageName: StorageName): Placed => {
    const held = placed.get(storageName);
    if (held === undefined) throw new RegistryError("blob_damaged", `the bytes of ${storageName} are missing`, { subject: storageName });
    return held;
  };
  return {
    open: (pass, nowMs) => ({
      stage: async (content, bounds) => {
        const id = newStorageId();
        await pass();
        staged.set(id, null);
        try {
          const chunks: Uint8Array[] = [];
          const { sha256, sizeBytes, digests } = await stageContent(content, bounds, { append: async (bytes) => void chunks.push(bytes.slice()) });
          await pass();
          staged.set(id, new Uint8Array(Buffer.concat(chunks)));
          // Of some contents the further digests are left to be computed later, as of large ones.
          return { storageName: storageNameOf(sha256, id), sha256, sizeBytes, digests: sizeBytes > 200 ? null : digests };
        } catch (error) {
          staged.delete(id);
          throw error;
        }
      },
      place: async ({ storageName }) => {
        await pass();
        const bytes = staged.get(idOf(storageName));
        if (bytes === undefined || bytes === null) throw new RegistryError("storage_failed", "staged bytes are gone");
        staged.delete(idOf(storageName));
        const object: Placed = { bytes, modifiedAtMs: nowMs(), isDurable: false };
        placed.set(storageName, object);
        await pass();
        object.isDurable = true;
      },
      discard: async ({ storageName }) => void staged.delete(idOf(storageName)),
      open: async (storageName, sizeBytes) => {
        await pass();
        const { bytes } = find(storageName);
        if (bytes.byteLength !== sizeBytes) throw new RegistryError("blob_damaged", `${storageName} has another length`, { subject: storageName });
        return new Blob([bytes]);
      },
      hash: async (storageName, algorithms) => {
        await pass();
        const { bytes } = find(storageName);
        return Object.fromEntries(algorithms.map((name) => [name, new Bun.CryptoHasher(name).update(bytes).digest("hex")]));
      },
      list: async function* (): AsyncIterable<StoredObject> {
        for (const [storageName, { bytes, modifiedAtMs }] of placed) {
          await pass();
          if (placed.has(storageName)) yield { storageName, sizeBytes: bytes.byteLength, modifiedAtMs };
        }
      },
      remove: async (storageName) => {
        await pass();
        const held = placed.get(storageName);
        if (held !== undefined) removed.set(storageName, held);
        placed.delete(storageName);
      },
      staging: async (action) => {
        const count = staged.size;
        if (action === "empty") staged.clear();
        return count;
      },
    }),
    cutPower: (isKept) => {
      for (const [storageName, object] of placed)
        if (!object.isDurable && !isKept(`name ${object.modifiedAtMs}`)) {
          placed.delete(storageName);
          staged.set(idOf(storageName), object.bytes);
        }
      for (const [storageName, object] of removed) if (isKept(`removal ${object.modifiedAtMs}`)) placed.set(storageName, object);
      removed.clear();
      for (const object of placed.values()) object.isDurable = true;
    },
    damage: (sha256) => {
      for (const names of [placed, removed]) for (const name of names.keys()) if (name.startsWith(sha256)) names.delete(name);
    },
    count: () => placed.size,
  };
}
