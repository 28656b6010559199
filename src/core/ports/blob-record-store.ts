import type { BlobRecord, Digests, Sha256, StorageName } from "../domain.ts";

/** What was found of the bytes under a physical name. */
export interface DamageMark {
  readonly blobId: number;
  readonly storageName: StorageName;
  readonly isDamaged: boolean;
}

/** Totals for metrics. */
export interface BlobTotals {
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * The life of a stored object, decided by records only, so that collection in a second process is safe. A physical
 * name is claimed once: by the publish that records it, or by collection; whichever commits first, the other is told.
 */
export interface BlobRecordStore {
  findLive(sha256: Sha256): Promise<BlobRecord | null>;
  /** The record under a physical name, in any state. */
  findByStorageName(storageName: StorageName): Promise<BlobRecord | null>;
  /** Records in any state with a greater id, by id. */
  list(afterId: number, limit: number): Promise<readonly BlobRecord[]>;
  /** Live records, not marked as damaged, whose further digests are not known yet; with a greater id, by id. */
  listWithoutDigests(afterId: number, limit: number): Promise<readonly BlobRecord[]>;
  /** Stores digests; records that are gone are passed over. */
  setDigests(results: readonly { readonly blobId: number; readonly digests: Digests }[]): Promise<void>;
  /**
   * Marks a record's bytes as damaged or sound again. A record that is gone, or that names other bytes than these by
   * now, is left alone: what was found was not theirs.
   */
  setDamaged(mark: DamageMark): Promise<void>;
  /** Whether files name a blob, but none of this namespace's is among the newest thousand of them. */
  isNamedElsewhereOnly(blobId: number, namespaceId: number): Promise<boolean>;
  /** How many revisions of files name a blob. */
  countFiles(blobId: number): Promise<number>;
  /** How many live blobs are marked as damaged. */
  countDamaged(): Promise<number>;
  totals(): Promise<BlobTotals>;
  readonly collection: CollectionStore;
}

/** What collection needs; every step can be repeated after a crash. */
export interface CollectionStore {
  /** Turns live records that no file has named since before a time into `deleting`; at most `limit` of them. */
  claimUnreferenced(unreferencedBeforeMs: number, limit: number): Promise<number>;
  /** Records in state `deleting`, whose bytes are to be removed. */
  listDeleting(limit: number): Promise<readonly BlobRecord[]>;
  /** Forgets records in state `deleting` whose bytes are gone. */
  forget(blobIds: readonly number[]): Promise<void>;
  /**
   * Notes names seen in the store without any record; returns those that were first noted before a time and still
   * have none, having claimed them: from then on no publish can record them.
   */
  claimUnrecorded(
    names: readonly StorageName[],
    times: { readonly nowMs: number; readonly firstSeenBeforeMs: number },
  ): Promise<readonly StorageName[]>;
  /** Since when a stored object is known to have no record, epoch milliseconds; null while it has one, or nobody has noted it. */
  unrecordedSince(name: StorageName): Promise<number | null>;
  /** Names that live records hold: of the oldest ones, at most `limit`, and of as many of the newest. */
  sampleLive(limit: number): Promise<readonly StorageName[]>;
  /** When the oldest record there is was made, epoch milliseconds; null while there is none. */
  recordsSince(): Promise<number | null>;
  /** Forgets all claims, and notes of what has a record by now; only when no publish of an earlier process can still be running. */
  forgetClaims(): Promise<void>;
  /** How many revisions name blobs that are absent or not live, and blobs whose reference state is wrong. */
  findInconsistencies(limit: number): Promise<readonly string[]>;
}
