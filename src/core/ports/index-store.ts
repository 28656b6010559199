import type { FileRevision, Version, VersionStatus } from "../domain.ts";

/** Which versions, of which namespaces, a list shows. */
export interface IndexFilter {
  readonly namespaceIds: readonly number[];
  /** Package names that hold each of these texts, without case. */
  readonly nameContains: readonly string[];
  /** The version's exact name; null for any. */
  readonly version: string | null;
  readonly statuses: readonly VersionStatus[];
}

export const versionOrders = ["created_at", "name", "version", "project_path", "id"] as const;
export const revisionOrders = ["id", "created_at", "file_name"] as const;

/** By a column, then by id in the same direction, so that the order is total. */
export interface IndexOrder<Column extends string> {
  readonly by: Column;
  readonly direction: "asc" | "desc";
}

/** Where a page begins: after so many rows, or behind the row with this value of the column and this id. */
export type IndexStart = { readonly offset: number } | { readonly afterValue: string | number; readonly afterId: number };

export interface IndexPageRequest {
  readonly start: IndexStart;
  readonly limit: number;
}

/**
 * Rows of a page; `total` is null where the page does not begin by an offset. Totals of versions are exact up to 10,000;
 * a greater one only says that there are more.
 */
export interface IndexPage<Item> {
  readonly items: readonly Item[];
  readonly total: number | null;
  /** Whether more rows follow. */
  readonly hasMore: boolean;
  /** The column's value in the last row, to go on from; null on an empty page. */
  readonly lastValue: string | number | null;
}

/** Versions and revisions by number, every revision shown, in any order. */
export interface IndexStore {
  listVersions(filter: IndexFilter, order: IndexOrder<(typeof versionOrders)[number]>, page: IndexPageRequest): Promise<IndexPage<Version>>;
  findVersionById(versionId: number): Promise<Version | null>;
  /** Other versions of the same package with one of these statuses, by id; at most `limit`. */
  listSiblings(version: Version, statuses: readonly VersionStatus[], limit: number): Promise<readonly Version[]>;
  listRevisions(versionId: number, order: IndexOrder<(typeof revisionOrders)[number]>, page: IndexPageRequest): Promise<IndexPage<FileRevision>>;
  findRevision(versionId: number, fileId: number): Promise<FileRevision | null>;
  /** Versions of a namespace with a file that has more than `kept` revisions, by id, behind one; at most `limit`. */
  listSuperfluous(filter: { namespaceId: number; kept: number; afterVersionId: number; limit: number }): Promise<readonly { readonly versionId: number; readonly packageName: string }[]>;
  /** A revision by its id alone, with the version it belongs to. */
  findRevisionById(fileId: number): Promise<{ readonly version: Version; readonly file: FileRevision } | null>;
}
