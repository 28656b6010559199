import { describe, expect, it } from "bun:test";
import type { NewBotToken, TokenFilter, TokenRotation } from "../../../src/core/ports/access-token-store.ts";
import { addGroup, addUser, countOf, newToken, sha256Of, type CurrentStore } from "./records.ts";

const everything: TokenFilter = { userId: null, botOfNamespaceId: null, isRevoked: null, activity: null, nameContains: null };
const firstPage = { offset: 0, limit: 100 };

/** AccessTokenStore: tokens that are kept after their end, and the bots of namespaces. */
export function accessTokenContract(store: CurrentStore): void {
  const addToken = async (userId: number, name: string, given: Parameters<typeof newToken>[2] = {}) => {
    const result = await store().tokens.create(newToken(userId, name, given));
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.token;
  };
  const botToken = (namespaceId: number, given: Partial<NewBotToken> = {}): NewBotToken => ({
    namespaceId,
    level: 30,
    botName: `project_${namespaceId}_bot_1`,
    botEmail: `project_${namespaceId}_bot_1@noreply.localhost`,
    passwordHash: "hash",
    isRestricted: false,
    tokenName: "CI",
    description: "for the pipeline",
    secretSha256: sha256Of("secret of the bot"),
    lastEight: "abcdefgh",
    scopes: ["api"],
    nowMs: 1_000,
    expiresAtMs: 9_000,
    ...given,
  });
  const addBot = async (namespaceId: number, given: Partial<NewBotToken> = {}) => {
    const result = await store().accessTokens.createBot(botToken(namespaceId, given));
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.held;
  };
  const rotation = (tokenId: number, given: Partial<TokenRotation> = {}): TokenRotation => ({
    tokenId, secretSha256: sha256Of("new secret"), lastEight: "87654321", nowMs: 5_000, expiresAtMs: 8_000, ...given,
  });
  const namesOf = async (filter: Partial<TokenFilter>) => {
    const { items, total } = await store().accessTokens.list({ ...everything, ...filter }, firstPage);
    expect(total).toBe(items.length);
    return items.map(({ token }) => token.name);
  };

  describe("lists", () => {
    it("chooses by account, state and name", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      await addToken(ann.id, "Build one", { expiresAtMs: 2_000 });
      await addToken(ann.id, "deploy", { expiresAtMs: 3_000 });
      const ended = await addToken(bob.id, "build two");
      await store().accessTokens.revoke(ended.id, 1_500);
      expect(await namesOf({})).toEqual(["Build one", "deploy", "build two"]);
      expect(await namesOf({ userId: ann.id })).toEqual(["Build one", "deploy"]);
      expect(await namesOf({ isRevoked: true })).toEqual(["build two"]);
      expect(await namesOf({ isRevoked: false })).toEqual(["Build one", "deploy"]);
      expect(await namesOf({ activity: { isActive: true, atMs: 1_999 } })).toEqual(["Build one", "deploy"]);
      expect(await namesOf({ activity: { isActive: true, atMs: 2_000 } })).toEqual(["deploy"]);
      expect(await namesOf({ activity: { isActive: false, atMs: 2_000 } })).toEqual(["Build one", "build two"]);
      expect(await namesOf({ nameContains: "BUILD" })).toEqual(["Build one", "build two"]);
      expect(await namesOf({ nameContains: "%" })).toEqual([]);
      expect(await namesOf({ userId: bob.id, isRevoked: false })).toEqual([]);
    });

    it("comes in pages, by id", async () => {
      const ann = await addUser(store(), "ann");
      for (const name of ["c", "a", "b"]) await addToken(ann.id, name);
      const { items, total } = await store().accessTokens.list(everything, { offset: 1, limit: 1 });
      expect(total).toBe(3);
      expect(items.map(({ token }) => token.name)).toEqual(["a"]);
    });
  });

  describe("revoking", () => {
    it("ends a token once, and keeps it", async () => {
      const ann = await addUser(store(), "ann");
      const token = await addToken(ann.id, "CI");
      expect(await store().accessTokens.revoke(token.id, 4_000)).toBe(true);
      expect(await store().accessTokens.revoke(token.id, 5_000)).toBe(false);
      expect(await store().accessTokens.revoke(9_999, 5_000)).toBe(false);
      expect(await store().accessTokens.find(token.id)).toEqual({ token: { ...token, revokedAtMs: 4_000 }, botOfNamespaceId: null, level: 0 });
      expect((await store().tokens.findBySecret(sha256Of("secret of CI")))?.token.revokedAtMs).toBe(4_000);
      expect((await store().tokens.list(ann.id, firstPage)).total).toBe(0);
      await addToken(ann.id, "CI", { secretSha256: sha256Of("second secret") });
    });

    it("takes a bot's rights away, and nobody else's", async () => {
      const [tools, ann] = [await addGroup(store(), "tools"), await addUser(store(), "ann")];
      await store().namespaces.setGrant({ namespaceId: tools.id, userId: ann.id, level: 40 });
      const [bot, other] = [
        await addBot(tools.id),
        await addBot(tools.id, { botName: "other_bot", botEmail: "other@noreply.localhost", secretSha256: sha256Of("other") }),
      ];
      const token = await addToken(ann.id, "ann's");
      expect(await store().accessTokens.revoke(bot.token.id, 2_000)).toBe(true);
      expect(await store().accessTokens.revoke(token.id, 2_000)).toBe(true);
      const level = async (userId: number) => (await store().namespaces.standing(tools.id, userId)).level;
      expect([await level(bot.token.userId), await level(other.token.userId), await level(ann.id)]).toEqual([0, 30, 40]);
      expect((await store().accessTokens.find(bot.token.id))?.level).toBe(0);
    });
  });

  describe("rotating", () => {
    it("ends the old token and makes one of the same account, name and scopes", async () => {
      const ann = await addUser(store(), "ann");
      const old = await addToken(ann.id, "CI", { scopes: ["api"], description: "why" });
      const result = await store().accessTokens.rotate(rotation(old.id));
      if (result.outcome !== "rotated") throw new Error(result.outcome);
      const { token } = result.held;
      expect(token).toEqual({
        id: token.id, userId: ann.id, name: "CI", description: "why", lastEight: "87654321", scopes: ["api"],
        createdAtMs: 5_000, expiresAtMs: 8_000, lastUsedAtMs: null, revokedAtMs: null,
      });
      expect(token.id).not.toBe(old.id);
      expect((await store().tokens.findBySecret(sha256Of("secret of CI")))?.token.revokedAtMs).toBe(5_000);
      expect((await store().tokens.findBySecret(sha256Of("new secret")))?.token).toEqual(token);
    });

    it("happens once when many ask at once", async () => {
      const ann = await addUser(store(), "ann");
      const { id } = await addToken(ann.id, "CI");
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) => store().accessTokens.rotate(rotation(id, { secretSha256: sha256Of(`${index}`) }))),
      );
      expect(countOf(results.map(({ outcome }) => outcome))).toEqual({ rotated: 1, revoked: 7 });
      expect((await store().tokens.list(ann.id, firstPage)).total).toBe(1);
    });

    it("finds no token that is absent", async () => {
      expect(await store().accessTokens.rotate(rotation(9_999))).toEqual({ outcome: "absent" });
    });

    it("leaves a bot its rights", async () => {
      const tools = await addGroup(store(), "tools");
      const bot = await addBot(tools.id);
      const result = await store().accessTokens.rotate(rotation(bot.token.id));
      expect(result).toMatchObject({ outcome: "rotated", held: { level: 30, botOfNamespaceId: tools.id, token: { userId: bot.token.userId } } });
      // The end of the old token was the rotation's: it is not the bot's.
      expect(await store().accessTokens.revoke(bot.token.id, 6_000)).toBe(false);
      expect((await store().namespaces.standing(tools.id, bot.token.userId)).level).toBe(30);
    });
  });

  describe("bots", () => {
    it("come with their grant and their token", async () => {
      const tools = await addGroup(store(), "tools", { visibility: "private" });
      const held = await addBot(tools.id);
      const { token } = held;
      expect(held).toEqual({
        token: {
          id: token.id, userId: token.userId, name: "CI", description: "for the pipeline", lastEight: "abcdefgh", scopes: ["api"],
          createdAtMs: 1_000, expiresAtMs: 9_000, lastUsedAtMs: null, revokedAtMs: null,
        },
        botOfNamespaceId: tools.id,
        level: 30,
      });
      expect(await store().accounts.findById(token.userId)).toMatchObject({
        name: `project_${tools.id}_bot_1`, fullName: "CI", visibility: "private", isRestricted: false, isAdmin: false, botOfNamespaceId: tools.id,
      });
      expect((await store().namespaces.standing(tools.id, token.userId)).level).toBe(30);
      expect((await store().namespaces.standing(token.userId, token.userId)).level).toBe(0);
      expect(await namesOf({ botOfNamespaceId: tools.id })).toEqual(["CI"]);
      expect(await namesOf({ botOfNamespaceId: token.userId })).toEqual([]);
    });

    it("are refused where name or namespace are not free or not there, without a trace", async () => {
      const tools = await addGroup(store(), "tools");
      const ann = await addUser(store(), "ann");
      expect(await store().accessTokens.createBot(botToken(9_999))).toEqual({ outcome: "absent" });
      expect(await store().accessTokens.createBot(botToken(tools.id, { botName: "ANN" }))).toEqual({ outcome: "taken" });
      expect(await store().accessTokens.createBot(botToken(tools.id, { botEmail: ann.email }))).toEqual({ outcome: "taken" });
      expect((await store().accounts.list(firstPage)).items.map(({ name }) => name)).toEqual(["ann"]);
    });

    it("leave nothing behind where the secret is another token's", async () => {
      const tools = await addGroup(store(), "tools");
      await addBot(tools.id);
      const failure = await store().accessTokens
        .createBot(botToken(tools.id, { botName: "second", botEmail: "second@noreply.localhost" }))
        .then(() => null, (error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(await store().accounts.find("second")).toBeNull();
    });

    it("go with their namespace", async () => {
      const tools = await addGroup(store(), "tools");
      const { token } = await addBot(tools.id);
      expect(await store().namespaces.deleteGroup(tools.id)).toBe("deleted");
      expect(await store().accessTokens.find(token.id)).toBeNull();
      expect(await store().accounts.findById(token.userId)).toBeNull();
    });
  });
}
