import type { DuplicatePolicy, FileRevision, VersionStatus } from "../domain.ts";
import { secretDigest } from "../secret-digest.ts";
import type { NameMatch } from "../ports/package-store.ts";
import type { StagedBlob } from "../ports/blob-store.ts";
import type { PublishResult } from "../ports/publish-store.ts";
import { effectiveLimits } from "../ports/namespace-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { createDigestCheck, type ExpectedDigest } from "./digest-check.ts";
import { maxUploadBytes } from "./instance-limits.ts";
import { lookAtTwin } from "./look-at-twin.ts";
import { confirmGrant, creatorOf, type NamespaceGrant } from "./open-namespace.ts";
import { refuseProtected } from "./package-protection.ts";
import { checkVersionRule, duplicatePolicyFor } from "./publishing-policies.ts";
import { limitRefusal, limitsFor, tightestBound, uploadBounds, type UploadBound } from "./upload-limits.ts";

/** A file to publish. Names are checked by the dialect they came through. */
export interface FileToPublish {
  readonly packageName: string;
  readonly version: string;
  readonly path: string;
  readonly match: NameMatch;
  /** What the dialect does with a name that is taken, where the namespace has no policy. */
  readonly onDuplicate: DuplicatePolicy;
  /** The status for the version; null leaves an existing one as it is. */
  readonly status: VersionStatus | null;
  /** The secret of the reservation that the publisher shows; null without one. */
  readonly reservation: string | null;
  /** What the sender says the bytes hash to. */
  readonly expectedDigests: readonly ExpectedDigest[];
  /** The bytes; read to their end exactly once, unless the publish is refused before. */
  readonly content: AsyncIterable<Uint8Array>;
  /** The length of the content as announced, null when it was not. */
  readonly announcedBytes: number | null;
  /** The announced length is that of the content itself, not of an envelope around it. */
  readonly isLengthExact: boolean;
  /** Asked when the content was read to its end, where the sender may say more behind it. */
  readonly settle?: () => SettledUpload;
}

/** What is known of an upload only when all of it was read. */
export type SettledUpload =
  | { readonly kind: "named"; readonly path: string; readonly status: VersionStatus | null }
  /** The content was a part of something that is to be stored as a whole: what came before it, and what comes behind. */
  | { readonly kind: "whole"; readonly before: Uint8Array; readonly rest: AsyncIterable<Uint8Array> };

type Needs = Pick<RegistryDependencies, "metadata" | "blobs" | "clock" | "events" | "settings" | "digests">;

type Recorded = Exclude<PublishResult, { outcome: "twin_changed" }>;

/**
 * How often the stored bytes of the same content are looked at anew that somebody else recorded meanwhile. Publishers of
 * one new content see that once; more often only where what they record is damaged or collected each time.
 */
const twinLooks = 5;

/** What a publish has led to; `isNew` is false where the same bytes were there already and nothing was added. */
export interface PublishedFile {
  readonly file: FileRevision;
  readonly isNew: boolean;
}

/**
 * Publishes a file: when it returns, bytes and record are on stable storage. What names and announced length decide is
 * refused before the body is read, and a body without length as soon as it passes a limit. When the bytes are in place,
 * the rights and policies are confirmed as they are at that moment, and the one command that records the file decides on
 * everything else again. Two publishers of one path: where duplicates are refused, exactly one succeeds. Throws
 * `file_exists`, `package_protected`, `version_reserved`, `name_invalid` for a version that the namespace does not take,
 * `digest_mismatch`, the three limits, `upload_too_large`, `body_incomplete`, `storage_full`, and what `openNamespace`
 * throws.
 */
export async function publishFile(
  needs: Needs,
  grant: NamespaceGrant<"publish">,
  file: FileToPublish,
): Promise<PublishedFile> {
  checkVersionRule(grant.settings, file);
  const bound = await refuseEarly(needs, grant, file, await policyInPlace(needs, grant, file));
  const { staged, named } = await stageUpload(needs, file, bound);
  await placeOrDiscard(needs, staged);
  const result = await recordOrRemove(needs, grant, { ...file, ...named }, staged);
  switch (result.outcome) {
    case "published":
      if (!result.isBlobUsed) await removeUnrecorded(needs, staged);
      else if (staged.digests === null) needs.digests.wake();
      needs.events.record({ kind: "file_published", sizeBytes: staged.sizeBytes });
      return { file: result.file, isNew: true };
    case "identical":
      await removeUnrecorded(needs, staged);
      return { file: result.file, isNew: false };
    default:
      if (result.outcome !== "blob_claimed") await removeUnrecorded(needs, staged);
      throw refusal(result);
  }
}

