import type { Digests, Sha256, StorageName } from "../domain.ts";

/** Bytes on stable storage under a name that nobody can reach yet. */
export interface StagedBlob {
  readonly storageName: StorageName;
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  /** The further digests where they cost next to nothing: of small contents. */
  readonly digests: Digests | null;
}

/** What an upload may hold. */
export interface StageBounds {
  /** More bytes than this are refused while they arrive (`upload_too_large`); null for no bound. */
  readonly maxBytes: number | null;
  /** The length that was announced; another one is `body_incomplete`. Null when none was. */
  readonly expectedBytes: number | null;
  /** What was announced for the content with all that is around it: it holds about as much. Tells only whether there is room. */
  readonly announcedBytes?: number | null;
}

/** A stored object as collection and verification see it. */
export interface StoredObject {
  readonly storageName: StorageName;
  readonly sizeBytes: number;
  /** When the bytes were put there, by the store's own clock, epoch milliseconds. */
  readonly modifiedAtMs: number;
}

export const hashAlgorithms = ["sha256", "md5", "sha1", "sha512"] as const;
export type HashAlgorithm = (typeof hashAlgorithms)[number];

/** How a content is read that is hashed. */
export interface HashOptions {
  /**
   * All readings that name a bound share it: together they take no more bytes from the disk in a second, within a large
   * content too. A small content counts as 64 KiB, for the trip to the disk. A store without a disk has no need of it.
   */
  readonly bytesPerSecond?: number;
  /** Gives the reading up at once (`storage_busy`). */
  readonly signal?: AbortSignal;
}

/**
 * Keeps bytes by physical name. Order that every caller keeps: bytes are durable before the record that names them
 * (`stage`, `place`, then the metadata command); removing goes the other way round (record first, then `remove`).
 * All methods may run at the same time. A failed sync throws `storage_failed`, which ends the process: what the disk
 * holds is in doubt and must not be asked again. A full disk is `storage_full` and harmless.
 */
export interface BlobStore {
  /**
   * Reads the content to its end while hashing it and makes it durable in staging. On any failure (too long, cut,
   * aborted, disk full) nothing is left. Where the announced length tells that there is no room, nothing is read. Memory
   * does not grow with the content.
   */
  stage(content: AsyncIterable<Uint8Array>, bounds: StageBounds): Promise<StagedBlob>;
  /** Puts staged bytes in place under their physical name; when it returns, the name survives a power cut. */
  place(staged: StagedBlob): Promise<void>;
  /** Removes staged bytes that were not placed. Never throws; a leftover is emptied at the next start. */
  discard(staged: StagedBlob): Promise<void>;
  /**
   * The content, read lazily when the Blob is consumed. Bytes that are missing, of another length or replaced by
   * something that is no plain file throw `blob_damaged` here, before the first byte.
   */
  open(storageName: StorageName, sizeBytes: number): Promise<Blob>;
  /**
   * Reads the whole content, off the event loop, and hashes it. Bytes that are surely not there throw `blob_damaged`, a
   * passing lack `storage_busy`; any other error tells nothing of the bytes.
   */
  hash(
    storageName: StorageName,
    algorithms: readonly HashAlgorithm[],
    options?: HashOptions,
  ): Promise<Partial<Record<HashAlgorithm, string>>>;
  /** Everything in place, in no order; what is placed or removed meanwhile may or may not appear. */
  list(): AsyncIterable<StoredObject>;
  /** Removes placed bytes for good; absent ones are a success. */
  remove(storageName: StorageName): Promise<void>;
  /** What stands in staging: how many entries; with `empty`, after removing them (only for the holder of the lock). */
  staging(action: "count" | "empty"): Promise<number>;
}
