import { describe, expect, it } from "bun:test";
import type { Namespace } from "../../../src/core/domain.ts";
import type { NewMember } from "../../../src/core/ports/member-store.ts";
import { addGroup, addTeam, addUser, countOf, type CurrentStore } from "./records.ts";

const page = { offset: 0, limit: 100 };
const membersSinceMs = 5_000;

/** MemberStore: who has which level where. */
export function memberContract(store: CurrentStore): void {
  const below = async (parent: Namespace, kind: "group" | "project", name: string): Promise<Namespace> => {
    const result = await store().tree.create({
      kind, parentId: parent.id, name, id: null, visibility: "public", fullName: "", description: "", ownerId: null, nowMs: 1_000,
    });
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.namespace;
  };
  const member = (namespaceId: number, userId: number, given: Partial<NewMember> = {}): NewMember => ({
    namespaceId, userId, level: 30, expiresAtMs: null, nowMs: membersSinceMs, ...given,
  });
  const levels = async (namespaceId: number, reach: "direct" | "all") =>
    (await store().members.list(namespaceId, reach, null, page)).items.map(({ user, level }) => `${user.name} ${level}`);

  describe("adding a member", () => {
    it("keeps level, time and end, and gives the right", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools", { visibility: "private" });
      expect(await store().members.add(member(group.id, ann.id, { level: 40, expiresAtMs: 9_000 }))).toBe("added");
      const found = await store().members.find(group.id, "direct", ann.id);
      expect(found).toEqual({ user: ann, level: 40, createdAtMs: membersSinceMs, expiresAtMs: 9_000 });
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(40);
    });

    it("takes a user once, also of many attempts at once, and also one whom a team brought", async () => {
      const ann = await addUser(store(), "ann");
      const bob = await addUser(store(), "bob");
      const group = await addGroup(store(), "tools");
      const results = await Promise.all(Array.from({ length: 8 }, () => store().members.add(member(group.id, ann.id))));
      expect(countOf(results)).toEqual({ added: 1, already_member: 7 });
      const team = await addTeam(store(), group.id, { level: 20 });
      await store().teams.addMember(team.id, bob.id);
      expect(await store().members.add(member(group.id, bob.id))).toBe("already_member");
    });

    it("needs a namespace and an account", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      for (const [namespaceId, userId] of [[9_999, ann.id], [group.id, 9_999], [group.id, group.id]] as const)
        expect(await store().members.add(member(namespaceId, userId))).toBe("absent");
    });
  });

  describe("listing members", () => {
    it("shows everyone once with the highest level, in pages by id", async () => {
      const [ann, bob, carl] = [await addUser(store(), "ann"), await addUser(store(), "bob"), await addUser(store(), "carl")];
      const top = await addGroup(store(), "tools");
      const sub = await below(top, "group", "sub");
      const project = await below(sub, "project", "p");
      await store().members.add(member(top.id, ann.id, { level: 40 }));
      await store().members.add(member(sub.id, ann.id, { level: 20 }));
      await store().members.add(member(project.id, carl.id, { level: 10 }));
      const team = await addTeam(store(), top.id, { level: 30 });
      await store().teams.addMember(team.id, bob.id);
      await store().members.add(member(project.id, bob.id, { level: 20 }));
      expect(await levels(project.id, "direct")).toEqual(["bob 20", "carl 10"]);
      expect(await levels(project.id, "all")).toEqual(["ann 40", "bob 30", "carl 10"]);
      expect(await levels(top.id, "direct")).toEqual(["ann 40", "bob 30"]);
      const second = await store().members.list(project.id, "all", null, { offset: 1, limit: 1 });
      expect([second.total, second.items.map(({ user }) => user.name)]).toEqual([3, ["bob"]]);
      expect(await store().members.find(project.id, "direct", ann.id)).toBeNull();
      expect((await store().members.find(project.id, "all", ann.id))?.level).toBe(40);
      expect(await store().members.levels(project.id, ann.id)).toEqual({ own: 0, above: 40 });
      expect(await store().members.levels(project.id, bob.id)).toEqual({ own: 20, above: 30 });
      expect(await store().members.levels(9_999, bob.id)).toEqual({ own: 0, above: 0 });
    });

    it("finds parts of names without case, and takes signs for themselves", async () => {
      const group = await addGroup(store(), "tools");
      for (const [name, fullName] of [["ann", "Ann Example"], ["bob", "Robert %"], ["aennchen", ""]] as const) {
        const user = await addUser(store(), name, { fullName });
        await store().members.add(member(group.id, user.id));
      }
      const found = async (query: string) => {
        const { items, total } = await store().members.list(group.id, "direct", query, page);
        expect(total).toBe(items.length);
        return items.map(({ user }) => user.name);
      };
      expect(await found("EXAM")).toEqual(["ann"]);
      expect(await found("NN")).toEqual(["ann", "aennchen"]);
      expect(await found("%")).toEqual(["bob"]);
      expect(await found("_")).toEqual([]);
    });

    it("is empty where nothing is", async () => {
      expect(await store().members.list(9_999, "all", null, page)).toEqual({ items: [], total: 0 });
      expect(await store().members.find(9_999, "all", 1)).toBeNull();
    });

    it("tells of a grant without time that it is as old as account and namespace", async () => {
      const ann = await addUser(store(), "ann", { nowMs: 2_000 });
      const group = await addGroup(store(), "tools", { nowMs: 3_000 });
      await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level: 20 });
      expect((await store().members.find(group.id, "direct", ann.id))?.createdAtMs).toBe(3_000);
    });
  });

  describe("changing a member", () => {
    it("sets the level, keeps what is not given, and replaces what teams gave", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      const team = await addTeam(store(), group.id, { level: 40 });
      await store().members.add(member(group.id, ann.id, { level: 20, expiresAtMs: 9_000 }));
      expect(await store().members.update(group.id, ann.id, { level: 10, expiresAtMs: 8_000 })).toBe("updated");
      expect(await store().members.find(group.id, "direct", ann.id)).toMatchObject({ level: 10, createdAtMs: membersSinceMs, expiresAtMs: 8_000 });
      await store().members.update(group.id, ann.id, { level: 15 });
      expect(await store().members.find(group.id, "direct", ann.id)).toMatchObject({ level: 15, expiresAtMs: 8_000 });
      await store().members.update(group.id, ann.id, { level: 15, expiresAtMs: null });
      expect((await store().members.find(group.id, "direct", ann.id))?.expiresAtMs).toBeNull();
      await store().teams.addMember(team.id, ann.id);
      expect((await store().members.find(group.id, "direct", ann.id))?.level).toBe(40);
      await store().members.update(group.id, ann.id, { level: 20 });
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(20);
      expect(await store().teams.removeMember(team.id, ann.id)).toBe(false);
    });

    it("tells who is absent, also of those who are members further up", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      const project = await below(group, "project", "p");
      await store().members.add(member(group.id, ann.id));
      for (const [namespaceId, userId] of [[project.id, ann.id], [group.id, 9_999], [9_999, ann.id]] as const) {
        expect(await store().members.update(namespaceId, userId, { level: 20 })).toBe("absent");
        expect(await store().members.remove(namespaceId, userId)).toBe("absent");
      }
    });
  });

  describe("removing a member", () => {
    it("takes away what was given directly and by teams, there only", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      const other = await addGroup(store(), "other");
      const team = await addTeam(store(), group.id);
      await store().teams.addMember(team.id, ann.id);
      await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level: 20 });
      await store().members.add(member(other.id, ann.id));
      expect(await store().members.remove(group.id, ann.id)).toBe("removed");
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(0);
      expect((await store().namespaces.standing(other.id, ann.id)).level).toBe(30);
    });

    it("keeps the last owner of a group, whatever gave the level; owners from above and more than one count", async () => {
      const ann = await addUser(store(), "ann");
      const bob = await addUser(store(), "bob");
      const group = await addGroup(store(), "tools", { ownerId: ann.id });
      expect(await store().members.remove(group.id, ann.id)).toBe("last_owner");
      expect(await store().members.update(group.id, ann.id, { level: 40 })).toBe("last_owner");
      expect(await store().members.update(group.id, ann.id, { level: 50, expiresAtMs: 9_000 })).toBe("last_owner");
      const sub = await below(group, "group", "sub");
      await store().members.add(member(sub.id, bob.id, { level: 50 }));
      expect(await store().members.remove(sub.id, bob.id)).toBe("removed");
      await store().members.add(member(group.id, bob.id, { level: 50 }));
      expect(await store().members.remove(group.id, ann.id)).toBe("removed");
      expect(await store().members.remove(group.id, bob.id)).toBe("last_owner");
    });

    it("leaves one owner when all leave at once", async () => {
      const group = await addGroup(store(), "tools");
      const users = await Promise.all(["ann", "bob", "carl", "dora"].map((name) => addUser(store(), name)));
      for (const user of users) await store().members.add(member(group.id, user.id, { level: 50 }));
      const results = await Promise.all(users.map((user) => store().members.remove(group.id, user.id)));
      expect(countOf(results)).toEqual({ removed: 3, last_owner: 1 });
    });

    it("keeps an account in its own namespace and its projects; a project of a group may have no owner", async () => {
      const ann = await addUser(store(), "ann");
      const bob = await addUser(store(), "bob");
      const own = await store().tree.findById(ann.id);
      if (own === null) throw new Error("an account has no namespace");
      const project = await below(own, "project", "p");
      await store().members.add(member(project.id, ann.id, { level: 50 }));
      await store().members.add(member(project.id, bob.id, { level: 50 }));
      expect(await store().members.remove(ann.id, ann.id)).toBe("last_owner");
      expect(await store().members.remove(project.id, ann.id)).toBe("last_owner");
      expect(await store().members.remove(project.id, bob.id)).toBe("removed");
      const shared = await below(await addGroup(store(), "tools"), "project", "p");
      await store().members.add(member(shared.id, bob.id, { level: 50 }));
      expect(await store().members.remove(shared.id, bob.id)).toBe("removed");
    });
  });

  it("ends memberships from their time on, and no others", async () => {
    const group = await addGroup(store(), "tools");
    for (const [name, expiresAtMs] of [["ann", 6_000], ["bob", 6_001], ["carl", null]] as const)
      await store().members.add(member(group.id, (await addUser(store(), name)).id, { expiresAtMs }));
    expect(await store().members.removeExpired(5_999)).toBe(0);
    expect(await store().members.removeExpired(6_000)).toBe(1);
    expect(await levels(group.id, "direct")).toEqual(["bob 30", "carl 30"]);
  });
}
