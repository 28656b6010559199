import { mkdir, open, readdir, rename, rm, rmdir, stat, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { StorageName } from "../core/domain.ts";
import type { BlobStore } from "../core/ports/blob-store.ts";
import { RegistryError } from "../core/registry-error.ts";
import { codeOf, diskError } from "./disk-error.ts";
import { createDurableFile, type DurableFile } from "./durable-file.ts";
import { unlimitedSpace, type FreeSpace } from "./free-space.ts";
import { createHashThread, hashingError } from "./hash-thread-client.ts";
import { listPlaced, shardOf, statOrNull } from "./placed-objects.ts";
import { readingError } from "./reading-error.ts";
import { createSmallContents } from "./small-contents.ts";
import { smallContentBytes, stageContent } from "./stage-content.ts";
import { newStorageId, parseStorageName, storageNameOf } from "./storage-name.ts";

/**
 * Blobs as files: `blobs/<first two hex digits>/<sha256>.<id>`, uploads in `staging/<id>` until they are complete. Both
 * folders must be on one file system. Order of a publish: write and sync the staging file, rename it into its folder,
 * sync the folder. No name of a client's ever becomes part of a path. `space` decides which uploads there is room for.
 */
export async function openDiskStore(directory: string, space: FreeSpace = unlimitedSpace): Promise<BlobStore & { close(): Promise<void> }> {
  const blobsPath = join(directory, "blobs");
  const stagingPath = join(directory, "staging");
  await prepareFolders(directory, blobsPath, stagingPath);
  const shards = createShards(blobsPath);
  const folder = await stat(blobsPath);
  const hashing = createHashThread();
  const smallContents = createSmallContents();
  const stagedPath = (storageName: StorageName): string => join(stagingPath, parse(storageName).id);
  const pathOf = (name: StorageName): string => `${shardOf(blobsPath, name)}/${name}`;
  const placedPath = (storageName: StorageName): string => pathOf(parse(storageName).name);

  return {
    stage: async (content, bounds) => {
      const announcedBytes = bounds.expectedBytes ?? bounds.announcedBytes ?? null;
      const claim = await space.claim(announcedBytes);
      const id = newStorageId();
      const path = join(stagingPath, id);
      let file: DurableFile | null = null;
      try {
        try {
          file = await createDurableFile(path, announcedBytes);
          const { sha256, sizeBytes, digests } = await stageContent(content, bounds, file, claim);
          await file.finish();
          return { storageName: storageNameOf(sha256, id), sha256, sizeBytes, digests };
        } finally {
          // Before anything is removed: whoever sees it gone from staging may announce as much in the same moment.
          claim.release();
        }
      } catch (error) {
        if (file !== null) await removeStaged(file, path);
        throw error;
      }
    },
    place: async (staged) => {
      const shard = await shards.open(staged.storageName.slice(0, 2));
      try {
        await rename(stagedPath(staged.storageName), placedPath(staged.storageName));
      } catch (error) {
        throw diskError("rename", error);
      }
      try {
        await shard.sync();
      } catch (error) {
        throw diskError("sync", error);
      }
    },
    discard: async (staged) => {
      await unlink(stagedPath(staged.storageName)).catch(() => undefined);
    },
    open: async (storageName, sizeBytes) => {
      const recent = smallContents.recent(storageName, sizeBytes);
      if (recent !== null) return recent;
      const { name, sha256 } = parse(storageName);
      const path = pathOf(name);
      if (sizeBytes <= smallContentBytes) {
        const once = smallContents.readOnce(storageName, path, sizeBytes, sha256);
        if (once !== null) return once;
      }
      // Answered from the inode cache in microseconds; a trip through the thread pool would cost ten times as much.
      const found = statOrNull(path);
      if (found === null) throw damaged(storageName, "its bytes are missing");
      if (!found.isFile()) throw damaged(storageName, "something that is no plain file stands in its place");
      if (found.size !== sizeBytes) throw damaged(storageName, `it has ${found.size} bytes instead of ${sizeBytes}`);
      if (sizeBytes > smallContentBytes) return Bun.file(path);
      const content = attemptRead(storageName, () => smallContents.open(storageName, path, found, sha256));
      if (content === "corrupt") throw damaged(storageName, "its bytes have another hash", true);
      if (content === "resized") throw damaged(storageName, `it had ${found.size} bytes and has others now`);
      return content;
    },
    hash: async (storageName, algorithms, options) => {
      try {
        return await hashing.hash(placedPath(storageName), algorithms, options);
      } catch (error) {
        if (!isSameFolder(blobsPath, folder))
          throw new Error(`${blobsPath} is no longer the folder that was opened: nothing is known of what it held`, { cause: error });
        throw hashingError(storageName, error);
      }
    },
    list: () => listPlaced(blobsPath),
    remove: async (storageName) => {
      try {
        await unlink(placedPath(storageName));
      } catch (error) {
        // A folder in its place is none of this store's: the bytes are gone, and what is not ours is left alone.
        if (!isAbsent(error) && statOrNull(placedPath(storageName))?.isDirectory() !== true) throw diskError("remove", error);
      }
    },
    staging: async (action) => {
      const names = await readdir(stagingPath);
      if (action === "empty") for (const name of names) await rm(join(stagingPath, name), { recursive: true, force: true });
      return names.length;
    },
    close: async () => {
      await hashing.close();
      await shards.close();
    },
  };
}

/** Creates what is missing, durably, and makes sure that a rename between the two folders is possible. */
async function prepareFolders(directory: string, blobsPath: string, stagingPath: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const path of [blobsPath, stagingPath]) await createFolder(path);
  // What is behind a link is not this store's: emptying staging, or placing bytes, would happen somewhere else.
  const shardPaths = (await readdir(blobsPath)).filter((name) => /^[0-9a-f]{2}$/.test(name)).map((name) => join(blobsPath, name));
  for (const path of [blobsPath, stagingPath, ...shardPaths])
    if (statOrNull(path)?.isDirectory() !== true) throw new Error(`${path} must be a folder, and no link to one`);
  await syncFolder(directory);
  const [blobs, staging] = await Promise.all([stat(blobsPath), stat(stagingPath)]);
  if (blobs.dev !== staging.dev)
    throw new Error(`${blobsPath} and ${stagingPath} must be on one file system: files are moved between them`);
  // Refuses at start, rather than at the first upload, a folder that cannot be written.
  const probe = join(stagingPath, "probe");
  await mkdir(probe).catch((error: unknown) => {
    // On a full disk there is still what can be read and deleted.
    if (!isPresent(error) && diskError("open", error).code !== "storage_full") throw error;
  });
  await rmdir(probe).catch((error: unknown) => {
    // Another process that opens the same directory has removed it.
    if (!isAbsent(error)) throw error;
  });
}

