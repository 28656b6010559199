import { describe, expect, it } from "bun:test";
import { addGroup, addTeam, addUser, countOf, newGroup, publish, type CurrentStore } from "./records.ts";

/** NamespaceStore: groups, their fields, standing and usage. */
export function namespaceContract(store: CurrentStore): void {
  describe("creating a group", () => {
    it("keeps every field", async () => {
      const fields = { fullName: "The Tools", description: "d", email: "e@example.com", website: "https://example.com", location: "here" };
      const created = await addGroup(store(), "Tools", { ...fields, visibility: "internal", nowMs: 4_321 });
      expect(created).toEqual({
        id: created.id,
        parentId: null,
        kind: "group",
        path: "Tools",
        visibility: "internal",
        ...fields,
        limits: {},
        settings: {},
        createdAtMs: 4_321,
      });
      expect(await store().namespaces.find("tOOLS")).toEqual(created);
    });

    it("refuses a name that a group or a user has, in any case", async () => {
      await addGroup(store(), "Tools");
      await addUser(store(), "Ann");
      for (const name of ["Tools", "tools", "Ann", "aNN"])
        expect(await store().namespaces.createGroup(newGroup(name))).toEqual({ outcome: "name_taken" });
      expect((await store().namespaces.list({ offset: 0, limit: 10 })).total).toBe(2);
    });

    it("gives a name to one of many at once", async () => {
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) => store().namespaces.createGroup(newGroup(index % 2 === 0 ? "tools" : "TOOLS"))),
      );
      expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 1, name_taken: 7 });
    });

    it("makes its owner an owner, through the team Owners", async () => {
      const ann = await addUser(store(), "ann");
      const bob = await addUser(store(), "bob");
      const group = await addGroup(store(), "tools", { ownerId: ann.id });
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(50);
      expect((await store().namespaces.standing(group.id, bob.id)).level).toBe(0);
      const again = { namespaceId: group.id, name: "owners", description: "", permission: "read", units: {}, level: 20 } as const;
      expect(await store().teams.create(again)).toEqual({ outcome: "name_taken" });
    });

    it("belongs to nobody without an owner", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(0);
    });
  });

  describe("finding namespaces", () => {
    it("finds null for what is absent", async () => {
      await addGroup(store(), "tools");
      for (const path of ["", "tool", "tools/", "%", "tools "]) expect(await store().namespaces.find(path)).toBeNull();
    });

    it("lists users and groups by folded path, in pages", async () => {
      await addGroup(store(), "Zebra");
      await addUser(store(), "ann");
      await addGroup(store(), "Beta");
      const page = async (offset: number, limit: number) => {
        const { items, total } = await store().namespaces.list({ offset, limit });
        expect(total).toBe(3);
        return items.map((namespace) => `${namespace.kind} ${namespace.path}`);
      };
      expect(await page(0, 10)).toEqual(["user ann", "group Beta", "group Zebra"]);
      expect(await page(1, 1)).toEqual(["group Beta"]);
      expect(await page(2, 10)).toEqual(["group Zebra"]);
      expect(await page(3, 1)).toEqual([]);
      expect(await page(99, 1)).toEqual([]);
    });
  });

  describe("changing a namespace", () => {
    it("changes each given field and leaves the others", async () => {
      const group = await addGroup(store(), "tools");
      const changes = [
        { visibility: "private" },
        { fullName: "The Tools" },
        { description: "text" },
        { email: "e@example.com" },
        { website: "https://example.com" },
        { location: "here" },
        { limits: { fileBytes: 10, ownerBytes: null } },
      ] as const;
      let expected = group;
      for (const change of changes) {
        expected = { ...expected, ...change };
        expect(await store().namespaces.update(group.id, change)).toEqual(expected);
      }
      expect(await store().namespaces.update(group.id, {})).toEqual(expected);
      expect(await store().namespaces.update(group.id, { fullName: "" })).toEqual({ ...expected, fullName: "" });
    });

    it("replaces the own limits as a whole", async () => {
      const group = await addGroup(store(), "tools");
      await store().namespaces.update(group.id, { limits: { fileBytes: 10, ownerBytes: 20 } });
      expect((await store().namespaces.update(group.id, { limits: { ownerVersions: 3 } }))?.limits).toEqual({ ownerVersions: 3 });
      expect((await store().namespaces.update(group.id, { limits: {} }))?.limits).toEqual({});
    });

    it("answers null for what is absent", async () => {
      expect(await store().namespaces.update(99, { fullName: "x" })).toBeNull();
      expect(await store().namespaces.update(99, {})).toBeNull();
    });
  });

  describe("deleting a group", () => {
    it("takes its teams and grants along, and frees the name for another id", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools", { ownerId: ann.id });
      const team = await addTeam(store(), group.id);
      await store().teams.addMember(team.id, ann.id);
      expect(await store().namespaces.deleteGroup(group.id)).toBe("deleted");
      expect(await store().namespaces.find("tools")).toBeNull();
      expect(await store().teams.find(team.id)).toBeNull();
      expect(await store().teams.addMember(team.id, ann.id)).toBe("absent");
      expect(await store().namespaces.deleteGroup(group.id)).toBe("absent");
      const again = await addGroup(store(), "TOOLS");
      expect(again.id).toBeGreaterThan(group.id);
      expect((await store().namespaces.standing(again.id, ann.id)).level).toBe(0);
    });

    it("refuses while it has packages, and not any more when their last version is gone", async () => {
      const group = await addGroup(store(), "tools");
      const { file } = await publish(store(), group.id);
      expect(await store().namespaces.deleteGroup(group.id)).toBe("still_in_use");
      await store().publishing.deleteFile({ versionId: file.versionId, path: file.path, nowMs: 3_000 });
      expect(await store().namespaces.deleteGroup(group.id)).toBe("deleted");
    });

    it("does not take an account for a group", async () => {
      const ann = await addUser(store(), "ann");
      expect(await store().namespaces.deleteGroup(ann.id)).toBe("absent");
      expect(await store().accounts.find("ann")).not.toBeNull();
      expect(await store().namespaces.deleteGroup(9_999)).toBe("absent");
    });
  });

  describe("standing", () => {
    it("is the namespace's visibility, and no level for whoever has no grant", async () => {
      const ann = await addUser(store(), "ann");
      for (const visibility of ["public", "internal", "private"] as const) {
        const group = await addGroup(store(), `${visibility}-group`, { visibility });
        for (const userId of [null, ann.id, 9_999])
          expect(await store().namespaces.standing(group.id, userId)).toEqual({ visibility, level: 0, path: [group.id], settings: {}, isMemberBelow: false });
      }
    });

    it("shows nothing of a namespace that is absent", async () => {
      expect(await store().namespaces.standing(9_999, null)).toEqual({ visibility: "private", level: 0, path: [], settings: {}, isMemberBelow: false });
    });

    it("follows a direct grant as it is set, changed and taken away", async () => {
      const ann = await addUser(store(), "ann");
      const bob = await addUser(store(), "bob");
      const group = await addGroup(store(), "tools");
      for (const level of [10, 15, 20, 30, 40, 50, 20, 0, 0] as const) {
        expect(await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level })).toBe("set");
        expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(level);
        expect((await store().namespaces.standing(group.id, bob.id)).level).toBe(0);
      }
    });

    it("takes the highest of a direct grant and those of teams", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      const team = await addTeam(store(), group.id, { level: 30 });
      await store().teams.addMember(team.id, ann.id);
      await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level: 20 });
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(30);
      await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level: 40 });
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(40);
      await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level: 0 });
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(30);
    });

    it("sets no grant for a user or on a namespace that is absent", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      expect(await store().namespaces.setGrant({ namespaceId: 9_999, userId: ann.id, level: 30 })).toBe("absent");
      expect(await store().namespaces.setGrant({ namespaceId: group.id, userId: 9_999, level: 30 })).toBe("absent");
      expect(await store().namespaces.setGrant({ namespaceId: group.id, userId: group.id, level: 30 })).toBe("absent");
    });
  });

  describe("usage", () => {
    it("is nothing for a namespace that is empty or absent", async () => {
      const group = await addGroup(store(), "tools");
      for (const id of [group.id, 9_999]) expect(await store().namespaces.usage(id)).toEqual({ versions: 0, bytes: 0 });
    });

    it("counts every file, identical content too, and each version once", async () => {
      const group = await addGroup(store(), "tools");
      const other = await addGroup(store(), "other");
      await publish(store(), group.id, { path: "a", content: "12345" });
      await publish(store(), group.id, { path: "b", content: "12345" });
      await publish(store(), group.id, { path: "a", version: "2.0", content: "123" });
      await publish(store(), group.id, { path: "a", packageName: "second", content: "" });
      await publish(store(), other.id, { content: "12345" });
      expect(await store().namespaces.usage(group.id)).toEqual({ versions: 3, bytes: 13 });
      expect(await store().namespaces.usage(other.id)).toEqual({ versions: 1, bytes: 5 });
    });
  });
}
