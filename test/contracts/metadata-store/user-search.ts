import { describe, expect, it } from "bun:test";
import type { UserOrder, UserSearch } from "../../../src/core/ports/account-store.ts";
import { addGroup, addUser, type CurrentStore } from "./records.ts";

const everyone: UserSearch = { text: null, isActive: null, isLoginProhibited: null, isAdmin: null, viewer: null, byEmail: false };
const byId: UserOrder = { by: "id", direction: "asc" };

/** AccountStore: searching accounts. */
export function userSearchContract(store: CurrentStore): void {
  const found = async (search: Partial<UserSearch>, order = byId, page = { offset: 0, limit: 100 }) =>
    (await store().accounts.search({ ...everyone, ...search }, order, page)).items.map((user) => user.name);

  describe("searching accounts", () => {
    it("finds parts of names without case, signs for themselves, and whole addresses only where asked", async () => {
      await addUser(store(), "Ann", { fullName: "Anna Example", email: "first@example.com" });
      await addUser(store(), "bob", { fullName: "100% Bob" });
      await addGroup(store(), "annual");
      expect(await found({ text: "ANN" })).toEqual(["Ann"]);
      expect(await found({ text: "a exam" })).toEqual(["Ann"]);
      expect(await found({ text: "%" })).toEqual(["bob"]);
      expect(await found({ text: "_" })).toEqual([]);
      expect(await found({ text: "FIRST@example.com" })).toEqual([]);
      expect(await found({ text: "FIRST@example.com", byEmail: true })).toEqual(["Ann"]);
      expect(await found({ text: "first@example", byEmail: true })).toEqual([]);
    });

    it("chooses by what an account is, all conditions together", async () => {
      const root = await addUser(store(), "root", { isAdmin: true });
      const ann = await addUser(store(), "ann", { isAdmin: true });
      const bob = await addUser(store(), "bob");
      await store().accounts.update(ann.id, { isActive: false });
      await store().accounts.update(bob.id, { isLoginProhibited: true });
      expect(await found({})).toEqual(["root", "ann", "bob"]);
      expect(await found({ isAdmin: true })).toEqual(["root", "ann"]);
      expect(await found({ isActive: true })).toEqual(["root", "bob"]);
      expect(await found({ isLoginProhibited: true })).toEqual(["bob"]);
      expect(await found({ isActive: true, isAdmin: true, text: root.name })).toEqual(["root"]);
    });

    it("shows a viewer accounts of some visibilities, and itself", async () => {
      const ann = await addUser(store(), "ann", { visibility: "private" });
      await addUser(store(), "bob", { visibility: "private" });
      await addUser(store(), "carl", { visibility: "internal" });
      await addUser(store(), "dora");
      const viewer = { userId: ann.id, visibilities: ["public", "internal"] } as const;
      expect(await found({ viewer })).toEqual(["ann", "carl", "dora"]);
      expect(await found({ viewer: { ...viewer, visibilities: ["public"] } })).toEqual(["ann", "dora"]);
      const { total } = await store().accounts.search({ ...everyone, viewer }, byId, { offset: 0, limit: 1 });
      expect(total).toBe(3);
    });

    it("orders both ways, equal values by id, in pages", async () => {
      for (const [name, fullName, nowMs] of [["Carl", "same", 3_000], ["ann", "Same", 1_000], ["Bob", "other", 1_000]] as const)
        await addUser(store(), name, { fullName, nowMs });
      expect(await found({}, { by: "id", direction: "desc" })).toEqual(["Bob", "ann", "Carl"]);
      expect(await found({}, { by: "username", direction: "asc" })).toEqual(["ann", "Bob", "Carl"]);
      expect(await found({}, { by: "name", direction: "asc" })).toEqual(["Bob", "Carl", "ann"]);
      expect(await found({}, { by: "created_at", direction: "asc" })).toEqual(["ann", "Bob", "Carl"]);
      expect(await found({}, { by: "created_at", direction: "desc" })).toEqual(["Carl", "Bob", "ann"]);
      expect(await found({}, byId, { offset: 1, limit: 1 })).toEqual(["ann"]);
      expect(await found({}, byId, { offset: 3, limit: 1 })).toEqual([]);
    });
  });
}
