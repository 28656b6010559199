import type { NameMatch } from "../ports/package-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import type { NamespaceGrant } from "./open-namespace.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock">;

/** Removes a version with all its files, durably. Throws `version_not_found`. */
export async function deleteVersion(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"delete">,
  name: { readonly packageName: string; readonly version: string; readonly match: NameMatch },
): Promise<void> {
  const namespaceId = grant.namespace.id;
  const found = await metadata.packages.findVersion({ namespaceId, ...name });
  const target = { namespaceId, versionId: found?.id ?? 0, nowMs: clock.nowMs() };
  if (found === null || (await metadata.publishing.deleteVersion(target)) === "absent")
    throw new RegistryError("version_not_found", "there is no such package or version");
}

/**
 * Removes every revision of one file, durably; the last file takes its version along. Throws `version_not_found` or
 * `file_not_found`.
 */
export async function deleteFile(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"delete">,
  name: { readonly packageName: string; readonly version: string; readonly path: string; readonly match: NameMatch },
): Promise<void> {
  const found = await metadata.packages.findFile({ namespaceId: grant.namespace.id, ...name });
  if (found.found === "nothing") throw new RegistryError("version_not_found", "there is no such package or version");
  const missing = new RegistryError("file_not_found", "the version has no file of this name");
  if (found.found === "version") throw missing;
  const { versionId, path } = found.file;
  if ((await metadata.publishing.deleteFile({ versionId, path, nowMs: clock.nowMs() })) === "absent") throw missing;
}

/** Removes a package with all its versions, durably. Throws `package_not_found`. */
export async function deletePackage(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"delete">,
  name: { readonly packageName: string; readonly match: NameMatch },
): Promise<void> {
  const namespaceId = grant.namespace.id;
  const found = await metadata.packages.findPackage(namespaceId, name.packageName, name.match);
  const target = { namespaceId, packageId: found?.id ?? 0, nowMs: clock.nowMs() };
  if (found === null || (await metadata.publishing.deletePackage(target)) === "absent")
    throw new RegistryError("package_not_found", "there is no such package");
}
