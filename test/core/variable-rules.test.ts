import { describe, expect, it } from "bun:test";
import { RegistryError } from "../../src/core/registry-error.ts";
import { checkVariable, checkVariableKey, type CheckedVariable } from "../../src/core/variable-rules.ts";

/** What is wrong, as `field: message`; null for nothing. */
function problemOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== "value_invalid") throw error;
    return `${error.details.subject}: ${error.message}`;
  }
}

function problemWith(given: Partial<CheckedVariable>): string | null {
  return problemOf(() => checkVariable({ value: "", environmentScope: "*", description: null, isMasked: false, isRaw: false, ...given }));
}

describe("a variable's key", () => {
  it("is 1 to 255 letters, digits and underscores", () => {
    for (const key of ["A", "_", "a9_B", "9", "K".repeat(255)]) expect(problemOf(() => checkVariableKey(key))).toBeNull();
    expect(problemOf(() => checkVariableKey(""))).toBe("key: can't be blank");
    expect(problemOf(() => checkVariableKey("K".repeat(256)))).toBe("key: is too long (maximum is 255 characters)");
    for (const key of ["A-B", "a b", "ä", "K\n", "a.b"])
      expect(problemOf(() => checkVariableKey(key))).toBe("key: can contain only letters, digits and '_'.");
  });
});

describe("a variable's value", () => {
  it("has at most 10,000 characters, however many bytes those have", () => {
    expect(problemWith({ value: "😀".repeat(10_000) })).toBeNull();
    for (const value of ["x".repeat(10_001), "😀".repeat(10_001), "x".repeat(1_000_000)])
      expect(problemWith({ value })).toBe("value: The value of the provided variable exceeds the 10000 character limit");
  });

  it("is text that can be stored", () => {
    expect(problemWith({ value: "\ud800" })).toBe("value: is invalid");
  });

  it("is masked when it is one line of at least eight unsuspicious characters", () => {
    for (const value of ["12345678", "aZ_+=/@:", ".~-.~-.~"]) expect(problemWith({ value, isMasked: true })).toBeNull();
    for (const value of ["", "1234567", "1234 5678", "12345678\n", "1234$5678", "passwörter", "a,b,c,d,e"])
      expect(problemWith({ value, isMasked: true })).toBe("value: is invalid");
  });

  it("is masked with any characters but white space when it is raw", () => {
    for (const value of ["1234$5678", "passwörter"]) expect(problemWith({ value, isMasked: true, isRaw: true })).toBeNull();
    for (const value of ["1234567", "1234 5678", "12345678\n"]) expect(problemWith({ value, isMasked: true, isRaw: true })).toBe("value: is invalid");
  });
});

describe("a variable's environment scope and description", () => {
  it("take what GitLab takes", () => {
    for (const environmentScope of ["*", "review/*", "prod-1.2_${X} y"]) expect(problemWith({ environmentScope })).toBeNull();
    expect(problemWith({ environmentScope: " " })).toBe("environment_scope: can't be blank");
    expect(problemWith({ environmentScope: "a".repeat(256) })).toBe("environment_scope: is too long (maximum is 255 characters)");
    expect(problemWith({ environmentScope: "a\nb" })).toStartWith("environment_scope: can contain only letters");
    expect(problemWith({ description: "😀".repeat(255) })).toBeNull();
    expect(problemWith({ description: "x".repeat(256) })).toBe("description: is too long (maximum is 255 characters)");
  });
});
