import type { ReleaseLink } from "../domain.ts";
import type { ReleaseLinkChanges, UniqueLinkField } from "../ports/release-link-store.ts";
import type { NewReleaseLink } from "../ports/release-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { checkReleaseLink, maxReleaseLinks, tooManyLinks } from "../release-rules.ts";
import { findRelease } from "./manage-releases.ts";
import type { NamespaceGrant } from "./open-namespace.ts";

type Needs = Pick<RegistryDependencies, "metadata">;

/** A link of a release by its id. Throws `release_not_found`, `link_not_found`. */
export async function findReleaseLink(
  { metadata }: Needs,
  grant: NamespaceGrant<"read">,
  tag: string,
  linkId: number,
): Promise<ReleaseLink> {
  const { links } = await findRelease({ metadata }, grant, tag);
  return found(links.find(({ id }) => id === linkId) ?? null);
}

/** The link of a release by its file path, which begins with a slash. Throws `link_not_found`. */
export async function findReleaseFile(
  { metadata }: Needs,
  grant: NamespaceGrant<"read">,
  tag: string,
  filepath: string,
): Promise<ReleaseLink> {
  return found(await metadata.releaseLinks.findByPath(grant.namespace.id, tag, filepath));
}

/** Adds a link to a release. Throws `release_not_found`, `value_invalid`, `name_taken`. */
export async function createReleaseLink(
  { metadata }: Needs,
  grant: NamespaceGrant<"publish">,
  tag: string,
  link: NewReleaseLink,
): Promise<ReleaseLink> {
  const { id } = await findRelease({ metadata }, grant, tag);
  checkReleaseLink(link);
  const result = await metadata.releaseLinks.create(id, link, maxReleaseLinks);
  switch (result.outcome) {
    case "created":
      return result.link;
    case "taken":
      throw taken(result.field);
    case "too_many":
      throw tooManyLinks();
    case "absent":
      throw new RegistryError("release_not_found", "the release is gone");
  }
}

/** Changes a link of a release. Throws `release_not_found`, `link_not_found`, `value_invalid`, `name_taken`. */
export async function updateReleaseLink(
  { metadata }: Needs,
  grant: NamespaceGrant<"publish">,
  link: { readonly tag: string; readonly id: number },
  changes: ReleaseLinkChanges,
): Promise<ReleaseLink> {
  const release = await findRelease({ metadata }, grant, link.tag);
  checkReleaseLink(changes);
  const result = await metadata.releaseLinks.update(release.id, link.id, changes);
  if (result.outcome === "taken") throw taken(result.field);
  return found(result.outcome === "updated" ? result.link : null);
}

/** Removes a link of a release and returns what it was. Throws `release_not_found`, `link_not_found`. */
export async function deleteReleaseLink(
  { metadata }: Needs,
  grant: NamespaceGrant<"publish">,
  link: { readonly tag: string; readonly id: number },
): Promise<ReleaseLink> {
  const release = await findRelease({ metadata }, grant, link.tag);
  return found(await metadata.releaseLinks.delete(release.id, link.id));
}

function found(link: ReleaseLink | null): ReleaseLink {
  if (link === null) throw new RegistryError("link_not_found", "there is no such link");
  return link;
}

function taken(field: UniqueLinkField): RegistryError {
  return new RegistryError("name_taken", "has already been taken", { subject: field });
}
