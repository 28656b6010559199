import { describe, expect, it } from "bun:test";
import { addGroup, addTeam, addUser, countOf, newToken, newUser, publish, sha256Of, type CurrentStore } from "./records.ts";

/** AccountStore: accounts and the namespace that each one brings. */
export function accountContract(store: CurrentStore): void {
  describe("creating an account", () => {
    it("keeps every field, and brings a namespace of the same id", async () => {
      const given = newUser("Ann", {
        fullName: "Ann Example",
        email: "Ann@Example.com",
        visibility: "private",
        passwordHash: "$argon2id$x",
        isAdmin: true,
        isRestricted: true,
        nowMs: 1_234,
      });
      const result = await store().accounts.create(given);
      if (result.outcome !== "created") throw new Error(result.outcome);
      const { user } = result;
      expect(user).toEqual({
        id: user.id,
        name: "Ann",
        fullName: "Ann Example",
        email: "Ann@Example.com",
        visibility: "private",
        passwordHash: "$argon2id$x",
        isAdmin: true,
        isActive: true,
        isRestricted: true,
        isLoginProhibited: false,
        botOfNamespaceId: null,
        createdAtMs: 1_234,
      });
      expect(await store().accounts.findById(user.id)).toEqual(user);
      const namespace = await store().namespaces.find("ann");
      expect(namespace).toMatchObject({ id: user.id, kind: "user", path: "Ann", visibility: "private", parentId: null, limits: {} });
      expect(await store().namespaces.standing(user.id, user.id)).toEqual({ visibility: "private", level: 50, path: [user.id], settings: {}, isMemberBelow: false });
    });

    it("refuses a name that a user or a group has, in any case", async () => {
      await addUser(store(), "Ann");
      await addGroup(store(), "Tools");
      for (const name of ["Ann", "ann", "ANN", "Tools", "tOOLS"])
        expect(await store().accounts.create(newUser(name, { email: `other-${name}@example.com` }))).toEqual({ outcome: "name_taken" });
      expect((await store().accounts.list({ offset: 0, limit: 10 })).total).toBe(1);
      expect(await store().accounts.hasAny()).toBe(true);
    });

    it("refuses an e-mail address that an account has, in any case", async () => {
      await addUser(store(), "ann", { email: "Änn@example.com" });
      expect(await store().accounts.create(newUser("bob", { email: "äNN@EXAMPLE.com" }))).toEqual({ outcome: "email_taken" });
      expect(await store().accounts.find("bob")).toBeNull();
      expect(await store().namespaces.find("bob")).toBeNull();
    });

    it("creates the first account only while there is none; groups do not count", async () => {
      await addGroup(store(), "tools");
      expect((await store().accounts.create(newUser("ann", { onlyAsFirst: true }))).outcome).toBe("created");
      expect(await store().accounts.create(newUser("bob", { onlyAsFirst: true }))).toEqual({ outcome: "not_first" });
      expect((await store().accounts.create(newUser("bob"))).outcome).toBe("created");
    });

    it("creates one first account when many try at once", async () => {
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, index) => store().accounts.create(newUser(`user${index}`, { onlyAsFirst: true }))),
      );
      expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 1, not_first: 9 });
    });

    it("gives a name to one of many at once", async () => {
      const names = ["ann", "Ann", "aNN", "ANN"];
      const results = await Promise.all(
        names.map((name, index) => store().accounts.create(newUser(name, { email: `a${index}@example.com` }))),
      );
      expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 1, name_taken: 3 });
    });

    it("creates a first token with the account", async () => {
      const secretSha256 = sha256Of("first secret");
      const user = await addUser(store(), "ann", { token: { secretSha256, lastEight: "t-secret", name: "first" } });
      const found = await store().tokens.findBySecret(secretSha256);
      expect(found?.user).toEqual(user);
      expect(found?.token).toMatchObject({ userId: user.id, name: "first", lastEight: "t-secret", scopes: ["all"], expiresAtMs: null });
    });
  });

  describe("finding accounts", () => {
    it("finds by name without case, and null for who is absent", async () => {
      const user = await addUser(store(), "Ann");
      for (const name of ["Ann", "ann", "ANN"]) expect(await store().accounts.find(name)).toEqual(user);
      for (const name of ["", "an", "ann ", "ann%", "Änn"]) expect(await store().accounts.find(name)).toBeNull();
      expect(await store().accounts.findById(user.id + 1_000)).toBeNull();
    });

    it("does not take a group for an account", async () => {
      const group = await addGroup(store(), "tools");
      expect(await store().accounts.find("tools")).toBeNull();
      expect(await store().accounts.findById(group.id)).toBeNull();
    });

    it("lists by name without case, in pages", async () => {
      for (const name of ["Carl", "ann", "Bob", "dora"]) await addUser(store(), name);
      await addGroup(store(), "tools");
      const page = async (offset: number, limit: number) => {
        const { items, total } = await store().accounts.list({ offset, limit });
        expect(total).toBe(4);
        return items.map((user) => user.name);
      };
      expect(await page(0, 10)).toEqual(["ann", "Bob", "Carl", "dora"]);
      expect(await page(0, 1)).toEqual(["ann"]);
      expect(await page(3, 1)).toEqual(["dora"]);
      expect(await page(1, 2)).toEqual(["Bob", "Carl"]);
      expect(await page(3, 5)).toEqual(["dora"]);
      expect(await page(4, 5)).toEqual([]);
      expect(await page(1_000, 5)).toEqual([]);
    });

    it("lists nothing where there is nobody", async () => {
      expect(await store().accounts.list({ offset: 0, limit: 10 })).toEqual({ items: [], total: 0 });
      expect(await store().accounts.hasAny()).toBe(false);
    });
  });

  describe("changing an account", () => {
    it("refuses to leave no administrator who can sign in", async () => {
      const ann = await addUser(store(), "ann", { isAdmin: true });
      const bob = await addUser(store(), "bob", { isAdmin: true });
      for (const change of [{ isAdmin: false }, { isActive: false }, { isLoginProhibited: true }] as const) {
        expect((await store().accounts.update(bob.id, change)).outcome).toBe("updated");
        expect(await store().accounts.update(ann.id, change)).toEqual({ outcome: "last_administrator" });
        const back = { isAdmin: true, isActive: true, isLoginProhibited: false } as const;
        expect((await store().accounts.update(bob.id, back)).outcome).toBe("updated");
      }
      expect(await store().accounts.findById(ann.id)).toEqual(ann);
    });

    it("changes each given field and leaves the others", async () => {
      await addUser(store(), "root", { isAdmin: true });
      const user = await addUser(store(), "ann");
      const changes = [
        { fullName: "Ann Example" },
        { email: "new@example.com" },
        { visibility: "internal" },
        { passwordHash: "new hash" },
        { isAdmin: true },
        { isActive: false },
        { isRestricted: true },
        { isLoginProhibited: true },
      ] as const;
      let expected = user;
      for (const change of changes) {
        expected = { ...expected, ...change };
        expect(await store().accounts.update(user.id, change)).toEqual({ outcome: "updated", user: expected });
      }
      expect(await store().accounts.update(user.id, {})).toEqual({ outcome: "updated", user: expected });
      expect(await store().accounts.find("ann")).toEqual(expected);
      expect((await store().namespaces.find("ann"))?.visibility).toBe("internal");
      const back = { isAdmin: false, isActive: true, isRestricted: false, isLoginProhibited: false } as const;
      expect(await store().accounts.update(user.id, back)).toEqual({ outcome: "updated", user: { ...expected, ...back } });
    });

    it("refuses another account's e-mail address, takes its own in another case, and frees the old one", async () => {
      const ann = await addUser(store(), "ann", { email: "ann@example.com" });
      const bob = await addUser(store(), "bob", { email: "bob@example.com" });
      expect(await store().accounts.update(bob.id, { email: "ANN@example.com", isAdmin: true })).toEqual({ outcome: "email_taken" });
      expect(await store().accounts.findById(bob.id)).toEqual(bob);
      expect((await store().accounts.update(ann.id, { email: "ANN@example.com" })).outcome).toBe("updated");
      expect((await store().accounts.update(ann.id, { email: "new@example.com" })).outcome).toBe("updated");
      expect((await store().accounts.update(bob.id, { email: "ann@example.com" })).outcome).toBe("updated");
    });

    it("tells who is absent, and takes a group for no account", async () => {
      const group = await addGroup(store(), "tools");
      expect(await store().accounts.update(group.id, { isAdmin: true })).toEqual({ outcome: "absent" });
      expect(await store().accounts.update(group.id + 1_000, {})).toEqual({ outcome: "absent" });
    });
  });

  describe("deleting an account", () => {
    it("takes its namespace, tokens, grants and memberships along", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools", { ownerId: ann.id });
      const team = await addTeam(store(), group.id);
      await store().teams.addMember(team.id, ann.id);
      await store().tokens.create(newToken(ann.id, "token"));
      expect(await store().accounts.delete(ann.id)).toBe("deleted");
      expect(await store().accounts.find("ann")).toBeNull();
      expect(await store().namespaces.find("ann")).toBeNull();
      expect(await store().tokens.findBySecret(sha256Of("secret of token"))).toBeNull();
      expect((await store().namespaces.standing(group.id, ann.id)).level).toBe(0);
      expect(await store().teams.removeMember(team.id, ann.id)).toBe(false);
      expect(await store().accounts.delete(ann.id)).toBe("absent");
    });

    it("frees the name and the e-mail address, for another id", async () => {
      const first = await addUser(store(), "ann");
      await store().accounts.delete(first.id);
      const second = await addUser(store(), "ANN", { email: "ANN@example.com" });
      expect(second.id).toBeGreaterThan(first.id);
    });

    it("refuses while its namespace has packages, and not any more when their last version is gone", async () => {
      const ann = await addUser(store(), "ann");
      const { file } = await publish(store(), ann.id);
      expect(await store().accounts.delete(ann.id)).toBe("still_in_use");
      expect(await store().accounts.findById(ann.id)).toEqual(ann);
      await store().publishing.deleteVersion({ namespaceId: ann.id, versionId: file.versionId, nowMs: 3_000 });
      expect(await store().accounts.delete(ann.id)).toBe("deleted");
      expect(await store().packages.findPackage(ann.id, "package", "exact")).toBeNull();
    });

    it("tells who is absent, and takes a group for no account", async () => {
      const group = await addGroup(store(), "tools");
      expect(await store().accounts.delete(group.id)).toBe("absent");
      expect(await store().accounts.delete(group.id + 1_000)).toBe("absent");
      expect(await store().namespaces.find("tools")).not.toBeNull();
    });

    it("leaves what the account published elsewhere, under its name", async () => {
      const ann = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      await publish(store(), group.id, { creator: { kind: "user", id: ann.id, name: "ann" } });
      await store().accounts.delete(ann.id);
      const version = await store().packages.findVersion({ namespaceId: group.id, packageName: "package", version: "1.0", match: "exact" });
      expect(version?.creator).toEqual({ kind: "user", id: ann.id, name: "ann" });
    });
  });
}
