import type { FileRevision, Version } from "../domain.ts";
import { decide, levelNeeded } from "../permissions.ts";
import type { IndexFilter, IndexOrder, IndexPage, IndexPageRequest, revisionOrders, versionOrders } from "../ports/index-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import type { NamespaceGrant } from "./open-namespace.ts";
import { visibleTree } from "./visible-tree.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "settings" | "downloads">;

/** Other versions that one version shows beside itself at most. */
const siblingLimit = 1000;

export type VersionOrder = IndexOrder<(typeof versionOrders)[number]>;
export type RevisionOrder = IndexOrder<(typeof revisionOrders)[number]>;
export type VersionSearch = Omit<IndexFilter, "namespaceIds">;

/** The versions of one namespace. */
export async function searchVersions(
  { metadata, downloads }: Needs,
  grant: NamespaceGrant<"read">,
  search: VersionSearch,
  order: VersionOrder,
  page: IndexPageRequest,
): Promise<IndexPage<Version>> {
  const found = await metadata.index.listVersions({ ...search, namespaceIds: [grant.namespace.id] }, order, page);
  return { ...found, items: found.items.map((version) => withWaitingDownloads(downloads, version)) };
}

/** A version with the path of the namespace it is in. */
export interface PlacedVersion {
  readonly version: Version;
  readonly namespacePath: string;
  /** The caller may delete it. */
  readonly isDeletable: boolean;
}

/**
 * The versions of a group: of every namespace below it whose packages the caller may read; without subgroups only of the
 * group itself and what is directly in it.
 */
export async function searchGroupVersions(
  { metadata, settings, downloads }: Needs,
  grant: NamespaceGrant<"read">,
  search: VersionSearch & { readonly excludeSubgroups: boolean },
  order: VersionOrder,
  page: IndexPageRequest,
): Promise<IndexPage<PlacedVersion>> {
  const { actor, namespace } = grant;
  const places = await visibleTree({ metadata }, actor, namespace);
  const readable = places.filter(
    ({ namespace: place, standing }) =>
      decide(actor, standing, "read", settings).allowed &&
      (!search.excludeSubgroups || place.id === namespace.id || (place.parentId === namespace.id && place.kind === "project")),
  );
  const byId = new Map(readable.map((place) => [place.namespace.id, place]));
  const found = await metadata.index.listVersions({ ...search, namespaceIds: [...byId.keys()] }, order, page);
  const items = found.items.map((version) => {
    const place = byId.get(version.namespaceId);
    const isDeletable = place !== undefined && decide(actor, place.standing, "delete", settings).allowed;
    return { version: withWaitingDownloads(downloads, version), namespacePath: place?.namespace.path ?? "", isDeletable };
  });
  return { ...found, items };
}

/**
 * One version of the namespace by id. A hidden one is there for those who may delete it only. Throws `version_not_found`,
 * also for a version of another namespace.
 */
export async function findVersionById(
  { metadata, downloads }: Needs,
  grant: NamespaceGrant<"read">,
  versionId: number,
): Promise<Version> {
  const version = await metadata.index.findVersionById(versionId);
  const isShown = version !== null && version.namespaceId === grant.namespace.id && (version.status === "default" || seesHidden(grant));
  if (!isShown) throw new RegistryError("version_not_found", "there is no such version");
  return withWaitingDownloads(downloads, version);
}

/** The version with its last download, also one that is not written yet. */
function withWaitingDownloads(downloads: Needs["downloads"], version: Version): Version {
  const waitingAtMs = downloads.lastWaitingAtMs(version.id);
  return waitingAtMs === null ? version : { ...version, lastDownloadedAtMs: Math.max(waitingAtMs, version.lastDownloadedAtMs ?? 0) };
}

/** The other versions of the same package, without hidden ones, by id; at most 1,000. */
export async function listSiblings({ metadata }: Needs, version: Version): Promise<readonly Version[]> {
  return metadata.index.listSiblings(version, ["default"], siblingLimit);
}

/** Every revision of every file of a version. */
export async function listRevisions(
  { metadata }: Needs,
  version: Version,
  order: RevisionOrder,
  page: IndexPageRequest,
): Promise<IndexPage<FileRevision>> {
  return metadata.index.listRevisions(version.id, order, page);
}

/** A revision of a visible version of the namespace by its id alone. Throws `file_not_found`. */
export async function findRevisionById({ metadata }: Needs, grant: NamespaceGrant<"read">, fileId: number): Promise<FileRevision> {
  const found = await metadata.index.findRevisionById(fileId);
  const isShown = found !== null && found.version.namespaceId === grant.namespace.id && (found.version.status === "default" || seesHidden(grant));
  if (!isShown) throw new RegistryError("file_not_found", "there is no file with this id");
  return found.file;
}

/** One revision of a version by id. Throws `file_not_found`. */
export async function findRevision({ metadata }: Needs, version: Version, fileId: number): Promise<FileRevision> {
  const file = await metadata.index.findRevision(version.id, fileId);
  if (file === null) throw new RegistryError("file_not_found", "the version has no file with this id");
  return file;
}

/** Whether this grant's holder may also delete: who manages packages sees hidden ones by id. */
function seesHidden(grant: NamespaceGrant): boolean {
  return grant.level >= levelNeeded.delete;
}