async function createFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (!isPresent(error)) throw error;
  });
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r").catch((error: unknown) => Promise.reject(diskError("open", error)));
  try {
    await handle.sync();
  } catch (error) {
    throw diskError("sync", error);
  } finally {
    await handle.close();
  }
}

/** The folders of placed blobs, each created durably at its first use and kept open from then on. */
function createShards(blobsPath: string) {
  const opened = new Map<string, Promise<FileHandle>>();
  const openShard = async (path: string): Promise<FileHandle> => {
    await createFolder(path).catch((error: unknown) => Promise.reject(diskError("open", error)));
    await syncFolder(blobsPath);
    if (statOrNull(path)?.isDirectory() !== true) throw diskError("open", new Error(`${path} is no folder`));
    return open(path, "r").catch((error: unknown) => Promise.reject(diskError("open", error)));
  };
  return {
    open: (shard: string): Promise<FileHandle> => {
      const known = opened.get(shard);
      if (known !== undefined) return known;
      const handle = openShard(join(blobsPath, shard));
      opened.set(shard, handle);
      handle.catch(() => opened.delete(shard));
      return handle;
    },
    close: async (): Promise<void> => {
      for (const handle of opened.values()) await handle.then((shard) => shard.close()).catch(() => undefined);
      opened.clear();
    },
  };
}

function attemptRead<Result>(storageName: StorageName, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw readingError(storageName, codeOf(error), error);
  }
}

async function removeStaged(file: DurableFile, path: string): Promise<void> {
  await file.abandon();
  await unlink(path).catch(() => undefined);
}

function parse(storageName: StorageName) {
  const parsed = parseStorageName(storageName);
  if (parsed === null) throw new RegistryError("blob_damaged", "a record holds a malformed storage name");
  return parsed;
}

function damaged(storageName: StorageName, what: string, isCorrupt = false): RegistryError {
  return new RegistryError("blob_damaged", `the stored object ${storageName} is damaged: ${what}`, {
    subject: storageName,
    isCorrupt,
  });
}

/** A disk that fell away leaves another folder, or none, where its mount point was. */
function isSameFolder(path: string, folder: { readonly dev: number; readonly ino: number }): boolean {
  const found = statOrNull(path);
  return found !== null && found.dev === folder.dev && found.ino === folder.ino;
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

function isPresent(error: unknown): boolean {
  return codeOf(error) === "EEXIST";
}
