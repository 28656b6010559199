import { describe, expect, it } from "bun:test";
import type { NewReleaseLink } from "../../src/core/ports/release-store.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { checkRelease, checkReleaseLink, checkReleaseLinks, checkTag, maxReleaseLinks } from "../../src/core/release-rules.ts";

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

function newLink(name: string): NewReleaseLink {
  return { name, url: `https://example.com/${name}`, filepath: `/${name}`, type: "other" };
}

describe("a release's tag", () => {
  it("is any line of 1 to 255 characters", () => {
    for (const tag of ["v1.0.0", "feature/x", "ä b", "...", "😀".repeat(255)]) expect(problemOf(() => checkTag(tag))).toBeNull();
    expect(problemOf(() => checkTag(" "))).toBe("tag: can't be blank");
    expect(problemOf(() => checkTag("v".repeat(256)))).toBe("tag: is too long (maximum is 255 characters)");
    for (const tag of ["v1\n", "v\u0000", "\ud800"]) expect(problemOf(() => checkTag(tag))).toBe("tag: must not have control characters");
    for (const tag of [".", ".."]) expect(problemOf(() => checkTag(tag))).toBe("tag: is invalid");
  });
});

describe("what a release says", () => {
  it("is bounded", () => {
    expect(problemOf(() => checkRelease({ name: "One", description: "x".repeat(1_000_000), ref: "main" }))).toBeNull();
    expect(problemOf(() => checkRelease({ description: "x".repeat(1_000_001) }))).toStartWith("description: is too long");
    expect(problemOf(() => checkRelease({ description: "\udc00" }))).toBe("description: is invalid");
    expect(problemOf(() => checkRelease({ name: "x".repeat(256) }))).toStartWith("name: is too long");
    expect(problemOf(() => checkRelease({ ref: "a\nb" }))).toBe("ref: must not have control characters");
  });
});

describe("a release's link", () => {
  it("leads to a valid address of a scheme of the web, or ftp", () => {
    for (const url of ["https://example.com", "HTTP://example.com/a?b#c", "ftp://example.com/f", "https://u@example.com:8443/ä", "http://[::1]/"])
      expect(problemOf(() => checkReleaseLink({ url }))).toBeNull();
    for (const url of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ssh://example.com"])
      expect(problemOf(() => checkReleaseLink({ url }))).toBe("url: is blocked: Only allowed schemes are http, https, ftp");
    for (const url of ["example.com/a", "/a", "https://", "https:///a", "https:example.com", "https://exa mple.com", "https://example.com/\r\nx: y", "https://\\example.com"])
      expect(problemOf(() => checkReleaseLink({ url }))).toBe("url: must be a valid URL");
    expect(problemOf(() => checkReleaseLink({ url: "" }))).toBe("url: can't be blank");
    expect(problemOf(() => checkReleaseLink({ url: `https://example.com/${"x".repeat(4096)}` }))).toStartWith("url: is too long");
  });

  it("has a file path of GitLab's shape, and answers fast to what is none", () => {
    for (const filepath of [null, "/a", "/bin/app-1.0_x.tar.gz", "/-/a", `/${"a".repeat(127)}`])
      expect(problemOf(() => checkReleaseLink({ filepath }))).toBeNull();
    for (const filepath of ["a", "/", "//a", "/a//b", "/a/", "/a.", "/a b", "/ä", "/a\n", `/${"a/".repeat(60)}!`])
      expect(problemOf(() => checkReleaseLink({ filepath }))).toBe("filepath: is invalid");
    expect(problemOf(() => checkReleaseLink({ filepath: `/${"a".repeat(128)}` }))).toStartWith("filepath: is too long");
  });

  it("has a name", () => {
    expect(problemOf(() => checkReleaseLink({ name: "My Asset" }))).toBeNull();
    expect(problemOf(() => checkReleaseLink({ name: " " }))).toBe("name: can't be blank");
  });
});

describe("the links of a new release", () => {
  it("share nothing, but may all have no path", () => {
    expect(problemOf(() => checkReleaseLinks([{ ...newLink("a"), filepath: null }, { ...newLink("b"), filepath: null }]))).toBeNull();
    for (const field of ["name", "url", "filepath"] as const) {
      const links = [newLink("a"), { ...newLink("b"), [field]: newLink("a")[field] }, newLink("c")];
      expect(problemOf(() => checkReleaseLinks(links))).toBe(`links: have duplicate values (${newLink("a")[field]})`);
    }
  });

  it("are not too many, and each is right", () => {
    const links = Array.from({ length: maxReleaseLinks }, (_, index) => newLink(`l${index}`));
    expect(problemOf(() => checkReleaseLinks(links))).toBeNull();
    expect(problemOf(() => checkReleaseLinks([...links, newLink("more")]))).toBe("base: Maximum number of release links (1000) exceeded");
    expect(problemOf(() => checkReleaseLinks([newLink("a"), { ...newLink("b"), url: "" }]))).toBe("links.url: can't be blank");
  });
});
