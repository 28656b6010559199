import { inspectBlob } from "../maintenance/inspect-blob.ts";
import type { BlobRecord } from "../domain.ts";
import type { StagedBlob } from "../ports/blob-store.ts";
import type { FileName } from "../ports/package-store.ts";
import type { PublishCommand } from "../ports/publish-store.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";

/** A large twin is trusted once so much time went into reading it: the publisher's connection must not be kept silent. */
const readLimitMs = 5000;

type Needs = Pick<RegistryDependencies, "metadata" | "blobs" | "events">;
type Twin = Pick<PublishCommand, "expectedTwin" | "replaceDamaged" | "replaceTwin">;

/**
 * Looks at the live blob with the same content as bytes that were just placed (`expectedTwin`, null where there is none),
 * and tells whether its own bytes turn out to be damaged (`replaceDamaged`). They are read again: the new bytes are about
 * to be dropped in their favour, and whoever sent them is about to be told that they are kept. Where they cannot be read,
 * the new bytes take their place too, which is right whatever the old ones are. Bytes that only files of other namespaces
 * name are not read: the new ones take their place (`replaceTwin`), so that not even the time tells that they were there.
 */
export async function lookAtTwin(needs: Needs, placed: Pick<StagedBlob, "sha256">, name: FileName): Promise<Twin> {
  const live = await needs.metadata.blobs.findLive(placed.sha256);
  if (live === null) return { expectedTwin: null, replaceDamaged: null };
  const kept = { expectedTwin: live.storageName, replaceDamaged: null };
  // One that is marked is replaced anyway.
  if (live.isDamaged) return kept;
  if (await isOfOthers(needs, live, name)) return { replaceTwin: true, replaceDamaged: null };
  return (await isUsable(needs, live)) ? kept : { ...kept, replaceDamaged: live.storageName };
}

/** The file in whose place this one goes says so at once, however many others have the same content. */
async function isOfOthers({ metadata }: Needs, live: BlobRecord, name: FileName): Promise<boolean> {
  if (!(await metadata.blobs.isNamedElsewhereOnly(live.id, name.namespaceId))) return false;
  const found = await metadata.packages.findFile(name);
  return found.found !== "file" || found.file.blobId !== live.id;
}

/** Reads the bytes of a live record; damage, and what cannot be read, is told. */
async function isUsable({ metadata, blobs, events }: Needs, live: BlobRecord): Promise<boolean> {
  const signal = AbortSignal.timeout(readLimitMs);
  const finding = await inspectBlob(blobs, live, [], { signal });
  if (finding.outcome === "sound") return true;
  const hasRightLength = async (): Promise<boolean> =>
    blobs.open(live.storageName, live.sizeBytes).then(
      () => true,
      () => false,
    );
  if (finding.outcome === "unreadable" && signal.aborted && (await hasRightLength())) return true;
  // One that was collected or replaced meanwhile is no damage.
  const current = await metadata.blobs.findByStorageName(live.storageName);
  if (current?.state !== "live") return true;
  const kind = finding.outcome === "unreadable" ? "blob_unreadable" : "blob_damaged";
  events.record({ kind, storageName: live.storageName, cause: finding.cause });
  return false;
}
