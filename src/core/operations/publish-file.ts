import type { Limits } from "../domain.ts";
import type { NameMatch } from "../ports/package-store.ts";
import type { StagedBlob } from "../ports/blob-store.ts";
import type { PublishResult } from "../ports/publish-store.ts";
import { effectiveLimits } from "../ports/namespace-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { confirmGrant, creatorOf, type NamespaceGrant } from "./open-namespace.ts";

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
 * Publishes a file: when it returns, bytes and record are on stable storage. What can be refused by name and announced
 * length is refused before the body is read; everything is decided again, with the rights of that moment, by the one
 * command that records the file. Two publishers of one path: exactly one succeeds. Throws `file_exists`, the three
 * limits, `upload_too_large`, `body_incomplete`, `storage_full`, and what `openNamespace` throws.
 */
export async function publishFile(
  needs: Needs,
  grant: NamespaceGrant<"publish">,
  file: FileToPublish,
): Promise<PublishedFile> {
  const limits = limitsFor(needs, grant);
  await refuseEarly(needs, grant, file, limits);
  const staged = await needs.blobs.stage(file.content, {
    maxBytes: needs.settings.maxUploadBytes,
    expectedBytes: file.isLengthExact ? file.announcedBytes : null,
  });
  try {
    await confirmGrant(needs, grant);
    await needs.blobs.place(staged);
  } catch (error) {
    // Takes away what still is in staging, so that a full disk gets its room back; bytes in place are not touched.
    await needs.blobs.discard(staged);
    throw error;
  }
  // From here on nothing placed is ever removed on an error: what the disk and the records hold may already be in use.
  const result = await needs.metadata.publishing.publish({
    namespaceId: grant.namespace.id,
    packageName: file.packageName,
    version: file.version,
    path: file.path,
    match: file.match,
    blob: staged,
    replaceDamaged: await damagedTwin(needs, staged),
    creator: creatorOf(grant),
    limits,
    nowMs: needs.clock.nowMs(),
  });
  if (result.outcome !== "published") {
    if (result.outcome !== "blob_claimed") await removeUnrecorded(needs, staged);
    throw refusal(result);
  }
  if (result.isBlobUsed) needs.digests.wake();
  else await removeUnrecorded(needs, staged);
  needs.events.record({ kind: "file_published", sizeBytes: staged.sizeBytes });
  return result;
}

/** The instance's limits for this publisher; null when exempt. */
function limitsFor({ settings }: Pick<Needs, "settings">, grant: NamespaceGrant): Limits | null {
  return grant.actor.kind === "user" && grant.actor.user.isAdmin ? null : settings.limits;
}

/** Spares the sender a body that is going to be refused. The command that records the file decides again. */
async function refuseEarly(
  { metadata, settings }: Needs,
  grant: NamespaceGrant,
  file: FileToPublish,
  limits: Limits | null,
): Promise<void> {
  const bytes = file.isLengthExact ? file.announcedBytes : null;
  if (settings.maxUploadBytes !== null && bytes !== null && bytes > settings.maxUploadBytes)
    throw new RegistryError("upload_too_large", `upload exceeds the limit of ${settings.maxUploadBytes} bytes`, {
      limit: settings.maxUploadBytes,
    });
  const found = await metadata.packages.findFile({ namespaceId: grant.namespace.id, ...file });
  let isSizeDecided = true;
  if (limits !== null) {
    const own = effectiveLimits(grant.namespace.limits, limits);
    isSizeDecided = bytes !== null || (own.fileBytes === null && own.ownerBytes === null);
    const usage = await metadata.namespaces.usage(grant.namespace.id);
    if (found.found === "nothing" && own.ownerVersions !== null && usage.versions + 1 > own.ownerVersions)
      throw refusal({ outcome: "limit_owner_versions", limit: own.ownerVersions });
    if (bytes !== null && own.fileBytes !== null && bytes > own.fileBytes)
      throw refusal({ outcome: "limit_file_bytes", limit: own.fileBytes });
    if (bytes !== null && own.ownerBytes !== null && usage.bytes + bytes > own.ownerBytes)
      throw refusal({ outcome: "limit_owner_bytes", limit: own.ownerBytes });
  }
  // The size limits come first: where only the body can decide them, the conflict waits for the body too.
  if (found.found === "file" && isSizeDecided) throw refusal({ outcome: "file_exists" });
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

/** The command answered that these bytes are not recorded, and their name was known to this publish alone. */
async function removeUnrecorded({ blobs, events }: Needs, staged: StagedBlob): Promise<void> {
  try {
    await blobs.remove(staged.storageName);
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
      return new RegistryError(result.outcome, `a limit of ${result.limit} would be exceeded`, { limit: result.limit });
    case "namespace_absent":
      return new RegistryError("namespace_not_found", "the user or organisation was removed during the upload");
    case "blob_claimed":
      return new RegistryError("storage_busy", "the upload took so long that collection claimed it: send it again");
  }
}
