import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import type { Actor } from "../../src/core/actor.ts";
import { openTokenSite, refusalOf, startMs, type TokenSite } from "../support/token-site.ts";

let site: TokenSite;
beforeEach(async () => {
  site = await openTokenSite();
});
afterEach(async () => {
  await site.stop();
});

const dayMs = 86_400_000;
const everyToken = { isActive: null, isRevoked: null, nameContains: null };
const firstPage = { offset: 0, limit: 100 };
const wanted = (given: Partial<{ name: string; scopes: readonly string[]; expiresAtMs: number | null; description: string }> = {}) => ({
  name: "made", scopes: ["api"], expiresAtMs: null, description: "", ...given,
});
const openRead = async (secret: string, namespaceId = site.projectId) =>
  site.server.registry.openNamespace(await site.bearer(secret), { id: namespaceId }, "read");

describe("a personal token", () => {
  it("ends at its time and not before", async () => {
    const { secret } = await site.token("developer", ["api"], startMs + dayMs);
    site.passMs(dayMs - 1);
    await openRead(secret);
    site.passMs(1);
    expect(await site.server.registry.inspectToken(secret, ["personal"])).toEqual({ outcome: "expired" });
  });

  it.each([
    ["no name", { name: " " }],
    ["a long name", { name: "n".repeat(256) }],
    ["no scope", { scopes: [] }],
    ["an unknown scope", { scopes: ["api", "everything"] }],
    ["a scope of another dialect", { scopes: ["write:package"] }],
    ["an end that is now", { expiresAtMs: startMs }],
    ["a long description", { description: "d".repeat(1001) }],
  ])("is not made with %s", async (_what, given) => {
    const { registry } = site.server;
    expect(await refusalOf(registry.createTokenFor(site.admin, site.userIds.developer, wanted(given)))).toBe("value_invalid");
    expect(await refusalOf(registry.createOwnToken(await site.person("developer"), wanted(given)))).toBe("value_invalid");
  });

  it("is made for others by administrators only", async () => {
    const { registry } = site.server;
    const maintainer = await site.person("maintainer");
    expect(await refusalOf(registry.createTokenFor(maintainer, site.userIds.maintainer, wanted()))).toBe("rights_missing");
    expect(await refusalOf(registry.createTokenFor(site.admin, 9_999, wanted()))).toBe("user_not_found");
    const made = await registry.createTokenFor(site.admin, site.userIds.developer, wanted());
    expect(await site.bearer(made.secret)).toMatchObject({ user: { name: "developer" }, credential: { scopes: ["api"] } });
  });

  it.each([
    [["read_api"], ["api"], "scope_missing"],
    [["read_user"], ["read_user"], "scope_missing"],
    [["api"], ["read_api", "read_package_registry"], null],
    [["api"], ["api"], null],
  ] as const)("with the scopes %p makes one with %p: %p", async (held, asked, refusal) => {
    const { secret } = await site.token("developer", held);
    expect(await refusalOf(site.server.registry.createOwnToken(await site.bearer(secret), wanted({ scopes: asked })))).toBe(refusal);
  });

  it("of Gitea's scopes makes and renews none that reaches further", async () => {
    const { registry, stores } = site.server;
    const narrow = await registry.createToken(await site.person("developer"), "developer", { name: "narrow", scopes: ["write:user"], expiresAtMs: null });
    const wide = await site.token("developer", ["api"]);
    const actor = await site.bearer(narrow.secret);
    expect(await refusalOf(registry.createOwnToken(actor, wanted()))).toBe("scope_missing");
    expect(await refusalOf(registry.rotatePersonalToken(actor, wide.id, null))).toBe("scope_missing");
    expect((await stores.metadata.tokens.findById(wide.id))?.revokedAtMs).toBeNull();
    expect(await refusalOf(registry.createOwnToken(actor, wanted({ scopes: ["read_user"] })))).toBeNull();
  });

  it("makes none that outlives it, and ends what it makes with itself", async () => {
    const { registry } = site.server;
    const { secret } = await site.token("developer", ["api"], startMs + dayMs);
    const actor = await site.bearer(secret);
    expect((await registry.createOwnToken(actor, wanted({ expiresAtMs: startMs + 2 * dayMs }))).token.expiresAtMs).toBe(startMs + dayMs);
    expect((await registry.createOwnToken(actor, wanted())).token.expiresAtMs).toBe(startMs + dayMs);
    expect((await registry.createOwnToken(actor, wanted({ expiresAtMs: startMs + 5 }))).token.expiresAtMs).toBe(startMs + 5);
    const lasting = await site.bearer((await site.token("developer", ["api"])).secret);
    expect((await registry.createOwnToken(lasting, wanted())).token.expiresAtMs).toBeNull();
  });

  it("is found, ended and renewed by its owner and by administrators, and does not exist for others", async () => {
    const { registry } = site.server;
    const { id } = await site.token("developer", ["api"]);
    const others = await site.person("maintainer");
    expect(await refusalOf(registry.findPersonalToken(others, id))).toBe("rights_missing");
    expect(await refusalOf(registry.findPersonalToken(others, 9_999))).toBe("rights_missing");
    expect(await refusalOf(registry.revokePersonalToken(others, id))).toBe("rights_missing");
    expect(await refusalOf(registry.rotatePersonalToken(others, id, null))).toBe("rights_missing");
    expect(await refusalOf(registry.findPersonalToken(site.admin, 9_999))).toBe("token_not_found");
    expect((await registry.findPersonalToken(await site.person("developer"), id)).name).toBe("of developer");
    expect((await registry.findPersonalToken(site.admin, id)).id).toBe(id);
    const renewed = await registry.rotatePersonalToken(site.admin, id, startMs + dayMs);
    expect(await refusalOf(registry.rotatePersonalToken(site.admin, id, null))).toBe("value_invalid");
    await registry.revokePersonalToken(await site.person("developer"), renewed.token.id);
    expect(await registry.inspectToken(renewed.secret, ["personal"])).toEqual({ outcome: "revoked" });
  });

  it("is listed to its owner, and to administrators with all", async () => {
    const { registry } = site.server;
    await site.token("developer", ["api"]);
    await site.token("maintainer", ["api"]);
    const list = async (actor: Actor, userId: number | null = null) =>
      (await registry.listPersonalTokens(actor, { ...everyToken, userId }, firstPage)).items.map(({ name }) => name);
    const developer = await site.person("developer");
    expect(await list(developer)).toEqual(["of developer"]);
    expect(await list(developer, site.userIds.developer)).toEqual(["of developer"]);
    expect(await refusalOf(list(developer, site.userIds.maintainer))).toBe("rights_missing");
    expect(await list(site.admin, site.userIds.maintainer)).toEqual(["of maintainer"]);
    expect(await list(site.admin)).toEqual(expect.arrayContaining(["of developer", "of maintainer"]));
    // An administrator's token that does not reach administration shows its owner's own.
    const narrow = await site.bearer((await site.token("root", ["read_user"])).secret);
    expect(await list(narrow)).not.toContain("of developer");
  });

  it("renews itself with api or self_rotate, once", async () => {
    const { registry } = site.server;
    for (const [scopes, refusal] of [[["self_rotate"], null], [["api"], null], [["read_api"], "scope_missing"]] as const) {
      const actor = await site.bearer((await site.token("developer", scopes)).secret);
      expect(await refusalOf(registry.rotateShownToken(actor, startMs + dayMs))).toBe(refusal);
      if (refusal === null) expect(await refusalOf(registry.rotateShownToken(actor, startMs + dayMs))).toBe("value_invalid");
    }
    expect(await refusalOf(registry.rotateShownToken(await site.person("developer"), null))).toBe("credentials_required");
  });

  it("does nothing for an inactive account, not even end itself", async () => {
    const { registry, stores } = site.server;
    const { secret } = await site.token("developer", ["api"]);
    await stores.metadata.accounts.update(site.userIds.developer, { isActive: false });
    const actor = await site.bearer(secret);
    expect(await refusalOf(registry.findShownToken(actor))).toBe("rights_missing");
    expect(await refusalOf(registry.revokeShownToken(actor))).toBe("rights_missing");
  });
});

