import { join } from "node:path";
import type { BlobRecordStore } from "../core/ports/blob-record-store.ts";
import { listPlaced, shardOf, statOrNull } from "./placed-objects.ts";

/** Live records that are looked at of the oldest, and as many of the newest. */
const sampleSize = 8;
/** Objects that are looked up in the records before a folder is given up as a stranger's. */
const lookUps = 10_000;

/**
 * Refuses a folder for blobs that is none of the records': one beside which each stored file would count as lost, because
 * the disk is not mounted, or another folder was named. Changes nothing, and costs a look-up and a look at one file where
 * all is well.
 *
 * The folder is the records' own where any object of theirs lies in it. Where none does, all may have been lost: then the
 * folders of the objects are there still, which nobody but an operator removes; and there are few records, or no objects
 * of others.
 */
export async function refuseStrangeFolder(directory: string, records: Pick<BlobRecordStore, "findByStorageName" | "collection">): Promise<void> {
  const blobsPath = join(directory, "blobs");
  // Records that are damaged and do not answer are told of by those who check them, who have to be let in for it.
  const names = await records.collection.sampleLive(sampleSize).catch(() => []);
  if (names.length === 0) return;
  for (const name of names) if (statOrNull(join(shardOf(blobsPath, name), name)) !== null) return;
  let objects = 0;
  for await (const { storageName } of listPlaced(blobsPath)) {
    if ((await records.findByStorageName(storageName).catch(() => undefined)) !== null) return;
    objects += 1;
    if (objects >= lookUps) break;
  }
  const haveFolders = names.every((name) => statOrNull(shardOf(blobsPath, name))?.isDirectory() === true);
  if (haveFolders && (objects === 0 || names.length < 2 * sampleSize)) return;
  throw new Error(
    `no stored file that the records name lies in ${blobsPath}: check that its disk is mounted, and that STOWAGE_BLOBS names the folder that has been used with these records`,
  );
}
