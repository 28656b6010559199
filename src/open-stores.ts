import { dirname } from "node:path";
import type { Config } from "./config.ts";
import type { BlobStore } from "./core/ports/blob-store.ts";
import { systemClock } from "./core/ports/clock.ts";
import type { MetadataStore } from "./core/ports/metadata-store.ts";
import { createFreeSpace, unlimitedSpace, type FreeSpace } from "./blob-stores/free-space.ts";
import { createBallast, type Ballast } from "./metadata-stores/ballast.ts";

/** The two stores, and how to close them. */
export interface Stores {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  close(): Promise<void>;
}

/**
 * Opens what the configuration names; an adapter is loaded only where it is used. Only the server brings records of an
 * older version up to date (`migrate`): it holds the lock, so nobody is using them. Only it keeps the reserve of free
 * space and the ballast of the database, where the configuration names a reserve. `onFailure` is told of a failed sync or
 * commit that no caller waits for. Throws where the folder for blobs is none that was used with the records.
 */
export async function openStores(
  config: Pick<Config, "database" | "blobs"> & Partial<Pick<Config, "freeSpaceReserve">>,
  schema: "migrate" | "as_it_is" = "migrate",
  onFailure: (cause: unknown) => void = () => undefined,
): Promise<Stores> {
  const ballast = config.database.scheme === "sqlite" ? createBallast(config.database.path) : null;
  const blobs = await openBlobs(config.blobs, schema === "migrate" ? freeSpaceOf(config, ballast) : unlimitedSpace);
  try {
    const metadata = await openMetadata(config.database, schema, onFailure, ballast);
    await refuseStrangeBlobs(config.blobs, metadata);
    if (schema === "migrate" && config.freeSpaceReserve !== undefined) ballast?.keep(onFailure);
    return {
      metadata,
      blobs,
      close: async () => {
        await ballast?.close();
        await metadata.close();
        await blobs.close();
      },
    };
  } catch (error) {
    await blobs.close();
    throw error;
  }
}

/** Closes the records where the folder for blobs is none of theirs. */
async function refuseStrangeBlobs(place: Config["blobs"], metadata: MetadataStore): Promise<void> {
  if (place.scheme !== "file") return;
  try {
    await (await import("./blob-stores/home-folder.ts")).refuseStrangeFolder(place.directory, metadata.blobs);
  } catch (error) {
    await metadata.close();
    throw error;
  }
}

function freeSpaceOf({ database, blobs, freeSpaceReserve: reserve }: Parameters<typeof openStores>[0], ballast: Ballast | null): FreeSpace {
  if (reserve === undefined || blobs.scheme !== "file") return unlimitedSpace;
  const { directory } = blobs;
  if (database.scheme !== "sqlite" || ballast === null) return createFreeSpace({ directory, besides: [], reserve });
  return createFreeSpace({ directory, besides: [dirname(database.path)], reserve, mayGrow: ballast.mayGrow });
}

async function openBlobs(place: Config["blobs"], space: FreeSpace): Promise<BlobStore & { close(): Promise<void> }> {
  switch (place.scheme) {
    case "file":
      return (await import("./blob-stores/disk.ts")).openDiskStore(place.directory, space);
    case "memory":
      return (await import("./blob-stores/memory.ts")).openMemoryBlobStore(systemClock);
  }
}

async function openMetadata(
  place: Config["database"],
  schema: "migrate" | "as_it_is",
  onFailure: (cause: unknown) => void,
  ballast: Ballast | null,
): Promise<MetadataStore> {
  switch (place.scheme) {
    case "sqlite":
      return (await import("./metadata-stores/sqlite.ts")).openSqliteStore(place.path, schema, onFailure, ballast ?? undefined);
    case "memory":
      return (await import("./metadata-stores/memory.ts")).openMemoryStore();
  }
}
