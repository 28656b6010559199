import type { FileRevision } from "../domain.ts";
import type { NameMatch } from "../ports/package-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import type { NamespaceGrant } from "./open-namespace.ts";

export interface FileToRead {
  readonly packageName: string;
  readonly version: string;
  readonly path: string;
  readonly match: NameMatch;
}

/** A file that is served: its record, and its bytes, read when they are consumed. */
export interface OpenedFile {
  readonly file: FileRevision;
  readonly content: Blob;
}

/** How often a file is looked up anew that was removed or replaced between its being found and opened. */
const lookUps = 3;

/**
 * Finds the newest revision of a file and opens it; with `isDownload` it counts as one. Throws `version_not_found`
 * (package or version unknown), `file_not_found`, or `blob_damaged` when the stored bytes are not what was recorded.
 */
export async function readFile(
  needs: Pick<RegistryDependencies, "metadata" | "blobs" | "downloads" | "events">,
  grant: NamespaceGrant<"read">,
  wanted: FileToRead,
  isDownload: boolean,
): Promise<OpenedFile> {
  for (let left = lookUps - 1; ; left -= 1) {
    const result = await needs.metadata.packages.findFile({ namespaceId: grant.namespace.id, ...wanted });
    if (result.found === "nothing") throw new RegistryError("version_not_found", "there is no such package or version");
    if (result.found === "version") throw new RegistryError("file_not_found", "the version has no file of this name");
    try {
      return await openRevision(needs, result.file, isDownload);
    } catch (error) {
      if (left === 0 || !(error instanceof RegistryError && error.code === "storage_busy")) throw error;
    }
  }
}

/**
 * Opens a revision that was found before; with `isDownload` it counts as one. Throws `blob_damaged`, and `storage_busy`
 * when its bytes were collected or replaced since it was found.
 */
export async function openRevision(
  { metadata, blobs, downloads, events }: Pick<RegistryDependencies, "metadata" | "blobs" | "downloads" | "events">,
  file: FileRevision,
  isDownload: boolean,
): Promise<OpenedFile> {
  const content = await openOrReport({ metadata, blobs, events }, file);
  if (isDownload) {
    downloads.count(file);
    events.record({ kind: "file_downloaded" });
  }
  return { file, content };
}

async function openOrReport(
  { metadata, blobs, events }: Pick<RegistryDependencies, "metadata" | "blobs" | "events">,
  file: FileRevision,
): Promise<Blob> {
  const { storageName } = file;
  try {
    if (file.isDamaged)
      throw new RegistryError("blob_damaged", `the stored object ${storageName} is damaged: it was found so before`, { subject: storageName });
    return await blobs.open(storageName, file.sizeBytes);
  } catch (cause) {
    if (!(cause instanceof RegistryError && cause.code === "blob_damaged")) throw cause;
    const current = await metadata.blobs.findByStorageName(storageName);
    if (current?.state !== "live") throw new RegistryError("storage_busy", "the file was removed or replaced while it was opened: ask again", { cause });
    events.record({ kind: "blob_damaged", storageName, cause });
    throw cause;
  }
}
