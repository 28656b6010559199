import type { Release } from "../domain.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { NewReleaseLink, ReleaseChanges, ReleaseOrder } from "../ports/release-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { checkRelease, checkReleaseLinks, checkTag } from "../release-rules.ts";
import { creatorOf, type NamespaceGrant } from "./open-namespace.ts";

type Needs = Pick<RegistryDependencies, "metadata">;

export interface GivenRelease {
  readonly tag: string;
  /** Null for the tag. */
  readonly name: string | null;
  readonly description: string | null;
  readonly ref: string | null;
  /** Null for now. */
  readonly releasedAtMs: number | null;
  readonly links: readonly NewReleaseLink[];
}

/** The releases of a namespace, those to come included. */
export async function listReleases(
  { metadata }: Needs,
  grant: NamespaceGrant<"read">,
  order: ReleaseOrder,
  page: PageRequest,
): Promise<Page<Release>> {
  return metadata.releases.list(grant.namespace.id, order, page);
}

/** The release of a tag. Throws `release_not_found`. */
export async function findRelease({ metadata }: Needs, grant: NamespaceGrant<"read" | "publish">, tag: string): Promise<Release> {
  return foundRelease(await metadata.releases.find(grant.namespace.id, tag));
}

/** The one released last; those whose time is still to come do not count. Throws `release_not_found`. */
export async function latestRelease(
  { metadata, clock }: Pick<RegistryDependencies, "metadata" | "clock">,
  grant: NamespaceGrant<"read">,
): Promise<Release> {
  return foundRelease(await metadata.releases.latest(grant.namespace.id, clock.nowMs()));
}

/** Adds a release with its links; its tag need not exist anywhere. Throws `value_invalid`, `release_exists`, `namespace_not_found`. */
export async function createRelease(
  { metadata, clock }: Pick<RegistryDependencies, "metadata" | "clock">,
  grant: NamespaceGrant<"publish">,
  given: GivenRelease,
): Promise<Release> {
  const name = given.name ?? given.tag;
  checkTag(given.tag);
  checkRelease({ ...given, name });
  checkReleaseLinks(given.links);
  const nowMs = clock.nowMs();
  const result = await metadata.releases.create({
    ...given,
    namespaceId: grant.namespace.id,
    name,
    author: creatorOf(grant),
    nowMs,
    releasedAtMs: given.releasedAtMs ?? nowMs,
  });
  switch (result.outcome) {
    case "created":
      return result.release;
    case "tag_taken":
      throw new RegistryError("release_exists", "Release already exists", { subject: given.tag });
    case "absent":
      throw new RegistryError("namespace_not_found", "the namespace is gone");
  }
}

/** Changes a release; an empty name is the tag. Throws `value_invalid`, `release_not_found`. */
export async function updateRelease(
  { metadata }: Needs,
  grant: NamespaceGrant<"publish">,
  tag: string,
  changes: ReleaseChanges,
): Promise<Release> {
  checkRelease(changes);
  const named = changes.name === "" ? { ...changes, name: tag } : changes;
  return foundRelease(await metadata.releases.update(grant.namespace.id, tag, named));
}

/** Removes a release with its links and returns what it was. Throws `release_not_found`. */
export async function deleteRelease({ metadata }: Needs, grant: NamespaceGrant<"publish">, tag: string): Promise<Release> {
  return foundRelease(await metadata.releases.delete(grant.namespace.id, tag));
}

function foundRelease(release: Release | null): Release {
  if (release === null) throw new RegistryError("release_not_found", "there is no such release");
  return release;
}
