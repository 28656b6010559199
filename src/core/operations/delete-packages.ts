import type { NameMatch } from "../ports/package-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import type { NamespaceGrant } from "./open-namespace.ts";
import { refuseProtected } from "./package-protection.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock">;

/** Removes a version with all its files, durably. Throws `version_not_found`, and as `deleteVersionById`. */
export async function deleteVersion(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"delete">,
  name: { readonly packageName: string; readonly version: string; readonly match: NameMatch },
  unmodifiedSinceMs: number | null = null,
): Promise<void> {
  const namespaceId = grant.namespace.id;
  const found = await metadata.packages.findVersion({ namespaceId, ...name });
  if (found === null) throw versionNotFound();
  await refuseProtected(metadata, grant, found.packageName, "delete");
  const target = { namespaceId, versionId: found.id, nowMs: clock.nowMs(), changedBeforeMs: endOfSecond(unmodifiedSinceMs) };
  requireDeleted(await metadata.publishing.deleteVersion(target), versionNotFound);
}

/**
 * Removes every revision of one file, durably; the last file takes its version along. Throws `version_not_found` or
 * `file_not_found`.
 */
export async function deleteFile(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"delete">,
  name: { readonly packageName: string; readonly version: string; readonly path: string; readonly match: NameMatch },
  unmodifiedSinceMs: number | null = null,
): Promise<void> {
  const found = await metadata.packages.findFile({ namespaceId: grant.namespace.id, ...name });
  if (found.found === "nothing") throw new RegistryError("version_not_found", "there is no such package or version");
  const missing = (): RegistryError => new RegistryError("file_not_found", "the version has no file of this name");
  if (found.found === "version") throw missing();
  const { versionId, path } = found.file;
  await refuseProtected(metadata, grant, (await metadata.index.findVersionById(versionId))?.packageName ?? name.packageName, "delete");
  const target = { versionId, path, nowMs: clock.nowMs(), changedBeforeMs: endOfSecond(unmodifiedSinceMs) };
  requireDeleted(await metadata.publishing.deleteFile(target), missing);
}

/** Removes a package with all its versions, durably. Throws `package_not_found`. */
export async function deletePackage(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"delete">,
  name: { readonly packageName: string; readonly match: NameMatch },
): Promise<void> {
  const namespaceId = grant.namespace.id;
  const found = await metadata.packages.findPackage(namespaceId, name.packageName, name.match);
  if (found !== null) await refuseProtected(metadata, grant, found.name, "delete");
  const target = { namespaceId, packageId: found?.id ?? 0, nowMs: clock.nowMs() };
  if (found === null || (await metadata.publishing.deletePackage(target)) === "absent")
    throw new RegistryError("package_not_found", "there is no such package");
}

/**
 * Removes a version by id. Throws `version_not_found`, `package_deletion_protected`, and `precondition_failed` where the
 * caller knows it only as it was at an earlier time (epoch milliseconds, compared in whole seconds, as HTTP dates are).
 */
export async function deleteVersionById(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"delete">,
  versionId: number,
  unmodifiedSinceMs: number | null,
): Promise<void> {
  const version = await versionOf({ metadata }, grant, versionId);
  await refuseProtected(metadata, grant, version.packageName, "delete");
  const target = { namespaceId: grant.namespace.id, versionId, nowMs: clock.nowMs(), changedBeforeMs: endOfSecond(unmodifiedSinceMs) };
  requireDeleted(await metadata.publishing.deleteVersion(target), versionNotFound);
}

/** Removes one revision of a file by id, so that the one before it is served; otherwise like `deleteVersionById`. Throws `file_not_found`. */
export async function deleteRevision(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"delete">,
  { versionId, fileId }: { readonly versionId: number; readonly fileId: number },
  unmodifiedSinceMs: number | null,
): Promise<void> {
  const version = await versionOf({ metadata }, grant, versionId);
  const file = await metadata.index.findRevision(versionId, fileId);
  const missing = new RegistryError("file_not_found", "the version has no file with this id");
  if (file === null) throw missing;
  // A revision never changes: what holds now holds when it is removed.
  const changedBeforeMs = endOfSecond(unmodifiedSinceMs);
  if (changedBeforeMs !== null && file.createdAtMs >= changedBeforeMs) throw changedSince();
  await refuseProtected(metadata, grant, version.packageName, "delete");
  const target = { namespaceId: grant.namespace.id, versionId, fileId, nowMs: clock.nowMs() };
  if ((await metadata.publishing.deleteRevision(target)) === "absent") throw missing;
}

async function versionOf({ metadata }: Pick<Needs, "metadata">, grant: NamespaceGrant, versionId: number) {
  const version = await metadata.index.findVersionById(versionId);
  if (version === null || version.namespaceId !== grant.namespace.id) throw versionNotFound();
  return version;
}

function versionNotFound(): RegistryError {
  return new RegistryError("version_not_found", "there is no such version");
}

/** Times of HTTP have whole seconds: what changed within the last one counts as seen. */
function endOfSecond(sinceMs: number | null): number | null {
  return sinceMs === null ? null : (Math.floor(sinceMs / 1000) + 1) * 1000;
}

function requireDeleted(outcome: "deleted" | "absent" | "changed", missing: () => RegistryError): void {
  if (outcome === "absent") throw missing();
  if (outcome === "changed") throw changedSince();
}

function changedSince(): RegistryError {
  return new RegistryError("precondition_failed", "it was changed since the given time");
}
