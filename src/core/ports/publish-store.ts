import type { Creator, Digests, DuplicatePolicy, FileRevision, Limits, Sha256, StorageName, VersionStatus } from "../domain.ts";
import type { NameMatch } from "./package-store.ts";

/** A file whose bytes are in place already, to be recorded under its name. */
export interface PublishCommand {
  readonly namespaceId: number;
  readonly packageName: string;
  readonly version: string;
  readonly path: string;
  readonly match: NameMatch;
  /** Digests that are not known yet are computed later. */
  readonly blob: { readonly storageName: StorageName; readonly sha256: Sha256; readonly sizeBytes: number; readonly digests?: Digests | null };
  /** A record of the same content whose bytes were found damaged: its place is taken by the new bytes. */
  readonly replaceDamaged: StorageName | null;
  /**
   * The live record of the same content that the publisher has looked at, null where there was none: the new bytes are not
   * dropped in favour of any other, whose bytes nobody may have read. Left out, they are dropped in favour of any.
   */
  readonly expectedTwin?: StorageName | null;
  /** The new bytes take the place of any live record's of the same content: no file of this namespace names it. */
  readonly replaceTwin?: boolean;
  /** What happens where the version has a file of this name already. */
  readonly onDuplicate: DuplicatePolicy;
  /** The status that the version gets; null leaves an existing one as it is. */
  readonly status: VersionStatus | null;
  /** SHA-256 of the secret of the reservation that the publisher shows; null without one. */
  readonly reservationSha256: string | null;
  readonly creator: Creator;
  /** The instance's limits; null for a publisher who is exempt. */
  readonly limits: Limits | null;
  readonly nowMs: number;
}

export type PublishResult =
  | {
      readonly outcome: "published";
      readonly file: FileRevision;
      /** False when a live record of the same content was kept: the bytes just placed are garbage. */
      readonly isBlobUsed: boolean;
      readonly isNewVersion: boolean;
    }
  /** The policy is `identical` and the newest revision has the same bytes: nothing changed but, where given, the status. */
  | { readonly outcome: "identical"; readonly file: FileRevision }
  /** Somebody else holds a reservation of this version. */
  | { readonly outcome: "version_reserved" }
  | { readonly outcome: "file_exists" }
  | { readonly outcome: "limit_owner_versions" | "limit_owner_bytes" | "limit_file_bytes"; readonly limit: number }
  /** The namespace is gone. */
  | { readonly outcome: "namespace_absent" }
  /** Collection has claimed the name of the bytes just placed: nothing was recorded. */
  | { readonly outcome: "blob_claimed" }
  /** Another live record of the same content is there than was looked at, or this namespace names it by now: nothing was recorded. */
  | { readonly outcome: "twin_changed" };

/** `changed` instead, and nothing is removed, where it changed at this time (epoch milliseconds) or later. */
export interface Unchanged {
  readonly changedBeforeMs?: number | null;
}

export interface PublishStore {
  /** Creates package and version as needed, records the file and its blob, checks limits: all or nothing. */
  publish(command: PublishCommand): Promise<PublishResult>;
  /** Removes a version with every revision of its files. */
  deleteVersion(target: { namespaceId: number; versionId: number; nowMs: number } & Unchanged): Promise<"deleted" | "absent" | "changed">;
  /** Removes every revision of a file; the last file takes its version along. */
  deleteFile(target: { versionId: number; path: string; nowMs: number } & Unchanged): Promise<"deleted" | "absent" | "changed">;
  /** Removes one revision, so that the one before it is served; the last file takes its version along. */
  deleteRevision(target: { namespaceId: number; versionId: number; fileId: number; nowMs: number }): Promise<"deleted" | "absent">;
  /** Removes the oldest revisions of a version's files that have more than `kept`, at most `limit` of them; how many. */
  trimRevisions(target: { versionId: number; kept: number; limit: number; nowMs: number }): Promise<number>;
  /** Removes a package with all its versions at once. */
  deletePackage(target: { namespaceId: number; packageId: number; nowMs: number }): Promise<"deleted" | "absent">;
  /** Adds to the counters; of a file that is gone only its version goes on counting. */
  addDownloads(counts: readonly DownloadCount[]): Promise<void>;
  /** Removes packages without any version that were created before a time; how many. */
  removeEmptyPackages(createdBeforeMs: number): Promise<number>;
}

/** Downloads of one file on one day (days since 1970-01-01, UTC). */
export interface DownloadCount {
  readonly fileId: number;
  readonly versionId: number;
  readonly day: number;
  readonly count: number;
  readonly lastAtMs: number;
}

