/** Something that an operator should know of. */
export type RegistryEvent =
  | { readonly kind: "file_published"; readonly sizeBytes: number }
  | { readonly kind: "file_downloaded" }
  /** A cleanup policy removed so many superseded revisions of files. */
  | { readonly kind: "revisions_cleaned"; readonly count: number }
  | { readonly kind: "blob_damaged"; readonly storageName: string; readonly cause: unknown }
  | { readonly kind: "background_failure"; readonly task: string; readonly cause: unknown }
  /** Stored state is in doubt after a failed sync or commit: the process has to end and recover by starting again. */
  | { readonly kind: "storage_failed"; readonly cause: unknown };

/** Where events go. Never throws, never waits. */
export interface EventSink {
  record(event: RegistryEvent): void;
}
