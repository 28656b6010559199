import { describe, expect, it } from "bun:test";
import { nextVersion, parseVersionNumber, type VersionNumber, type WantedVersion } from "../../src/core/semantic-version.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { createRandom, type Random, seedOfRun } from "../support/fault-random.ts";

const most = Number.MAX_SAFE_INTEGER;

describe("parseVersionNumber", () => {
  it.each([
    ["1.2.3", [1, 2, 3, []]],
    ["v1.2.3", [1, 2, 3, []]],
    ["0.0.0", [0, 0, 0, []]],
    ["1.2.3-alpha.1", [1, 2, 3, ["alpha", 1]]],
    ["1.2.3-0a.-.x-y", [1, 2, 3, ["0a", "-", "x-y"]]],
    ["1.2.3+build.007", [1, 2, 3, []]],
    ["1.2.3-rc.1+build", [1, 2, 3, ["rc", 1]]],
    [`${most}.${most}.${most}-${most}`, [most, most, most, [most]]],
    [`1.2.3-${"a".repeat(249)}`, [1, 2, 3, ["a".repeat(249)]]],
  ] as const)("reads %p", (text, [major, minor, patch, prerelease]) => {
    expect(parseVersionNumber(text)).toEqual({ major, minor, patch, prerelease: [...prerelease] });
  });

  it.each([
    "", "1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+", "1.2.3-ä", "V1.2.3", "vv1.2.3", "=1.2.3",
    " 1.2.3", "1.2.3\n", "v 1.2.3", "-1.2.3", "1.2.x", "latest", "1.2.3_4", "9007199254740992.0.0", "0.0.9007199254740992",
    "1.2.3-9007199254740992", "1.2.3-a.99999999999999999999", `1.2.3-${"a".repeat(250)}`, `1.2.3+${"a".repeat(250)}`, "1".repeat(1_000_000),
  ])("finds none in %p", (text) => {
    expect(parseVersionNumber(text)).toBeNull();
  });
});

