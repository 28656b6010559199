import type { Config } from "./config.ts";
import type { BlobStore } from "./core/ports/blob-store.ts";
import { systemClock } from "./core/ports/clock.ts";
import type { MetadataStore } from "./core/ports/metadata-store.ts";

/** The two stores, and how to close them. */
export interface Stores {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  close(): Promise<void>;
}

/**
 * Opens what the configuration names; an adapter is loaded only where it is used. Only the server brings records of an
 * older version up to date (`migrate`): it holds the lock, so nobody is using them. `onFailure` is told of a failed sync
 * or commit that no caller waits for.
 */
export async function openStores(
  config: Pick<Config, "database" | "blobs">,
  schema: "migrate" | "as_it_is" = "migrate",
  onFailure?: (cause: unknown) => void,
): Promise<Stores> {
  const blobs = await openBlobs(config.blobs);
  try {
    const metadata = await openMetadata(config.database, schema, onFailure);
    return {
      metadata,
      blobs,
      close: async () => {
        await metadata.close();
        await blobs.close();
      },
    };
  } catch (error) {
    await blobs.close();
    throw error;
  }
}

async function openBlobs(place: Config["blobs"]): Promise<BlobStore & { close(): Promise<void> }> {
  switch (place.scheme) {
    case "file":
      return (await import("./blob-stores/disk.ts")).openDiskStore(place.directory);
    case "memory":
      return (await import("./blob-stores/memory.ts")).openMemoryBlobStore(systemClock);
  }
}

async function openMetadata(
  place: Config["database"],
  schema: "migrate" | "as_it_is",
  onFailure?: (cause: unknown) => void,
): Promise<MetadataStore> {
  switch (place.scheme) {
    case "sqlite":
      return (await import("./metadata-stores/sqlite.ts")).openSqliteStore(place.path, schema, onFailure);
    case "memory":
      return (await import("./metadata-stores/memory.ts")).openMemoryStore();
  }
}
