import { describe, expect, it } from "bun:test";
import type { NewTeam } from "../../../src/core/ports/team-store.ts";
import { addGroup, addTeam, addUser, countOf, type CurrentStore } from "./records.ts";

/** TeamStore: teams and who is in them. */
export function teamContract(store: CurrentStore): void {
  const newTeam = (namespaceId: number, name: string): NewTeam => ({
    namespaceId,
    name,
    description: "",
    permission: "read",
    units: {},
    level: 20,
  });

  describe("creating a team", () => {
    it("keeps every field", async () => {
      const group = await addGroup(store(), "tools");
      const given = {
        namespaceId: group.id,
        name: "Release Crew",
        description: "ships",
        permission: "admin",
        units: { "repo.packages": "admin", "repo.code": "none" },
        level: 40,
      } as const;
      const result = await store().teams.create(given);
      if (result.outcome !== "created") throw new Error(result.outcome);
      expect(result.team).toEqual({ id: result.team.id, ...given });
      expect(await store().teams.find(result.team.id)).toEqual(result.team);
    });

    it("refuses a name that the group has, without case, and takes it in another group", async () => {
      const group = await addGroup(store(), "tools");
      const other = await addGroup(store(), "other");
      await addTeam(store(), group.id, { name: "Ärzte" });
      for (const name of ["Ärzte", "ärzte", "ÄRZTE"]) expect(await store().teams.create(newTeam(group.id, name))).toEqual({ outcome: "name_taken" });
      expect((await store().teams.create(newTeam(other.id, "ärzte"))).outcome).toBe("created");
    });

    it("gives a name to one of many at once", async () => {
      const group = await addGroup(store(), "tools");
      const results = await Promise.all(Array.from({ length: 8 }, () => store().teams.create(newTeam(group.id, "crew"))));
      expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 1, name_taken: 7 });
    });

    it("needs a group: none in an account's namespace or an absent one", async () => {
      const ann = await addUser(store(), "ann");
      for (const id of [ann.id, 9_999]) expect(await store().teams.create(newTeam(id, "crew"))).toEqual({ outcome: "absent" });
    });

    it("finds null for a team that is absent", async () => {
      expect(await store().teams.find(9_999)).toBeNull();
    });
  });

  describe("membership", () => {
    it("gives the team's level, and adding twice is a success", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools", { visibility: "private" });
      const team = await addTeam(store(), group.id, { level: 30 });
      expect(await store().teams.addMember(team.id, ann.id)).toBe("added");
      expect(await store().teams.addMember(team.id, ann.id)).toBe("added");
      expect(await store().namespaces.standing(group.id, ann.id)).toEqual({ visibility: "private", level: 30, path: [group.id], settings: {}, isMemberBelow: false });
      expect(await store().teams.removeMember(team.id, ann.id)).toBe(true);
      expect(await store().teams.removeMember(team.id, ann.id)).toBe(false);
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(0);
    });

    it("gives nothing in other groups", async () => {
      const ann = await addUser(store(), "ann");
      const team = await addTeam(store(), (await addGroup(store(), "tools")).id);
      const other = await addGroup(store(), "other");
      await store().teams.addMember(team.id, ann.id);
      expect((await store().namespaces.standing(other.id, ann.id)).level).toBe(0);
    });

    it("leaves grants from other teams and the direct one when a team is left", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      const readers = await addTeam(store(), group.id, { name: "readers", level: 20 });
      const writers = await addTeam(store(), group.id, { name: "writers", level: 30 });
      for (const team of [readers, writers]) await store().teams.addMember(team.id, ann.id);
      await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level: 10 });
      const level = async () => (await store().namespaces.standing(group.id, ann.id)).level;
      expect(await level()).toBe(30);
      await store().teams.removeMember(writers.id, ann.id);
      expect(await level()).toBe(20);
      await store().teams.removeMember(readers.id, ann.id);
      expect(await level()).toBe(10);
      await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level: 0 });
      expect(await level()).toBe(0);
    });

    it("leaves others in the team when one leaves", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      const group = await addGroup(store(), "tools");
      const team = await addTeam(store(), group.id, { level: 30 });
      for (const user of [ann, bob]) await store().teams.addMember(team.id, user.id);
      await store().teams.removeMember(team.id, ann.id);
      expect((await store().namespaces.standing(group.id, bob.id)).level).toBe(30);
    });

    it("tells when the team or the user is absent", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      const team = await addTeam(store(), group.id);
      expect(await store().teams.addMember(9_999, ann.id)).toBe("absent");
      expect(await store().teams.addMember(team.id, 9_999)).toBe("absent");
      expect(await store().teams.addMember(team.id, group.id)).toBe("absent");
      expect(await store().teams.removeMember(9_999, ann.id)).toBe(false);
      expect(await store().teams.removeMember(team.id, ann.id)).toBe(false);
    });
  });
}
