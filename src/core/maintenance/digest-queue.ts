import type { BlobRecord, Digests } from "../domain.ts";
import type { BlobRecordStore } from "../ports/blob-record-store.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { EventSink } from "../ports/event-sink.ts";

/** Blobs hashed before their results are written together. */
const batchSize = 64;
/** Blobs read at the same time. */
const parallel = 4;

/**
 * Computes the digests that uploads do not wait for (md5, sha1, sha512). The records that lack them are the queue, so
 * nothing is lost when the process ends.
 */
export interface DigestQueue {
  /** There may be something to do. Returns at once. */
  wake(): void;
  /** The digests of one blob, computed now unless they are known. Throws `blob_damaged` when its bytes cannot be read. */
  digestsOf(blob: Pick<BlobRecord, "id" | "storageName" | "digests">): Promise<Digests>;
  /** Returns when nothing is left to do or, after `stop`, when the work under way has ended. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export function createDigestQueue(parts: {
  readonly records: BlobRecordStore;
  readonly blobs: BlobStore;
  readonly events: EventSink;
}): DigestQueue {
  const { records, blobs, events } = parts;
  const underWay = new Map<number, Promise<Digests>>();
  /** Unreadable ones: not tried again by this process. */
  const failed = new Set<number>();
  let isStopped = false;
  let isWoken = false;
  let running: Promise<void> | null = null;

  const compute = (blob: Pick<BlobRecord, "id" | "storageName">): Promise<Digests> => {
    const known = underWay.get(blob.id);
    if (known !== undefined) return known;
    const computing = blobs.hash(blob.storageName, ["md5", "sha1", "sha512"]).then(completeDigests);
    underWay.set(blob.id, computing);
    const forget = (): void => void underWay.delete(blob.id);
    computing.then(forget, forget);
    return computing;
  };
  const hashOrNote = async (blob: BlobRecord): Promise<{ blobId: number; digests: Digests } | null> => {
    try {
      return { blobId: blob.id, digests: await compute(blob) };
    } catch (cause) {
      // A blob that was collected meanwhile is no damage.
      const current = await records.findByStorageName(blob.storageName);
      if (current?.state === "live" && !isStopped) {
        failed.add(blob.id);
        events.record({ kind: "blob_damaged", storageName: blob.storageName, cause });
      }
      return null;
    }
  };
  const work = async (): Promise<void> => {
    let afterId = 0;
    while (!isStopped) {
      if (isWoken) afterId = 0;
      isWoken = false;
      const batch = await records.listWithoutDigests(afterId, batchSize);
      const last = batch.at(-1);
      if (last === undefined) {
        if (isWoken) continue;
        break;
      }
      afterId = last.id;
      const wanted = batch.filter((blob) => !failed.has(blob.id));
      const results = await mapInParallel(wanted, hashOrNote);
      const found = results.filter((result) => result !== null);
      if (found.length > 0) await records.setDigests(found);
    }
  };
  const start = (): void => {
    running ??= work()
      .catch((cause: unknown) => events.record({ kind: "background_failure", task: "digests", cause }))
      .finally(() => {
        running = null;
      });
  };
  return {
    wake: () => {
      if (isStopped) return;
      isWoken = true;
      start();
    },
    digestsOf: async (blob) => {
      if (blob.digests !== null) return blob.digests;
      const digests = await compute(blob);
      await records.setDigests([{ blobId: blob.id, digests }]);
      return digests;
    },
    idle: async () => {
      while (running !== null) await running;
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
}

function completeDigests(digests: Partial<Record<string, string>>): Digests {
  const { md5, sha1, sha512 } = digests;
  if (md5 === undefined || sha1 === undefined || sha512 === undefined) throw new Error("a digest was not computed");
  return { md5, sha1, sha512 };
}

async function mapInParallel<Item, Result>(
  items: readonly Item[],
  action: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) results.push(await action(item));
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}
