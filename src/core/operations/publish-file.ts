import type { NameMatch } from "../ports/package-store.ts";
import type { StagedBlob } from "../ports/blob-store.ts";
import type { PublishResult } from "../ports/publish-store.ts";
import { effectiveLimits } from "../ports/namespace-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { confirmGrant, creatorOf, type NamespaceGrant } from "./open-namespace.ts";
import { limitRefusal, limitsFor, tightestBound, uploadBounds, type UploadBound } from "./upload-limits.ts";

/** A file to publish. Names are checked by the dialect they came through. */
export interface FileToPublish {
  readonly packageName: string;
  readonly version: string;
  readonly path: string;
  readonly match: NameMatch;
  /** The bytes; read to their end exactly once, unless the publish is refused before. */
  readonly content: AsyncIterable<Uint8Array>;
  /** The length of the content as announced, null when it was not. */
  readonly announcedBytes: number | null;
  /** The announced length is that of the content itself, not of an envelope around it. */
  readonly isLengthExact: boolean;
}

type Needs = Pick<RegistryDependencies, "metadata" | "blobs" | "clock" | "events" | "settings" | "digests">;

/** The file was recorded; `isNewVersion` tells whether its version came into being with it. */
export type PublishedFile = Extract<PublishResult, { outcome: "published" }>;

/**
 * Publishes a file: when it returns, bytes and record are on stable storage. What names and announced length decide is
 * refused before the body is read, and a body without length as soon as it passes a limit. When the bytes are in place,
 * the rights are confirmed as they are at that moment, and the one command that records the file decides on everything
 * else again. Two publishers of one path: exactly one succeeds. Throws `file_exists`, the three limits,
 * `upload_too_large`, `body_incomplete`, `storage_full`, and what `openNamespace` throws.
 */
export async function publishFile(
  needs: Needs,
  grant: NamespaceGrant<"publish">,
  file: FileToPublish,
): Promise<PublishedFile> {
  const bound = await refuseEarly(needs, grant, file);
  const staged = await stageWithin(needs, file, bound);
  try {
    await needs.blobs.place(staged);
  } catch (error) {
    // Takes away what still is in staging, so that a full disk gets its room back; bytes in place are not touched.
    await needs.blobs.discard(staged);
    throw error;
  }
  const result = await recordPlaced(needs, grant, file, staged);
  if (result.outcome !== "published") {
    if (result.outcome !== "blob_claimed") await removeUnrecorded(needs, staged);
    throw refusal(result);
  }
  if (result.isBlobUsed) needs.digests.wake();
  else await removeUnrecorded(needs, staged);
  needs.events.record({ kind: "file_published", sizeBytes: staged.sizeBytes });
  return result;
}

/** Spares the sender a body that is going to be refused; otherwise says how long the body may be. */
async function refuseEarly(
  { metadata, settings }: Needs,
  grant: NamespaceGrant,
  file: FileToPublish,
): Promise<UploadBound | null> {
  const limits = limitsFor(settings, grant.actor);
  const usage = await metadata.namespaces.usage(grant.namespace.id);
  const found = await metadata.packages.findFile({ namespaceId: grant.namespace.id, ...file });
  const bounds = uploadBounds(settings, grant, limits, usage);
  const bytes = file.isLengthExact ? file.announcedBytes : null;
  const outermost = bounds.find(({ refusal: { code } }) => code === "upload_too_large");
  if (bytes !== null && outermost !== undefined && bytes > outermost.maxBytes) throw outermost.refusal;
  const ownerVersions = limits === null ? null : effectiveLimits(grant.namespace.limits, limits).ownerVersions;
  if (found.found === "nothing" && ownerVersions !== null && usage.versions + 1 > ownerVersions)
    throw limitRefusal("limit_owner_versions", ownerVersions);
  const broken = bytes === null ? undefined : bounds.find(({ maxBytes }) => bytes > maxBytes);
  if (broken !== undefined) throw broken.refusal;
  // Limits come before a conflict: where only the body can tell whether they hold, the conflict waits for it too.
  if (found.found === "file" && (bytes !== null || bounds.length === 0)) throw refusal({ outcome: "file_exists" });
  return tightestBound(bounds);
}

async function stageWithin({ blobs }: Needs, file: FileToPublish, bound: UploadBound | null): Promise<StagedBlob> {
  try {
    return await blobs.stage(file.content, {
      maxBytes: bound?.maxBytes ?? null,
      expectedBytes: file.isLengthExact ? file.announcedBytes : null,
    });
  } catch (error) {
    if (bound !== null && error instanceof RegistryError && error.code === "upload_too_large") throw bound.refusal;
    throw error;
  }
}

/**
 * Confirms the rights and gives the command. Where it is sure that nothing was recorded (rights gone, no space, no turn),
 * the bytes are removed again: their name is known to this publish alone. After any other error they stay, since what
 * the records hold is not known.
 */
async function recordPlaced(
  needs: Needs,
  grant: NamespaceGrant<"publish">,
  file: FileToPublish,
  staged: StagedBlob,
): Promise<PublishResult> {
  try {
    const actor = await confirmGrant(needs, grant);
    return await needs.metadata.publishing.publish({
      namespaceId: grant.namespace.id,
      packageName: file.packageName,
      version: file.version,
      path: file.path,
      match: file.match,
      blob: staged,
      replaceDamaged: await damagedTwin(needs, staged),
      creator: creatorOf(grant),
      limits: limitsFor(needs.settings, actor),
      nowMs: needs.clock.nowMs(),
    });
  } catch (error) {
    if (error instanceof RegistryError && error.code !== "storage_failed") await removeUnrecorded(needs, staged);
    throw error;
  }
}

/** The physical name of a live blob with the same content whose bytes turn out to be missing or cut. */
async function damagedTwin({ metadata, blobs, events }: Needs, staged: StagedBlob) {
  const live = await metadata.blobs.findLive(staged.sha256);
  if (live === null) return null;
  try {
    await blobs.open(live.storageName, live.sizeBytes);
    return null;
  } catch (cause) {
    // One that was collected or replaced meanwhile is no damage.
    const current = await metadata.blobs.findByStorageName(live.storageName);
    if (current?.state !== "live") return null;
    events.record({ kind: "blob_damaged", storageName: live.storageName, cause });
    return live.storageName;
  }
}

/** These bytes are not recorded, and their name was known to this publish alone; still, the records are asked. */
async function removeUnrecorded({ blobs, events, metadata }: Needs, staged: StagedBlob): Promise<void> {
  try {
    if ((await metadata.blobs.findByStorageName(staged.storageName)) === null) await blobs.remove(staged.storageName);
  } catch (cause) {
    events.record({ kind: "background_failure", task: "removal of a superfluous blob", cause });
  }
}

function refusal(result: Exclude<PublishResult, PublishedFile>): RegistryError {
  switch (result.outcome) {
    case "file_exists":
      return new RegistryError("file_exists", "the version already has a file of this name");
    case "limit_owner_versions":
    case "limit_owner_bytes":
    case "limit_file_bytes":
      return limitRefusal(result.outcome, result.limit);
    case "namespace_absent":
      return new RegistryError("namespace_not_found", "the user or organisation was removed during the upload");
    case "blob_claimed":
      return new RegistryError("storage_busy", "the upload took so long that collection claimed it: send it again");
  }
}
