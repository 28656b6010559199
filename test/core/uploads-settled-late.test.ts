import { beforeEach, describe, expect, it } from "bun:test";
import { createHash } from "node:crypto";
import type { HashAlgorithm } from "../../src/core/ports/blob-store.ts";
import type { ExpectedDigest } from "../../src/core/operations/digest-check.ts";
import type { FileToPublish, SettledUpload } from "../../src/core/operations/publish-file.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { codeOf, contentOf, fileOf, openRegistry, type OpenedRegistry } from "./open-registry.ts";

let opened: OpenedRegistry;
beforeEach(async () => {
  opened = await openRegistry();
});

const digestOf = (algorithm: HashAlgorithm, text: string, source: string = algorithm): ExpectedDigest => ({
  algorithm,
  hex: createHash(algorithm).update(text).digest("hex"),
  source,
});

async function publish(text: string, given: Partial<FileToPublish> = {}): Promise<string> {
  const grant = await opened.registry.openNamespace(await opened.signedIn("root"), "group/app", "publish");
  return codeOf(opened.registry.publishFile(grant, fileOf(text, given)));
}

/** That there are no bytes and no records of any package. */
async function expectNothing(): Promise<void> {
  expect(await opened.stored()).toEqual([0, 0]);
  expect(await opened.metadata.packages.findPackage(opened.app.id, "p", "folded")).toBeNull();
  expect(await opened.metadata.blobs.totals()).toEqual({ blobs: 0, bytes: 0 });
}

describe("an upload whose sender says what it hashes to", () => {
  const algorithms = ["sha256", "md5", "sha1", "sha512"] as const;
  for (const algorithm of algorithms) {
    it(`is taken when that is so: ${algorithm}`, async () => {
      expect(await publish("content", { expectedDigests: [digestOf(algorithm, "content")] })).toBe("ok");
      expect(await opened.textOf("f")).toBe("content");
    });

    it(`leaves nothing when that is not so: ${algorithm}`, async () => {
      expect(await publish("content", { expectedDigests: [digestOf(algorithm, "contenT")] })).toBe("digest_mismatch");
      await expectNothing();
    });
  }

  it("is held to every one of them, and the refusal names the one that is wrong", async () => {
    const right = algorithms.map((algorithm) => digestOf(algorithm, "content"));
    expect(await publish("content", { expectedDigests: right })).toBe("ok");
    for (const [index, algorithm] of algorithms.entries()) {
      const expectedDigests = right.with(index, digestOf(algorithm, "other", `Header-${index}`));
      const grant = await opened.registry.openNamespace(await opened.signedIn("root"), "group/app", "publish");
      const error: unknown = await opened.registry.publishFile(grant, fileOf("content", { expectedDigests, path: "g" })).then(() => null, (cause: unknown) => cause);
      expect(error).toBeInstanceOf(RegistryError);
      expect(error).toMatchObject({ code: "digest_mismatch", details: { subject: `Header-${index}` } });
    }
    expect(await opened.textOf("g")).toBeNull();
    expect(await opened.stored()).toEqual([1, 0]);
  });

  it("is held to both where one algorithm is named twice", async () => {
    for (const order of [0, 1]) {
      const both = [digestOf("md5", "content"), digestOf("md5", "other")];
      expect(await publish("content", { expectedDigests: order === 0 ? both : both.toReversed() })).toBe("digest_mismatch");
    }
    await expectNothing();
  });

  it("may be empty", async () => {
    for (const algorithm of algorithms) expect(await publish("", { path: algorithm, expectedDigests: [digestOf(algorithm, "")] })).toBe("ok");
  });
});

