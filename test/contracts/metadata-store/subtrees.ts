import { describe, expect, it } from "bun:test";
import type { Namespace } from "../../../src/core/domain.ts";
import type { NewNamespace } from "../../../src/core/ports/tree-store.ts";
import { addGroup, addNamespace, addUser, findFile, newGroup, newToken, publish, sha256Of, tryPublish, type CurrentStore } from "./records.ts";

/** TreeStore: what a tree of groups and projects gives those in it, and what is left when a project goes. */
export function subtreeContract(store: CurrentStore): void {
  const add = (kind: "group" | "project", parentId: number | null, name: string, given: Partial<NewNamespace> = {}) =>
    addNamespace(store(), kind, parentId, name, given);
  const find = async (path: string) => (await store().namespaces.find(path))?.id ?? null;
  const usage = (id: number) => store().namespaces.usage(id);

  describe("looking below", () => {
    it("shows parents before what is below them, by path without case, at most as many as asked for", async () => {
      const top = await add("group", null, "b");
      for (const name of ["Z", "a", "é"]) await add("project", top.id, name);
      const sub = await add("group", top.id, "a-2");
      await add("project", sub.id, "x");
      const beside = await add("group", null, "b-2");
      await add("project", beside.id, "y");
      await addUser(store(), "A");
      const below = async (rootId: number | null, limit = 100) => (await store().tree.below(rootId, null, limit)).map(({ namespace }) => namespace.path);
      expect(await below(top.id)).toEqual(["b", "b/a", "b/a-2", "b/a-2/x", "b/Z", "b/é"]);
      expect(await below(top.id, 3)).toEqual(["b", "b/a", "b/a-2"]);
      expect(await below(top.id, 0)).toEqual([]);
      expect(await below(sub.id)).toEqual(["b/a-2", "b/a-2/x"]);
      expect(await below(beside.id)).toEqual(["b-2", "b-2/y"]);
      expect(await below(null)).toEqual(["A", "b", "b-2", "b-2/y", "b/a", "b/a-2", "b/a-2/x", "b/Z", "b/é"]);
      expect(await below(9_999)).toEqual([]);
    });

    it("tells each one's own grant, not what is inherited", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      const top = await add("group", null, "top");
      const sub = await add("group", top.id, "sub");
      const app = await add("project", sub.id, "app");
      await store().namespaces.setGrant({ namespaceId: sub.id, userId: ann.id, level: 30 });
      await store().namespaces.setGrant({ namespaceId: app.id, userId: ann.id, level: 10 });
      const levels = async (userId: number | null) => (await store().tree.below(top.id, userId, 10)).map(({ level }) => level);
      expect(await levels(ann.id)).toEqual([0, 30, 10]);
      for (const userId of [bob.id, null, 9_999]) expect(await levels(userId)).toEqual([0, 0, 0]);
    });
  });

  describe("standing", () => {
    it("gathers the path, the strictest visibility and the highest grant on it", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      const top = await add("group", null, "top", { visibility: "internal" });
      const sub = await add("group", top.id, "sub", { visibility: "private" });
      const app = await add("project", sub.id, "app", { visibility: "public" });
      await store().namespaces.setGrant({ namespaceId: top.id, userId: ann.id, level: 40 });
      await store().namespaces.setGrant({ namespaceId: app.id, userId: ann.id, level: 20 });
      await store().namespaces.setGrant({ namespaceId: app.id, userId: bob.id, level: 30 });
      const standing = (id: number, userId: number) => store().namespaces.standing(id, userId);
      expect(await standing(app.id, ann.id)).toEqual({ visibility: "private", level: 40, path: [app.id, sub.id, top.id], settings: {}, isMemberBelow: false });
      expect(await standing(sub.id, bob.id)).toEqual({ visibility: "private", level: 0, path: [sub.id, top.id], settings: {}, isMemberBelow: true });
      expect(await standing(app.id, bob.id)).toMatchObject({ level: 30 });
      expect(await standing(top.id, ann.id)).toEqual({ visibility: "internal", level: 40, path: [top.id], settings: {}, isMemberBelow: true });
    });

    it("tells of a group whether the user has a grant on anything below it, not on itself or above", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      const top = await add("group", null, "top");
      const sub = await add("group", top.id, "sub");
      const app = await add("project", sub.id, "app");
      const beside = await add("project", (await add("group", null, "top-2")).id, "app");
      const isMemberBelow = async (userId: number | null) =>
        Promise.all([top, sub, app].map(async ({ id }) => (await store().namespaces.standing(id, userId)).isMemberBelow));
      const grant = (namespaceId: number, level: 0 | 10) => store().namespaces.setGrant({ namespaceId, userId: ann.id, level });
      expect(await isMemberBelow(ann.id)).toEqual([false, false, false]);
      await grant(beside.id, 10);
      await grant(top.id, 10);
      expect(await isMemberBelow(ann.id)).toEqual([false, false, false]);
      await grant(sub.id, 10);
      expect(await isMemberBelow(ann.id)).toEqual([true, false, false]);
      await grant(app.id, 10);
      expect(await isMemberBelow(ann.id)).toEqual([true, true, false]);
      for (const userId of [bob.id, null, 9_999]) expect(await isMemberBelow(userId)).toEqual([false, false, false]);
      await grant(sub.id, 0);
      await grant(app.id, 0);
      expect(await isMemberBelow(ann.id)).toEqual([false, false, false]);
    });

    it("inherits settings: the nearest wins, and null undoes", async () => {
      const top = await add("group", null, "top");
      const sub = await add("group", top.id, "sub");
      const app = await add("project", sub.id, "app");
      const settings = async (id: number) => (await store().namespaces.standing(id, null)).settings;
      const set = async (id: number, changes: Namespace["settings"]) => (await store().namespaces.update(id, { settings: changes }))?.settings ?? null;
      expect(await set(top.id, { duplicates: "reject", duplicateException: "rc.*", keptRevisions: 5 })).toEqual({ duplicates: "reject", duplicateException: "rc.*", keptRevisions: 5 });
      for (const id of [top.id, sub.id, app.id]) expect(await settings(id)).toEqual({ duplicates: "reject", duplicateException: "rc.*", keptRevisions: 5 });
      expect(await set(sub.id, { duplicates: "allow", duplicateException: null })).toEqual({ duplicates: "allow", duplicateException: null });
      expect(await settings(app.id)).toEqual({ duplicates: "allow", duplicateException: null, keptRevisions: 5 });
      expect(await set(app.id, { versions: "x.y.z", registryAccess: "private" })).toEqual({ versions: "x.y.z", registryAccess: "private" });
      expect(await set(app.id, { duplicates: null })).toEqual({ versions: "x.y.z", registryAccess: "private", duplicates: null });
      // A policy of its own, unset included, leaves the exception from above behind.
      const inForce = { duplicates: null, keptRevisions: 5, versions: "x.y.z", registryAccess: "private" } as const;
      expect(await settings(app.id)).toEqual(inForce);
      expect(await settings(sub.id)).toEqual({ duplicates: "allow", duplicateException: null, keptRevisions: 5 });
      expect(await settings(top.id)).toEqual({ duplicates: "reject", duplicateException: "rc.*", keptRevisions: 5 });
      expect((await store().namespaces.update(app.id, { fullName: "App" }))?.settings).toEqual({ versions: "x.y.z", registryAccess: "private", duplicates: null });
      expect(await store().namespaces.update(9_999, { settings: { duplicates: "allow" } })).toBeNull();
    });

    it("inherits again what a namespace forgets", async () => {
      const top = await add("group", null, "top", { settings: { duplicates: "reject", keptRevisions: 5 } });
      const app = await add("project", top.id, "app", { settings: { duplicates: null, keptRevisions: 1, versions: "x.y.z" } });
      const settings = async () => (await store().namespaces.standing(app.id, null)).settings;
      expect(await settings()).toEqual({ duplicates: null, keptRevisions: 1, versions: "x.y.z" });
      const changed = await store().namespaces.update(app.id, { settings: { registryAccess: "public" }, forgottenSettings: ["duplicates", "versions"] });
      expect(changed?.settings).toEqual({ keptRevisions: 1, registryAccess: "public" });
      expect(await settings()).toEqual({ duplicates: "reject", keptRevisions: 1, registryAccess: "public" });
      await store().namespaces.update(app.id, { forgottenSettings: ["duplicates", "keptRevisions", "registryAccess"] });
      expect(await settings()).toEqual({ duplicates: "reject", keptRevisions: 5 });
    });
  });

  describe("deleting a project", () => {
    it("takes all its packages, and frees bytes, counters and quotas up to the top", async () => {
      const top = await add("group", null, "top");
      const sub = await add("group", top.id, "sub");
      const [app, kept] = [await add("project", sub.id, "app"), await add("project", sub.id, "kept")];
      const shared = await publish(store(), kept.id, { content: "shared" });
      await publish(store(), top.id, { content: "at the top" });
      for (const version of ["1", "2"]) await publish(store(), app.id, { version, path: "a", content: "12345" });
      await publish(store(), app.id, { version: "2", path: "a", content: "1234567890", onDuplicate: "allow" });
      await publish(store(), app.id, { version: "2", path: "b", content: "shared" });
      expect([await usage(top.id), await usage(sub.id), await usage(app.id)]).toEqual([
        { versions: 4, bytes: 42 },
        { versions: 3, bytes: 32 },
        { versions: 2, bytes: 26 },
      ]);
      const limits = { ownerVersions: null, ownerBytes: 42, fileBytes: null } as const;
      await store().namespaces.update(top.id, { limits });
      const noLimits = { ownerVersions: null, ownerBytes: null, fileBytes: null } as const;
      expect(await tryPublish(store(), kept.id, { path: "more", content: "x", limits: noLimits })).toEqual({ outcome: "limit_owner_bytes", limit: 42 });
      expect(await store().tree.deleteProject(app.id, 5_000)).toBe("deleted");
      expect(await store().tree.deleteProject(app.id, 5_000)).toBe("absent");
      expect(await store().tree.findById(app.id)).toBeNull();
      expect([await usage(top.id), await usage(sub.id), await usage(app.id), await usage(kept.id)]).toEqual([
        { versions: 2, bytes: 16 },
        { versions: 1, bytes: 6 },
        { versions: 0, bytes: 0 },
        { versions: 1, bytes: 6 },
      ]);
      expect((await tryPublish(store(), kept.id, { path: "more", content: "x", limits: noLimits })).outcome).toBe("published");
      expect(await tryPublish(store(), app.id)).toEqual({ outcome: "namespace_absent" });
      expect(await findFile(store(), kept.id)).toEqual(shared.file);
      expect(await store().blobs.collection.claimUnreferenced(5_001, 10)).toBe(0);
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
      const steps = [];
      for (let step = ""; step !== "done"; steps.push(step)) {
        step = await store().tree.clearDeleted(1, 5_000);
        expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
      }
      // One for each revision, one for the package, one for the rest, one that finds nothing.
      expect(steps).toEqual(["more", "more", "more", "more", "more", "more", "done"]);
      expect([await usage(top.id), await usage(kept.id)]).toEqual([{ versions: 2, bytes: 17 }, { versions: 1, bytes: 7 }]);
      expect(await store().blobs.collection.claimUnreferenced(5_001, 10)).toBe(2);
      expect((await store().blobs.collection.listDeleting(10)).map((blob) => blob.sha256).toSorted()).toEqual([sha256Of("12345"), sha256Of("1234567890")].toSorted());
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("takes everything else that belongs to it along", async () => {
      const ann = await addUser(store(), "ann");
      const top = await add("group", null, "top");
      const app = await add("project", top.id, "app", { ownerId: ann.id });
      const deploy = await store().deployTokens.create({ namespaceId: app.id, name: "d", username: null, secretSha256: sha256Of("deploy"), scopes: [], nowMs: 1, expiresAtMs: null });
      await store().jobTokens.create({ userId: ann.id, namespaceId: app.id, secretSha256: sha256Of("job"), nowMs: 1, expiresAtMs: 9_000 });
      await store().protection.create({ namespaceId: app.id, packageNamePattern: "*", pushLevel: 40, deleteLevel: null, nowMs: 1 }, 5);
      await store().tokens.create(newToken(ann.id, "kept"));
      if (deploy.outcome !== "created") throw new Error(deploy.outcome);
      expect(await store().tree.deleteProject(app.id, 5_000)).toBe("deleted");
      expect(await store().deployTokens.findBySecret(sha256Of("deploy"))).toBeNull();
      expect(await store().jobTokens.findBySecret(sha256Of("job"))).toBeNull();
      expect(await store().protection.list(app.id)).toEqual([]);
      expect(await store().namespaces.standing(app.id, ann.id)).toEqual({ visibility: "private", level: 0, path: [], settings: {}, isMemberBelow: false });
      expect(await store().tokens.findBySecret(sha256Of("secret of kept"))).not.toBeNull();
      expect((await add("project", top.id, "app")).id).toBeGreaterThan(app.id);
    });

    it("does not take a group or an account for a project", async () => {
      const [ann, group] = [await addUser(store(), "ann"), await addGroup(store(), "tools")];
      for (const id of [ann.id, group.id, 9_999]) expect(await store().tree.deleteProject(id, 5_000)).toBe("absent");
      expect([await find("ann"), await find("tools")]).toEqual([ann.id, group.id]);
    });

    it("lets the group go once nothing is below it, and not before", async () => {
      const top = await add("group", null, "top");
      const sub = await add("group", top.id, "sub");
      const app = await add("project", sub.id, "app");
      for (const id of [top.id, sub.id]) expect(await store().namespaces.deleteGroup(id)).toBe("still_in_use");
      await store().tree.deleteProject(app.id, 5_000);
      for (const id of [sub.id, top.id]) expect(await store().namespaces.deleteGroup(id)).toBe("deleted");
      expect((await store().namespaces.createGroup(newGroup("top"))).outcome).toBe("created");
    });

    it("leaves nothing of a publish at the same time", async () => {
      const { id } = await addGroup(store(), "tools");
      for (let round = 0; round < 10; round += 1) {
        const app = await add("project", id, "app");
        const [, ...results] = await Promise.all([
          store().tree.deleteProject(app.id, 5_000),
          ...Array.from({ length: 4 }, (_, index) => tryPublish(store(), app.id, { path: `${index}` })),
        ]);
        for (const result of results) expect(["published", "namespace_absent"]).toContain(result.outcome);
        expect(await usage(id)).toEqual({ versions: 0, bytes: 0 });
        expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
        while ((await store().tree.clearDeleted(3, 5_000)) === "more") expect(await usage(id)).toEqual({ versions: 0, bytes: 0 });
      }
    });
  });
}