/**
 * What the namespace's rules say of this file: refuses a protected package, and tells what happens where the name is
 * taken. They are about the package and version that the file goes to, however those are spelled here; where there are
 * no such rules, the spelling does not matter.
 */
async function policyInPlace(needs: Pick<Needs, "metadata">, grant: NamespaceGrant, file: FileToPublish): Promise<DuplicatePolicy> {
  const rules = await needs.metadata.protection.inForce(grant.namespace.id);
  const hasException = (grant.settings.duplicateException ?? "") !== "";
  const names = rules.length > 0 || hasException ? await namesInPlace(needs, grant, file) : file;
  await refuseProtected(needs.metadata, grant, names.packageName, "publish");
  return duplicatePolicyFor(grant.settings, { packageName: names.packageName, version: names.version, onDuplicate: file.onDuplicate });
}

async function namesInPlace({ metadata }: Pick<Needs, "metadata">, grant: NamespaceGrant, { packageName, version, match }: FileToPublish) {
  if (match === "exact") return { packageName, version };
  const namespaceId = grant.namespace.id;
  const existing = await metadata.packages.findVersion({ namespaceId, packageName, version, match });
  if (existing !== null) return { packageName: existing.packageName, version: existing.name };
  const within = await metadata.packages.findPackage(namespaceId, packageName, match);
  return { packageName: within?.name ?? packageName, version };
}

/** Stages the content and learns what was said behind it. */
async function stageUpload(needs: Needs, file: FileToPublish, bound: UploadBound | null) {
  const { staged, mismatch } = await stageHashed(needs, file, file.content, bound);
  const settled = await settleOrDiscard(needs, file, staged);
  if (settled.kind === "named") {
    await refuseMismatch(needs, staged, mismatch);
    return { staged, named: { path: settled.path, status: settled.status } };
  }
  // Rare: the bytes have to be read again between those that stood around them.
  await placeOrDiscard(needs, staged);
  try {
    const inner = await needs.blobs.open(staged.storageName, staged.sizeBytes);
    // What the sender said of the bytes, it said of all of them.
    const whole = await stageHashed(needs, file, concatenate(settled.before, inner, settled.rest), bound);
    await refuseMismatch(needs, whole.staged, whole.mismatch);
    return { staged: whole.staged, named: { path: file.path, status: file.status } };
  } finally {
    await removeUnrecorded(needs, staged);
  }
}

/** What the sender said behind the bytes may be refused: then they are not kept. */
async function settleOrDiscard({ blobs }: Needs, file: FileToPublish, staged: StagedBlob): Promise<SettledUpload> {
  try {
    return file.settle?.() ?? { kind: "named", path: file.path, status: file.status };
  } catch (error) {
    await blobs.discard(staged);
    throw error;
  }
}

async function* concatenate(before: Uint8Array, inner: Blob, rest: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield before;
  yield* inner.stream();
  yield* rest;
}

async function placeOrDiscard({ blobs }: Needs, staged: StagedBlob): Promise<void> {
  try {
    await blobs.place(staged);
  } catch (error) {
    // Takes away what still is in staging, so that a full disk gets its room back; bytes in place are not touched.
    await blobs.discard(staged);
    throw error;
  }
}

const noOwnerLimits = { ownerVersions: null, ownerBytes: null } as const;
/** Where nothing is limited, nobody asks what is used. */
const unusedUsage = { versions: 0, bytes: 0 } as const;

/** Spares the sender a body that is going to be refused; otherwise says how long the body may be. */
async function refuseEarly(
  { metadata, settings }: Needs,
  grant: NamespaceGrant,
  file: FileToPublish,
  policy: DuplicatePolicy,
): Promise<UploadBound | null> {
  const limits = limitsFor(settings, grant.actor);
  const { ownerVersions, ownerBytes } = limits === null ? noOwnerLimits : effectiveLimits(grant.namespace.limits, limits);
  const isCounted = ownerVersions !== null || ownerBytes !== null;
  const usage = isCounted ? await metadata.namespaces.usage(grant.namespace.id) : unusedUsage;
  const found = await metadata.packages.findFile({ namespaceId: grant.namespace.id, ...file });
  const bounds = uploadBounds(await maxUploadBytes({ metadata }, settings), grant, limits, usage);
  const bytes = file.isLengthExact ? file.announcedBytes : null;
  const outermost = bounds.find(({ refusal: { code } }) => code === "upload_too_large");
  if (bytes !== null && outermost !== undefined && bytes > outermost.maxBytes) throw outermost.refusal;
  if (found.found === "nothing" && ownerVersions !== null && usage.versions + 1 > ownerVersions)
    throw limitRefusal("limit_owner_versions", ownerVersions);
  const broken = bytes === null ? undefined : bounds.find(({ maxBytes }) => bytes > maxBytes);
  if (broken !== undefined) throw broken.refusal;
  // Limits come before a conflict: where only the body can tell whether they hold, the conflict waits for it too.
  const isRefused = found.found === "file" && file.settle === undefined && policy === "reject";
  if (isRefused && (bytes !== null || bounds.length === 0)) throw refusal({ outcome: "file_exists" });
  return tightestBound(bounds);
}

