import { RegistryError } from "../core/registry-error.ts";

/** The file is not there (its folder may be missing too), or something else stands in its place. */
const gone: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EISDIR", "not_plain"]);
/** Nothing is known of the file: the system lacks something, or nobody reads any more. */
const passing: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EINTR", "closed", "given_up"]);

/**
 * What a failed reading says of a stored object, by the system's code (or `not_plain`, `closed`, `given_up`): `blob_damaged`
 * only where its bytes are surely not there; a passing lack is `storage_busy`; anything else (no right to read, an input
 * error) is an error without a code.
 */
export function readingError(storageName: string, code: string, cause: unknown): Error {
  const subject = storageName;
  if (gone.has(code)) {
    const what = code === "ENOENT" || code === "ENOTDIR" ? "its bytes are missing" : "something that is no plain file stands in its place";
    return new RegistryError("blob_damaged", `the stored object ${storageName} is damaged: ${what}`, { subject, cause });
  }
  if (passing.has(code))
    return new RegistryError("storage_busy", `the stored object ${storageName} cannot be read now (${code})`, { subject, cause });
  return new Error(`the stored object ${storageName} cannot be read (${code || "unknown error"})`, { cause });
}
