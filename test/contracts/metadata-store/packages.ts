import { describe, expect, it } from "bun:test";
import type { VersionFilter } from "../../../src/core/ports/package-store.ts";
import { addGroup, findFile, publish, type CurrentStore } from "./records.ts";

/** PackageStore: finding and listing packages, versions and files. */
export function packageContract(store: CurrentStore): void {
  describe("finding a file", () => {
    it("tells a file, a version without it, and nothing apart", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { packageName: "p", version: "1", path: "a/b.bin", content: "hello", nowMs: 7_000 });
      const find = (packageName: string, version: string, path: string, match: "exact" | "folded", namespaceId = id) =>
        store().packages.findFile({ namespaceId, packageName, version, path, match });
      for (const match of ["exact", "folded"] as const) {
        expect(await find("p", "1", "a/b.bin", match)).toEqual({ found: "file", file });
        for (const path of ["", "b.bin", "a", "a/", "a/b.bin/", "%", "a_b.bin"])
          expect(await find("p", "1", path, match)).toEqual({ found: "version" });
        expect(await find("p", "2", "a/b.bin", match)).toEqual({ found: "nothing" });
        expect(await find("q", "1", "a/b.bin", match)).toEqual({ found: "nothing" });
        expect(await find("p", "1", "a/b.bin", match, 9_999)).toEqual({ found: "nothing" });
      }
    });

    it("answers what publishing answered", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "dir/ö €.tar.gz", content: "hello", nowMs: 7_000 });
      expect(file).toMatchObject({ path: "dir/ö €.tar.gz", sizeBytes: 5, createdAtMs: 7_000 });
      expect(await findFile(store(), id, { path: "dir/ö €.tar.gz" })).toEqual(file);
    });
  });

  describe("finding a version or a package", () => {
    it("finds both by name, and null for what is absent", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, {
        packageName: "p",
        version: "1",
        creator: { kind: "user", id: 77, name: "someone" },
        nowMs: 7_000,
      });
      const found = await store().packages.findPackage(id, "p", "exact");
      expect(found?.name).toBe("p");
      expect(await store().packages.findVersion({ namespaceId: id, packageName: "p", version: "1", match: "exact" })).toEqual({
        id: file.versionId,
        packageId: found?.id ?? 0,
        namespaceId: id,
        packageName: "p",
        name: "1",
        status: "default",
        creator: { kind: "user", id: 77, name: "someone" },
        createdAtMs: 7_000,
        updatedAtMs: 7_000,
        lastDownloadedAtMs: null,
      });
      for (const match of ["exact", "folded"] as const) {
        expect(await store().packages.findPackage(id, "q", match)).toBeNull();
        expect(await store().packages.findPackage(9_999, "p", match)).toBeNull();
        expect(await store().packages.findVersion({ namespaceId: id, packageName: "p", version: "2", match })).toBeNull();
        expect(await store().packages.findVersion({ namespaceId: id, packageName: "q", version: "1", match })).toBeNull();
        expect(await store().packages.findVersion({ namespaceId: 9_999, packageName: "p", version: "1", match })).toBeNull();
      }
    });

    it("knows a package that has no version any more, and no latest version of it", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      await store().publishing.deleteVersion({ namespaceId: id, versionId: file.versionId, nowMs: 3_000 });
      const found = await store().packages.findPackage(id, "package", "exact");
      expect(found?.name).toBe("package");
      expect(await store().packages.latestVersion(found?.id ?? 0)).toBeNull();
    });
  });

  describe("listing versions", () => {
    it("puts the newest first, of the same time the later one, in pages", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const [version, nowMs] of [["a", 300], ["b", 100], ["c", 200], ["d", 200], ["e", 200]] as const)
        await publish(store(), id, { version, nowMs });
      const page = async (offset: number, limit: number) => {
        const { items, total } = await store().packages.listVersions({ namespaceId: id, status: "any" }, { offset, limit });
        expect(total).toBe(5);
        return items.map((version) => version.name).join("");
      };
      expect(await page(0, 50)).toBe("aedcb");
      expect(await page(0, 1)).toBe("a");
      expect(await page(1, 2)).toBe("ed");
      expect(await page(4, 1)).toBe("b");
      expect(await page(4, 50)).toBe("b");
      expect(await page(5, 1)).toBe("");
      expect(await page(5_000, 50)).toBe("");
      for (let offset = 0; offset < 5; offset += 1)
        for (let limit = 1; limit <= 6; limit += 1) expect(await page(offset, limit)).toBe("aedcb".slice(offset, offset + limit));
    });

    it("lists nothing for a namespace that is empty or absent", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const namespaceId of [id, 9_999])
        expect(await store().packages.listVersions({ namespaceId, status: "default" }, { offset: 0, limit: 10 })).toEqual({
          items: [],
          total: 0,
        });
    });

    it("filters by namespace, package, part of the name and status", async () => {
      const { id } = await addGroup(store(), "tools");
      const other = await addGroup(store(), "other");
      for (const packageName of ["Alpha", "alphabet", "Ägypten", "100%", "a_b", "back\\slash"]) await publish(store(), id, { packageName });
      await publish(store(), other.id, { packageName: "alpha" });
      const names = async (filter: Partial<VersionFilter>) => {
        const page = await store().packages.listVersions({ namespaceId: id, status: "default", ...filter }, { offset: 0, limit: 50 });
        expect(page.total).toBe(page.items.length);
        return page.items.map((version) => version.packageName).sort();
      };
      expect((await names({})).length).toBe(6);
      expect(await names({ nameContains: "ALPHA" })).toEqual(["Alpha", "alphabet"]);
      expect(await names({ nameContains: "äGYP" })).toEqual(["Ägypten"]);
      expect(await names({ nameContains: "%" })).toEqual(["100%"]);
      expect(await names({ nameContains: "_" })).toEqual(["a_b"]);
      expect(await names({ nameContains: "\\" })).toEqual(["back\\slash"]);
      expect(await names({ nameContains: "nothing like it" })).toEqual([]);
      expect((await names({ nameContains: "" })).length).toBe(6);
      expect(await names({ status: "hidden" })).toEqual([]);
      expect((await names({ status: "any" })).length).toBe(6);
      const alphabet = await store().packages.findPackage(id, "alphabet", "exact");
      const packageId = alphabet?.id ?? 0;
      expect(await names({ packageId })).toEqual(["alphabet"]);
      expect(await names({ packageId, nameContains: "x" })).toEqual([]);
      expect(await names({ packageId: 9_999 })).toEqual([]);
    });

    it("lists no package of another namespace", async () => {
      const { id } = await addGroup(store(), "tools");
      const other = await addGroup(store(), "other");
      await publish(store(), other.id, { packageName: "theirs" });
      const theirs = await store().packages.findPackage(other.id, "theirs", "exact");
      const filter = { namespaceId: id, packageId: theirs?.id ?? 0, status: "any" } as const;
      expect(await store().packages.listVersions(filter, { offset: 0, limit: 10 })).toEqual({ items: [], total: 0 });
    });

    it("takes the version recorded last as the latest, whatever its time", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const [version, nowMs] of [["a", 300], ["b", 100]] as const) await publish(store(), id, { version, nowMs });
      const packageId = (await store().packages.findPackage(id, "package", "exact"))?.id ?? 0;
      const latest = await store().packages.latestVersion(packageId);
      expect(latest?.name).toBe("b");
      await store().publishing.deleteVersion({ namespaceId: id, versionId: latest?.id ?? 0, nowMs: 400 });
      expect((await store().packages.latestVersion(packageId))?.name).toBe("a");
      expect(await store().packages.latestVersion(9_999)).toBeNull();
    });
  });

  describe("listing files", () => {
    it("orders by folded path, at most as many as asked for", async () => {
      const { id } = await addGroup(store(), "tools");
      let versionId = 0;
      for (const path of ["b", "C", "a/z", "Ä", "a", "ä2"]) versionId = (await publish(store(), id, { path, content: path })).file.versionId;
      await publish(store(), id, { version: "2.0", path: "elsewhere" });
      const paths = async (limit: number) => (await store().packages.listFiles(versionId, limit)).map((file) => file.path);
      expect(await paths(100)).toEqual(["a", "a/z", "b", "C", "Ä", "ä2"]);
      expect(await paths(1)).toEqual(["a"]);
      expect(await paths(6)).toEqual(await paths(100));
      expect(await store().packages.listFiles(9_999, 10)).toEqual([]);
    });

    it("shows each file as finding does, with the digests once they are known", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      expect(await store().packages.listFiles(file.versionId, 10)).toEqual([{ ...file, digests: null }]);
      const digests = { md5: "m".repeat(32), sha1: "s".repeat(40), sha512: "h".repeat(128) };
      await store().blobs.setDigests([{ blobId: file.blobId, digests }]);
      expect(await store().packages.listFiles(file.versionId, 10)).toEqual([{ ...file, digests }]);
    });
  });

  describe("counting downloads", () => {
    it("adds up, over files and days", async () => {
      const { id } = await addGroup(store(), "tools");
      const [first, second] = [await publish(store(), id, { path: "a" }), await publish(store(), id, { path: "b" })];
      const { versionId } = first.file;
      expect(await store().packages.downloads(versionId)).toBe(0);
      await store().publishing.addDownloads([]);
      await store().publishing.addDownloads([
        { fileId: first.file.id, versionId, day: 1, count: 2, lastAtMs: 10 },
        { fileId: second.file.id, versionId, day: 1, count: 3, lastAtMs: 11 },
      ]);
      await store().publishing.addDownloads([{ fileId: first.file.id, versionId, day: 1, count: 5, lastAtMs: 12 }]);
      await store().publishing.addDownloads([{ fileId: first.file.id, versionId, day: 2, count: 7, lastAtMs: 13 }]);
      expect(await store().packages.downloads(versionId)).toBe(17);
    });

    it("passes over what is gone, and counts the rest", async () => {
      const { id } = await addGroup(store(), "tools");
      const gone = await publish(store(), id, { version: "gone" });
      const kept = await publish(store(), id, { version: "kept" });
      await store().publishing.deleteVersion({ namespaceId: id, versionId: gone.file.versionId, nowMs: 3_000 });
      await store().publishing.addDownloads(
        [gone, kept].map(({ file }) => ({ fileId: file.id, versionId: file.versionId, day: 1, count: 4, lastAtMs: 10 })),
      );
      expect(await store().packages.downloads(kept.file.versionId)).toBe(4);
      expect(await store().packages.downloads(gone.file.versionId)).toBe(0);
    });

    it("loses none when many are added at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      const count = { fileId: file.id, versionId: file.versionId, day: 1, count: 1, lastAtMs: 10 };
      await Promise.all(Array.from({ length: 40 }, () => store().publishing.addDownloads([count])));
      expect(await store().packages.downloads(file.versionId)).toBe(40);
    });

    it("goes with the files that were downloaded", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      await store().publishing.addDownloads([{ fileId: file.id, versionId: file.versionId, day: 1, count: 1, lastAtMs: 10 }]);
      expect(await store().publishing.deleteVersion({ namespaceId: id, versionId: file.versionId, nowMs: 3_000 })).toBe("deleted");
      const again = await publish(store(), id);
      expect(await store().packages.downloads(again.file.versionId)).toBe(0);
    });
  });
}
