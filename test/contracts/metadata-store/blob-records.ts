import { describe, expect, it } from "bun:test";
import type { FileRevision, StorageName } from "../../../src/core/domain.ts";
import { addGroup, findFile, newBlob, publish, sha256Of, tryPublish, type CurrentStore } from "./records.ts";

/** BlobRecordStore: the records of stored bytes. */
export function blobRecordContract(store: CurrentStore): void {
  const digests = (letter: string) => ({ md5: letter.repeat(32), sha1: letter.repeat(40), sha512: letter.repeat(128) });
  const removeFile = (file: { readonly versionId: number; readonly path: string }, nowMs = 3_000) =>
    store().publishing.deleteFile({ versionId: file.versionId, path: file.path, nowMs });

  describe("finding records", () => {
    it("finds a live one by content and by physical name, and null for what is absent", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { content: "hello" });
      const record = {
        id: file.blobId,
        sha256: sha256Of("hello"),
        storageName: file.storageName,
        sizeBytes: 5,
        digests: null,
        state: "live",
        isDamaged: false,
      } as const;
      expect(await store().blobs.findLive(sha256Of("hello"))).toEqual(record);
      expect(await store().blobs.findByStorageName(file.storageName)).toEqual(record);
      expect(await store().blobs.findLive(sha256Of("other"))).toBeNull();
      expect(await store().blobs.findByStorageName(newBlob("hello").storageName)).toBeNull();
      expect(await store().blobs.findByStorageName("" as StorageName)).toBeNull();
    });

    it("finds one that is being deleted by its physical name only", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { content: "hello" });
      await removeFile(file);
      await store().blobs.collection.claimUnreferenced(3_001, 10);
      expect(await store().blobs.findLive(sha256Of("hello"))).toBeNull();
      expect(await store().blobs.findByStorageName(file.storageName)).toMatchObject({ id: file.blobId, state: "deleting" });
      expect(await store().blobs.list(0, 10)).toMatchObject([{ id: file.blobId, state: "deleting" }]);
    });

    it("lists by id, after an id, at most as many as asked for", async () => {
      const { id } = await addGroup(store(), "tools");
      const ids: number[] = [];
      for (const content of ["a", "b", "c"]) ids.push((await publish(store(), id, { path: content, content })).file.blobId);
      const [first = 0, second = 0, third = 0] = ids;
      const list = async (afterId: number, limit: number) => (await store().blobs.list(afterId, limit)).map((blob) => blob.id);
      expect(await list(0, 10)).toEqual([first, second, third]);
      expect(await list(0, 1)).toEqual([first]);
      expect(await list(first, 1)).toEqual([second]);
      expect(await list(second, 10)).toEqual([third]);
      expect(await list(third, 10)).toEqual([]);
      expect(await list(9_999, 1)).toEqual([]);
    });
  });

  describe("further digests", () => {
    it("lists live records without them until they are set", async () => {
      const { id } = await addGroup(store(), "tools");
      const files = [];
      for (const content of ["a", "b", "c"]) files.push((await publish(store(), id, { path: content, content })).file);
      const [a, b, c] = files.map((file) => file.blobId);
      const without = async (afterId: number, limit: number) =>
        (await store().blobs.listWithoutDigests(afterId, limit)).map((blob) => blob.id);
      expect(await without(0, 10)).toEqual([a ?? 0, b ?? 0, c ?? 0]);
      expect(await without(a ?? 0, 1)).toEqual([b ?? 0]);
      await store().blobs.setDigests([]);
      await store().blobs.setDigests([
        { blobId: a ?? 0, digests: digests("a") },
        { blobId: 9_999, digests: digests("x") },
        { blobId: c ?? 0, digests: digests("c") },
      ]);
      expect(await without(0, 10)).toEqual([b ?? 0]);
      expect((await store().blobs.findLive(sha256Of("a")))?.digests).toEqual(digests("a"));
      expect((await store().blobs.findLive(sha256Of("c")))?.digests).toEqual(digests("c"));
      if (files[1] !== undefined) await removeFile(files[1]);
      await store().blobs.collection.claimUnreferenced(3_001, 10);
      expect(await without(0, 10)).toEqual([]);
    });

    it("keeps them when identical content is published again", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "a" });
      await store().blobs.setDigests([{ blobId: file.blobId, digests: digests("a") }]);
      await publish(store(), id, { path: "b" });
      expect((await store().blobs.findLive(file.sha256))?.digests).toEqual(digests("a"));
    });
  });

  it("totals what is live", async () => {
    const { id } = await addGroup(store(), "tools");
    expect(await store().blobs.totals()).toEqual({ blobs: 0, bytes: 0 });
    const { file } = await publish(store(), id, { path: "a", content: "12345" });
    await publish(store(), id, { path: "b", content: "123" });
    expect(await store().blobs.totals()).toEqual({ blobs: 2, bytes: 8 });
    await removeFile(file);
    expect(await store().blobs.totals()).toEqual({ blobs: 2, bytes: 8 });
    await store().blobs.collection.claimUnreferenced(3_001, 10);
    expect(await store().blobs.totals()).toEqual({ blobs: 1, bytes: 3 });
  });

  it("counts the revisions that name a blob, and the live blobs that are damaged", async () => {
    const { id } = await addGroup(store(), "tools");
    const { file } = await publish(store(), id, { path: "a" });
    await publish(store(), id, { path: "b" });
    const { file: other } = await publish(store(), id, { path: "c", content: "other" });
    const { countFiles, countDamaged } = store().blobs;
    expect([await countFiles(file.blobId), await countFiles(other.blobId), await countFiles(9_999)]).toEqual([2, 1, 0]);
    expect(await countDamaged()).toBe(0);
    for (const { blobId, storageName } of [file, other]) await store().blobs.setDamaged({ blobId, storageName, isDamaged: true });
    expect(await countDamaged()).toBe(2);
    await removeFile(other);
    await store().blobs.collection.claimUnreferenced(3_001, 10);
    expect(await countDamaged()).toBe(1);
  });

  describe("damage", () => {
    const mark = ({ blobId, storageName }: Pick<FileRevision, "blobId" | "storageName">, isDamaged: boolean) =>
      store().blobs.setDamaged({ blobId, storageName, isDamaged });

    it("is marked and taken back", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      const isDamaged = async () => (await store().blobs.findByStorageName(file.storageName))?.isDamaged;
      await mark(file, true);
      expect(await isDamaged()).toBe(true);
      await mark(file, false);
      expect(await isDamaged()).toBe(false);
      await mark({ ...file, blobId: 9_999 }, true);
      expect(await isDamaged()).toBe(false);
    });

    it("is marked only while the record names the bytes that were found damaged", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file: old } = await publish(store(), id, { path: "old" });
      const { file: healed } = await publish(store(), id, { path: "new", replaceDamaged: old.storageName });
      expect(healed.blobId).toBe(old.blobId);
      await mark(old, true);
      expect(await store().blobs.findLive(old.sha256)).toMatchObject({ storageName: healed.storageName, isDamaged: false });
      await mark(healed, true);
      await mark(old, false);
      expect(await store().blobs.findLive(old.sha256)).toMatchObject({ isDamaged: true });
    });

    it("takes a record off those that wait for digests, until it is sound again", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      const waiting = async () => (await store().blobs.listWithoutDigests(0, 10)).length;
      await mark(file, true);
      expect(await waiting()).toBe(0);
      await mark(file, false);
      expect(await waiting()).toBe(1);
    });

    for (const how of ["marked", "found by the publish"] as const)
      it(`takes the digests of the old bytes along when it is healed (${how})`, async () => {
        const { id } = await addGroup(store(), "tools");
        const { file } = await publish(store(), id, { path: "old" });
        await store().blobs.setDigests([{ blobId: file.blobId, digests: digests("a") }]);
        if (how === "marked") await mark(file, true);
        await publish(store(), id, { path: "new", replaceDamaged: how === "marked" ? null : file.storageName });
        expect(await store().blobs.findLive(file.sha256)).toMatchObject({ id: file.blobId, digests: null });
        expect(await store().blobs.listWithoutDigests(0, 10)).toHaveLength(1);
      });

    it("is healed by publishing the same content: every file that named the old bytes gets the new ones", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "old" });
      await mark(file, true);
      const healing = await publish(store(), id, { path: "new" });
      expect(healing.isBlobUsed).toBe(true);
      expect(healing.file.blobId).toBe(file.blobId);
      expect(healing.file.storageName).not.toBe(file.storageName);
      expect((await findFile(store(), id, { path: "old" }))?.storageName).toBe(healing.file.storageName);
      expect(await store().blobs.findLive(file.sha256)).toMatchObject({ id: file.blobId, storageName: healing.file.storageName, isDamaged: false });
      expect(await store().blobs.findByStorageName(file.storageName)).toBeNull();
      expect((await publish(store(), id, { path: "third" })).isBlobUsed).toBe(false);
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("is healed by a publish that found the very bytes damaged", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "old" });
      const healing = await publish(store(), id, { path: "new", replaceDamaged: file.storageName });
      expect(healing).toMatchObject({ isBlobUsed: true, file: { blobId: file.blobId } });
      expect((await findFile(store(), id, { path: "old" }))?.storageName).toBe(healing.file.storageName);
    });

    it("is healed once when two found the same bytes damaged", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "old" });
      const results = await Promise.all(
        ["a", "b", "c"].map((path) => publish(store(), id, { path, replaceDamaged: file.storageName })),
      );
      const healing = results.filter((result) => result.isBlobUsed);
      expect(healing.length).toBe(1);
      for (const path of ["old", "a", "b", "c"])
        expect((await findFile(store(), id, { path }))?.storageName).toBe(healing[0]?.file.storageName ?? file.storageName);
    });

    it("replaces nothing but the bytes found damaged", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "old" });
      const again = await publish(store(), id, { path: "new", replaceDamaged: newBlob("content").storageName });
      expect(again).toMatchObject({ isBlobUsed: false, file: { storageName: file.storageName } });
    });

    it("is not what new bytes are dropped for: a record that their publisher has not looked at is not taken for them", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "old" });
      const other = newBlob("content").storageName;
      for (const given of [{ expectedTwin: null }, { expectedTwin: other }, { expectedTwin: other, replaceDamaged: other }])
        expect(await tryPublish(store(), id, { path: "new", version: "2.0", ...given })).toEqual({ outcome: "twin_changed" });
      expect(await tryPublish(store(), id, { path: "old", onDuplicate: "identical", expectedTwin: other })).toEqual({ outcome: "twin_changed" });
      expect((await tryPublish(store(), id, { path: "old", expectedTwin: other })).outcome).toBe("file_exists");
      expect(await findFile(store(), id, { path: "new", version: "2.0" })).toBeNull();
      expect(await publish(store(), id, { path: "new", expectedTwin: file.storageName })).toMatchObject({ isBlobUsed: false });
      await mark(file, true);
      expect(await publish(store(), id, { path: "third", expectedTwin: other })).toMatchObject({ isBlobUsed: true, file: { blobId: file.blobId } });
      expect(await publish(store(), id, { path: "fourth", content: "other content", expectedTwin: other })).toMatchObject({ isBlobUsed: true });
    });

    it("gives way, sound as it is, to bytes that are to take its place, whatever they are by then", async () => {
      const [{ id }, other] = [await addGroup(store(), "tools"), await addGroup(store(), "others")];
      const { file: old } = await publish(store(), id, { path: "old" });
      const { file, isBlobUsed } = await publish(store(), other.id, { path: "new", replaceTwin: true, expectedTwin: null });
      expect([isBlobUsed, file.blobId]).toEqual([true, old.blobId]);
      expect(file.storageName).not.toBe(old.storageName);
      expect((await findFile(store(), id, { path: "old" }))?.storageName).toBe(file.storageName);
      expect(await store().blobs.findByStorageName(old.storageName)).toBeNull();
      // Collection has its grace time from here, however old the bytes are, also where they were noted before their record.
      const { unrecordedSince, claimUnrecorded } = store().blobs.collection;
      expect([await unrecordedSince(old.storageName), await unrecordedSince(file.storageName)]).toEqual([2_000, null]);
      expect(await claimUnrecorded([old.storageName], { nowMs: 2_001, firstSeenBeforeMs: 2_000 })).toEqual([]);
      expect(await claimUnrecorded([old.storageName], { nowMs: 2_002, firstSeenBeforeMs: 2_001 })).toEqual([old.storageName]);
      expect(await publish(store(), other.id, { path: "third", content: "not there yet", replaceTwin: true })).toMatchObject({ isBlobUsed: true });
    });

    it("is looked at first where the very name was published meanwhile", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      expect(await tryPublish(store(), id, { onDuplicate: "identical", replaceTwin: true })).toEqual({ outcome: "twin_changed" });
      expect(await tryPublish(store(), id, { onDuplicate: "reject", replaceTwin: true })).toEqual({ outcome: "file_exists" });
      expect((await findFile(store(), id))?.storageName).toBe(file.storageName);
    });

    it("is known to be named by others alone", async () => {
      const [{ id }, other] = [await addGroup(store(), "tools"), await addGroup(store(), "others")];
      const { file } = await publish(store(), id);
      const of = (namespaceId: number) => store().blobs.isNamedElsewhereOnly(file.blobId, namespaceId);
      expect([await of(id), await of(other.id)]).toEqual([false, true]);
      await publish(store(), other.id);
      expect([await of(id), await of(other.id)]).toEqual([false, false]);
      await removeFile(file);
      expect([await of(id), await of(other.id)]).toEqual([true, false]);
      const twin = await findFile(store(), other.id);
      await removeFile(twin ?? file);
      // Nobody's.
      expect([await of(id), await of(other.id), await store().blobs.isNamedElsewhereOnly(9_999, id)]).toEqual([false, false, false]);
    });

    it("is not healed by a publish that is refused", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      await mark(file, true);
      expect(await tryPublish(store(), id, { replaceDamaged: file.storageName })).toEqual({ outcome: "file_exists" });
      expect(await store().blobs.findByStorageName(file.storageName)).toMatchObject({ isDamaged: true });
    });
  });
}
