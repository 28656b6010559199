import { lstatSync, type Stats } from "node:fs";
import { opendir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { StorageName } from "../core/domain.ts";
import type { StoredObject } from "../core/ports/blob-store.ts";
import { parseStorageName } from "./storage-name.ts";

/** The folder in which an object lies whose name has been checked. */
export function shardOf(blobsPath: string, storageName: StorageName): string {
  return `${blobsPath}/${storageName.slice(0, 2)}`;
}

/** What is under a path itself, a link too; null where nothing is, or it cannot be looked at. */
export function statOrNull(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

/** Every object in place, in no order; strangers in the folder are passed over. */
export async function* listPlaced(blobsPath: string): AsyncIterable<StoredObject> {
  for (const shard of await readdir(blobsPath)) {
    const shardPath = join(blobsPath, shard);
    if (!/^[0-9a-f]{2}$/.test(shard) || statOrNull(shardPath)?.isDirectory() !== true) continue;
    for await (const entry of await opendir(shardPath)) {
      const parsed = parseStorageName(entry.name);
      if (parsed === null || !entry.name.startsWith(shard)) continue;
      const found = statOrNull(join(shardPath, entry.name));
      if (found === null || found.isDirectory()) continue;
      yield { storageName: parsed.name, sizeBytes: found.size, modifiedAtMs: found.mtimeMs };
    }
  }
}
