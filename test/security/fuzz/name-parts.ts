import { foldName } from "../../../src/core/fold-name.ts";
import { checkFullPath, parseNamespaceName, parsePathPart, pathFromName } from "../../../src/core/namespace-name.ts";
import { nextVersion, parseVersionNumber } from "../../../src/core/semantic-version.ts";
import { checkPublishedName } from "../../../src/dialects/gitea/package-names.ts";
import { checkedPath, checkPackageAndVersion } from "../../../src/dialects/gitlab/generic-names.ts";
import { createParameterReader } from "../../../src/http/parameter-reader.ts";
import { must, mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";
import { bytesOf, isMadeOf, letters } from "./letters.ts";
import { isTaken, outcomeOf } from "./rule-outcome.ts";

const packageNames = ["tool", "my-tool_1.0+x", "..", ".", "-", "a".repeat(255), "a".repeat(256), "a/b", "\u00fcber", "con", "NUL.txt"];
const versions = ["1.0.0", "v1.2.3-rc.1+build", "latest", " 1", "1 0", "1..2", "..", ".", "\u00e4".repeat(127), "\u00e4".repeat(128)];
const fileNames = ["file.tar.gz", "a b (1).txt", "~x", "@x", "x~", "[x]{y}!#$%^&", "..", " x", "x\u0000", "dir/file", "dir\\file", "\ud800"];

/** Gitea's rules, told again letter by letter. */
function tryGiteaNames(fuzz: Fuzz): void {
  const [packageName, version, path] = [fuzz.changed(packageNames), fuzz.changed(versions), fuzz.changed(fileNames)];
  fuzz.note([packageName, version, path]);
  const isPackage = packageName !== "" && bytesOf(packageName) <= 255 && isMadeOf(packageName, `-_+.${letters}`) && packageName !== ".." && !["-", "_", "+", "."].includes(packageName);
  const isPath = path !== "" && bytesOf(path) <= 255 && isMadeOf(path, `-_+=:;.()[]{}~!@#$%^& ${letters}`) && ![".", ".."].includes(path) && !path.startsWith(" ") && !path.endsWith(" ");
  const whiteSpace = /^\p{White_Space}|\p{White_Space}$/u;
  const isVersion = version !== "" && bytesOf(version) <= 255 && !whiteSpace.test(version) && ![...version].some((letter) => letter.charCodeAt(0) < 32 || letter === "\x7f");
  mustEqual(isTaken(() => checkPublishedName({ packageName, version, path })), isPackage && isPath && isVersion, "taken by Gitea's rules");
  if (isPackage && isPath) must(!/[/\\\p{Cc}]/u.test(packageName + path), "no separator and no control character");
}

function isGitlabPath(directories: readonly string[], fileName: string): boolean {
  const kept = directories.filter((name) => name !== ".");
  const isDirectory = (name: string): boolean => name !== "" && name !== ".." && !/[\\\p{Cc}]/u.test(name) && bytesOf(name) <= 255;
  const isFile = fileName !== "" && ![".", ".."].includes(fileName) && bytesOf(fileName) <= 255 && isMadeOf(fileName, `._-+~@${letters}`);
  const isFramed = !["~", "@"].includes(fileName.at(0) ?? "") && !["~", "@"].includes(fileName.at(-1) ?? "");
  return kept.every(isDirectory) && isFile && isFramed && bytesOf([...kept, fileName].join("/")) <= 1024;
}

function tryGitlabNames(fuzz: Fuzz): void {
  const [packageName, version, fileName] = [fuzz.changed(packageNames), fuzz.changed(versions), fuzz.changed(fileNames)];
  const directories = fuzz.list(3, () => fuzz.changed(["dir", "a b", ".", "..", "", "\u00fc"]).replaceAll("/", ""));
  fuzz.note([packageName, version, directories, fileName]);
  const isPackage = packageName !== "" && bytesOf(packageName) <= 255 && isMadeOf(packageName, `._-+${letters}`) && ![".", ".."].includes(packageName);
  const isVersion = version !== "" && bytesOf(version) <= 255 && isMadeOf(version, `_+.-${letters}`) && !version.includes("..") && version !== ".";
  const names = createParameterReader({});
  mustEqual(isTaken(() => (checkPackageAndVersion(names, packageName, version), names.finish())), isPackage && isVersion, "package and version taken by GitLab's rules");
  const reader = createParameterReader({});
  let path = "";
  const isPathTaken = isTaken(() => {
    path = checkedPath(reader, directories, fileName);
    reader.finish();
  });
  mustEqual(isPathTaken, isGitlabPath(directories, fileName), "a path taken by GitLab's rules");
  if (isPathTaken) must(path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !/[\\\p{Cc}]/u.test(part)), "a path that leads nowhere else");
}

/** What no user or organisation is called. */
const reservedNames =
  ". .. - .well-known api metrics healthz readyz v2 assets attachments avatar avatars repo-avatars captcha login org repo user explore issues pulls " +
  "milestones notifications favicon.ico manifest.json robots.txt sitemap.xml ssh_info swagger.v1.json openapi3.v1.json ghost gitea-actions";
const reservedEndings = ["keys", "gpg", "rss", "atom", "png"];
const namespaceNames = ["ann", "my-team", "Some.Group_1", "-x", "a--b", "a.-b", "_a", "x.png", "x.KEYS", ".gpg", "a".repeat(40), "a".repeat(41), "\u212aelvin", "\u017fam", "x\n", ...reservedNames.split(" "), "Ghost", "V2", "apis"];

