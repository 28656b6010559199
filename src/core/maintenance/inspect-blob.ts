import type { BlobRecord, Digests } from "../domain.ts";
import type { BlobStore, HashAlgorithm, HashOptions } from "../ports/blob-store.ts";
import { RegistryError } from "../registry-error.ts";

/** The digests that a record may lack. */
export const furtherAlgorithms = ["md5", "sha1", "sha512"] as const satisfies readonly HashAlgorithm[];

/** What reading a stored object to its end has shown. */
export type BlobFinding =
  /** Its bytes are the ones recorded, so the digests are right. */
  | { readonly outcome: "sound"; readonly digests: Partial<Record<HashAlgorithm, string>> }
  /** Its bytes are surely not the ones recorded. */
  | { readonly outcome: "missing_or_cut" | "corrupt"; readonly cause: RegistryError }
  /** It could not be read to its end: nothing is known of its bytes. */
  | { readonly outcome: "unreadable"; readonly cause: unknown };

/** Reads a stored object, compares it with its record and takes further digests on the way. Never throws. */
export async function inspectBlob(
  blobs: Pick<BlobStore, "hash" | "open">,
  record: Pick<BlobRecord, "storageName" | "sha256" | "sizeBytes">,
  further: readonly (typeof furtherAlgorithms)[number][],
  options?: HashOptions,
): Promise<BlobFinding> {
  try {
    const digests = await blobs.hash(record.storageName, ["sha256", ...further], options);
    // The hash stands for the length too.
    if (digests.sha256 === record.sha256) return { outcome: "sound", digests };
    return await describeOther(blobs, record, digests.sha256 ?? "unknown");
  } catch (cause) {
    if (cause instanceof RegistryError && cause.code === "blob_damaged")
      return { outcome: cause.details.isCorrupt === true ? "corrupt" : "missing_or_cut", cause };
    return { outcome: "unreadable", cause };
  }
}

/** Bytes with another hash: throws `blob_damaged` when their length is another one, or they have just gone. */
async function describeOther(
  blobs: Pick<BlobStore, "open">,
  { storageName, sizeBytes }: Pick<BlobRecord, "storageName" | "sizeBytes">,
  found: string,
): Promise<BlobFinding> {
  await blobs.open(storageName, sizeBytes);
  const cause = new RegistryError("blob_damaged", `${storageName} holds bytes with the hash ${found}`, { subject: storageName });
  return { outcome: "corrupt", cause };
}

/** All further digests of an inspection that took them. */
export function furtherDigests({ digests }: Extract<BlobFinding, { outcome: "sound" }>): Digests {
  const { md5, sha1, sha512 } = digests;
  if (md5 === undefined || sha1 === undefined || sha512 === undefined) throw new Error("a digest was not computed");
  return { md5, sha1, sha512 };
}