describe("an upload that is settled at its end", () => {
  it("gets the name and the status that were said behind it", async () => {
    const settle = (): SettledUpload => ({ kind: "named", path: "named/late", status: "hidden" });
    expect(await publish("content", { path: "early", settle })).toBe("ok");
    expect([await opened.textOf("named/late"), await opened.textOf("early")]).toEqual(["content", null]);
    const version = await opened.metadata.packages.findVersion({ namespaceId: opened.app.id, packageName: "p", version: "1.0.0", match: "exact" });
    expect(version?.status).toBe("hidden");
  });

  it("is asked only when the content was read to its end", async () => {
    const steps: string[] = [];
    const content = contentOf("content", async () => steps.push("middle"));
    const settle = (): SettledUpload => {
      steps.push("settled");
      return { kind: "named", path: "f", status: null };
    };
    expect(await publish("", { content, settle })).toBe("ok");
    expect(steps).toEqual(["middle", "settled"]);
  });

  it("meets the duplicate policy under the name it gets, not under the one it had", async () => {
    expect(await publish("first", { path: "taken" })).toBe("ok");
    const named = (path: string) => (): SettledUpload => ({ kind: "named", path, status: null });
    expect(await publish("second", { path: "free", onDuplicate: "reject", settle: named("taken") })).toBe("file_exists");
    expect(await publish("second", { path: "taken", onDuplicate: "reject", settle: named("free") })).toBe("ok");
    expect([await opened.textOf("taken"), await opened.textOf("free")]).toEqual(["first", "second"]);
    expect(await opened.stored()).toEqual([2, 0]);
  });

  it("is held to its digests, and leaves nothing", async () => {
    const settle = (): SettledUpload => ({ kind: "named", path: "f", status: null });
    expect(await publish("content", { settle, expectedDigests: [digestOf("sha1", "other")] })).toBe("digest_mismatch");
    await expectNothing();
    expect(await publish("content", { settle, expectedDigests: [digestOf("sha1", "content")] })).toBe("ok");
  });

  it("leaves nothing when what was said cannot be had", async () => {
    const refuse = (): SettledUpload => {
      throw new RegistryError("name_invalid", "the name that was said behind the file", { subject: "path" });
    };
    expect(await publish("content", { settle: refuse })).toBe("name_invalid");
    const fail = (): SettledUpload => {
      throw new Error("a fault");
    };
    expect(await publish("content", { settle: fail })).toBe("Error: a fault");
    await expectNothing();
  });
});

describe("an upload that turns out to be a part of what is to be stored", () => {
  const whole = (before: string, rest: string, during?: () => Promise<unknown>) => (): SettledUpload => ({
    kind: "whole",
    before: Buffer.from(before),
    rest: contentOf(rest, during),
  });

  it("is stored byte for byte with what stood around it, under its first name", async () => {
    expect(await publish("content", { path: "body", status: "hidden", settle: whole("--b\r\n\r\n", "\r\n--b--") })).toBe("ok");
    expect(await opened.textOf("body")).toBe("--b\r\n\r\ncontent\r\n--b--");
    expect(await opened.stored()).toEqual([1, 0]);
    expect(await publish("", { path: "nothing before", settle: whole("", "rest") })).toBe("ok");
    expect(await opened.textOf("nothing before")).toBe("rest");
    expect(await publish("all", { path: "nothing around", settle: whole("", "") })).toBe("ok");
    expect(await opened.textOf("nothing around")).toBe("all");
  });

  it("is held to digests of all of it, not of the part", async () => {
    expect(await publish("part", { settle: whole("<", ">"), expectedDigests: [digestOf("md5", "part")] })).toBe("digest_mismatch");
    await expectNothing();
    expect(await publish("part", { settle: whole("<", ">"), expectedDigests: [digestOf("md5", "<part>"), digestOf("sha256", "<part>")] })).toBe("ok");
    expect(await opened.textOf("f")).toBe("<part>");
    expect(await opened.stored()).toEqual([1, 0]);
  });

  it("leaves nothing when the rest breaks off", async () => {
    const settle = whole("<", "rest", () => Promise.reject(new RegistryError("body_incomplete", "the sender went away")));
    expect(await publish("part", { settle })).toBe("body_incomplete");
    await expectNothing();
  });

  it("leaves nothing when it is refused in the end", async () => {
    expect(await publish("first")).toBe("ok");
    expect(await publish("part", { onDuplicate: "reject", settle: whole("<", ">") })).toBe("file_exists");
    expect(await opened.stored()).toEqual([1, 0]);
    expect(await opened.textOf("f")).toBe("first");
  });

  it("keeps the bytes of others that are the same as its part", async () => {
    expect(await publish("part", { path: "other" })).toBe("ok");
    expect(await publish("part", { settle: whole("<", ">") })).toBe("ok");
    expect([await opened.textOf("other"), await opened.textOf("f")]).toEqual(["part", "<part>"]);
    expect(await opened.stored()).toEqual([2, 0]);
  });
});