/** Gitea's rule, sign by sign: what becomes of a name for a user or an organisation. */
function namespaceOutcome(name: string): "taken" | "name_invalid" | "name_reserved" {
  const isSign = (at: number): boolean => ["-", "_", "."].includes(name.charAt(at));
  const signs = name.split("").map((_, at) => isSign(at));
  const isFramed = name !== "" && signs[0] !== true && signs.at(-1) !== true && !signs.some((sign, at) => sign && signs[at + 1] === true);
  const lower = name.toLowerCase();
  if (reservedNames.split(" ").includes(lower) || reservedEndings.some((end) => lower.endsWith(`.${end}`))) return "name_reserved";
  return isFramed && isMadeOf(name, `-_.${letters}`) && name.length <= 40 ? "taken" : "name_invalid";
}

function tryNamespaces(fuzz: Fuzz): void {
  const name = fuzz.note(fuzz.oneIn(4) ? fuzz.text(6, "aZ9-_.") : fuzz.changed(namespaceNames));
  const outcome = outcomeOf(() => parseNamespaceName(name));
  const isAscii = name.split("").every((sign) => sign <= "\x7f");
  mustEqual(isAscii ? outcome : outcome === "taken", isAscii ? namespaceOutcome(name) : false, "a name by Gitea's rule");
  if (outcome === "taken") mustEqual(encodeURIComponent(name), name, "a name that needs no escape");
  const part = fuzz.note(fuzz.changed(["project", "_x", ".x", "-x", "x.", "a.git", "b.ATOM", "x".repeat(255), "x".repeat(256)]));
  const isPart = part !== "" && part.length <= 255 && isMadeOf(part, `_.-${letters}`) && !["-", "."].includes(part.at(0) ?? "") && !part.endsWith(".") && !/\.(git|atom)$/i.test(part);
  mustEqual(isTaken(() => parsePathPart(part)), isPart, "a part of a path");
  const path = fuzz.list(30, () => part).join("/");
  mustEqual(isTaken(() => checkFullPath(path)), path.length <= 1024 && path.split("/").length <= 20, "a whole path");
  const made = pathFromName(fuzz.note(fuzz.text(30)));
  must(/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)?$/.test(made), "a path made of a name");
  const text = fuzz.note(fuzz.text(20));
  const folded = foldName(text);
  mustEqual(foldName(folded), folded, "folding twice");
  mustEqual([...folded].length, [...text].length, "as many characters");
}

/** The expression of semver.org, with the v that is taken as well. */
const semver =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

const isSafe = (part: string): boolean => !/^\d+$/.test(part) || BigInt(part) <= BigInt(Number.MAX_SAFE_INTEGER);

/** Below zero where the first comes first (SemVer 2.0.0, section 11). */
function precedence(one: string, other: string): number {
  const [left, right] = [semver.exec(one) ?? [], semver.exec(other) ?? []];
  for (const index of [1, 2, 3]) {
    const difference = BigInt(left[index] ?? 0) - BigInt(right[index] ?? 0);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  const [pre, otherPre] = [left[4], right[4]];
  if (pre === undefined || otherPre === undefined) return Number(pre === undefined) - Number(otherPre === undefined);
  const [parts, otherParts] = [pre.split("."), otherPre.split(".")];
  for (let index = 0; index < Math.max(parts.length, otherParts.length); index += 1) {
    const [part, otherPart] = [parts[index], otherParts[index]];
    if (part === undefined || otherPart === undefined) return part === undefined ? -1 : 1;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(part), /^\d+$/.test(otherPart)];
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    if (isNumber && BigInt(part) !== BigInt(otherPart)) return BigInt(part) < BigInt(otherPart) ? -1 : 1;
    if (!isNumber && part !== otherPart) return part < otherPart ? -1 : 1;
  }
  return 0;
}

const semvers = ["1.2.3", "v0.1.0", "1.0.0-alpha.1", "1.0.0-0", "2.0.0+build.5", "1.0.0-x-y-z.--", "9007199254740991.0.0", "9007199254740992.0.0", "01.2.3", "1.2", "1.2.3-01", "=1.2.3"];

function tryVersions(fuzz: Fuzz): void {
  const text = fuzz.note(fuzz.changed(semvers));
  const match = text.length <= 255 ? semver.exec(text) : null;
  const isVersion = match !== null && [match[1], match[2], match[3], ...(match[4]?.split(".") ?? [])].every((part) => isSafe(part ?? ""));
  const found = parseVersionNumber(text);
  mustEqual(found !== null, isVersion, "taken by SemVer 2.0.0");
  if (found !== null) mustEqual([found.major, found.minor, found.patch].join("."), [match?.[1], match?.[2], match?.[3]].join("."), "the numbers");
  if (!fuzz.oneIn(4)) return;
  const taken = fuzz.list(5, () => fuzz.changed(semvers));
  const wanted = { bump: fuzz.one(["major", "minor", "patch", "prerelease"] as const), first: null, preid: fuzz.oneIn(2) ? null : fuzz.changed(["alpha", "rc.1", "0", "-"]) };
  fuzz.note([wanted, taken]);
  let next = "";
  if (!isTaken(() => (next = nextVersion(wanted, taken)))) return;
  must(semver.test(next) && !next.startsWith("v") && !next.includes("+"), "a version");
  for (const version of taken) if (parseVersionNumber(version) !== null) must(precedence(version, next) < 0, `${next} comes after ${version}`);
}

export const nameParts: readonly FuzzPart[] = [
  { name: "names of Gitea's packages", count: 80_000, tryOne: tryGiteaNames },
  { name: "names of GitLab's packages", count: 60_000, tryOne: tryGitlabNames },
  { name: "names of namespaces", count: 50_000, tryOne: tryNamespaces },
  { name: "versions", count: 80_000, tryOne: tryVersions },
];
