/** Something that an operator should know of. */
export type RegistryEvent =
  | { readonly kind: "file_published"; readonly sizeBytes: number }
  | { readonly kind: "file_downloaded" }
  /** A cleanup policy removed so many superseded revisions of files. */
  | { readonly kind: "revisions_cleaned"; readonly count: number }
  /** A collection has looked at everything, whether or not there was something to remove. */
  | { readonly kind: "collection_ended" }
  /** A stored object is not what its record says; `fileCount` revisions name it, absent where nobody counted. */
  | { readonly kind: "blob_damaged"; readonly storageName: string; readonly fileCount?: number; readonly cause: unknown }
  /** A stored object could not be read: whether it is damaged is not known. */
  | { readonly kind: "blob_unreadable"; readonly storageName: string; readonly cause: unknown }
  /** A stored object was read again to its end, on schedule. */
  | { readonly kind: "blob_scrubbed"; readonly sizeBytes: number }
  /** The records were looked through after a stop that was not orderly; the problems found, at most some hundred. */
  | { readonly kind: "records_checked"; readonly problems: readonly string[] }
  | { readonly kind: "background_failure"; readonly task: string; readonly cause: unknown }
  /** Stored state is in doubt after a failed sync or commit: the process has to end and recover by starting again. */
  | { readonly kind: "storage_failed"; readonly cause: unknown };

/** Where events go. Never throws, never waits. */
export interface EventSink {
  record(event: RegistryEvent): void;
}
