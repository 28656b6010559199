import { parameterOf, type Exchange } from "../../http/exchange.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";

/** What a generic file is called. */
export interface GenericName {
  readonly packageName: string;
  readonly version: string;
  /** Directories included. */
  readonly path: string;
}

/** lib/gitlab/regex/packages.rb: generic_package_name_regex, generic_package_version_regex, generic_package_file_name_regex. */
const packageShape = /^[A-Za-z0-9._\-+]+$/;
const versionShape = /^(?!.*\.\.)[A-Za-z0-9_+.-]+$/;
const fileShape = /^(?![~@])[A-Za-z0-9._\-+~@]+(?<![~@])$/;
/** No length is documented; these are what file systems take. */
const maxPartBytes = 255;
const maxPathBytes = 1024;

const notAPath = "should be a valid file path";

/**
 * The names in the path of a request, checked in GitLab's order and words; what is wrong is told to `reader`. The
 * directory is what stands between version and file, as segments or as `%2F`, else the parameter `path`.
 */
export function readGenericName(exchange: Exchange, reader: ParameterReader): GenericName {
  const packageName = parameterOf(exchange, "package_name");
  const version = parameterOf(exchange, "package_version");
  checkPackageAndVersion(reader, packageName, version);
  const parts = parameterOf(exchange, "file").split("/");
  const given = reader.optionalText("path") ?? "";
  const directories = parts.length > 1 || given === "" ? parts.slice(0, -1) : given.split("/");
  return { packageName, version, path: checkedPath(reader, directories, parts.at(-1) ?? "") };
}

/** Checks what leads to a version. */
export function checkPackageAndVersion(reader: ParameterReader, packageName: string, version: string): void {
  if (!packageShape.test(packageName) || isTooLong(packageName)) reader.refuse("package_name", "is invalid");
  else if (isDots(packageName)) reader.refuse("package_name", notAPath);
  if (!versionShape.test(version) || isTooLong(version) || version === ".") reader.refuse("package_version", "is invalid");
}

/** Directory and file name as one path, `.` left out. A path that was given by a form comes here as well. */
export function checkedPath(reader: ParameterReader, given: readonly string[], fileName: string): string {
  const directories = given.filter((name) => name !== ".");
  const path = [...directories, fileName].join("/");
  if (!directories.every(isDirectoryName)) reader.refuse("path", notAPath);
  else if (directories.some(isTooLong) || Buffer.byteLength(path) > maxPathBytes) reader.refuse("path", "is invalid");
  if (!fileShape.test(fileName) || isTooLong(fileName)) reader.refuse("file_name", "is invalid");
  else if (isDots(fileName)) reader.refuse("file_name", notAPath);
  return path;
}

/** Anything that cannot lead elsewhere: GitLab has no rule for the characters of a directory. */
function isDirectoryName(name: string): boolean {
  return name !== "" && !isDots(name) && !/[\\\p{Cc}]/u.test(name);
}

function isDots(name: string): boolean {
  return name === "." || name === "..";
}

function isTooLong(name: string): boolean {
  return Buffer.byteLength(name) > maxPartBytes;
}

/** As lists and rows show it: with a directory the whole is percent-encoded (Ruby's encode_uri_component). */
export function shownFileName(path: string): string {
  if (!path.includes("/")) return path;
  return encodeURIComponent(path).replaceAll(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
