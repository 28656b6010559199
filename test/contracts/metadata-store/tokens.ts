import { describe, expect, it } from "bun:test";
import { addUser, countOf, newToken, sha256Of, type CurrentStore } from "./records.ts";

/** TokenStore: access tokens of accounts. */
export function tokenContract(store: CurrentStore): void {
  const addToken = async (userId: number, name: string, given: Parameters<typeof newToken>[2] = {}) => {
    const result = await store().tokens.create(newToken(userId, name, given));
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.token;
  };

  describe("creating a token", () => {
    it("keeps every field but the secret", async () => {
      const ann = await addUser(store(), "ann");
      const scopes = ["read:package", "write:package", "odd, \"scope\""];
      const token = await addToken(ann.id, "CI", { lastEight: "abcdefgh", scopes, nowMs: 5_000, expiresAtMs: 6_000 });
      expect(token).toEqual({
        id: token.id,
        userId: ann.id,
        name: "CI",
        description: "",
        lastEight: "abcdefgh",
        scopes,
        createdAtMs: 5_000,
        expiresAtMs: 6_000,
        lastUsedAtMs: null,
        revokedAtMs: null,
      });
      expect(await store().tokens.findById(token.id)).toEqual(token);
    });

    it("refuses a name that the same account has", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      await addToken(ann.id, "CI");
      expect(await store().tokens.create(newToken(ann.id, "CI", { secretSha256: sha256Of("another") }))).toEqual({ outcome: "name_taken" });
      await addToken(bob.id, "CI", { secretSha256: sha256Of("bob's") });
    });

    it("takes a name again where it need not be unique, or where the other token is revoked", async () => {
      const ann = await addUser(store(), "ann");
      const first = await addToken(ann.id, "CI", { description: "the first" });
      expect(first.description).toBe("the first");
      const second = await addToken(ann.id, "CI", { secretSha256: sha256Of("second"), isNameUnique: false });
      expect(await store().tokens.create(newToken(ann.id, "CI", { secretSha256: sha256Of("third") }))).toEqual({ outcome: "name_taken" });
      for (const { id } of [first, second]) expect(await store().accessTokens.revoke(id, 5_000)).toBe(true);
      const third = await addToken(ann.id, "CI", { secretSha256: sha256Of("third") });
      expect((await store().tokens.list(ann.id, { offset: 0, limit: 10 })).items).toEqual([third]);
      expect((await store().tokens.findBySecret(sha256Of("second")))?.token).toEqual({ ...second, revokedAtMs: 5_000 });
      expect(await store().tokens.create(newToken(ann.id, "other", { secretSha256: sha256Of("second") }))).toEqual({ outcome: "secret_taken" });
    });

    it("refuses a secret that any token has", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      const secretSha256 = sha256Of("one secret");
      await addToken(ann.id, "first", { secretSha256 });
      for (const userId of [ann.id, bob.id])
        expect(await store().tokens.create(newToken(userId, "second", { secretSha256 }))).toEqual({ outcome: "secret_taken" });
    });

    it("gives a name to one of many at once", async () => {
      const ann = await addUser(store(), "ann");
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) => store().tokens.create(newToken(ann.id, "CI", { secretSha256: sha256Of(`${index}`) }))),
      );
      expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 1, name_taken: 7 });
    });

    it("needs an account", async () => {
      expect(await store().tokens.create(newToken(9_999, "CI"))).toEqual({ outcome: "absent" });
    });
  });

  describe("finding tokens", () => {
    it("finds a token by its secret, with the account behind it, also when either has ended", async () => {
      const ann = await addUser(store(), "ann");
      const token = await addToken(ann.id, "CI", { nowMs: 1, expiresAtMs: 2 });
      await store().accounts.update(ann.id, { isActive: false });
      const found = await store().tokens.findBySecret(sha256Of("secret of CI"));
      expect(found).toEqual({ token, user: { ...ann, isActive: false } });
    });

    it("finds null for what is absent", async () => {
      const ann = await addUser(store(), "ann");
      await addToken(ann.id, "CI");
      expect(await store().tokens.findBySecret(sha256Of("unknown"))).toBeNull();
      expect(await store().tokens.findBySecret("")).toBeNull();
      expect(await store().tokens.findById(9_999)).toBeNull();
    });

    it("lists one account's tokens by id, in pages", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      for (const name of ["c", "a", "b"]) await addToken(ann.id, name);
      await addToken(bob.id, "bob's");
      const page = async (offset: number, limit: number) => {
        const { items, total } = await store().tokens.list(ann.id, { offset, limit });
        expect(total).toBe(3);
        return items.map((token) => token.name);
      };
      expect(await page(0, 10)).toEqual(["c", "a", "b"]);
      expect(await page(1, 1)).toEqual(["a"]);
      expect(await page(2, 10)).toEqual(["b"]);
      expect(await page(3, 10)).toEqual([]);
      expect(await store().tokens.list(9_999, { offset: 0, limit: 10 })).toEqual({ items: [], total: 0 });
    });
  });

  describe("revoking a token", () => {
    it("revokes by id and by name, once", async () => {
      const ann = await addUser(store(), "ann");
      const byId = await addToken(ann.id, "by id");
      const byName = await addToken(ann.id, "by name");
      const kept = await addToken(ann.id, "kept");
      expect(await store().tokens.delete(ann.id, { id: byId.id })).toBe(true);
      expect(await store().tokens.delete(ann.id, { id: byId.id })).toBe(false);
      expect(await store().tokens.delete(ann.id, { name: "by name" })).toBe(true);
      expect(await store().tokens.delete(ann.id, { name: "by name" })).toBe(false);
      expect(await store().tokens.findBySecret(sha256Of("secret of by id"))).toBeNull();
      expect(await store().tokens.findById(byName.id)).toBeNull();
      expect((await store().tokens.list(ann.id, { offset: 0, limit: 10 })).items).toEqual([kept]);
    });

    it("leaves another account's token alone", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      const token = await addToken(ann.id, "CI");
      expect(await store().tokens.delete(bob.id, { id: token.id })).toBe(false);
      expect(await store().tokens.delete(bob.id, { name: "CI" })).toBe(false);
      expect(await store().tokens.delete(9_999, { id: token.id })).toBe(false);
      expect(await store().tokens.findById(token.id)).toEqual(token);
    });

    it("revokes once when many ask at once", async () => {
      const ann = await addUser(store(), "ann");
      const token = await addToken(ann.id, "CI");
      const results = await Promise.all(Array.from({ length: 8 }, () => store().tokens.delete(ann.id, { id: token.id })));
      expect(results.filter(Boolean).length).toBe(1);
    });
  });

  it("notes when tokens were last used, never backwards, and passes unknown ones over", async () => {
    const ann = await addUser(store(), "ann");
    const [first, second] = [await addToken(ann.id, "first"), await addToken(ann.id, "second")];
    const lastUsed = async (id: number) => (await store().tokens.findById(id))?.lastUsedAtMs;
    await store().tokens.touch([]);
    await store().tokens.touch([{ tokenId: first.id, atMs: 500 }, { tokenId: 9_999, atMs: 600 }, { tokenId: second.id, atMs: 700 }]);
    expect(await lastUsed(first.id)).toBe(500);
    expect(await lastUsed(second.id)).toBe(700);
    await store().tokens.touch([{ tokenId: first.id, atMs: 400 }]);
    expect(await lastUsed(first.id)).toBe(500);
    await store().tokens.touch([{ tokenId: first.id, atMs: 501 }]);
    expect(await lastUsed(first.id)).toBe(501);
  });
}
