import { RegistryError } from "../../core/registry-error.ts";

/** The three names of a file, checked for publishing. */
export interface PublishedName {
  readonly packageName: string;
  readonly version: string;
  readonly path: string;
}

const maxNameBytes = 255;
const packageShape = /^[-_+.A-Za-z0-9]+$/;
const fileShape = /^[-_+=:;.()[\]{}~!@#$%^& A-Za-z0-9]+$/;
const letterOrDigit = /^[A-Za-z0-9]$/;

/** What to answer for each part, in Gitea's words (routers/api/packages/generic/generic.go). */
export const invalidNameTexts = {
  packageName: "invalid package name",
  version: "invalid package version",
  path: "invalid filename",
} as const;

/**
 * Checks the names of an upload in Gitea's order: package, file, version. Throws `name_invalid` with Gitea's text. More
 * than 255 bytes, which Gitea's databases cut or refuse, and control characters are refused as well.
 */
export function checkPublishedName(name: PublishedName): PublishedName {
  const { packageName, version, path } = name;
  const isSingleSign = packageName.length === 1 && !letterOrDigit.test(packageName);
  if (isTooLong(packageName) || !packageShape.test(packageName) || packageName === ".." || isSingleSign)
    throw invalidName("packageName");
  if (isTooLong(path) || !fileShape.test(path) || path === "." || path === ".." || path !== path.trim())
    throw invalidName("path");
  if (isTooLong(version) || version === "" || version !== trimUnicode(version) || hasControl(version))
    throw invalidName("version");
  return name;
}

/** The refusal for one part of a name. */
export function invalidName(part: keyof PublishedName): RegistryError {
  return new RegistryError("name_invalid", invalidNameTexts[part], { subject: part });
}

function isTooLong(text: string): boolean {
  return text.length > maxNameBytes || Buffer.byteLength(text) > maxNameBytes;
}

/** What Go's strings.TrimSpace removes: Unicode white space, NEL included, but not the byte order mark. */
function trimUnicode(text: string): string {
  return text.replaceAll(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, "");
}

/** C0 and DEL; what lies beyond ASCII is text like any other, as in Gitea. */
function hasControl(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\u007f");
}