describe("nextVersion", () => {
  it.each([
    ["patch", null, null, [], "0.1.0"],
    ["major", null, null, [], "0.1.0"],
    ["prerelease", null, null, [], "0.1.0-0"],
    ["prerelease", null, "alpha", [], "0.1.0-alpha.0"],
    ["patch", "1.0.0", null, [], "1.0.0"],
    ["prerelease", "2.0.0-rc.1", "alpha", [], "2.0.0-rc.1"],
    ["patch", "9.0.0", null, ["1.0.0"], "1.0.1"],
    ["patch", null, null, ["not a version"], "0.1.0"],
    ["patch", null, null, ["1.2.3"], "1.2.4"],
    ["minor", null, null, ["1.2.3"], "1.3.0"],
    ["major", null, null, ["1.2.3"], "2.0.0"],
    ["patch", null, null, ["v1.2.3+build"], "1.2.4"],
    ["patch", null, null, ["1.2.9", "1.2.10"], "1.2.11"],
    ["patch", null, null, ["1.2.3-rc.1"], "1.2.3"],
    ["patch", null, null, ["1.2.3-rc.1", "1.2.3"], "1.2.4"],
    ["minor", null, null, ["2.0.0-rc.1"], "2.0.0"],
    ["prerelease", null, null, ["1.2.3"], "1.2.4-0"],
    ["prerelease", null, "beta", ["1.2.3"], "1.2.4-beta.0"],
    ["prerelease", null, null, ["1.0.0-alpha.9", "1.0.0-alpha.10"], "1.0.0-alpha.11"],
    ["prerelease", null, "beta", ["1.0.0-alpha.9"], "1.0.0-beta.0"],
    ["prerelease", null, "alpha", ["1.0.0-alpha.9", "1.0.0-beta.3"], "1.0.1-alpha.0"],
    ["prerelease", null, "alpha", ["1.0.0-alpha"], "1.0.0-alpha.0"],
    ["prerelease", null, "0", ["1.0.0-5"], "1.0.1-0.0"],
    ["prerelease", null, "x.y", ["1.0.0-x.y.4"], "1.0.0-x.y.5"],
    ["patch", null, null, [`1.0.0-${most}`], "1.0.0"],
  ] as const)("%s, first %p, preid %p after %p is %p", (bump, first, preid, taken, expected) => {
    expect(nextVersion({ bump, first, preid }, taken)).toBe(expected);
  });

  it.each(["", "v1.0.0", "1.0.0+build", "1.0", "latest", "1.0.0 ", `${most}0.0.0`])("refuses to begin with %p, whatever is taken", (first) => {
    for (const taken of [[], ["1.0.0"]]) expect(refusalOf({ bump: "patch", first, preid: null }, taken)?.details.subject).toBe("first");
  });

  it.each(["", ".", "a.", "a..b", "01", "a.01", "a_b", "a+b", "ä", "a b", "a\n", "99999999999999999999", "a".repeat(65), "a".repeat(1_000_000)])(
    "refuses the prerelease identifier %p",
    (preid) => {
      expect(refusalOf({ bump: "prerelease", first: null, preid }, [])).toMatchObject({ code: "value_invalid", details: { subject: "preid" } });
    },
  );

  it.each([
    ["major", `${most}.0.0`],
    ["minor", `1.${most}.0`],
    ["patch", `1.0.${most}`],
    ["prerelease", `1.0.${most}`],
    ["prerelease", `1.0.0-${most}`],
    ["prerelease", `1.0.0-alpha.${most}`],
    ["prerelease", `1.0.0-${"a".repeat(249)}`],
  ] as const)("refuses the %s after %s", (bump, taken) => {
    expect(refusalOf({ bump, first: null, preid: null }, [taken])).toMatchObject({ code: "value_invalid", details: { subject: "bump" } });
  });

  it("is above everything taken, by SemVer's order, a valid version, and the same whatever the order of those taken", () => {
    const seed = seedOfRun();
    const random = createRandom(seed);
    const kinds = new Set<string>();
    for (let i = 0; i < 20_000; i += 1) {
      const taken = Array.from({ length: random.whole(1, 6) }, () => `${random.fraction() < 0.2 ? "v" : ""}1.0.${random.whole(0, 2)}${randomPrerelease(random)}`);
      const bump = random.pick(["major", "minor", "patch", "prerelease"] as const) ?? "patch";
      const wanted: WantedVersion = { bump, first: null, preid: random.pick([null, "alpha", "beta", "0", "7", "a.1", "-"]) };
      const next = nextVersion(wanted, taken);
      const failed = taken.filter((text) => order(read(next), read(text)) <= 0);
      if (failed.length > 0) throw new Error(`seed ${seed}: ${JSON.stringify(wanted)} gave ${next}, not above ${failed.join(" ")}`);
      if (next.startsWith("v") || (bump !== "prerelease" && next.includes("-"))) throw new Error(`seed ${seed}: ${bump} gave ${next}`);
      expect(nextVersion(wanted, taken.toReversed())).toBe(next);
      kinds.add(`${bump}${next.includes("-")}`);
    }
    expect([...kinds].toSorted()).toEqual(["majorfalse", "minorfalse", "patchfalse", "prereleasetrue"]);
  });

  it("never gives a number twice in a row of reservations", () => {
    const seed = seedOfRun();
    const random = createRandom(seed);
    const taken: string[] = [];
    for (let i = 0; i < 500; i += 1) {
      const bump = random.pick(["major", "minor", "patch", "prerelease", "prerelease"] as const) ?? "patch";
      taken.push(nextVersion({ bump, first: null, preid: random.pick([null, "alpha", "rc"]) }, taken));
    }
    if (new Set(taken).size !== 500) throw new Error(`seed ${seed}: a version was given twice`);
    expect(taken.toSorted((one, other) => order(read(one), read(other)))).toEqual(taken);
  });
});

function refusalOf(wanted: WantedVersion, taken: readonly string[]): RegistryError | null {
  try {
    nextVersion(wanted, taken);
    return null;
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
}

function randomPrerelease(random: Random): string {
  const identifiers = Array.from({ length: random.whole(0, 4) }, () => random.pick(["alpha", "beta", "rc", "0", "1", "9", "10", "a-b", "-"]));
  return identifiers.length === 0 ? "" : `-${identifiers.join(".")}`;
}

function read(text: string): VersionNumber {
  const version = parseVersionNumber(text);
  if (version === null) throw new Error(`${text} is no version`);
  return version;
}

/** SemVer 2.0.0, section 11, written down once more: not by the library that is tested. */
function order(one: VersionNumber, other: VersionNumber): number {
  const numbers = one.major - other.major || one.minor - other.minor || one.patch - other.patch;
  if (numbers !== 0) return numbers;
  if (one.prerelease.length === 0 || other.prerelease.length === 0) return other.prerelease.length - one.prerelease.length;
  for (const [i, left] of one.prerelease.entries()) {
    const right = other.prerelease[i];
    if (right === undefined) return 1;
    if (left === right) continue;
    if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return one.prerelease.length - other.prerelease.length;
}
