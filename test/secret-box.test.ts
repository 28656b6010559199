import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RegistryError } from "../src/core/registry-error.ts";
import { createSecretBox, openSecretBox } from "../src/secret-box.ts";

describe("createSecretBox", () => {
  const key = randomBytes(32);
  const box = createSecretBox(key);

  it.each(["", "a", "s3cret value", "ü\u{1F4E6}\n\0", "x".repeat(100_000)])("opens what it sealed", (text) => {
    expect(box.open(box.seal(text, "project 1 TOKEN"), "project 1 TOKEN")).toBe(text);
  });

  it("seals as v1, fingerprint, nonce, and the text with its tag", () => {
    expect(box.seal("text", "here")).toMatch(/^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{27}$/);
  });

  it("never shows the text, and seals the same text differently each time", () => {
    const sealed = Array.from({ length: 200 }, () => box.seal("s3cret", "here"));
    expect(new Set(sealed.map((text) => text.split(".")[2])).size).toBe(200);
    expect(new Set(sealed.map((text) => text.split(".")[3])).size).toBe(200);
    for (const form of ["utf8", "hex", "base64url"] as const)
      expect(sealed.join()).not.toContain(Buffer.from("s3cret").toString(form));
  });

  it("opens with a box made of the same key", () => {
    expect(createSecretBox(Buffer.from(key)).open(box.seal("text", "here"), "here")).toBe("text");
  });

  it.each(["", "there", "here ", "Here"])("does not open for the context %p", (context) => {
    expect(refusalOf(() => box.open(box.seal("text", "here"), context)).code).toBe("secret_unreadable");
  });

  it("does not open with another key, and says that it is another", () => {
    const refusal = refusalOf(() => createSecretBox(randomBytes(32)).open(box.seal("text", "here"), "here"));
    expect(refusal.code).toBe("secret_unreadable");
    expect(refusal.message).toContain("restore the key file");
  });

  it("does not open with another key even where that has the same fingerprint", () => {
    const other = createSecretBox(randomBytes(32));
    const [, fingerprint = ""] = other.seal("", "").split(".");
    const [version, , ...rest] = box.seal("text", "here").split(".");
    expect(refusalOf(() => other.open([version, fingerprint, ...rest].join("."), "here")).code).toBe("secret_unreadable");
  });

  it("does not open when any one character is another, is missing, or is added", () => {
    const sealed = box.seal("text", "here");
    for (let i = 0; i <= sealed.length; i += 1) {
      for (const sign of "A0_.=")
        if (sealed[i] !== sign)
          expect(refusalOf(() => box.open(sealed.slice(0, i) + sign + sealed.slice(i + 1), "here")).code).toBe("secret_unreadable");
      if (i < sealed.length) expect(refusalOf(() => box.open(sealed.slice(0, i) + sealed.slice(i + 1), "here")).code).toBe("secret_unreadable");
      expect(refusalOf(() => box.open(`${sealed.slice(0, i)}-${sealed.slice(i)}`, "here")).code).toBe("secret_unreadable");
    }
  });

  it.each(["", "v1", "v1...", "v1.00000000..", "plain text", "v2.00000000.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"])("does not open %p", (text) => {
    expect(refusalOf(() => box.open(text, "here")).code).toBe("secret_unreadable");
  });

  it("says nothing of the key or the text when it refuses", () => {
    const refusal = refusalOf(() => box.open(box.seal("s3cret", "here"), "there"));
    expect(Bun.inspect(refusal)).not.toContain("s3cret");
    expect(Bun.inspect(refusal)).not.toContain(key.toString("hex"));
  });

  it.each([0, 16, 31, 33])("refuses a key of %p bytes", (length) => {
    expect(() => createSecretBox(Buffer.alloc(length))).toThrow(RangeError);
  });
});

describe("openSecretBox", () => {
  let folder = "";
  let keyFile = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stowage-secret-box-"));
    keyFile = join(folder, "secret-key");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("makes a key file that this account alone can read, and leaves nothing else", () => {
    openSecretBox(keyFile, false);
    expect(readFileSync(keyFile, "latin1")).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["secret-key"]);
  });

  it("makes another key each time, and opens what the file's key sealed", () => {
    const sealed = openSecretBox(keyFile, false).seal("text", "here");
    expect(openSecretBox(keyFile, true).open(sealed, "here")).toBe("text");
    expect(openSecretBox(keyFile, false).open(sealed, "here")).toBe("text");
    const other = openSecretBox(join(folder, "other"), false);
    expect(refusalOf(() => other.open(sealed, "here")).code).toBe("secret_unreadable");
  });

  it("makes no key where values are sealed already, and says what to do", () => {
    expect(messageOf(() => openSecretBox(keyFile, true))).toMatch(/secret-key is missing.*restore it/);
    expect(existsSync(keyFile)).toBe(false);
  });

  it.each(["ab".repeat(32), `${"AB".repeat(32)}\r\n`])("reads a key as people write it: %p", (text) => {
    writeFileSync(keyFile, text);
    const sealed = createSecretBox(Buffer.from("ab".repeat(32), "hex")).seal("text", "here");
    expect(openSecretBox(keyFile, true).open(sealed, "here")).toBe("text");
  });

  it.each(["", "\n", "ab", "ab".repeat(31), "ab".repeat(33), "xy".repeat(32), `${"ab".repeat(32)} `, "ab".repeat(1_000_000)])(
    "refuses a file without a key and leaves it as it is",
    (text) => {
      writeFileSync(keyFile, text);
      for (const hasSealedValues of [true, false]) {
        const message = messageOf(() => openSecretBox(keyFile, hasSealedValues));
        expect(message).toContain("holds no key");
        expect(message).not.toContain("abab");
      }
      expect(readFileSync(keyFile, "latin1")).toBe(text);
    },
  );

  it("fails where the file cannot be written, and where it is no file", () => {
    expect(messageOf(() => openSecretBox(join(folder, "missing", "secret-key"), false))).toContain("ENOENT");
    mkdirSync(keyFile);
    expect(messageOf(() => openSecretBox(keyFile, false))).toContain("EISDIR");
  });
});

function refusalOf(action: () => unknown): RegistryError {
  try {
    action();
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("nothing was refused");
}