/** Stages content within a bound, and finds out whether it hashes to what was said. */
async function stageHashed(
  { blobs }: Needs,
  file: FileToPublish,
  content: AsyncIterable<Uint8Array>,
  bound: UploadBound | null,
): Promise<{ readonly staged: StagedBlob; readonly mismatch: RegistryError | null }> {
  const check = createDigestCheck(file.expectedDigests);
  try {
    const staged = await blobs.stage(check.watch(content), {
      maxBytes: bound?.maxBytes ?? null,
      expectedBytes: file.isLengthExact && file.settle === undefined ? file.announcedBytes : null,
      announcedBytes: file.announcedBytes,
    });
    return { staged, mismatch: check.mismatch(staged.sha256) };
  } catch (error) {
    if (bound !== null && error instanceof RegistryError && error.code === "upload_too_large") throw bound.refusal;
    throw error;
  }
}

/** Bytes that hash to something else than was said are not kept. */
async function refuseMismatch({ blobs }: Needs, staged: StagedBlob, mismatch: RegistryError | null): Promise<void> {
  if (mismatch === null) return;
  await blobs.discard(staged);
  throw mismatch;
}

/**
 * Records placed bytes. Where it is sure that nothing was recorded (rights gone, no space, no turn), they are removed
 * again: their name is known to this publish alone. After any other error they stay, since what the records hold is not
 * known.
 */
async function recordOrRemove(
  needs: Needs,
  grant: NamespaceGrant<"publish">,
  file: FileToPublish,
  staged: StagedBlob,
): Promise<Recorded> {
  try {
    for (let left = twinLooks; left > 0; left -= 1) {
      const result = await recordPlaced(needs, grant, file, staged);
      if (result.outcome !== "twin_changed") return result;
    }
    throw new RegistryError("storage_busy", "the stored bytes of the same content were replaced again and again: send the file again");
  } catch (error) {
    if (error instanceof RegistryError && error.code !== "storage_failed") await removeUnrecorded(needs, staged);
    throw error;
  }
}

/** Confirms the rights and gives the command, once. */
async function recordPlaced(
  needs: Needs,
  grant: NamespaceGrant<"publish">,
  file: FileToPublish,
  staged: StagedBlob,
): Promise<PublishResult> {
  const { packageName, version, path, match } = file;
  const name = { namespaceId: grant.namespace.id, packageName, version, path, match };
  const twin = await lookAtTwin(needs, staged, name);
  const current = await confirmGrant(needs, grant);
  checkVersionRule(current.settings, file);
  const onDuplicate = await policyInPlace(needs, current, file);
  return needs.metadata.publishing.publish({
    ...name,
    blob: staged,
    onDuplicate,
    status: file.status,
    reservationSha256: file.reservation === null ? null : secretDigest(file.reservation),
    ...twin,
    creator: creatorOf(current),
    limits: limitsFor(needs.settings, current.actor),
    nowMs: needs.clock.nowMs(),
  });
}

/** These bytes are not recorded, and their name was known to this publish alone; still, the records are asked. */
async function removeUnrecorded({ blobs, events, metadata }: Needs, staged: StagedBlob): Promise<void> {
  try {
    if ((await metadata.blobs.findByStorageName(staged.storageName)) === null) await blobs.remove(staged.storageName);
  } catch (cause) {
    events.record({ kind: "background_failure", task: "removal of a superfluous blob", cause });
  }
}

function refusal(result: Exclude<Recorded, { outcome: "published" | "identical" }>): RegistryError {
  switch (result.outcome) {
    case "version_reserved":
      return new RegistryError("version_reserved", "this version is reserved by somebody else");
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
