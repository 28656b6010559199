import { describe, expect, it } from "bun:test";
import { addGroup, countOf, findFile, newBlob, publish, publishCommand, sha256Of, tryPublish, type CurrentStore } from "./records.ts";

/** PublishStore.publish: recording a file, alone and beside others. */
export function publishingContract(store: CurrentStore): void {
  describe("publishing a file", () => {
    it("creates package and version as needed and says so", async () => {
      const { id } = await addGroup(store(), "tools");
      const command = publishCommand(id, { packageName: "p", version: "1", path: "a/b", content: "hello", nowMs: 9_000 });
      const first = await store().publishing.publish(command);
      if (first.outcome !== "published") throw new Error(first.outcome);
      expect(first).toMatchObject({ isBlobUsed: true, isNewVersion: true });
      expect(first.file).toEqual({
        id: first.file.id,
        versionId: first.file.versionId,
        path: "a/b",
        sizeBytes: 5,
        sha256: sha256Of("hello"),
        blobId: first.file.blobId,
        storageName: command.blob.storageName,
        isDamaged: false,
        createdAtMs: 9_000,
      });
      const second = await publish(store(), id, { packageName: "p", version: "1", path: "c", content: "other" });
      expect(second).toMatchObject({ isBlobUsed: true, isNewVersion: false });
      expect(second.file.versionId).toBe(first.file.versionId);
    });

    it("refuses a path that the version has, and changes nothing", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { content: "first" });
      for (const content of ["first", "another"]) {
        const command = publishCommand(id, { content });
        expect(await store().publishing.publish(command)).toEqual({ outcome: "file_exists" });
        expect(await store().blobs.findByStorageName(command.blob.storageName)).toBeNull();
      }
      expect(await findFile(store(), id)).toEqual(file);
      expect(await store().namespaces.usage(id)).toEqual({ versions: 1, bytes: 5 });
      expect(await store().blobs.totals()).toEqual({ blobs: 1, bytes: 5 });
    });

    it("publishes a path again after it was deleted", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { content: "first" });
      await store().publishing.deleteFile({ versionId: file.versionId, path: file.path, nowMs: 3_000 });
      const again = await publish(store(), id, { content: "second" });
      expect((await findFile(store(), id))?.sha256).toBe(sha256Of("second"));
      expect(again.isNewVersion).toBe(true);
    });

    it("tells when the namespace is gone", async () => {
      const group = await addGroup(store(), "tools");
      await store().namespaces.deleteGroup(group.id);
      for (const id of [group.id, 9_999]) expect(await tryPublish(store(), id)).toEqual({ outcome: "namespace_absent" });
      expect(await store().blobs.totals()).toEqual({ blobs: 0, bytes: 0 });
    });

    it("takes empty content", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { content: "" });
      expect(file.sizeBytes).toBe(0);
      expect(await findFile(store(), id)).toEqual(file);
    });

    it("keeps sizes and times beyond 32 bits", async () => {
      const { id } = await addGroup(store(), "tools");
      const sizeBytes = 5 * 1024 ** 4 + 1;
      const { file } = await publish(store(), id, { blob: { ...newBlob("huge"), sizeBytes }, nowMs: 4_102_444_800_123 });
      expect(await findFile(store(), id)).toEqual(file);
      expect(file).toMatchObject({ sizeBytes, createdAtMs: 4_102_444_800_123 });
      expect((await store().namespaces.usage(id)).bytes).toBe(sizeBytes);
    });

    it("keeps one live blob for identical content, whoever publishes it", async () => {
      const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
      const first = await publish(store(), one.id, { content: "same" });
      const second = await publish(store(), two.id, { content: "same" });
      expect(first.isBlobUsed).toBe(true);
      expect(second.isBlobUsed).toBe(false);
      expect(second.file).toMatchObject({ blobId: first.file.blobId, storageName: first.file.storageName });
      expect(await store().blobs.totals()).toEqual({ blobs: 1, bytes: 4 });
    });
  });

  describe("publishing at the same time", () => {
    it("records one of fifty files of one path", async () => {
      const { id } = await addGroup(store(), "tools");
      const commands = Array.from({ length: 50 }, (_, index) => publishCommand(id, { content: `content ${index}` }));
      const results = await Promise.all(commands.map((command) => store().publishing.publish(command)));
      expect(countOf(results.map((result) => result.outcome))).toEqual({ published: 1, file_exists: 49 });
      const winner = results.find((result) => result.outcome === "published");
      expect(await findFile(store(), id)).toEqual(winner?.file ?? null);
      expect((await store().blobs.totals()).blobs).toBe(1);
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("records one of fifty files of one path that differ in case only, where names are folded", async () => {
      const { id } = await addGroup(store(), "tools");
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const path = index % 2 === 0 ? "ÄNDERUNGEN" : "änderungen";
          return tryPublish(store(), id, { path, match: "folded", content: `${index}` });
        }),
      );
      expect(countOf(results.map((result) => result.outcome))).toEqual({ published: 1, file_exists: 49 });
    });

    it("records fifty different files in one new version", async () => {
      const { id } = await addGroup(store(), "tools");
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) => publish(store(), id, { path: `file ${index}`, content: `${index}` })),
      );
      expect(new Set(results.map((result) => result.file.versionId)).size).toBe(1);
      expect(results.filter((result) => result.isNewVersion).length).toBe(1);
      expect(results.filter((result) => result.isBlobUsed).length).toBe(50);
      expect(await store().packages.listFiles(results[0]?.file.versionId ?? 0, 100)).toHaveLength(50);
      expect((await store().namespaces.usage(id)).versions).toBe(1);
    });

    it("keeps one of fifty uploads of the same content", async () => {
      const { id } = await addGroup(store(), "tools");
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) => publish(store(), id, { path: `file ${index}`, content: "same" })),
      );
      expect(results.filter((result) => result.isBlobUsed).length).toBe(1);
      expect(new Set(results.map((result) => result.file.storageName)).size).toBe(1);
      expect(await store().blobs.totals()).toEqual({ blobs: 1, bytes: 4 });
      expect(await store().namespaces.usage(id)).toEqual({ versions: 1, bytes: 200 });
    });

    it("shows no reader half of a command", async () => {
      const { id } = await addGroup(store(), "tools");
      let isDone = false;
      const writing = (async () => {
        for (let index = 0; index < 40; index += 1) {
          const { file } = await publish(store(), id, { version: `${index}`, content: `${index}` });
          if (index % 2 === 0) await store().publishing.deleteVersion({ namespaceId: id, versionId: file.versionId, nowMs: 3_000 });
        }
        isDone = true;
      })();
      const seen = new Set<string>();
      // Several readers out of step with each other, so that one of them looks in the middle of a command.
      const reading = Array.from({ length: 5 }, async (_, reader) => {
        for (let step = 0; step < reader; step += 1) await Promise.resolve();
        while (!isDone) {
          for (let looks = 0; looks < 10; looks += 1)
            for (const problem of await store().blobs.collection.findInconsistencies(10)) seen.add(problem);
          // Lets answers from other threads in: an engine that reads at once never leaves the microtasks by itself.
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
      await Promise.all([writing, ...reading]);
      expect([...seen]).toEqual([]);
    });

    it("shows every command that has returned to reads that begin afterwards", async () => {
      const { id } = await addGroup(store(), "tools");
      await Promise.all(
        Array.from({ length: 60 }, async (_, index) => {
          const { file } = await publish(store(), id, { path: `file ${index}`, content: `${index % 7}` });
          expect(await findFile(store(), id, { path: `file ${index}` })).toEqual(file);
          await store().publishing.deleteFile({ versionId: file.versionId, path: file.path, nowMs: 3_000 });
          expect(await findFile(store(), id, { path: `file ${index}` })).toBeNull();
        }),
      );
      expect(await store().namespaces.usage(id)).toEqual({ versions: 0, bytes: 0 });
    });
  });
}
