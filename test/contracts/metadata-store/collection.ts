import { describe, expect, it } from "bun:test";
import type { FileRevision } from "../../../src/core/domain.ts";
import { addGroup, findFile, newBlob, publish, tryPublish, type CurrentStore } from "./records.ts";

/** CollectionStore: what is garbage, decided by records only. */
export function collectionContract(store: CurrentStore): void {
  const collection = () => store().blobs.collection;
  const removeFile = (file: FileRevision, nowMs = 3_000) =>
    store().publishing.deleteFile({ versionId: file.versionId, path: file.path, nowMs });
  const dying = async () => (await collection().listDeleting(100)).map((blob) => blob.id);

  describe("records that no file names", () => {
    it("are claimed once they have been so since before a time", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { nowMs: 1 });
      expect(await collection().claimUnreferenced(1_000_000, 10)).toBe(0);
      await removeFile(file, 3_000);
      expect(await collection().claimUnreferenced(2_999, 10)).toBe(0);
      expect(await collection().claimUnreferenced(3_000, 10)).toBe(0);
      expect(await dying()).toEqual([]);
      expect(await collection().claimUnreferenced(3_001, 10)).toBe(1);
      expect(await collection().claimUnreferenced(3_001, 10)).toBe(0);
      expect(await collection().listDeleting(10)).toMatchObject([{ id: file.blobId, storageName: file.storageName, state: "deleting" }]);
    });

    it("are not those that another file names, in any namespace", async () => {
      const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
      const first = await publish(store(), one.id);
      const second = await publish(store(), two.id);
      await removeFile(first.file);
      expect(await collection().claimUnreferenced(1_000_000, 10)).toBe(0);
      await removeFile(second.file, 5_000);
      expect(await collection().claimUnreferenced(5_000, 10)).toBe(0);
      expect(await collection().claimUnreferenced(5_001, 10)).toBe(1);
    });

    it("are known after each kind of delete", async () => {
      const { id } = await addGroup(store(), "tools");
      const first = await publish(store(), id, { version: "1", path: "a", content: "1" });
      await publish(store(), id, { version: "1", path: "b", content: "2" });
      await publish(store(), id, { version: "2", path: "a", content: "3" });
      await publish(store(), id, { version: "3", path: "a", content: "1" });
      await store().publishing.deleteVersion({ namespaceId: id, versionId: first.file.versionId, nowMs: 3_000 });
      expect(await collection().claimUnreferenced(1_000_000, 10)).toBe(1);
      const packageId = (await store().packages.findPackage(id, "package", "exact"))?.id ?? 0;
      await store().publishing.deletePackage({ namespaceId: id, packageId, nowMs: 3_000 });
      expect(await collection().claimUnreferenced(1_000_000, 10)).toBe(2);
      expect(await collection().findInconsistencies(10)).toEqual([]);
    });

    it("are taken up again by a publish before the claim", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      await removeFile(file);
      const again = await publish(store(), id);
      expect(again).toMatchObject({ isBlobUsed: false, file: { blobId: file.blobId, storageName: file.storageName } });
      expect(await collection().claimUnreferenced(1_000_000, 10)).toBe(0);
      expect(await collection().findInconsistencies(10)).toEqual([]);
    });

    it("are never taken up again after the claim: the publish makes a new one, which outlives the old", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      await removeFile(file);
      await collection().claimUnreferenced(1_000_000, 10);
      const again = await publish(store(), id);
      expect(again.isBlobUsed).toBe(true);
      expect(again.file.blobId).not.toBe(file.blobId);
      expect(again.file.storageName).not.toBe(file.storageName);
      expect(await dying()).toEqual([file.blobId]);
      await collection().forget([file.blobId]);
      expect(await dying()).toEqual([]);
      expect(await store().blobs.findByStorageName(file.storageName)).toBeNull();
      expect(await findFile(store(), id)).toEqual(again.file);
      expect(await collection().findInconsistencies(10)).toEqual([]);
    });

    it("may be dying several times over for one content", async () => {
      const { id } = await addGroup(store(), "tools");
      for (let round = 0; round < 3; round += 1) {
        const { file } = await publish(store(), id);
        await removeFile(file);
        expect(await collection().claimUnreferenced(1_000_000, 10)).toBe(1);
      }
      expect((await dying()).length).toBe(3);
    });

    it("are claimed and listed at most as many as asked for", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const content of ["a", "b", "c", "d", "e"]) await removeFile((await publish(store(), id, { content })).file);
      expect(await collection().claimUnreferenced(1_000_000, 2)).toBe(2);
      expect(await collection().claimUnreferenced(1_000_000, 2)).toBe(2);
      expect(await collection().claimUnreferenced(1_000_000, 2)).toBe(1);
      expect(await collection().claimUnreferenced(1_000_000, 2)).toBe(0);
      expect((await collection().listDeleting(1)).length).toBe(1);
      expect((await collection().listDeleting(5)).length).toBe(5);
    });

    it("are claimed once by many at once", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const content of ["a", "b", "c"]) await removeFile((await publish(store(), id, { content })).file);
      const claimed = await Promise.all(Array.from({ length: 8 }, () => collection().claimUnreferenced(1_000_000, 2)));
      expect(claimed.reduce((sum, count) => sum + count, 0)).toBe(3);
    });

    it("are forgotten only when they are dying, and as often as asked", async () => {
      const { id } = await addGroup(store(), "tools");
      const live = await publish(store(), id, { path: "live", content: "live" });
      const unreferenced = await publish(store(), id, { path: "unreferenced", content: "unreferenced" });
      await removeFile(unreferenced.file, 9_000);
      const gone = await publish(store(), id, { path: "gone", content: "gone" });
      await removeFile(gone.file, 3_000);
      await collection().claimUnreferenced(9_000, 10);
      const ids = [live.file.blobId, unreferenced.file.blobId, gone.file.blobId, 9_999];
      await collection().forget([]);
      await collection().forget(ids);
      await collection().forget(ids);
      expect((await store().blobs.list(0, 10)).map((blob) => blob.id)).toEqual([live.file.blobId, unreferenced.file.blobId]);
    });

    it("race with publishes of the same content without ever taking bytes that a file names", async () => {
      const { id } = await addGroup(store(), "tools");
      for (let round = 0; round < 15; round += 1) {
        const before = await publish(store(), id, { version: `${round}`, path: "before", content: "same" });
        await removeFile(before.file);
        const [published] = await Promise.all([
          publish(store(), id, { version: `${round}`, path: "a", content: "same" }),
          collection().claimUnreferenced(1_000_000, 10),
          publish(store(), id, { version: `${round}`, path: "b", content: "same" }),
          collection().claimUnreferenced(1_000_000, 10),
        ]);
        expect(await store().blobs.findLive(published.file.sha256)).toMatchObject({ id: published.file.blobId, state: "live" });
        await store().publishing.deleteVersion({ namespaceId: id, versionId: published.file.versionId, nowMs: 3_000 });
        await collection().forget(await dying());
      }
      expect(await collection().findInconsistencies(10)).toEqual([]);
    });
  });

  it("samples the live records from both ends, each once", async () => {
    expect(await collection().sampleLive(2)).toEqual([]);
    const { id } = await addGroup(store(), "tools");
    const names: FileRevision["storageName"][] = [];
    for (const content of ["a", "b", "c", "d", "e", "f", "g"]) {
      const { file } = await publish(store(), id, { path: content, content });
      names.push(file.storageName);
      if (content === "a" || content === "g") await removeFile(file);
    }
    await collection().claimUnreferenced(3_001, 10);
    const live = names.slice(1, 6);
    const sample = async (limit: number) => (await collection().sampleLive(limit)).toSorted();
    expect(await sample(2)).toEqual([...live.slice(0, 2), ...live.slice(3)].toSorted());
    for (const limit of [3, 5, 100]) expect(await sample(limit)).toEqual(live.toSorted());
  });

  describe("objects that no record names", () => {
    const first = { nowMs: 10_000, firstSeenBeforeMs: 9_000 };
    const second = { nowMs: 20_000, firstSeenBeforeMs: 19_000 };

    it("are claimed at a second sighting that is far enough from the first", async () => {
      const { storageName } = newBlob("lost");
      expect(await collection().claimUnrecorded([storageName], first)).toEqual([]);
      expect(await collection().claimUnrecorded([storageName], { nowMs: 11_000, firstSeenBeforeMs: 10_000 })).toEqual([]);
      expect(await collection().claimUnrecorded([storageName], { nowMs: 11_001, firstSeenBeforeMs: 10_001 })).toEqual([storageName]);
    });

    it("are not claimed at the first sighting without any grace", async () => {
      const { storageName } = newBlob("lost");
      expect(await collection().claimUnrecorded([storageName], { nowMs: 10_000, firstSeenBeforeMs: 10_000 })).toEqual([]);
      expect(await collection().claimUnrecorded([storageName], { nowMs: 10_001, firstSeenBeforeMs: 10_001 })).toEqual([storageName]);
    });

    it("are handed out again after a crash before their removal", async () => {
      const { storageName } = newBlob("lost");
      await collection().claimUnrecorded([storageName], first);
      for (let round = 0; round < 3; round += 1) expect(await collection().claimUnrecorded([storageName], second)).toEqual([storageName]);
    });

    it("are told apart in one call", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      const [old, young] = [newBlob("old").storageName, newBlob("young").storageName];
      expect(await collection().claimUnrecorded([], first)).toEqual([]);
      expect(await collection().claimUnrecorded([old, file.storageName], first)).toEqual([]);
      expect(await collection().claimUnrecorded([young, file.storageName, old], second)).toEqual([old]);
    });

    it("can not be recorded once they are claimed, and nothing of that publish is", async () => {
      const { id } = await addGroup(store(), "tools");
      const blob = newBlob("slow upload");
      await collection().claimUnrecorded([blob.storageName], first);
      await collection().claimUnrecorded([blob.storageName], second);
      expect(await tryPublish(store(), id, { blob })).toEqual({ outcome: "blob_claimed" });
      expect(await store().packages.findPackage(id, "package", "exact")).toBeNull();
      expect(await store().blobs.findByStorageName(blob.storageName)).toBeNull();
      expect(await store().namespaces.usage(id)).toEqual({ versions: 0, bytes: 0 });
      await publish(store(), id, { content: "slow upload" });
    });

    it("can be recorded while they were only seen, and are not claimed then", async () => {
      const { id } = await addGroup(store(), "tools");
      const blob = newBlob("slow upload");
      await collection().claimUnrecorded([blob.storageName], first);
      const { file } = await publish(store(), id, { blob });
      expect(await collection().claimUnrecorded([blob.storageName], second)).toEqual([]);
      expect(await findFile(store(), id)).toEqual(file);
    });

    it("are not the bytes of a record that is dying", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      await removeFile(file);
      await collection().claimUnreferenced(1_000_000, 10);
      for (const times of [first, second]) expect(await collection().claimUnrecorded([file.storageName], times)).toEqual([]);
    });

    it("are the bytes that a healing publish has replaced, from then on", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "old" });
      await publish(store(), id, { path: "new", replaceDamaged: file.storageName, nowMs: first.firstSeenBeforeMs });
      expect(await collection().claimUnrecorded([file.storageName], first)).toEqual([]);
      expect(await collection().claimUnrecorded([file.storageName], second)).toEqual([file.storageName]);
    });

    it("are free again when all claims are forgotten, and need two sightings again", async () => {
      const { id } = await addGroup(store(), "tools");
      const blobs = [newBlob("one"), newBlob("two")];
      const names = blobs.map((blob) => blob.storageName);
      await collection().claimUnrecorded(names, first);
      await collection().claimUnrecorded(names, second);
      await collection().forgetClaims();
      await collection().forgetClaims();
      expect(await collection().claimUnrecorded(names, second)).toEqual([]);
      for (const [index, blob] of blobs.entries()) await publish(store(), id, { path: `${index}`, blob });
    });

    it("are either recorded or claimed, never both, when both happen at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const blobs = Array.from({ length: 30 }, (_, index) => newBlob(`content ${index}`));
      await collection().claimUnrecorded(blobs.map((blob) => blob.storageName), first);
      await Promise.all(
        blobs.map(async (blob, index) => {
          const isClaimFirst = index % 2 === 0;
          const early = isClaimFirst ? collection().claimUnrecorded([blob.storageName], second) : null;
          const publishing = tryPublish(store(), id, { path: `${index}`, blob });
          const claiming = early ?? collection().claimUnrecorded([blob.storageName], second);
          const [result, claimed] = await Promise.all([publishing, claiming]);
          expect(result.outcome).toBe(claimed.length === 0 ? "published" : "blob_claimed");
        }),
      );
    });
  });
}
