import { describe, expect, it } from "bun:test";
import type { NewDeployToken } from "../../../src/core/ports/deploy-token-store.ts";
import type { NewJobToken } from "../../../src/core/ports/job-token-store.ts";
import { addGroup, addUser, sha256Of, type CurrentStore } from "./records.ts";

const firstPage = { offset: 0, limit: 100 };

/** DeployTokenStore: tokens that belong to a namespace and to no account. */
export function deployTokenContract(store: CurrentStore): void {
  const newDeployToken = (namespaceId: number, name: string, given: Partial<NewDeployToken> = {}): NewDeployToken => ({
    namespaceId, name, username: null, secretSha256: sha256Of(`secret of ${name}`), scopes: ["read_package_registry"], nowMs: 1_000, expiresAtMs: null, ...given,
  });
  const add = async (namespaceId: number, name: string, given: Partial<NewDeployToken> = {}) => {
    const result = await store().deployTokens.create(newDeployToken(namespaceId, name, given));
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.token;
  };

  it("keeps every field but the secret, and finds it by secret and by id", async () => {
    const tools = await addGroup(store(), "tools");
    const token = await add(tools.id, "CI", { username: "robot", expiresAtMs: 5_000 });
    expect(token).toEqual({
      id: token.id, namespaceId: tools.id, name: "CI", username: "robot", scopes: ["read_package_registry"], createdAtMs: 1_000, expiresAtMs: 5_000,
    });
    expect(await store().deployTokens.findBySecret(sha256Of("secret of CI"))).toEqual(token);
    expect(await store().deployTokens.find(tools.id, token.id)).toEqual(token);
    expect(await store().deployTokens.findBySecret(sha256Of("another"))).toBeNull();
  });

  it("gives it a user name by its id", async () => {
    const tools = await addGroup(store(), "tools");
    const token = await add(tools.id, "CI");
    expect(token.username).toBe(`gitlab+deploy-token-${token.id}`);
  });

  it("belongs to one namespace", async () => {
    const [tools, others] = [await addGroup(store(), "tools"), await addGroup(store(), "others")];
    const token = await add(tools.id, "CI");
    expect(await store().deployTokens.find(others.id, token.id)).toBeNull();
    expect(await store().deployTokens.delete(others.id, token.id)).toBe(false);
    expect(await store().deployTokens.delete(tools.id, token.id)).toBe(true);
    expect(await store().deployTokens.delete(tools.id, token.id)).toBe(false);
    expect(await store().deployTokens.findBySecret(sha256Of("secret of CI"))).toBeNull();
    expect(await store().deployTokens.create(newDeployToken(9_999, "late"))).toEqual({ outcome: "absent" });
  });

  it("is listed with its namespace's or with all, in pages, expired ones if wanted", async () => {
    const [tools, others] = [await addGroup(store(), "tools"), await addGroup(store(), "others")];
    await add(tools.id, "a", { expiresAtMs: 2_000 });
    await add(others.id, "b");
    await add(tools.id, "c");
    const names = async (namespaceId: number | null, activeAtMs: number | null, page = firstPage) => {
      const { items, total } = await store().deployTokens.list(namespaceId, activeAtMs, page);
      return [items.map(({ name }) => name), total] as const;
    };
    expect(await names(null, null)).toEqual([["a", "b", "c"], 3]);
    expect(await names(tools.id, null)).toEqual([["a", "c"], 2]);
    expect(await names(tools.id, 2_000)).toEqual([["c"], 1]);
    expect(await names(tools.id, 1_999)).toEqual([["a", "c"], 2]);
    expect(await names(null, null, { offset: 1, limit: 1 })).toEqual([["b"], 3]);
  });

  it("goes with its namespace", async () => {
    const tools = await addGroup(store(), "tools");
    await add(tools.id, "CI");
    await store().namespaces.deleteGroup(tools.id);
    expect(await store().deployTokens.findBySecret(sha256Of("secret of CI"))).toBeNull();
  });
}

/** JobTokenStore: short-lived tokens that act for a user within a namespace. */
export function jobTokenContract(store: CurrentStore): void {
  const newJobToken = (userId: number, namespaceId: number, secret: string, expiresAtMs: number): NewJobToken => ({
    userId, namespaceId, secretSha256: sha256Of(secret), nowMs: 1_000, expiresAtMs,
  });
  const add = async (...given: Parameters<typeof newJobToken>) => {
    const result = await store().jobTokens.create(newJobToken(...given));
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.token;
  };

  it("is found by secret, with the account as it is now, and by id", async () => {
    const [ann, tools] = [await addUser(store(), "ann"), await addGroup(store(), "tools")];
    const token = await add(ann.id, tools.id, "s", 5_000);
    expect(token).toEqual({ id: token.id, userId: ann.id, namespaceId: tools.id, expiresAtMs: 5_000 });
    await store().accounts.update(ann.id, { isActive: false });
    expect(await store().jobTokens.findBySecret(sha256Of("s"))).toEqual({ token, user: { ...ann, isActive: false } });
    expect(await store().jobTokens.find(token.id)).toEqual(token);
    expect(await store().jobTokens.findBySecret(sha256Of("t"))).toBeNull();
  });

  it("needs user and namespace", async () => {
    const [ann, tools] = [await addUser(store(), "ann"), await addGroup(store(), "tools")];
    expect(await store().jobTokens.create(newJobToken(9_999, tools.id, "s", 2_000))).toEqual({ outcome: "absent" });
    expect(await store().jobTokens.create(newJobToken(ann.id, 9_999, "s", 2_000))).toEqual({ outcome: "absent" });
  });

  describe("ends", () => {
    it("when it is deleted, once", async () => {
      const [ann, tools] = [await addUser(store(), "ann"), await addGroup(store(), "tools")];
      const token = await add(ann.id, tools.id, "s", 5_000);
      expect(await store().jobTokens.delete(token.id)).toBe(true);
      expect(await store().jobTokens.delete(token.id)).toBe(false);
      expect(await store().jobTokens.findBySecret(sha256Of("s"))).toBeNull();
      expect(await store().jobTokens.find(token.id)).toBeNull();
    });

    it("when it expired before a time", async () => {
      const [ann, tools] = [await addUser(store(), "ann"), await addGroup(store(), "tools")];
      for (const [secret, expiresAtMs] of [["a", 1_999], ["b", 2_000], ["c", 3_000]] as const) await add(ann.id, tools.id, secret, expiresAtMs);
      expect(await store().jobTokens.removeExpired(2_000)).toBe(1);
      expect(await store().jobTokens.removeExpired(2_000)).toBe(0);
      expect(await store().jobTokens.findBySecret(sha256Of("a"))).toBeNull();
      expect((await store().jobTokens.findBySecret(sha256Of("b")))?.token.expiresAtMs).toBe(2_000);
    });

    it("with its namespace, and with its user", async () => {
      const [ann, bob, tools] = [await addUser(store(), "ann"), await addUser(store(), "bob"), await addGroup(store(), "tools")];
      await add(ann.id, tools.id, "a", 5_000);
      await add(bob.id, ann.id, "b", 5_000);
      await store().namespaces.deleteGroup(tools.id);
      await store().accounts.delete(bob.id);
      expect(await store().jobTokens.findBySecret(sha256Of("a"))).toBeNull();
      expect(await store().jobTokens.findBySecret(sha256Of("b"))).toBeNull();
    });
  });
}
