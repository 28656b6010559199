import type SemVer from "semver/classes/semver";
// Each from its own file: the package as a whole reads ranges too, in five times as many files.
import compare from "semver/functions/compare";
import inc from "semver/functions/inc";
import parse from "semver/functions/parse";
import { RegistryError } from "./registry-error.ts";

/** A version by SemVer 2.0.0; build metadata has no precedence and is left out. */
export interface VersionNumber {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Empty for a release. Identifiers of digits alone are numbers. */
  readonly prerelease: readonly (string | number)[];
}

/** Which version comes next. */
export interface WantedVersion {
  readonly bump: "major" | "minor" | "patch" | "prerelease";
  /** The version to begin with where there is none yet; null for 0.1.0. */
  readonly first: string | null;
  /** What a prerelease is called, such as `alpha` in 1.0.0-alpha.0; null for a number alone. */
  readonly preid: string | null;
}

const maxCharacters = 255;
const maxPreidCharacters = 64;
const defaultFirst = "0.1.0";
const digits = /^[0-9]+$/;
const preidShape = /^(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*$/;

/**
 * Reads a version by SemVer 2.0.0, with or without a leading `v`. Null for any other text, for a number above 2^53-1 and
 * for more than 255 characters.
 */
export function parseVersionNumber(text: string): VersionNumber | null {
  if (text.length > maxCharacters || /\s/.test(text)) return null;
  const version = parse(text);
  if (version === null) return null;
  const prerelease = version.prerelease.map(readIdentifier);
  if (prerelease.some((identifier) => typeof identifier === "number" && !Number.isSafeInteger(identifier))) return null;
  return { major: version.major, minor: version.minor, patch: version.patch, prerelease };
}

/**
 * The version after all those taken, with precedence strictly above each (npm's rules of increment: a patch of
 * 1.0.0-rc.1 is 1.0.0; a prerelease of 1.0.0 is 1.0.1-0). Where these would go back, as from 1.0.0-beta.1 to alpha, it
 * is the prerelease of the next patch. `taken` holds at least every version of the highest major.minor.patch, in any
 * order; what is no SemVer in it has no precedence and is passed over. With nothing taken it is `first`.
 * Throws `value_invalid` for a `first` that is no SemVer or has a leading `v` or build metadata, for a `preid` that is no
 * list of SemVer identifiers, and when a number would exceed 2^53-1 or the version 255 characters.
 */
export function nextVersion(wanted: WantedVersion, taken: readonly string[]): string {
  const { bump, first, preid } = wanted;
  if (first !== null) checkFirst(first);
  if (preid !== null) checkPreid(preid);
  const highest = highestOf(taken);
  if (highest === null) return first ?? (bump === "prerelease" ? `${defaultFirst}-${preid === null ? "" : `${preid}.`}0` : defaultFirst);
  if (bump === "prerelease" && highest.prerelease.map(readIdentifier).includes(Number.MAX_SAFE_INTEGER)) throw exhausted(highest);
  const next = increment(highest, bump, preid);
  return compare(next, highest) > 0 ? next : increment(highest, "prepatch", preid);
}

function increment(from: SemVer, bump: WantedVersion["bump"] | "prepatch", preid: string | null): string {
  const next = preid === null ? inc(from.version, bump) : inc(from.version, bump, preid);
  if (next === null || parseVersionNumber(next) === null) throw exhausted(from);
  return next;
}

function highestOf(taken: readonly string[]): SemVer | null {
  let highest: SemVer | null = null;
  for (const text of taken) {
    const version = parseVersionNumber(text) === null ? null : parse(text);
    if (version !== null && (highest === null || compare(version, highest) > 0)) highest = version;
  }
  return highest;
}

/** The library leaves numbers from 2^53-1 on as text. */
function readIdentifier(identifier: string | number): string | number {
  return typeof identifier === "string" && digits.test(identifier) ? Number(identifier) : identifier;
}

function checkFirst(first: string): void {
  if (parseVersionNumber(first) === null || first.startsWith("v") || first.includes("+"))
    throw new RegistryError("value_invalid", "first must be a version by SemVer 2.0.0, without a leading v or build metadata", {
      subject: "first",
    });
}

function checkPreid(preid: string): void {
  const isValid = preid.length <= maxPreidCharacters && preidShape.test(preid);
  const isTooLarge = preid.split(".").some((part) => digits.test(part) && !Number.isSafeInteger(Number(part)));
  if (!isValid || isTooLarge)
    throw new RegistryError(
      "value_invalid",
      `preid must be identifiers of letters, digits and - with dots between, at most ${maxPreidCharacters} characters`,
      { subject: "preid" },
    );
}

function exhausted(from: SemVer): RegistryError {
  return new RegistryError("value_invalid", `there is no such version after ${from.version}: a number or the text would become too large`, {
    subject: "bump",
  });
}
