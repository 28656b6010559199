import type { StorageName } from "../domain.ts";
import { inspectBlob } from "../maintenance/inspect-blob.ts";
import type { StagedBlob } from "../ports/blob-store.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";

/** A large twin is trusted once so much time went into reading it: the publisher's connection must not be kept silent. */
const readLimitMs = 5000;

/**
 * The physical name of a live blob with the same content as bytes that were just placed, where its own bytes turn out to
 * be damaged; null where they are right or there is none. They are read again: the new bytes are about to be dropped in
 * their favour, and whoever sent them is about to be told that they are kept. Where they cannot be read, the new bytes
 * take their place too, which is right whatever the old ones are.
 */
export async function findDamagedTwin(
  { metadata, blobs, events }: Pick<RegistryDependencies, "metadata" | "blobs" | "events">,
  placed: Pick<StagedBlob, "sha256">,
): Promise<StorageName | null> {
  const live = await metadata.blobs.findLive(placed.sha256);
  // One that is marked is replaced anyway.
  if (live === null || live.isDamaged) return null;
  const signal = AbortSignal.timeout(readLimitMs);
  const finding = await inspectBlob(blobs, live, [], { signal });
  if (finding.outcome === "sound") return null;
  const hasRightLength = async (): Promise<boolean> =>
    blobs.open(live.storageName, live.sizeBytes).then(
      () => true,
      () => false,
    );
  if (finding.outcome === "unreadable" && signal.aborted && (await hasRightLength())) return null;
  // One that was collected or replaced meanwhile is no damage.
  const current = await metadata.blobs.findByStorageName(live.storageName);
  if (current?.state !== "live") return null;
  const kind = finding.outcome === "unreadable" ? "blob_unreadable" : "blob_damaged";
  events.record({ kind, storageName: live.storageName, cause: finding.cause });
  return live.storageName;
}
