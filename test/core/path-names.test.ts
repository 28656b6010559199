import { describe, expect, it } from "bun:test";
import { checkFullPath, parsePathPart, pathFromName } from "../../src/core/namespace-name.ts";
import { RegistryError } from "../../src/core/registry-error.ts";

function codeOf(action: () => unknown): string {
  try {
    action();
    return "taken";
  } catch (error) {
    return error instanceof RegistryError ? error.code : String(error);
  }
}

describe("the last part of a path below the top", () => {
  it.each(["a", "A.b-c_d", "_x", "9", "a..b", "a--b", "x.gitx", "v2", "api", "a".repeat(255)])("may be %s", (text) => {
    expect(parsePathPart(text) as string).toBe(text);
  });
  it.each(["", "-", "-a", ".a", ".", "..", "a.", "a.git", "a.GIT", "a.atom", "a/b", "a b", "ä", "a\n", "a\0", "a".repeat(256)])(
    "may not be %p",
    (text) => expect(codeOf(() => parsePathPart(text))).toBe("name_invalid"),
  );
});

describe("a whole path", () => {
  it("has at most 1,024 characters", () => {
    const part = "a".repeat(255);
    const longest = [part, part, part, part].join("/") + "/";
    expect(codeOf(() => checkFullPath(longest.slice(0, 1024)))).toBe("taken");
    expect(codeOf(() => checkFullPath(`${longest}a`))).toBe("name_invalid");
  });
  it("has at most 20 levels", () => {
    expect(codeOf(() => checkFullPath(Array.from({ length: 20 }, () => "a").join("/")))).toBe("taken");
    expect(codeOf(() => checkFullPath(Array.from({ length: 21 }, () => "a").join("/")))).toBe("name_invalid");
  });
});

describe("a path made of a name", () => {
  it.each([
    ["My Tools", "my-tools"],
    ["  Ünïted -- Things!  ", "united-things"],
    ["a_b.c", "a_b-c"],
    ["日本", ""],
    ["-x-", "x"],
  ])("of %p is %p", (name, path) => expect(pathFromName(name)).toBe(path));
});
