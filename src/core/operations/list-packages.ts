import type { Version } from "../domain.ts";
import type { ListedFile, NameMatch, VersionName } from "../ports/package-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import type { NamespaceGrant } from "./open-namespace.ts";

type Needs = Pick<RegistryDependencies, "metadata">;

/** Files of one version that a list shows at most. */
const fileLimit = 100_000;
/** Less than a connection may stand idle. */
const digestsPatientMs = 10_000;

/** Visible versions of a namespace, newest first; `nameContains` compares without case. */
export async function listVersions(
  { metadata }: Needs,
  grant: NamespaceGrant<"read">,
  filter: { readonly nameContains: string },
  page: PageRequest,
): Promise<Page<Version>> {
  return metadata.packages.listVersions({ namespaceId: grant.namespace.id, status: "default", ...filter }, page);
}

/** Visible versions of one package, newest first. Throws `package_not_found`. */
export async function listPackageVersions(
  { metadata }: Needs,
  grant: NamespaceGrant<"read">,
  name: { readonly packageName: string; readonly match: NameMatch },
  page: PageRequest,
): Promise<Page<Version>> {
  const found = await findPackage({ metadata }, grant, name);
  return metadata.packages.listVersions(
    { namespaceId: grant.namespace.id, packageId: found.id, status: "default" },
    page,
  );
}

/** The version created last. Throws `package_not_found` or `version_not_found`. */
export async function latestVersion(
  { metadata }: Needs,
  grant: NamespaceGrant<"read">,
  name: { readonly packageName: string; readonly match: NameMatch },
): Promise<Version> {
  const found = await findPackage({ metadata }, grant, name);
  const version = await metadata.packages.latestVersion(found.id);
  if (version === null) throw new RegistryError("version_not_found", "the package has no version");
  return version;
}

/** One version by name. Throws `version_not_found`. */
export async function findVersion(
  { metadata }: Needs,
  grant: NamespaceGrant<"read">,
  name: Omit<VersionName, "namespaceId">,
): Promise<Version> {
  const version = await metadata.packages.findVersion({ namespaceId: grant.namespace.id, ...name });
  if (version === null) throw new RegistryError("version_not_found", "there is no such package or version");
  return version;
}

/**
 * The newest revision of each file of a version, by folded name; waits for digests that are still being computed, so many
 * milliseconds for all of them. They are null where they take longer, as those of a very large file, and where the stored
 * bytes are damaged or cannot be read, and were not known before: the other files are listed all the same. Throws
 * `storage_busy` where they may be had in a moment.
 */
export async function listFiles(
  { metadata, digests }: Pick<RegistryDependencies, "metadata" | "digests">,
  version: Version,
  patientMs = digestsPatientMs,
): Promise<readonly ListedFile[]> {
  const files = await metadata.packages.listFiles(version.id, fileLimit);
  const complete: ListedFile[] = [];
  let isOverdue = false;
  const { promise: overdue, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => {
    isOverdue = true;
    resolve(null);
  }, patientMs);
  try {
    for (const file of files) {
      const blob = { id: file.blobId, storageName: file.storageName, digests: file.digests };
      // Once it is late nothing more is begun.
      complete.push({ ...file, digests: isOverdue ? file.digests : await Promise.race([digests.digestsOf(blob), overdue]) });
    }
  } finally {
    clearTimeout(timer);
  }
  return complete;
}

/** How often files of a version were downloaded, what is not written yet included. */
export async function countDownloads(
  { metadata, downloads }: Pick<RegistryDependencies, "metadata" | "downloads">,
  versionId: number,
): Promise<number> {
  return (await metadata.packages.downloads(versionId)) + downloads.waiting(versionId);
}

async function findPackage(
  { metadata }: Needs,
  grant: NamespaceGrant<"read">,
  name: { readonly packageName: string; readonly match: NameMatch },
): Promise<{ readonly id: number }> {
  const found = await metadata.packages.findPackage(grant.namespace.id, name.packageName, name.match);
  if (found === null) throw new RegistryError("package_not_found", "there is no such package");
  return found;
}
