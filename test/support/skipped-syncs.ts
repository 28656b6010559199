import { open, type FileHandle } from "node:fs/promises";

/**
 * From now on no sync of a file, or of a folder, that goes through a FileHandle of this process reaches the disk, though
 * each says that it did. SQLite's own are not touched.
 */
export async function skipSyncs(skipped: "files" | "folders"): Promise<void> {
  const any = await open("/", "r");
  const prototype: Pick<FileHandle, "sync" | "datasync" | "stat"> = Object.getPrototypeOf(any);
  await any.close();
  const isSkipped = async (handle: Pick<FileHandle, "stat">): Promise<boolean> =>
    (await handle.stat()).isDirectory() === (skipped === "folders");
  for (const name of ["sync", "datasync"] as const) {
    const real = prototype[name];
    prototype[name] = async function (this: FileHandle): Promise<void> {
      if (!(await isSkipped(this))) await real.call(this);
    };
  }
}
