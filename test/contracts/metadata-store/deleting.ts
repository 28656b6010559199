import { describe, expect, it } from "bun:test";
import { addGroup, addTeam, addUser, findFile, newToken, publish, sha256Of, type CurrentStore } from "./records.ts";

/** PublishStore's deletes, and what never comes back. */
export function deletingContract(store: CurrentStore): void {
  const packageIdOf = async (namespaceId: number, name = "package") =>
    (await store().packages.findPackage(namespaceId, name, "exact"))?.id ?? 0;

  describe("deleting a file", () => {
    it("leaves the other files of the version", async () => {
      const { id } = await addGroup(store(), "tools");
      const a = await publish(store(), id, { path: "a", content: "12345" });
      const b = await publish(store(), id, { path: "b", content: "123" });
      const target = { versionId: a.file.versionId, path: "a", nowMs: 3_000 };
      expect(await store().publishing.deleteFile(target)).toBe("deleted");
      expect(await store().publishing.deleteFile(target)).toBe("absent");
      expect(await findFile(store(), id, { path: "a" })).toBeNull();
      expect(await findFile(store(), id, { path: "b" })).toEqual(b.file);
      expect(await store().namespaces.usage(id)).toEqual({ versions: 1, bytes: 3 });
    });

    it("takes the version along with its last file, but not the package", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      expect(await store().publishing.deleteFile({ versionId: file.versionId, path: file.path, nowMs: 3_000 })).toBe("deleted");
      expect(await store().packages.findVersion({ namespaceId: id, packageName: "package", version: "1.0", match: "exact" })).toBeNull();
      expect((await store().packages.findPackage(id, "package", "exact"))?.name).toBe("package");
      expect(await store().namespaces.usage(id)).toEqual({ versions: 0, bytes: 0 });
    });

    it("tells what is absent", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      for (const path of ["", "file", "FILE.bin", "%"])
        expect(await store().publishing.deleteFile({ versionId: file.versionId, path, nowMs: 3_000 })).toBe("absent");
      expect(await store().publishing.deleteFile({ versionId: 9_999, path: file.path, nowMs: 3_000 })).toBe("absent");
      expect(await findFile(store(), id)).toEqual(file);
    });

    it("succeeds for one of many at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      const results = await Promise.all(
        Array.from({ length: 10 }, () => store().publishing.deleteFile({ versionId: file.versionId, path: file.path, nowMs: 3_000 })),
      );
      expect(results.filter((result) => result === "deleted").length).toBe(1);
      expect(await store().namespaces.usage(id)).toEqual({ versions: 0, bytes: 0 });
    });
  });

  describe("deleting a version", () => {
    it("takes all its files, and no other version", async () => {
      const { id } = await addGroup(store(), "tools");
      const first = await publish(store(), id, { version: "1", path: "a" });
      await publish(store(), id, { version: "1", path: "b" });
      const other = await publish(store(), id, { version: "2", path: "a" });
      const target = { namespaceId: id, versionId: first.file.versionId, nowMs: 3_000 };
      // An upload into it counts as a change; nothing is removed then.
      await publish(store(), id, { version: "1", path: "later", nowMs: 2_500 });
      for (const changedBeforeMs of [2_000, 2_500]) expect(await store().publishing.deleteVersion({ ...target, changedBeforeMs })).toBe("changed");
      expect(await store().publishing.deleteFile({ versionId: target.versionId, path: "later", nowMs: 3_000, changedBeforeMs: 2_500 })).toBe("changed");
      expect(await store().publishing.deleteFile({ versionId: target.versionId, path: "later", nowMs: 3_000, changedBeforeMs: 2_501 })).toBe("deleted");
      expect(await store().publishing.deleteVersion({ ...target, changedBeforeMs: 2_501 })).toBe("deleted");
      expect(await store().publishing.deleteVersion(target)).toBe("absent");
      for (const path of ["a", "b"]) expect(await findFile(store(), id, { version: "1", path })).toBeNull();
      expect(await store().packages.listFiles(first.file.versionId, 10)).toEqual([]);
      expect(await findFile(store(), id, { version: "2", path: "a" })).toEqual(other.file);
      expect(await store().namespaces.usage(id)).toEqual({ versions: 1, bytes: 7 });
    });

    it("does not reach into another namespace", async () => {
      const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
      const { file } = await publish(store(), one.id);
      expect(await store().publishing.deleteVersion({ namespaceId: two.id, versionId: file.versionId, nowMs: 3_000 })).toBe("absent");
      expect(await store().publishing.deleteVersion({ namespaceId: 9_999, versionId: file.versionId, nowMs: 3_000 })).toBe("absent");
      expect(await store().publishing.deleteVersion({ namespaceId: one.id, versionId: 9_999, nowMs: 3_000 })).toBe("absent");
      expect(await findFile(store(), one.id)).toEqual(file);
    });
  });

  describe("deleting a package", () => {
    it("takes all its versions at once, and the package itself", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const version of ["1", "2", "3"]) for (const path of ["a", "b"]) await publish(store(), id, { version, path, content: `${version} ${path}` });
      const other = await publish(store(), id, { packageName: "other", content: "shared" });
      await publish(store(), id, { version: "4", content: "shared" });
      const target = { namespaceId: id, packageId: await packageIdOf(id), nowMs: 3_000 };
      expect(await store().publishing.deletePackage(target)).toBe("deleted");
      expect(await store().publishing.deletePackage(target)).toBe("absent");
      expect(await store().packages.findPackage(id, "package", "folded")).toBeNull();
      const { items } = await store().packages.listVersions({ namespaceId: id, status: "any" }, { offset: 0, limit: 10 });
      expect(items.map((version) => version.packageName)).toEqual(["other"]);
      expect(await findFile(store(), id, { packageName: "other" })).toEqual(other.file);
      expect(await store().namespaces.usage(id)).toEqual({ versions: 1, bytes: 6 });
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("deletes a package that has no version any more", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id);
      await store().publishing.deleteVersion({ namespaceId: id, versionId: file.versionId, nowMs: 3_000 });
      expect(await store().publishing.deletePackage({ namespaceId: id, packageId: await packageIdOf(id), nowMs: 3_000 })).toBe("deleted");
    });

    it("does not reach into another namespace", async () => {
      const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
      const { file } = await publish(store(), one.id);
      const packageId = await packageIdOf(one.id);
      expect(await store().publishing.deletePackage({ namespaceId: two.id, packageId, nowMs: 3_000 })).toBe("absent");
      expect(await store().publishing.deletePackage({ namespaceId: one.id, packageId: 9_999, nowMs: 3_000 })).toBe("absent");
      expect(await findFile(store(), one.id)).toEqual(file);
    });
  });

  describe("removing empty packages", () => {
    it("removes those without a version that are old enough, and tells how many", async () => {
      const { id } = await addGroup(store(), "tools");
      const addEmpty = async (packageName: string, nowMs: number) => {
        const { file } = await publish(store(), id, { packageName, nowMs });
        await store().publishing.deleteVersion({ namespaceId: id, versionId: file.versionId, nowMs });
      };
      await addEmpty("old", 1_000);
      await addEmpty("just old enough", 1_999);
      await addEmpty("young", 2_000);
      await publish(store(), id, { packageName: "in use", nowMs: 1_000 });
      expect(await store().publishing.removeEmptyPackages(2_000)).toBe(2);
      expect(await store().publishing.removeEmptyPackages(2_000)).toBe(0);
      const left = await Promise.all(
        ["old", "just old enough", "young", "in use"].map((name) => store().packages.findPackage(id, name, "exact")),
      );
      expect(left.map((found) => found?.name ?? null)).toEqual([null, null, "young", "in use"]);
    });

    it("takes nothing from a publish at the same time", async () => {
      const { id } = await addGroup(store(), "tools");
      for (let round = 0; round < 10; round += 1) {
        const name = `package ${round}`;
        const { file } = await publish(store(), id, { packageName: name, nowMs: 1 });
        await store().publishing.deleteVersion({ namespaceId: id, versionId: file.versionId, nowMs: 1 });
        const [, again] = await Promise.all([
          store().publishing.removeEmptyPackages(1_000_000),
          publish(store(), id, { packageName: name }),
          store().publishing.removeEmptyPackages(1_000_000),
        ]);
        expect(await findFile(store(), id, { packageName: name })).toEqual(again.file);
      }
    });
  });

  it("never gives an id a second time", async () => {
    const group = await addGroup(store(), "tools");
    const once = async () => {
      const user = await addUser(store(), "ann");
      const gone = await addGroup(store(), "gone");
      const team = await addTeam(store(), gone.id);
      const token = await store().tokens.create(newToken(user.id, "CI"));
      if (token.outcome !== "created") throw new Error(token.outcome);
      const { file } = await publish(store(), group.id, { content: "content" });
      const packageId = await packageIdOf(group.id);
      await store().publishing.deletePackage({ namespaceId: group.id, packageId, nowMs: 3_000 });
      await store().blobs.collection.claimUnreferenced(3_001, 10);
      await store().blobs.collection.forget((await store().blobs.collection.listDeleting(10)).map((blob) => blob.id));
      await store().namespaces.deleteGroup(gone.id);
      await store().accounts.delete(user.id);
      expect(await store().blobs.findLive(sha256Of("content"))).toBeNull();
      return { user: user.id, group: gone.id, team: team.id, token: token.token.id, package: packageId, version: file.versionId, file: file.id, blob: file.blobId };
    };
    const first = await once();
    const second = await once();
    const third = await once();
    for (const kind of ["user", "group", "team", "token", "package", "version", "file", "blob"] as const) {
      expect(second[kind]).toBeGreaterThan(first[kind]);
      expect(third[kind]).toBeGreaterThan(second[kind]);
    }
  });
}
