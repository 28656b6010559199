import { inspectBlob } from "../maintenance/inspect-blob.ts";
import type { StagedBlob } from "../ports/blob-store.ts";
import type { PublishCommand } from "../ports/publish-store.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";

/** A large twin is trusted once so much time went into reading it: the publisher's connection must not be kept silent. */
const readLimitMs = 5000;

/**
 * Looks at the live blob with the same content as bytes that were just placed (`expectedTwin`, null where there is none),
 * and tells whether its own bytes turn out to be damaged (`replaceDamaged`). They are read again: the new bytes are about
 * to be dropped in their favour, and whoever sent them is about to be told that they are kept. Where they cannot be read,
 * the new bytes take their place too, which is right whatever the old ones are.
 */
export async function findDamagedTwin(
  { metadata, blobs, events }: Pick<RegistryDependencies, "metadata" | "blobs" | "events">,
  placed: Pick<StagedBlob, "sha256">,
): Promise<Required<Pick<PublishCommand, "expectedTwin" | "replaceDamaged">>> {
  const live = await metadata.blobs.findLive(placed.sha256);
  if (live === null) return { expectedTwin: null, replaceDamaged: null };
  const kept = { expectedTwin: live.storageName, replaceDamaged: null };
  // One that is marked is replaced anyway.
  if (live.isDamaged) return kept;
  const signal = AbortSignal.timeout(readLimitMs);
  const finding = await inspectBlob(blobs, live, [], { signal });
  if (finding.outcome === "sound") return kept;
  const hasRightLength = async (): Promise<boolean> =>
    blobs.open(live.storageName, live.sizeBytes).then(
      () => true,
      () => false,
    );
  if (finding.outcome === "unreadable" && signal.aborted && (await hasRightLength())) return kept;
  // One that was collected or replaced meanwhile is no damage.
  const current = await metadata.blobs.findByStorageName(live.storageName);
  if (current?.state !== "live") return kept;
  const kind = finding.outcome === "unreadable" ? "blob_unreadable" : "blob_damaged";
  events.record({ kind, storageName: live.storageName, cause: finding.cause });
  return { ...kept, replaceDamaged: live.storageName };
}
