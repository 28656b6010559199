import { describe, expect, it } from "bun:test";
import { duplicatePolicies, type VersionStatus } from "../../../src/core/domain.ts";
import type { PublishResult } from "../../../src/core/ports/publish-store.ts";
import { addGroup, countOf, findFile, newBlob, publish, publishCommand, sha256Of, tryPublish, type CurrentStore, type GivenFile } from "./records.ts";

/** PublishStore.publish where the version has a file of the name already. */
export function duplicateContract(store: CurrentStore): void {
  const versionOf = async (versionId: number) => {
    const version = await store().index.findVersionById(versionId);
    if (version === null) throw new Error("the version is absent");
    return version;
  };
  const revisionsOf = async (versionId: number) =>
    (await store().index.listRevisions(versionId, { by: "id", direction: "asc" }, { start: { offset: 0 }, limit: 100 })).items;

  describe("by policy", () => {
    const outcomes = {
      reject: { same: "file_exists", different: "file_exists" },
      allow: { same: "published", different: "published" },
      identical: { same: "identical", different: "file_exists" },
    } as const;
    const spellings = [
      ["exact", { path: "File.bin" }],
      ["folded", { path: "File.bin" }],
      ["folded", { path: "fILE.BIN" }],
      ["folded", { packageName: "TOOL", version: "1.0-rc", path: "FILE.bin" }],
    ] as const;
    for (const policy of duplicatePolicies)
      for (const bytes of ["same", "different"] as const)
        it(`${policy} meets ${bytes} bytes: ${outcomes[policy][bytes]}`, async () => {
          for (const [index, [match, given]] of spellings.entries()) {
            const { id } = await addGroup(store(), `tools${index}`);
            const name = { packageName: "tool", version: "1.0-RC", path: "File.bin" };
            const first = await publish(store(), id, { ...name, content: "same", nowMs: 1_000 });
            const command = publishCommand(id, { ...name, ...given, match, content: bytes, onDuplicate: policy, nowMs: 2_000 });
            const result = await store().publishing.publish(command);
            expect(result.outcome).toBe(outcomes[policy][bytes]);
            const isAdded = result.outcome === "published";
            if (result.outcome === "identical") expect(result.file).toEqual(first.file);
            if (result.outcome === "published") {
              expect(result.isNewVersion).toBe(false);
              expect(result.file).toMatchObject({ path: "File.bin", versionId: first.file.versionId, sha256: sha256Of(bytes), createdAtMs: 2_000 });
              expect(result.file.id).toBeGreaterThan(first.file.id);
            }
            const served = await findFile(store(), id, name);
            expect(served).toEqual(result.outcome === "published" ? result.file : first.file);
            expect((await revisionsOf(first.file.versionId)).length).toBe(isAdded ? 2 : 1);
            expect(await store().namespaces.usage(id)).toEqual({ versions: 1, bytes: isAdded ? 4 + bytes.length : 4 });
            if (!isAdded) expect(await store().blobs.findByStorageName(command.blob.storageName)).toBeNull();
          }
          expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
        });

    it("tells files apart that differ in case only, where names are exact", async () => {
      const { id } = await addGroup(store(), "tools");
      await publish(store(), id, { path: "File" });
      for (const onDuplicate of duplicatePolicies) expect((await tryPublish(store(), id, { path: `fILE ${onDuplicate}`, onDuplicate })).outcome).toBe("published");
      expect((await publish(store(), id, { path: "file" })).file.path).toBe("file");
    });

    it("compares with the newest revision only", async () => {
      const { id } = await addGroup(store(), "tools");
      await publish(store(), id, { content: "old" });
      const newest = await publish(store(), id, { content: "new", onDuplicate: "allow" });
      expect(await tryPublish(store(), id, { content: "old", onDuplicate: "identical" })).toEqual({ outcome: "file_exists" });
      expect(await tryPublish(store(), id, { content: "new", onDuplicate: "identical" })).toEqual({ outcome: "identical", file: newest.file });
    });

    it("takes many at once: each adds a revision, or one does and the others find it", async () => {
      const { id } = await addGroup(store(), "tools");
      const many = async (given: GivenFile) => countOf((await Promise.all(Array.from({ length: 20 }, () => tryPublish(store(), id, given)))).map(({ outcome }) => outcome));
      expect(await many({ path: "a", onDuplicate: "allow" })).toEqual({ published: 20 });
      expect(await many({ path: "b", onDuplicate: "identical" })).toEqual({ published: 1, identical: 19 });
      expect(await store().namespaces.usage(id)).toEqual({ versions: 1, bytes: 21 * 7 });
      expect(await store().blobs.totals()).toEqual({ blobs: 1, bytes: 7 });
    });

    it("counts a revision towards the limits of bytes, and not of versions", async () => {
      const { id } = await addGroup(store(), "tools");
      const limits = { ownerVersions: 1, ownerBytes: 10, fileBytes: null } as const;
      await publish(store(), id, { content: "12345", limits });
      await publish(store(), id, { content: "54321", limits, onDuplicate: "allow" });
      expect(await tryPublish(store(), id, { content: "1", limits, onDuplicate: "allow" })).toEqual({ outcome: "limit_owner_bytes", limit: 10 });
    });
  });

  describe("of bytes that are damaged", () => {
    it("takes the new ones in their place, whether it was noted before or is found now", async () => {
      for (const way of ["noted", "found"] as const) {
        const { id } = await addGroup(store(), way);
        const content = `content ${way}`;
        const first = await publish(store(), id, { content });
        const { blobId, storageName } = first.file;
        if (way === "noted") await store().blobs.setDamaged({ blobId, storageName, isDamaged: true });
        const command = publishCommand(id, { content, onDuplicate: "identical", replaceDamaged: way === "found" ? storageName : null });
        const result = await store().publishing.publish(command);
        expect(result).toMatchObject({ outcome: "published", isBlobUsed: true, isNewVersion: false });
        const served = await findFile(store(), id);
        expect(served).toMatchObject({ blobId, storageName: command.blob.storageName, isDamaged: false });
        expect((await revisionsOf(first.file.versionId)).every((file) => !file.isDamaged)).toBe(true);
      }
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("still refuses other bytes, and any where duplicates are refused", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { content: "content" });
      await store().blobs.setDamaged({ blobId: file.blobId, storageName: file.storageName, isDamaged: true });
      expect(await tryPublish(store(), id, { content: "other", onDuplicate: "identical" })).toEqual({ outcome: "file_exists" });
      expect(await tryPublish(store(), id, { content: "content", onDuplicate: "reject" })).toEqual({ outcome: "file_exists" });
      expect((await findFile(store(), id))?.isDamaged).toBe(true);
    });
  });

  describe("and the status", () => {
    it("is the default for a new version that names none", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const [version, status, expected] of [["1", null, "default"], ["2", "default", "default"], ["3", "hidden", "hidden"]] as const)
        expect((await versionOf((await publish(store(), id, { version, status, nowMs: 1_000 })).file.versionId)).status).toBe(expected);
    });

    it("changes with any later upload that names one, for the whole version", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "a", nowMs: 1_000 });
      const look = async () => {
        const { status, updatedAtMs, createdAtMs } = await versionOf(file.versionId);
        return { status, updatedAtMs, createdAtMs };
      };
      const steps: readonly (readonly [given: GivenFile, outcome: PublishResult["outcome"], status: VersionStatus, updatedAtMs: number])[] = [
        [{ path: "b", status: null, nowMs: 2_000 }, "published", "default", 2_000],
        [{ path: "c", status: "hidden", nowMs: 3_000 }, "published", "hidden", 3_000],
        [{ path: "d", status: null, nowMs: 4_000 }, "published", "hidden", 4_000],
        [{ path: "e", status: "hidden", nowMs: 5_000 }, "published", "hidden", 5_000],
        [{ path: "a", status: "default", onDuplicate: "identical", nowMs: 6_000 }, "identical", "default", 6_000],
        [{ path: "a", status: null, onDuplicate: "identical", nowMs: 7_000 }, "identical", "default", 6_000],
        [{ path: "a", status: "hidden", onDuplicate: "allow", nowMs: 8_000 }, "published", "hidden", 8_000],
        [{ path: "a", status: "default", onDuplicate: "reject", nowMs: 9_000 }, "file_exists", "hidden", 8_000],
        [{ path: "a", content: "x", status: "default", onDuplicate: "identical", nowMs: 9_500 }, "file_exists", "hidden", 8_000],
      ];
      for (const [given, outcome, status, updatedAtMs] of steps) {
        expect((await tryPublish(store(), id, given)).outcome).toBe(outcome);
        expect({ given, ...(await look()) }).toEqual({ given, status, updatedAtMs, createdAtMs: 1_000 });
      }
    });

    it("stays as it is where a limit or a claim refuses", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      const limits = { ownerVersions: null, ownerBytes: null, fileBytes: 1 } as const;
      expect((await tryPublish(store(), id, { path: "b", status: "hidden", limits })).outcome).toBe("limit_file_bytes");
      const blob = newBlob("claimed");
      await store().blobs.collection.claimUnrecorded([blob.storageName], { nowMs: 1_000, firstSeenBeforeMs: 0 });
      await store().blobs.collection.claimUnrecorded([blob.storageName], { nowMs: 9_000, firstSeenBeforeMs: 5_000 });
      expect((await tryPublish(store(), id, { path: "b", status: "hidden", blob })).outcome).toBe("blob_claimed");
      expect((await versionOf(file.versionId)).status).toBe("default");
    });
  });
}
