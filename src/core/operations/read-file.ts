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

/**
 * Finds the newest revision of a file and opens it; with `isDownload` it counts as one. Throws `version_not_found`
 * (package or version unknown), `file_not_found`, or `blob_damaged` when the stored bytes are not what was recorded.
 */
export async function readFile(
  { metadata, blobs, downloads, events }: Pick<RegistryDependencies, "metadata" | "blobs" | "downloads" | "events">,
  grant: NamespaceGrant<"read">,
  wanted: FileToRead,
  isDownload: boolean,
): Promise<OpenedFile> {
  const result = await metadata.packages.findFile({ namespaceId: grant.namespace.id, ...wanted });
  if (result.found === "nothing") throw new RegistryError("version_not_found", "there is no such package or version");
  if (result.found === "version") throw new RegistryError("file_not_found", "the version has no file of this name");
  return openRevision({ blobs, downloads, events }, result.file, isDownload);
}

/** Opens a revision that was found before; with `isDownload` it counts as one. Throws `blob_damaged`. */
export async function openRevision(
  { blobs, downloads, events }: Pick<RegistryDependencies, "blobs" | "downloads" | "events">,
  file: FileRevision,
  isDownload: boolean,
): Promise<OpenedFile> {
  const content = await openOrReport({ blobs, events }, file);
  if (isDownload) {
    downloads.count(file);
    events.record({ kind: "file_downloaded" });
  }
  return { file, content };
}

async function openOrReport(
  { blobs, events }: Pick<RegistryDependencies, "blobs" | "events">,
  file: FileRevision,
): Promise<Blob> {
  try {
    if (file.isDamaged) throw new RegistryError("blob_damaged", "the stored bytes are not those that were published");
    return await blobs.open(file.storageName, file.sizeBytes);
  } catch (cause) {
    if (cause instanceof RegistryError && cause.code === "blob_damaged")
      events.record({ kind: "blob_damaged", storageName: file.storageName, cause });
    throw cause;
  }
}
