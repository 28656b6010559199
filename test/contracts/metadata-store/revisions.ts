import { describe, expect, it } from "bun:test";
import { addGroup, addNamespace, findFile, publish, sha256Of, type CurrentStore, type GivenFile } from "./records.ts";

/** PublishStore.deleteRevision and trimRevisions: of several revisions of a file, some go. */
export function revisionContract(store: CurrentStore): void {
  /** As many revisions of one file, `content 0` the first. */
  const addRevisions = async (namespaceId: number, count: number, given: GivenFile = {}) => {
    const files = [];
    for (let index = 0; index < count; index += 1)
      files.push((await publish(store(), namespaceId, { content: `content ${index}`, onDuplicate: "allow", ...given })).file);
    return files;
  };
  const revisionsOf = async (versionId: number) =>
    (await store().index.listRevisions(versionId, { by: "id", direction: "asc" }, { start: { offset: 0 }, limit: 100 })).items;
  const usage = (id: number) => store().namespaces.usage(id);

  describe("deleting a revision", () => {
    it("serves the next newest, until the last one takes its version along", async () => {
      const { id } = await addGroup(store(), "tools");
      const files = await addRevisions(id, 3);
      const [first, second, third] = files;
      if (first === undefined || second === undefined || third === undefined) throw new Error("there are three");
      const remove = (fileId: number) => store().publishing.deleteRevision({ namespaceId: id, versionId: first.versionId, fileId, nowMs: 3_000 });
      expect(await findFile(store(), id)).toEqual(third);
      expect(await remove(third.id)).toBe("deleted");
      expect(await findFile(store(), id)).toEqual(second);
      expect(await usage(id)).toEqual({ versions: 1, bytes: 18 });
      expect(await remove(first.id)).toBe("deleted");
      expect(await findFile(store(), id)).toEqual(second);
      expect(await remove(first.id)).toBe("absent");
      expect(await remove(second.id)).toBe("deleted");
      expect(await findFile(store(), id)).toBeNull();
      expect(await store().index.findVersionById(first.versionId)).toBeNull();
      expect((await store().packages.findPackage(id, "package", "exact"))?.name).toBe("package");
      expect(await usage(id)).toEqual({ versions: 0, bytes: 0 });
      expect(await store().blobs.collection.claimUnreferenced(3_001, 10)).toBe(3);
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("leaves the version while another file is in it, and bytes while something names them", async () => {
      const { id } = await addGroup(store(), "tools");
      const one = await publish(store(), id, { path: "a", content: "same" });
      const two = await publish(store(), id, { path: "b", content: "same" });
      const { versionId } = one.file;
      expect(await store().publishing.deleteRevision({ namespaceId: id, versionId, fileId: one.file.id, nowMs: 3_000 })).toBe("deleted");
      expect(await findFile(store(), id, { path: "a" })).toBeNull();
      expect(await findFile(store(), id, { path: "b" })).toEqual(two.file);
      expect((await store().index.findVersionById(versionId))?.name).toBe("1.0");
      expect(await store().blobs.collection.claimUnreferenced(9_000, 10)).toBe(0);
      expect(await usage(id)).toEqual({ versions: 1, bytes: 4 });
    });

    it("is absent in another version or namespace, and changes nothing there", async () => {
      const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
      const { file } = await publish(store(), one.id);
      const other = await publish(store(), one.id, { version: "2.0" });
      const { versionId, id: fileId } = file;
      for (const target of [
        { namespaceId: two.id, versionId, fileId },
        { namespaceId: 9_999, versionId, fileId },
        { namespaceId: one.id, versionId: other.file.versionId, fileId },
        { namespaceId: one.id, versionId: 9_999, fileId },
        { namespaceId: one.id, versionId, fileId: 9_999 },
        { namespaceId: one.id, versionId, fileId: other.file.id },
      ])
        expect(await store().publishing.deleteRevision({ ...target, nowMs: 3_000 })).toBe("absent");
      expect(await findFile(store(), one.id)).toEqual(file);
      expect(await usage(one.id)).toEqual({ versions: 2, bytes: 14 });
    });

    it("succeeds for one of many at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const [file] = await addRevisions(id, 2);
      if (file === undefined) throw new Error("there is none");
      const target = { namespaceId: id, versionId: file.versionId, fileId: file.id, nowMs: 3_000 };
      const results = await Promise.all(Array.from({ length: 10 }, () => store().publishing.deleteRevision(target)));
      expect(results.filter((result) => result === "deleted").length).toBe(1);
      expect(await usage(id)).toEqual({ versions: 1, bytes: 9 });
    });

    it("forgets what was counted for that revision only", async () => {
      const { id } = await addGroup(store(), "tools");
      const files = await addRevisions(id, 2);
      const versionId = files[0]?.versionId ?? 0;
      await store().publishing.addDownloads(files.map((file) => ({ fileId: file.id, versionId, day: 1, count: 4, lastAtMs: 5_000 })));
      await store().publishing.deleteRevision({ namespaceId: id, versionId, fileId: files[1]?.id ?? 0, nowMs: 6_000 });
      expect(await store().packages.downloads(versionId)).toBe(8);
    });
  });

  describe("trimming revisions", () => {
    const trim = (versionId: number | undefined, kept: number, limit = 100) =>
      store().publishing.trimRevisions({ versionId: versionId ?? 0, kept, limit, nowMs: 3_000 });
    const left = async (versionId = 0) => (await revisionsOf(versionId)).map((file) => file.id);

    it("keeps as many of the newest of each name, and counts what goes, up to the top", async () => {
      const top = await addGroup(store(), "top");
      const { id } = await addNamespace(store(), "project", top.id, "app");
      const a = await addRevisions(id, 5, { path: "a" });
      const b = await addRevisions(id, 2, { path: "b" });
      const second = await addRevisions(id, 3, { path: "a", version: "2.0" });
      const versionId = a[0]?.versionId;
      expect(await trim(versionId, 5)).toBe(0);
      expect(await usage(id)).toEqual({ versions: 2, bytes: 90 });
      expect(await trim(versionId, 2)).toBe(3);
      expect(await left(versionId)).toEqual([...a.slice(3), ...b].map((file) => file.id));
      expect(await left(second[0]?.versionId)).toEqual(second.map((file) => file.id));
      expect(await findFile(store(), id, { path: "a" })).toEqual(a[4] ?? null);
      expect(await usage(id)).toEqual({ versions: 2, bytes: 63 });
      expect(await usage(top.id)).toEqual({ versions: 2, bytes: 63 });
      expect(await trim(versionId, 2)).toBe(0);
      expect(await trim(versionId, 1)).toBe(2);
      expect(await trim(second[0]?.versionId, 2)).toBe(1);
      expect(await usage(top.id)).toEqual({ versions: 2, bytes: 36 });
      for (const path of ["a", "b"]) expect(await findFile(store(), id, { path })).not.toBeNull();
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("removes at most as many as asked for, the oldest first, and never the newest", async () => {
      const { id } = await addGroup(store(), "tools");
      const a = await addRevisions(id, 4, { path: "a" });
      const b = await addRevisions(id, 4, { path: "b" });
      const versionId = a[0]?.versionId;
      expect(await trim(versionId, 1, 0)).toBe(0);
      expect(await trim(versionId, 1, 2)).toBe(2);
      expect(await left(versionId)).toEqual([...a.slice(2), ...b].map((file) => file.id));
      expect(await trim(versionId, 1, 2)).toBe(2);
      expect(await left(versionId)).toEqual([...a.slice(3), ...b.slice(1)].map((file) => file.id));
      expect(await trim(versionId, 0)).toBe(2);
      expect(await trim(versionId, 0)).toBe(0);
      expect(await left(versionId)).toEqual([...a.slice(3), ...b.slice(3)].map((file) => file.id));
      expect(await usage(id)).toEqual({ versions: 1, bytes: 18 });
    });

    it("tells names apart that differ in case only", async () => {
      const { id } = await addGroup(store(), "tools");
      const [lower] = await addRevisions(id, 1, { path: "a" });
      const [upper] = await addRevisions(id, 1, { path: "A" });
      expect(await trim(lower?.versionId, 1)).toBe(0);
      expect(await left(lower?.versionId)).toEqual([lower?.id ?? 0, upper?.id ?? 0]);
    });

    it("frees bytes that only trimmed revisions named", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const content of ["shared", "only here", "shared"]) await publish(store(), id, { content, onDuplicate: "allow" });
      const file = await findFile(store(), id);
      expect(await trim(file?.versionId, 1)).toBe(2);
      await store().blobs.collection.claimUnreferenced(3_001, 10);
      expect((await store().blobs.collection.listDeleting(10)).map((blob) => blob.sha256)).toEqual([sha256Of("only here")]);
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("takes nothing from a publish at the same time", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      await Promise.all(
        Array.from({ length: 30 }, async (_, index) => {
          if (index % 3 === 2) await trim(file.versionId, 1, 5);
          else await publish(store(), id, { content: `${index}`, onDuplicate: "allow" });
        }),
      );
      await trim(file.versionId, 1);
      const served = await findFile(store(), id);
      expect(await left(file.versionId)).toEqual([served?.id ?? 0]);
      expect(served?.id).toBeGreaterThan(file.id);
      expect(await usage(id)).toEqual({ versions: 1, bytes: served?.sizeBytes ?? 0 });
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("does nothing where the version is gone", async () => {
      expect(await trim(9_999, 1)).toBe(0);
    });
  });
}
