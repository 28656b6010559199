import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { openTokenSite, type TokenSite } from "../../support/token-site.ts";

let site: TokenSite;
beforeAll(async () => {
  site = await openTokenSite();
});
afterAll(async () => {
  await site.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A request below /api/v4 with a token, or none. */
async function ask(secret: string | null, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${site.server.url}/api/v4${path}`, {
    method,
    headers: { ...(secret === null ? {} : { "private-token": secret }), ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : (JSON.parse(text) as unknown) };
}

function fields(body: unknown): Record<string, unknown> {
  if (typeof body !== "object" || body === null) throw new Error(`no object: ${String(body)}`);
  return body as Record<string, unknown>;
}

const unauthorized = { message: "401 Unauthorized" };
const forbidden = { message: "403 Forbidden" };
const api = async (name: Parameters<TokenSite["token"]>[0]) => (await site.token(name, ["api"])).secret;

describe("personal access tokens", () => {
  it("are made by administrators, in GitLab's shape", async () => {
    const { body, status } = await ask(site.server.admin.token, "POST", `/users/${site.userIds.developer}/personal_access_tokens`, {
      name: "CI", scopes: ["api", "read_user"], expires_at: "2027-03-20", description: "for CI",
    });
    expect(status).toBe(201);
    const { id, token, ...rest } = fields(body);
    expect(token).toMatch(/^glpat-[A-Za-z0-9_-]{27}$/);
    expect(rest).toEqual({
      name: "CI", revoked: false, created_at: "2027-03-10T12:00:00.000Z", description: "for CI", scopes: ["api", "read_user"],
      user_id: site.userIds.developer, last_used_at: null, active: true, expires_at: "2027-03-20",
    });
    expect((await ask(String(token), "GET", "/personal_access_tokens/self")).body).toEqual({ id, ...rest });
    expect((await ask(site.server.admin.token, "GET", `/personal_access_tokens/${String(id)}`)).body).toEqual({ id, ...rest });
  });

  it.each([
    [{ scopes: ["api"] }, { error: "name is missing" }],
    [{ name: "CI" }, { error: "scopes is missing" }],
    [{ name: "CI", scopes: ["api", "root"] }, { error: "scopes does not have a valid value" }],
    [{ name: "CI", scopes: ["api"], expires_at: "2027-02-30" }, { error: "expires_at is invalid" }],
    [{ name: "CI", scopes: ["api"], expires_at: "2027-03-10" }, { message: "400 Bad request - expires_at must be in the future" }],
  ])("are refused as %p", async (given, body) => {
    const answer = await ask(site.server.admin.token, "POST", `/users/${site.userIds.developer}/personal_access_tokens`, given);
    expect(answer).toMatchObject({ status: 400, body });
  });

  it("are nobody else's business", async () => {
    const [secret, { id }] = [await api("developer"), await site.token("maintainer", ["api"])];
    const make = `/users/${site.userIds.developer}/personal_access_tokens`;
    expect(await ask(secret, "POST", make, { name: "CI", scopes: ["api"] })).toMatchObject({ status: 403, body: forbidden });
    expect(await ask(null, "POST", make, { name: "CI", scopes: ["api"] })).toMatchObject({ status: 401, body: unauthorized });
    for (const [method, path] of [["GET", `/personal_access_tokens/${id}`], ["DELETE", `/personal_access_tokens/${id}`], ["POST", `/personal_access_tokens/${id}/rotate`], ["GET", `/personal_access_tokens?user_id=${site.userIds.maintainer}`]] as const)
      expect([method, path, (await ask(secret, method, path)).status]).toEqual([method, path, 401]);
    expect((await ask(site.server.admin.token, "GET", "/personal_access_tokens/999999")).status).toBe(404);
  });

  it("are listed in pages and chosen by state and name", async () => {
    const secret = await api("stranger");
    const ended = await site.token("stranger", ["read_api"]);
    expect((await ask(secret, "DELETE", `/personal_access_tokens/${ended.id}`)).status).toBe(204);
    const list = async (query: string) => (await ask(secret, "GET", `/personal_access_tokens${query}`)).body;
    expect(await list("?revoked=true")).toMatchObject([{ id: ended.id, revoked: true, active: false }]);
    expect(await list("?state=inactive")).toMatchObject([{ id: ended.id }]);
    expect(await list("?state=active")).toMatchObject([{ revoked: false }]);
    expect(await list("?search=nothing")).toEqual([]);
    const page = await ask(secret, "GET", "/personal_access_tokens?per_page=1&page=2");
    expect(page.body).toMatchObject([{ id: ended.id }]);
    expect([page.headers.get("x-total"), page.headers.get("x-prev-page"), page.headers.get("x-next-page")]).toEqual(["2", "1", ""]);
    expect((await ask(secret, "GET", "/personal_access_tokens?state=new")).status).toBe(400);
  });

  it("show, end and renew themselves", async () => {
    const first = (await site.token("developer", ["self_rotate"])).secret;
    const rotated = await ask(first, "POST", "/personal_access_tokens/self/rotate");
    expect(rotated).toMatchObject({ status: 200, body: { name: "of developer", expires_at: "2027-03-17", scopes: ["self_rotate"] } });
    const revoked = await ask(first, "GET", "/personal_access_tokens/self");
    expect(revoked).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    const second = String(fields(rotated.body)["token"]);
    expect((await ask(second, "DELETE", "/personal_access_tokens/self")).status).toBe(204);
    expect((await ask(second, "GET", "/personal_access_tokens/self")).status).toBe(401);
    const narrow = (await site.token("developer", ["read_api"])).secret;
    expect((await ask(narrow, "GET", "/personal_access_tokens/self")).status).toBe(200);
    expect(await ask(narrow, "POST", "/personal_access_tokens/self/rotate")).toMatchObject({ status: 403, body: { error: "insufficient_scope" } });
  });

  it("are renewed by id until they are revoked", async () => {
    const { id } = await site.token("developer", ["api"]);
    const rotate = () => ask(site.server.admin.token, "POST", `/personal_access_tokens/${id}/rotate`, { expires_at: "2027-05-01" });
    expect(await rotate()).toMatchObject({ status: 200, body: { expires_at: "2027-05-01", user_id: site.userIds.developer } });
    expect(await rotate()).toMatchObject({ status: 400, body: { message: "400 Bad request - token already revoked" } });
  });

  it("are made for oneself within one's own token", async () => {
    const secret = (await site.token("developer", ["api"], site.nowMs() + 86_400_000)).secret;
    const make = (given: object) => ask(secret, "POST", "/user/personal_access_tokens", { name: "own", scopes: ["read_api"], ...given });
    expect(await make({})).toMatchObject({ status: 201, body: { expires_at: "2027-03-11", user_id: site.userIds.developer } });
    expect(await make({ expires_at: "2028-01-01" })).toMatchObject({ status: 201, body: { expires_at: "2027-03-11" } });
    const narrow = (await site.token("developer", ["read_api"])).secret;
    expect((await ask(narrow, "POST", "/user/personal_access_tokens", { name: "own", scopes: ["read_api"] })).status).toBe(403);
  });
});

describe.each([["project", 40], ["group", 50]] as const)("access tokens of a %s", (kind, keeper) => {
  const all = () => `/${kind}s/${kind === "group" ? site.groupId : site.projectId}/access_tokens`;
  const keeperName = keeper === 50 ? "owner" : "maintainer";

  it("are made, listed, renewed and ended", async () => {
    const secret = await api(keeperName);
    const made = await ask(secret, "POST", all(), { name: "bot", scopes: ["api"], access_level: 30, expires_at: "2027-06-01" });
    expect(made.status).toBe(201);
    const { token, ...shown } = fields(made.body);
    expect(shown).toMatchObject({
      name: "bot", scopes: ["api"], access_level: 30, expires_at: "2027-06-01", active: true, revoked: false, resource_type: kind,
      resource_id: kind === "group" ? site.groupId : site.projectId,
    });
    expect((await ask(secret, "GET", `${all()}?state=active`)).body).toEqual([shown]);
    const one = `${all()}/${String(shown["id"])}`;
    expect((await ask(secret, "GET", one)).body).toEqual(shown);
    const upload = await fetch(`${site.server.url}/api/v4/projects/${site.projectId}/packages/generic/p/${kind}/f.txt`, {
      method: "PUT", headers: { "private-token": String(token) }, body: "content",
    });
    expect(upload.status).toBe(201);
    const rotated = await ask(secret, "POST", `${one}/rotate`);
    expect(rotated).toMatchObject({ status: 200, body: { access_level: 30, expires_at: "2027-03-17", user_id: shown["user_id"] } });
    expect((await ask(String(token), "GET", "/personal_access_tokens/self")).status).toBe(401);
    const second = fields(rotated.body);
    expect((await ask(secret, "DELETE", `${all()}/${String(second["id"])}`)).status).toBe(204);
    expect((await ask(secret, "DELETE", `${all()}/${String(second["id"])}`)).status).toBe(404);
    expect((await ask(String(second["token"]), "GET", "/personal_access_tokens/self")).status).toBe(401);
    expect((await ask(secret, "GET", `${all()}?state=active`)).body).toEqual([]);
  });

  it("are refused in GitLab's words", async () => {
    const secret = await api(keeperName);
    const make = (name: string, given: object) => ask(name, "POST", all(), { name: "bot", scopes: ["api"], ...given });
    expect(await make(secret, { scopes: [] })).toMatchObject({ status: 400, body: { error: "scopes is empty" } });
    expect(await make(secret, { access_level: 35 })).toMatchObject({ status: 400, body: { error: "access_level does not have a valid value" } });
    const developer = await api("developer");
    const below = { message: `400 Bad request - User does not have permission to create ${kind} access token` };
    expect(await make(developer, {})).toMatchObject({ status: 400, body: below });
    expect(await ask(developer, "GET", all())).toMatchObject({ status: 401, body: unauthorized });
    expect(await ask(null, "GET", all())).toMatchObject({ status: 401, body: unauthorized });
    expect((await ask(secret, "GET", `${all()}/999999`)).status).toBe(404);
    const stranger = await ask(await api("stranger"), "GET", all());
    expect([stranger.status, stranger.body]).toEqual(kind === "group" ? [401, unauthorized] : [404, { message: "404 Project Not Found" }]);
  });
});

it("of a project do not go above the caller", async () => {
  const answer = await ask(await api("maintainer"), "POST", `/projects/${site.projectId}/access_tokens`, { name: "bot", scopes: ["api"], access_level: 50 });
  expect(answer).toMatchObject({ status: 400, body: { message: expect.stringMatching(/^400 Bad request - Access level of the token/) } });
});

it("of a group are no project's", async () => {
  expect((await ask(await api("owner"), "GET", `/projects/${site.groupId}/access_tokens`)).status).toBe(404);
  expect((await ask(await api("owner"), "GET", `/groups/${site.projectId}/access_tokens`)).status).toBe(404);
});

describe("deploy tokens", () => {
  it.each([["as a list", ["read_package_registry"]], ["as one word", "read_package_registry"]])("take their scopes %s", async (_how, scopes) => {
    const made = await ask(await api("maintainer"), "POST", `/projects/${site.projectId}/deploy_tokens`, { name: "d", scopes });
    const { token, id, ...rest } = fields(made.body);
    expect(made.status).toBe(201);
    expect(token).toMatch(/^gldt-/);
    expect(rest).toEqual({
      name: "d", username: `gitlab+deploy-token-${String(id)}`, expires_at: null, revoked: false, expired: false, scopes: ["read_package_registry"],
    });
  });

  it("expire, are listed and deleted", async () => {
    const secret = await api("maintainer");
    const all = `/projects/${site.projectId}/deploy_tokens`;
    const made = fields((await ask(secret, "POST", all, { name: "e", scopes: ["read_repository"], expires_at: "2027-03-11T01:30:00+01:30", username: "robot" })).body);
    expect(made).toMatchObject({ expires_at: "2027-03-11T00:00:00.000Z", username: "robot" });
    const one = `${all}/${String(made["id"])}`;
    expect((await ask(secret, "GET", one)).body).toEqual({ ...made, token: undefined });
    const ids = async (query: string) => ((await ask(secret, "GET", all + query)).body as Record<string, unknown>[]).map(({ id }) => id);
    expect(await ids("?active=true")).toContain(made["id"]);
    site.passMs(86_400_000);
    expect(await ids("?active=true")).not.toContain(made["id"]);
    expect((await ask(secret, "GET", one)).body).toMatchObject({ expired: true });
    expect((await ask(secret, "DELETE", one)).status).toBe(204);
    expect((await ask(secret, "DELETE", one)).status).toBe(404);
  });

  it("may be made when their time is over, and are worth nothing then", async () => {
    const all = `/projects/${site.projectId}/deploy_tokens`;
    const made = fields((await ask(await api("maintainer"), "POST", all, { name: "past", scopes: ["read_package_registry"], expires_at: "2020-01-01" })).body);
    expect(made).toMatchObject({ expired: true, expires_at: "2020-01-01T00:00:00.000Z" });
    const download = await fetch(`${site.server.url}/api/v4/projects/${site.projectId}/packages/generic/p/1/f`, { headers: { "deploy-token": String(made["token"]) } });
    expect(download.status).toBe(401);
  });

  it("are for Maintainers; those of groups are made by Owners", async () => {
    const ofGroup = `/groups/${site.groupId}/deploy_tokens`;
    await site.server.stores.metadata.namespaces.setGrant({ namespaceId: site.groupId, userId: site.userIds.maintainer, level: 40 });
    const maintainer = await api("maintainer");
    const body = { name: "g", scopes: ["read_package_registry"] };
    expect((await ask(maintainer, "GET", ofGroup)).status).toBe(200);
    expect((await ask(maintainer, "POST", ofGroup, body)).status).toBe(403);
    expect((await ask(await api("owner"), "POST", ofGroup, body)).status).toBe(201);
    expect((await ask(await api("developer"), "GET", `/projects/${site.projectId}/deploy_tokens`)).status).toBe(403);
    expect((await ask(null, "GET", `/projects/${site.projectId}/deploy_tokens`)).status).toBe(401);
    expect((await ask(await api("stranger"), "GET", `/projects/${site.projectId}/deploy_tokens`)).status).toBe(404);
    expect((await ask((await site.token("maintainer", ["read_api"])).secret, "GET", ofGroup)).status).toBe(200);
    expect((await ask(maintainer, "GET", "/deploy_tokens")).status).toBe(403);
    expect((await ask(site.server.admin.token, "GET", "/deploy_tokens")).body).toContainEqual(expect.objectContaining({ name: "g" }));
  });

  it.each([
    [{ scopes: ["read_repository"] }, { error: "name is missing" }],
    [{ name: "d", scopes: ["api"] }, { error: "scopes does not have a valid value" }],
    [{ name: "d", scopes: ["read_repository"], expires_at: "soon" }, { error: "expires_at is invalid" }],
    [{ name: "d", scopes: ["read_repository"], username: "a b" }, { message: { username: ["can contain only letters, digits, '_', '-', '+', and '.'"] } }],
  ])("are refused as %p", async (given, body) => {
    expect(await ask(await api("maintainer"), "POST", `/projects/${site.projectId}/deploy_tokens`, given)).toMatchObject({ status: 400, body });
  });
});
