import type { ReleaseLink } from "../domain.ts";
import type { NewReleaseLink } from "./release-store.ts";

/** A field that no two links of a release share. */
export type UniqueLinkField = "name" | "url" | "filepath";

type LinkConflict = { readonly outcome: "taken"; readonly field: UniqueLinkField } | { readonly outcome: "absent" };

/** A missing field stays. */
export type ReleaseLinkChanges = Partial<NewReleaseLink>;

/** Changes the links of a release, which is named by its id; reading them is reading the release. */
export interface ReleaseLinkStore {
  /** The link of a release with a file path. */
  findByPath(namespaceId: number, tag: string, filepath: string): Promise<ReleaseLink | null>;
  /** `too_many`: the release has `limit` links; `absent`: it is gone. */
  create(releaseId: number, link: NewReleaseLink, limit: number): Promise<{ outcome: "created"; link: ReleaseLink } | LinkConflict | { outcome: "too_many" }>;
  /** `absent` when the release has no such link. */
  update(releaseId: number, linkId: number, changes: ReleaseLinkChanges): Promise<{ outcome: "updated"; link: ReleaseLink } | LinkConflict>;
  /** What was deleted; null when the release has no such link. */
  delete(releaseId: number, linkId: number): Promise<ReleaseLink | null>;
}
