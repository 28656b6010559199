import { describe, expect, it } from "bun:test";
import type { Limits, OwnLimits } from "../../../src/core/domain.ts";
import type { PublishResult } from "../../../src/core/ports/publish-store.ts";
import { addGroup, countOf, publish, tryPublish, type CurrentStore } from "./records.ts";

const none: Limits = { ownerVersions: null, ownerBytes: null, fileBytes: null };

/** The three limits, decided by the command that records the file. */
export function limitContract(store: CurrentStore): void {
  it("allows exactly the limit of a file's size, and one byte more not", async () => {
    const { id } = await addGroup(store(), "tools");
    const limits = { ...none, fileBytes: 5 };
    await publish(store(), id, { path: "a", content: "12345", limits });
    expect(await tryPublish(store(), id, { path: "b", content: "123456", limits })).toEqual({ outcome: "limit_file_bytes", limit: 5 });
    const nothing = { ...none, fileBytes: 0 };
    await publish(store(), id, { path: "c", content: "", limits: nothing });
    expect(await tryPublish(store(), id, { path: "d", content: "1", limits: nothing })).toEqual({ outcome: "limit_file_bytes", limit: 0 });
  });

  it("allows exactly the limit of an owner's bytes, identical content counted each time", async () => {
    const { id } = await addGroup(store(), "tools");
    const limits = { ...none, ownerBytes: 10 };
    await publish(store(), id, { path: "a", content: "12345", limits });
    await publish(store(), id, { path: "b", content: "12345", limits });
    expect(await tryPublish(store(), id, { path: "c", content: "1", limits })).toEqual({ outcome: "limit_owner_bytes", limit: 10 });
    await publish(store(), id, { path: "d", content: "", limits });
  });

  it("allows exactly the limit of an owner's versions, and further files in them", async () => {
    const { id } = await addGroup(store(), "tools");
    const limits = { ...none, ownerVersions: 2 };
    await publish(store(), id, { version: "1", limits });
    await publish(store(), id, { packageName: "other", version: "1", limits });
    for (const file of [{ version: "2" }, { packageName: "third" }])
      expect(await tryPublish(store(), id, { ...file, limits })).toEqual({ outcome: "limit_owner_versions", limit: 2 });
    await publish(store(), id, { version: "1", path: "second file", limits });
    expect(await tryPublish(store(), id, { version: "9", limits: { ...none, ownerVersions: 0 } })).toEqual({
      outcome: "limit_owner_versions",
      limit: 0,
    });
  });

  it("counts each owner for itself", async () => {
    const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
    const limits = { ownerVersions: 1, ownerBytes: 5, fileBytes: 5 };
    await publish(store(), one.id, { content: "12345", limits });
    await publish(store(), two.id, { content: "12345", limits });
  });

  it("records nothing of what it refuses", async () => {
    const { id } = await addGroup(store(), "tools");
    for (const limits of [{ ...none, ownerVersions: 0 }, { ...none, ownerBytes: 0 }, { ...none, fileBytes: 0 }])
      expect((await tryPublish(store(), id, { limits })).outcome).not.toBe("published");
    expect(await store().packages.findPackage(id, "package", "folded")).toBeNull();
    expect(await store().blobs.list(0, 10)).toEqual([]);
    expect(await store().namespaces.usage(id)).toEqual({ versions: 0, bytes: 0 });
  });

  it("names versions first, then the file's size, then the owner's bytes, all before an existing file", async () => {
    const { id } = await addGroup(store(), "tools");
    await publish(store(), id, { content: "12345" });
    const limits = { ownerVersions: 1, fileBytes: 3, ownerBytes: 5 };
    expect((await tryPublish(store(), id, { version: "2", content: "1234", limits })).outcome).toBe("limit_owner_versions");
    expect((await tryPublish(store(), id, { content: "1234", limits })).outcome).toBe("limit_file_bytes");
    expect((await tryPublish(store(), id, { content: "123", limits })).outcome).toBe("limit_owner_bytes");
    expect((await tryPublish(store(), id, { content: "", limits })).outcome).toBe("file_exists");
  });

  it("gives room back when something is deleted", async () => {
    const { id } = await addGroup(store(), "tools");
    const limits = { ownerVersions: 1, ownerBytes: 5, fileBytes: null };
    const first = await publish(store(), id, { content: "12345", limits });
    expect((await tryPublish(store(), id, { version: "2", content: "12345", limits })).outcome).toBe("limit_owner_versions");
    await store().publishing.deleteFile({ versionId: first.file.versionId, path: first.file.path, nowMs: 3_000 });
    const second = await publish(store(), id, { version: "2", content: "12345", limits });
    await store().publishing.deleteVersion({ namespaceId: id, versionId: second.file.versionId, nowMs: 3_000 });
    await publish(store(), id, { version: "3", content: "12345", limits });
    const packageId = (await store().packages.findPackage(id, "package", "exact"))?.id ?? 0;
    await store().publishing.deletePackage({ namespaceId: id, packageId, nowMs: 3_000 });
    await publish(store(), id, { version: "4", content: "12345", limits });
  });

  it("lets exactly as many through as fit when many come at once", async () => {
    const { id } = await addGroup(store(), "tools");
    const publishMany = (limits: Limits, name: string) =>
      Promise.all(Array.from({ length: 20 }, (_, index) => tryPublish(store(), id, { version: `${name}${index}`, content: "1234", limits })));
    const versions = await publishMany({ ...none, ownerVersions: 5 }, "a");
    expect(countOf(versions.map((result) => result.outcome))).toEqual({ published: 5, limit_owner_versions: 15 });
    const bytes = await publishMany({ ...none, ownerBytes: 31 }, "b");
    expect(countOf(bytes.map((result) => result.outcome))).toEqual({ published: 2, limit_owner_bytes: 18 });
  });

  describe("a namespace's own limits", () => {
    const instance: Limits = { ownerVersions: 1, ownerBytes: 10, fileBytes: 5 };
    const outcomes: [what: string, own: OwnLimits, content: string, outcome: PublishResult["outcome"]][] = [
      ["inherit what they leave out", {}, "123456", "limit_file_bytes"],
      ["inherit each one for itself", { ownerBytes: 100 }, "123456", "limit_file_bytes"],
      ["may be higher than the instance's", { fileBytes: 6 }, "123456", "published"],
      ["may be lower than the instance's", { fileBytes: 4 }, "12345", "limit_file_bytes"],
      ["take the limit away with null", { fileBytes: null }, "123456789", "published"],
      ["leave the others in force when one is taken away", { fileBytes: null }, "12345678901", "limit_owner_bytes"],
      ["may forbid versions", { ownerVersions: 0 }, "1", "limit_owner_versions"],
      ["may be none at all", { ownerVersions: null, ownerBytes: null, fileBytes: null }, "12345678901", "published"],
    ];
    for (const [what, own, content, outcome] of outcomes)
      it(what, async () => {
        const group = await addGroup(store(), "tools");
        await store().namespaces.update(group.id, { limits: own });
        expect((await tryPublish(store(), group.id, { content, limits: instance })).outcome).toBe(outcome);
      });

    it("are in force where the instance has none", async () => {
      const group = await addGroup(store(), "tools");
      await store().namespaces.update(group.id, { limits: { fileBytes: 1 } });
      expect(await tryPublish(store(), group.id, { content: "12", limits: none })).toEqual({ outcome: "limit_file_bytes", limit: 1 });
    });

    it("do not bind a publisher who is exempt", async () => {
      const group = await addGroup(store(), "tools");
      await store().namespaces.update(group.id, { limits: { ownerVersions: 0, ownerBytes: 0, fileBytes: 0 } });
      await publish(store(), group.id, { limits: null });
    });
  });
}
