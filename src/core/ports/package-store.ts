import type { Digests, FileRevision, Version } from "../domain.ts";
import type { Page, PageRequest } from "./page.ts";

/** How names are compared: `exact`; or `folded`: the exact name, else the case-folded match with the lowest id. */
export type NameMatch = "exact" | "folded";

export interface VersionName {
  readonly namespaceId: number;
  readonly packageName: string;
  readonly version: string;
  readonly match: NameMatch;
}

export interface FileName extends VersionName {
  readonly path: string;
}

export type FindFileResult =
  | { readonly found: "file"; readonly file: FileRevision }
  | { readonly found: "version" }
  | { readonly found: "nothing" };

export interface VersionFilter {
  readonly namespaceId: number;
  /** Only versions of this package. */
  readonly packageId?: number;
  /** Only packages whose name holds this text, without case. */
  readonly nameContains?: string;
  readonly status: "default" | "hidden" | "any";
}

/** A file with what a list shows of it. */
export interface ListedFile extends FileRevision {
  readonly digests: Digests | null;
}

export interface PackageStore {
  /** The newest revision of a file. */
  findFile(name: FileName): Promise<FindFileResult>;
  findVersion(name: VersionName): Promise<Version | null>;
  /** The package, also one without versions. */
  findPackage(namespaceId: number, name: string, match: NameMatch): Promise<{ id: number; name: string } | null>;
  /** The newest first: by creation time, then id, descending. */
  listVersions(filter: VersionFilter, page: PageRequest): Promise<Page<Version>>;
  /** The visible version with the highest id. */
  latestVersion(packageId: number): Promise<Version | null>;
  /** The newest revision of each file of a version, ordered by folded path; at most `limit` of them. */
  listFiles(versionId: number, limit: number): Promise<readonly ListedFile[]>;
  /** How often files of this version were downloaded, as far as it was written. */
  downloads(versionId: number): Promise<number>;
}
