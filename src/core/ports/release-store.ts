import type { Creator, Release, ReleaseLink } from "../domain.ts";
import type { Page, PageRequest } from "./page.ts";

/** Names, URLs and file paths differ from each other. */
export type NewReleaseLink = Omit<ReleaseLink, "id">;

export interface NewRelease {
  readonly namespaceId: number;
  readonly tag: string;
  readonly name: string;
  readonly description: string | null;
  readonly ref: string | null;
  readonly author: Creator;
  readonly nowMs: number;
  readonly releasedAtMs: number;
  /** In the order in which they are added. */
  readonly links: readonly NewReleaseLink[];
}

/** A missing field stays. */
export type ReleaseChanges = Partial<Pick<Release, "name" | "description" | "releasedAtMs">>;

export interface ReleaseOrder {
  readonly by: "released_at" | "created_at";
  readonly direction: "asc" | "desc";
}

/** Releases with their links. Tags are compared with case. */
export interface ReleaseStore {
  find(namespaceId: number, tag: string): Promise<Release | null>;
  /** Of equal times the later made comes last, or first when descending. */
  list(namespaceId: number, order: ReleaseOrder, page: PageRequest): Promise<Page<Release>>;
  /** The one released last, not counting those that are to be released after `nowMs`. */
  latest(namespaceId: number, nowMs: number): Promise<Release | null>;
  create(release: NewRelease): Promise<{ outcome: "created"; release: Release } | { outcome: "tag_taken" | "absent" }>;
  /** Null when there is no such release. */
  update(namespaceId: number, tag: string, changes: ReleaseChanges): Promise<Release | null>;
  /** What was deleted, its links included; null when there is no such release. */
  delete(namespaceId: number, tag: string): Promise<Release | null>;
}
