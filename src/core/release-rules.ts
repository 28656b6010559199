import type { ReleaseLinkChanges, UniqueLinkField } from "./ports/release-link-store.ts";
import type { NewReleaseLink } from "./ports/release-store.ts";
import { RegistryError } from "./registry-error.ts";
import { isLongerThan } from "./text-length.ts";

/** How many links a release has at most. */
export const maxReleaseLinks = 1000;

const maxNameCharacters = 255;
const maxUrlCharacters = 4096;
const maxFilepathCharacters = 128;
/** As much as GitLab keeps (Gitlab::Database::MAX_TEXT_SIZE_LIMIT). */
const maxDescriptionCharacters = 1_000_000;
const control = /[\p{Cc}\p{Cs}]/u;

/** Throws `value_invalid` for a tag that is empty, longer than 255 characters or has control characters. */
export function checkTag(tag: string): void {
  if (tag.trim() === "") throw refusal("tag", "can't be blank");
  // No address leads to these.
  if (tag === "." || tag === "..") throw refusal("tag", "is invalid");
  checkLine("tag", tag);
}

/** Throws `value_invalid` for what a release cannot be called or said to be. */
export function checkRelease(release: { readonly name?: string; readonly description?: string | null; readonly ref?: string | null }): void {
  if (release.name !== undefined) checkLine("name", release.name);
  if (typeof release.ref === "string") checkLine("ref", release.ref);
  if (typeof release.description !== "string") return;
  if (isLongerThan(release.description, maxDescriptionCharacters))
    throw refusal("description", `is too long (maximum is ${maxDescriptionCharacters} characters)`);
  if (!release.description.isWellFormed()) throw refusal("description", "is invalid");
}

/**
 * Throws `value_invalid`, with the field in its details (after `place`), for what the link of a release may not be (GitLab,
 * Releases::Link).
 */
export function checkReleaseLink({ name, url, filepath }: ReleaseLinkChanges, place: "" | "links." = ""): void {
  if (url !== undefined) checkUrl(`${place}url`, url);
  if (name !== undefined) {
    if (name.trim() === "") throw refusal(`${place}name`, "can't be blank");
    checkLine(`${place}name`, name);
  }
  if (typeof filepath !== "string") return;
  if (filepath.length > maxFilepathCharacters)
    throw refusal(`${place}filepath`, `is too long (maximum is ${maxFilepathCharacters} characters)`);
  // Parts of letters, digits and -._ between single slashes, a letter or digit at the end.
  if (!/^\/(?!\/)(?:[-.\w]|\/(?!\/))*[0-9A-Za-z]$/.test(filepath)) throw refusal(`${place}filepath`, "is invalid");
}

/** Throws `value_invalid` for links of a new release that share a name, URL or file path, that are wrong, or too many. */
export function checkReleaseLinks(links: readonly NewReleaseLink[]): void {
  if (links.length > maxReleaseLinks) throw tooManyLinks();
  for (const link of links) checkReleaseLink(link, "links.");
  for (const field of ["name", "url", "filepath"] as const satisfies readonly UniqueLinkField[]) {
    const values = links.flatMap((link) => link[field] ?? []);
    const repeated = new Set(values.filter((value, index) => values.indexOf(value) !== index));
    if (repeated.size > 0) throw refusal("links", `have duplicate values (${[...repeated].join(", ")})`);
  }
}

/** The refusal of one link more than a release may have. */
export function tooManyLinks(): RegistryError {
  return refusal("base", `Maximum number of release links (${maxReleaseLinks}) exceeded`);
}

function checkUrl(field: string, url: string): void {
  if (url.trim() === "") throw refusal(field, "can't be blank");
  if (url.length > maxUrlCharacters) throw refusal(field, `is too long (maximum is ${maxUrlCharacters} characters)`);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && !["http", "https", "ftp"].includes(scheme))
    throw refusal(field, "is blocked: Only allowed schemes are http, https, ftp");
  const isAddress = /^[a-z]+:\/\/[^/?#\\]/i.test(url) && !/[\s\p{Cc}\p{Cs}]/u.test(url) && URL.canParse(url);
  if (!isAddress) throw refusal(field, "must be a valid URL");
}

/** One line of at most 255 characters. */
function checkLine(field: string, text: string): void {
  if (isLongerThan(text, maxNameCharacters))
    throw refusal(field, `is too long (maximum is ${maxNameCharacters} characters)`);
  if (control.test(text)) throw refusal(field, "must not have control characters");
}

function refusal(subject: string, message: string): RegistryError {
  return new RegistryError("value_invalid", message, { subject });
}
