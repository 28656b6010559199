import { describe, expect, it } from "bun:test";
import { checkNamePattern, matchesNamePattern } from "../../src/core/name-pattern.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";

describe("matchesNamePattern", () => {
  it.each([
    ["tool", "tool", true],
    ["tool", "toolbox", false],
    ["tool", "mytool", false],
    ["Tool", "tool", false],
    ["tool*", "tool", true],
    ["tool*", "toolbox", true],
    ["*tool", "mytool", true],
    ["*tool", "mytools", false],
    ["*", "anything", true],
    ["**", "anything", true],
    ["*", "", true],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["ab*ba", "aba", false],
    ["*a*b*", "xxaxxbxx", true],
    ["*b*a*", "xxaxxb", false],
    ["a*bc*c", "abcc", true],
    ["a*bc*c", "abc", false],
    ["a*b*b", "ab", false],
    ["to.l", "tool", false],
    ["t?ol", "tool", false],
    ["[t]ool", "tool", false],
    ["my-*-+1.0", "my-x-+1.0", true],
    ["my-*\u{1F4E6}", "my-\u{1F4E6}\u{1F4E6}", true],
  ])("%p on %p: %p", (pattern, name, expected) => {
    expect(matchesNamePattern(pattern, name)).toBe(expected);
  });

  it("agrees with a regular expression on random patterns and names", () => {
    const seed = seedOfRun();
    const random = createRandom(seed);
    let matches = 0;
    for (let i = 0; i < 20_000; i += 1) {
      const pattern = Array.from({ length: random.whole(1, 8) }, () => random.pick(["a", "b", "*", "*"])).join("");
      const name = Array.from({ length: random.whole(0, 10) }, () => random.pick(["a", "b"])).join("");
      const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name);
      if (matchesNamePattern(pattern, name) !== expected) throw new Error(`seed ${seed}: ${pattern} on ${name} is not ${expected}`);
      if (expected) matches += 1;
    }
    expect(matches).toBeGreaterThan(1000);
  });

  it("takes under a millisecond for many wildcards on a long name", () => {
    const pattern = `${"*a".repeat(126)}*b`;
    const best = Math.min(
      ...Array.from({ length: 5 }, () => {
        const before = process.cpuUsage();
        for (let i = 0; i < 100; i += 1) matchesNamePattern(pattern, "a".repeat(255));
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 100_000;
      }),
    );
    expect(best).toBeLessThan(1);
    expect(matchesNamePattern(pattern, `${"a".repeat(254)}b`)).toBe(true);
  });
});

describe("checkNamePattern", () => {
  it.each(["my-*", "*", "a b", "ü*", "\u{1F4E6}".repeat(255), "a".repeat(255)])("accepts %p", (text) => {
    expect(refusalOf(text)).toBeNull();
  });

  it.each(["", "a".repeat(256), "\u{1F4E6}".repeat(256), "a".repeat(10_000_000), "a\nb", "a\0", "\u007f", "\u0085", "\u2028", "\ud800"])(
    "refuses %p",
    (text) => {
      expect(refusalOf(text)).toMatchObject({ code: "value_invalid", details: { subject: "package_name_pattern" } });
    },
  );
});

function refusalOf(text: string): RegistryError | null {
  try {
    checkNamePattern(text);
    return null;
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
}
