import type { StorageName } from "../domain.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";

const batchSize = 256;

/** What one run removed. */
export interface CollectionReport {
  /** Blobs that no file had named for longer than the grace time. */
  readonly unreferencedBlobs: number;
  /** Stored objects that no record named for longer than the grace time. */
  readonly unrecordedObjects: number;
  readonly freedBytes: number;
  /** Packages without any version. */
  readonly emptyPackages: number;
}

/**
 * Removes what nobody can reach any more. Safe beside running publishes, also from a second process: a record leaves
 * `live` and a name is claimed in one transaction each, a publish meeting either writes under another name, and
 * physical names are never used again. Each step can be repeated after a crash. `graceMs` is how long a thing must have
 * been unreachable. Stops between two objects when the signal is aborted.
 */
export async function collectGarbage(
  stores: { readonly metadata: MetadataStore; readonly blobs: BlobStore; readonly clock: Clock },
  options: { readonly graceMs: number; readonly signal?: AbortSignal },
): Promise<CollectionReport> {
  const beforeMs = stores.clock.nowMs() - options.graceMs;
  const isAborted = (): boolean => options.signal?.aborted === true;
  const unreferenced = await removeUnreferenced(stores, beforeMs, isAborted);
  const unrecorded = await removeUnrecorded(stores, beforeMs, isAborted);
  const emptyPackages = await stores.metadata.publishing.removeEmptyPackages(beforeMs);
  return {
    unreferencedBlobs: unreferenced.count,
    unrecordedObjects: unrecorded.count,
    freedBytes: unreferenced.bytes + unrecorded.bytes,
    emptyPackages,
  };
}

type Stores = Parameters<typeof collectGarbage>[0];
type Removed = { readonly count: number; readonly bytes: number };

/** Record first (live -> deleting), then the bytes, then the record: a crash in between is taken up by the next run. */
async function removeUnreferenced(stores: Stores, beforeMs: number, isAborted: () => boolean): Promise<Removed> {
  const { collection } = stores.metadata.blobs;
  let count = 0;
  let bytes = 0;
  while (!isAborted()) {
    await collection.claimUnreferenced(beforeMs, batchSize);
    const dying = await collection.listDeleting(batchSize);
    if (dying.length === 0) break;
    const removed: number[] = [];
    for (const blob of dying) {
      if (isAborted()) break;
      await stores.blobs.remove(blob.storageName);
      removed.push(blob.id);
      bytes += blob.sizeBytes;
    }
    await collection.forget(removed);
    count += removed.length;
  }
  return { count, bytes };
}

/** Clocks that set records and files may differ by so much. */
const clockSlackMs = 3_600_000;

/**
 * Objects that a publish left behind: old by the store's clock, and seen without a record once before. What is older
 * than every record was left by no publish of theirs: it belongs to records that were lost or exchanged, and stays.
 */
async function removeUnrecorded(stores: Stores, beforeMs: number, isAborted: () => boolean): Promise<Removed> {
  const sinceMs = await stores.metadata.blobs.collection.recordsSince();
  if (sinceMs === null) return { count: 0, bytes: 0 };
  let count = 0;
  let bytes = 0;
  let batch = new Map<StorageName, number>();
  const removeBatch = async (): Promise<void> => {
    const times = { nowMs: stores.clock.nowMs(), firstSeenBeforeMs: beforeMs };
    for (const name of await stores.metadata.blobs.collection.claimUnrecorded([...batch.keys()], times)) {
      await stores.blobs.remove(name);
      count += 1;
      bytes += batch.get(name) ?? 0;
    }
    batch = new Map();
  };
  for await (const object of stores.blobs.list()) {
    if (isAborted()) break;
    if (object.modifiedAtMs >= beforeMs || object.modifiedAtMs < sinceMs - clockSlackMs) continue;
    if ((await stores.metadata.blobs.findByStorageName(object.storageName)) !== null) continue;
    batch.set(object.storageName, object.sizeBytes);
    if (batch.size >= batchSize) await removeBatch();
  }
  if (batch.size > 0 && !isAborted()) await removeBatch();
  return { count, bytes };
}