describe("a token of a project or group", () => {
  const create = async (actor: Actor, level: 10 | 30 | 40 | 50, given: Parameters<typeof wanted>[0] = {}, namespaceId = site.projectId) =>
    site.server.registry.createNamespaceToken(
      await site.server.registry.openNamespace(actor, { id: namespaceId }, "configure", "repository"),
      { ...wanted(given), level },
    );

  it("acts with its level in the namespace and below, and nowhere else", async () => {
    const made = await create(await site.person("owner"), 30, {}, site.groupId);
    const bot = await site.bearer(made.secret);
    const open = (id: number, capability: "read" | "publish" | "delete") => site.server.registry.openNamespace(bot, { id }, capability);
    expect(await refusalOf(open(site.projectId, "publish"))).toBeNull();
    expect(await refusalOf(open(site.projectId, "delete"))).toBe("rights_missing");
    if (bot.kind !== "user") throw new Error("a bot is an account");
    expect(await refusalOf(open(bot.user.id, "publish"))).toBe("rights_missing");
    await site.server.stores.metadata.namespaces.update(site.userIds.stranger, { visibility: "internal" });
    // Tokens of projects count as internal users where their makers are such (GitLab, project access tokens).
    expect(await refusalOf(open(site.userIds.stranger, "read"))).toBeNull();
    await site.server.stores.metadata.namespaces.update(site.userIds.stranger, { visibility: "private" });
    expect(await refusalOf(open(site.userIds.stranger, "read"))).toBe("rights_missing");
  });

  it("is made by Maintainers of projects and Owners of groups, up to their own level", async () => {
    const [maintainer, owner] = [await site.person("maintainer"), await site.person("owner")];
    expect(await refusalOf(create(maintainer, 40))).toBeNull();
    expect(await refusalOf(create(maintainer, 50))).toBe("value_invalid");
    expect(await refusalOf(create(owner, 50))).toBeNull();
    expect(await refusalOf(create(site.admin, 50))).toBeNull();
    expect(await refusalOf(create(await site.person("developer"), 10))).toBe("rights_missing");
    await site.server.stores.metadata.namespaces.setGrant({ namespaceId: site.groupId, userId: site.userIds.maintainer, level: 40 });
    expect(await refusalOf(create(maintainer, 10, {}, site.groupId))).toBe("rights_missing");
    expect(await refusalOf(create(owner, 10, {}, site.groupId))).toBeNull();
  });

  it("ends with its bot's rights", async () => {
    const { registry } = site.server;
    const made = await create(await site.person("maintainer"), 40);
    const grant = await registry.openNamespace(site.admin, { id: site.projectId }, "configure", "repository");
    await registry.revokeNamespaceToken(grant, made.held.token.id);
    expect(await registry.inspectToken(made.secret, ["personal"])).toEqual({ outcome: "revoked" });
    expect((await site.server.stores.metadata.namespaces.standing(site.projectId, made.held.token.userId)).level).toBe(0);
    expect(await refusalOf(registry.revokeNamespaceToken(grant, made.held.token.id))).toBe("token_not_found");
    expect(await refusalOf(registry.rotateNamespaceToken(grant, made.held.token.id, null))).toBe("value_invalid");
  });

  it("is renewed by who could make it", async () => {
    const { registry } = site.server;
    const made = await create(await site.person("owner"), 50);
    const rotate = async (name: string) =>
      registry.rotateNamespaceToken(
        await registry.openNamespace(await site.person(name), { id: site.projectId }, "configure", "repository"), made.held.token.id, startMs + dayMs,
      );
    expect(await refusalOf(rotate("maintainer"))).toBe("rights_missing");
    const renewed = await rotate("owner");
    expect(await registry.inspectToken(made.secret, ["personal"])).toEqual({ outcome: "revoked" });
    expect((await openRead(renewed.secret)).level).toBe(50);
  });

  it("belongs to its namespace", async () => {
    const { registry } = site.server;
    const made = await create(await site.person("maintainer"), 30);
    const elsewhere = await registry.openNamespace(site.admin, { id: site.groupId }, "read", "repository");
    expect(await refusalOf(registry.findNamespaceToken(elsewhere, made.held.token.id))).toBe("token_not_found");
    const personal = await site.token("maintainer", ["api"]);
    const project = await registry.openNamespace(site.admin, { id: site.projectId }, "configure", "repository");
    expect(await refusalOf(registry.revokeNamespaceToken(project, personal.id))).toBe("token_not_found");
    expect((await registry.listNamespaceTokens(await registry.openNamespace(site.admin, { id: site.projectId }, "read"), everyToken, firstPage)).total).toBe(1);
  });

  it("makes nothing that would outlive it", async () => {
    const { registry } = site.server;
    const bot = await site.bearer((await create(await site.person("owner"), 50)).secret);
    const other = await create(await site.person("owner"), 50);
    const grant = await registry.openNamespace(bot, { id: site.projectId }, "configure", "repository");
    expect(await refusalOf(registry.createNamespaceToken(grant, { ...wanted(), level: 10 }))).toBe("rights_missing");
    expect(await refusalOf(registry.rotateNamespaceToken(grant, other.held.token.id, null))).toBe("rights_missing");
    expect(await refusalOf(registry.createOwnToken(bot, wanted()))).toBe("rights_missing");
    expect(await refusalOf(registry.createTokenFor(site.admin, other.held.token.userId, wanted()))).toBe("user_not_found");
    const group = { name: "own", visibility: "public", fullName: "", description: "", email: "", website: "", location: "" } as const;
    expect(await refusalOf(registry.createGroup(bot, group))).toBe("rights_missing");
    expect(await refusalOf(registry.rotateShownToken(bot, startMs + dayMs))).toBeNull();
  });

  it("shows nothing to who may only read the project", async () => {
    const { registry } = site.server;
    const grant = await registry.openNamespace(await site.person("developer"), { id: site.projectId }, "read", "repository");
    expect(await refusalOf(registry.listNamespaceTokens(grant, everyToken, firstPage))).toBe("rights_missing");
    expect(await refusalOf(registry.listDeployTokens(grant, false, firstPage))).toBe("rights_missing");
  });

  it("of a narrow caller does not reach further than the caller", async () => {
    const { registry } = site.server;
    const made = await registry.createToken(await site.person("maintainer"), "maintainer", { name: "n", scopes: ["write:repository"], expiresAtMs: null });
    const narrow = await site.bearer(made.secret);
    expect(await refusalOf(create(narrow, 10))).toBe("scope_missing");
    const grant = await registry.openNamespace(narrow, { id: site.projectId }, "configure", "repository");
    const deploy = { name: "d", username: null, expiresAtMs: null };
    expect(await refusalOf(registry.createDeployToken(grant, { ...deploy, scopes: ["read_package_registry"] }))).toBe("scope_missing");
    expect(await refusalOf(registry.createDeployToken(grant, { ...deploy, scopes: ["read_repository"] }))).toBeNull();
  });
});
