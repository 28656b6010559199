import { beforeEach, describe, expect, it } from "bun:test";
import manifest from "../../../package.json" with { type: "json" };
import { openMemoryBlobStore } from "../../../src/blob-stores/memory.ts";
import type { User } from "../../../src/core/domain.ts";
import { createDownloadCounter } from "../../../src/core/download-counter.ts";
import { createDeletedProjects } from "../../../src/core/maintenance/deleted-projects.ts";
import { createDigestQueue } from "../../../src/core/maintenance/digest-queue.ts";
import { parseNamespaceName } from "../../../src/core/namespace-name.ts";
import type { EventSink } from "../../../src/core/ports/event-sink.ts";
import { RegistryError } from "../../../src/core/registry-error.ts";
import { createRegistry } from "../../../src/core/registry.ts";
import { createSignInGuard } from "../../../src/core/sign-in-guard.ts";
import { createTokenUse } from "../../../src/core/token-use.ts";
import { apiErrorResponse } from "../../../src/dialects/gitea/errors.ts";
import { setupRoutes } from "../../../src/dialects/gitea/setup-routes.ts";
import type { Exchange, Handler } from "../../../src/http/exchange.ts";
import { countedBody } from "../../../src/http/request-body.ts";
import { createRouter, type Method } from "../../../src/http/router.ts";
import { openMemoryStore } from "../../../src/metadata-stores/memory.ts";
import { createSecretBox } from "../../../src/secret-box.ts";

const publicUrl = "http://files.example";
const clock = { nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) };
const events: EventSink = { record: () => undefined };
const passwords = {
  hash: async (password: string) => `hashed ${password}`,
  verify: async (password: string, stored: string | null) => stored === `hashed ${password}`,
};

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The value of the body, fields of which are looked at as they come. */
  readonly json: Json;
}

type Json = ReturnType<typeof JSON.parse>;

type Call = (method: Method, path: string, caller: string | null, body?: unknown) => Promise<Answer>;

async function open(settings: { readonly requireSignIn?: boolean } = {}) {
  const metadata = await openMemoryStore();
  const blobs = openMemoryBlobStore(clock);
  const limits = { ownerVersions: null, ownerBytes: null, fileBytes: null };
  const registry = createRegistry({
    metadata,
    blobs,
    clock,
    events,
    passwords,
    secrets: createSecretBox(Buffer.alloc(32, 7)),
    settings: { requireSignIn: false, limits, maxUploadBytes: null, ...settings },
    deletedProjects: createDeletedProjects({ tree: metadata.tree, clock, events }),
    digests: createDigestQueue({ records: metadata.blobs, blobs, events }),
    downloads: createDownloadCounter(metadata.publishing, clock),
    signInGuard: createSignInGuard(clock),
    tokenUse: createTokenUse(metadata.tokens, clock),
    foreignJobs: null,
  });
  const addUser = async (name: string, more: Partial<Pick<User, "visibility" | "isAdmin" | "isRestricted">> = {}) => {
    const result = await metadata.accounts.create({
      name: parseNamespaceName(name),
      fullName: "",
      email: `${name}@example.com`,
      visibility: "public",
      isAdmin: false,
      isRestricted: false,
      passwordHash: `hashed password-of-${name}`,
      nowMs: clock.nowMs(),
      ...more,
    });
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.user;
  };
  /** The header of `alice` is Basic with the password, that of `alice/read:user` a token with these scopes. */
  const authorization = async (caller: string): Promise<string> => {
    const [name = "", scopes] = caller.split("/");
    if (scopes === undefined) return `Basic ${Buffer.from(`${name}:password-of-${name}`).toString("base64")}`;
    const user = await metadata.accounts.find(name);
    if (user === null) throw new Error(`there is no ${name}`);
    const wanted = { name: crypto.randomUUID(), scopes: scopes.split(","), expiresAtMs: null };
    const actor = { kind: "user", user, credential: { kind: "password" } } as const;
    return `token ${(await registry.createToken(actor, name, wanted)).secret}`;
  };
  const findRoute = createRouter<Handler>(setupRoutes(registry));
  const call: Call = async (method, path, caller, body) => {
    const url = new URL(path, publicUrl);
    const match = findRoute(method, url.pathname.slice(1).split("/").map((part) => decodeURIComponent(part)));
    if (match.kind !== "route") throw new Error(`${method} ${path} is ${match.kind}`);
    const headers: Record<string, string> = caller === null ? {} : { authorization: await authorization(caller) };
    const content = typeof body === "string" ? body : JSON.stringify(body);
    const request = new Request(url.href, { method, headers, ...(body === undefined ? {} : { body: content }) });
    const exchange: Exchange = {
      request,
      method,
      body: countedBody(request, () => undefined),
      parameters: match.parameters,
      query: url.searchParams,
      clientAddress: "192.0.2.1",
      publicUrl: () => publicUrl,
      noteActor: () => undefined,
    };
    const response = await match.route.handler(exchange).catch((error: unknown) => {
      if (error instanceof RegistryError) return apiErrorResponse(error, publicUrl);
      throw error;
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: text === "" ? null : JSON.parse(text) };
  };
  await addUser("root", { isAdmin: true });
  await addUser("alice");
  await addUser("bob");
  return { call, addUser, registry, metadata };
}

const problem = (status: number, message: unknown = expect.any(String)): object => ({
  status,
  json: { message, url: `${publicUrl}/api/swagger` },
});

let world: Awaited<ReturnType<typeof open>>;
let call: Call;
beforeEach(async () => {
  world = await open();
  ({ call } = world);
});

const person = (username: string, more: object = {}): object => ({
  username,
  email: `${username}@example.com`,
  password: `password-of-${username}`,
  must_change_password: false,
  ...more,
});

async function publish(owner: string): Promise<void> {
  const user = await world.metadata.accounts.find("root");
  if (user === null) throw new Error("there is no administrator");
  const grant = await world.registry.openNamespace(
    { kind: "user", user, credential: { kind: "operator" } },
    owner,
    "publish",
  );
  await world.registry.publishFile(grant, {
    packageName: "tool",
    version: "1.0",
    path: "f",
    match: "folded",
    onDuplicate: "reject",
    status: null,
    reservation: null,
    expectedDigests: [],
    content: new Blob(["x"]).stream(),
    announcedBytes: 1,
    isLengthExact: true,
  });
}

describe("version and accounts", () => {
  it("tells the version to anyone", async () => {
    const answer = await call("GET", "/api/v1/version", null);
    expect(answer).toMatchObject({ status: 200, json: { version: `1.27.0+stowage-${manifest.version}` } });
    expect(answer.headers.get("content-type")).toBe("application/json;charset=utf-8");
    expect(answer.text.endsWith("\n")).toBe(true);
  });

  it("shows the caller itself, with read:user", async () => {
    expect(await call("GET", "/api/v1/user", "alice/read:user")).toMatchObject({
      status: 200,
      json: { login: "alice", email: "alice@example.com", active: true, html_url: `${publicUrl}/alice` },
    });
    expect(await call("GET", "/api/v1/user", null)).toMatchObject(problem(401, "token is required"));
    expect(await call("GET", "/api/v1/user", "alice/write:package")).toMatchObject(
      problem(403, "token does not have at least one of required scope(s), required=[read:user], token scope=write:package"),
    );
  });

  it("shows users to those who may see them, and tells nothing of the rest", async () => {
    await world.addUser("lena", { visibility: "internal" });
    await world.addUser("paul", { visibility: "private" });
    await world.addUser("rita", { isRestricted: true });
    const status = async (name: string, caller: string | null): Promise<number> =>
      (await call("GET", `/api/v1/users/${name}`, caller)).status;
    expect(await status("ALICE", null)).toBe(200);
    expect([await status("lena", null), await status("lena", "bob"), await status("lena", "rita")]).toEqual([404, 200, 404]);
    expect([await status("paul", "bob"), await status("paul", "paul"), await status("paul", "root")]).toEqual([404, 200, 200]);
    expect([await status("lena", "bob/all"), await status("lena", "bob/all,public-only")]).toEqual([200, 404]);
    expect((await call("GET", "/api/v1/users/paul", "bob")).json.message).toBe(
      (await call("GET", "/api/v1/users/nobody", "bob")).json.message,
    );
    expect(await call("GET", "/api/v1/users/alice", "bob/read:package")).toMatchObject(problem(403));
    const seen = await call("GET", "/api/v1/users/alice", "bob");
    expect(seen.json).toMatchObject({ email: "alice@noreply.localhost", is_admin: false, active: false });
  });

  it("tells anonymous callers nothing where everybody must sign in", async () => {
    ({ call } = await open({ requireSignIn: true }));
    const refused = problem(403, "Only signed in user is allowed to call APIs.");
    expect(await call("GET", "/api/v1/users/alice", null)).toMatchObject(refused);
    expect(await call("GET", "/api/v1/orgs/none", null)).toMatchObject(refused);
    expect(await call("GET", "/api/v1/users/alice", "bob")).toMatchObject({ status: 200 });
  });

  it("makes an account that signs in at once", async () => {
    const body = person("carol", { visibility: "limited", full_name: "C", restricted: true, login_name: 5, admin: true });
    const made = await call("POST", "/api/v1/admin/users", "root", body);
    expect(made).toMatchObject({
      status: 201,
      json: { login: "carol", visibility: "limited", full_name: "C", restricted: true, is_admin: false, active: true },
    });
    expect(made.json.created).toBe("2026-01-02T03:04:05Z");
    expect(await call("GET", "/api/v1/user", "carol")).toMatchObject({ status: 200 });
  });

  it("sets nothing that a route does not offer", async () => {
    const body = `{"__proto__":{"isAdmin":true,"admin":true},"constructor":1,"isAdmin":true,"id":1,"passwordHash":"x",${JSON.stringify(person("carol")).slice(1)}`;
    expect(await call("POST", "/api/v1/admin/users", "root", body)).toMatchObject({ status: 201, json: { is_admin: false } });
    expect({}).not.toHaveProperty("isAdmin");
  });

  it("refuses a new account for what is wrong with it", async () => {
    const post = (body: unknown, caller: string | null = "root") => call("POST", "/api/v1/admin/users", caller, body);
    expect(await post({ username: "carol", email: "c@example.com" })).toMatchObject(problem(400, "PasswordIsRequired"));
    expect(await post(person("carol", { password: "" }))).toMatchObject(problem(400, "PasswordIsRequired"));
    expect(await post(person("carol", { password: "short" }))).toMatchObject(problem(400, expect.stringContaining("8 to 255")));
    expect(await post(person("Alice", { email: "other@example.com" }))).toMatchObject(problem(422));
    expect(await post(person("carol", { email: "ALICE@example.com" }))).toMatchObject(problem(422));
    for (const wrong of [
      { username: "api" },
      { username: "a b" },
      { username: null },
      { email: "nothing" },
      { email: null },
      { visibility: "internal" },
      { full_name: "x".repeat(101) },
    ])
      expect(await post(person("carol", wrong))).toMatchObject(problem(422));
    expect(await post(person("carol"), "bob")).toMatchObject(problem(403, "user should be the site admin"));
    expect(await post("{", "bob")).toMatchObject(problem(403));
    expect(await post(person("carol"), null)).toMatchObject(problem(401, "token is required"));
    expect(await post(person("carol"), "root/read:user,read:admin")).toMatchObject(
      problem(
        403,
        "token does not have at least one of required scope(s), required=[write:admin], token scope=read:user,read:admin",
      ),
    );
    expect(await world.metadata.accounts.find("carol")).toBeNull();
  });

  it("changes what is named and leaves what is null", async () => {
    const patch = (body: object, name = "alice") => call("PATCH", `/api/v1/admin/users/${name}`, "root", { login_name: name, source_id: 0, ...body });
    expect(await patch({ login_name: "alice", source_id: 0, admin: true, visibility: "private", full_name: "A" })).toMatchObject({
      status: 200,
      json: { is_admin: true, visibility: "private", full_name: "A", email: "alice@example.com" },
    });
    const nothing = { active: null, admin: null, visibility: null, password: null, email: null, full_name: null };
    expect((await patch(nothing)).json).toMatchObject({ is_admin: true, visibility: "private", full_name: "A", active: true });
    expect((await patch({ visibility: "", password: "", restricted: true, prohibit_login: false })).json).toMatchObject({
      visibility: "private",
      restricted: true,
    });
    expect((await patch({ password: "password-of-alice-2" })).status).toBe(200);
    expect((await call("GET", "/api/v1/user", "alice")).status).toBe(401);
    expect((await patch({ active: false }, "bob")).json).toMatchObject({ active: false });
    expect(await call("GET", "/api/v1/user", "bob")).toMatchObject(problem(403));
  });

  it("never leaves the instance without an administrator", async () => {
    for (const change of [{ admin: false }, { active: false }, { prohibit_login: true }])
      expect(await call("PATCH", "/api/v1/admin/users/root", "root", { login_name: "root", source_id: 0, ...change })).toMatchObject(problem(422));
    expect(await call("GET", "/api/v1/user", "root")).toMatchObject({ status: 200, json: { is_admin: true, active: true } });
  });

  it("refuses a change for what is wrong with it", async () => {
    const patch = (name: string, body: object, caller = "root") => call("PATCH", `/api/v1/admin/users/${name}`, caller, { login_name: name, source_id: 0, ...body });
    expect(await patch("nobody", { active: true })).toMatchObject(problem(404));
    expect(await patch("alice", { email: "bob@example.com" })).toMatchObject(problem(422));
    expect(await patch("alice", { email: "" })).toMatchObject(problem(422));
    expect(await patch("alice", { visibility: "hidden" })).toMatchObject(problem(422));
    expect(await patch("alice", { password: "short" })).toMatchObject(problem(400));
    expect(await patch("alice", { admin: true }, "alice")).toMatchObject(problem(403, "user should be the site admin"));
  });

  it("removes an account that owns nothing", async () => {
    const remove = (name: string, caller = "root") => call("DELETE", `/api/v1/admin/users/${name}`, caller);
    await call("POST", "/api/v1/orgs", "root", { username: "Crew" });
    await publish("bob");
    expect(await remove("root")).toMatchObject(problem(422, "you cannot delete yourself"));
    expect(await remove("crew")).toMatchObject(problem(422, "Crew is an organization not a user"));
    expect(await remove("bob")).toMatchObject(problem(422, expect.stringContaining("packages")));
    expect(await remove("alice", "bob")).toMatchObject(problem(403));
    expect(await remove("alice")).toMatchObject({ status: 204, text: "" });
    expect(await remove("alice")).toMatchObject(problem(404));
  });
});

describe("organisations", () => {
  it("makes one that its maker owns", async () => {
    const body = { username: "Crew", visibility: "limited", full_name: "The crew", website: "https://crew.example", email: "c@example.com" };
    const made = await call("POST", "/api/v1/orgs", "alice", body);
    expect(made).toMatchObject({ status: 201, json: { name: "Crew", ...body, description: "", location: "" } });
    expect(await call("POST", "/api/v1/orgs", "bob", { username: "ALICE" })).toMatchObject(problem(422));
    expect(await call("POST", "/api/v1/orgs", null, { username: "other" })).toMatchObject(problem(401, "token is required"));
    const wrongs: readonly object[] = [
      { username: "api" },
      { username: null },
      { visibility: "open" },
      { website: "javascript:alert(1)" },
      { email: "x" },
    ];
    for (const wrong of wrongs)
      expect(await call("POST", "/api/v1/orgs", "bob", { username: "other", ...wrong })).toMatchObject(problem(422));
  });

  it("hides a private one from strangers, on every route", async () => {
    await call("POST", "/api/v1/orgs", "alice", { username: "crew", visibility: "private" });
    const get = async (caller: string | null) => (await call("GET", "/api/v1/orgs/crew", caller)).status;
    expect([await get("alice"), await get("root"), await get("bob"), await get(null)]).toEqual([200, 200, 404, 404]);
    expect(await get("alice/all,public-only")).toBe(404);
    expect(await call("PATCH", "/api/v1/orgs/crew", "bob", {})).toMatchObject(problem(404));
    expect(await call("DELETE", "/api/v1/orgs/crew", "bob")).toMatchObject(problem(404));
    expect(await call("POST", "/api/v1/orgs/crew/teams", "bob", { name: "x" })).toMatchObject(problem(404));
    expect((await call("GET", "/api/v1/orgs/alice", "alice")).status).toBe(404);
    expect((await call("GET", "/api/v1/orgs/crew", "alice/read:package")).status).toBe(403);
    expect((await call("GET", "/api/v1/orgs/none", "alice/read:package")).status).toBe(403);
  });

  it("is changed and removed by its owners", async () => {
    await call("POST", "/api/v1/orgs", "alice", { username: "crew", description: "Text" });
    const patch = (body: object, caller = "alice") => call("PATCH", "/api/v1/orgs/crew", caller, body);
    expect(await patch({ visibility: "limited", full_name: "New", description: null })).toMatchObject({
      status: 200,
      json: { visibility: "limited", full_name: "New", description: "Text" },
    });
    expect(await patch({ visibility: "public" }, "bob")).toMatchObject(problem(403, "Must be an organization owner"));
    expect(await patch({ visibility: "public" }, "alice/read:organization")).toMatchObject(problem(403));
    expect(await patch({ visibility: "nobody" })).toMatchObject(problem(422));
    await publish("crew");
    expect(await call("DELETE", "/api/v1/orgs/crew", "bob")).toMatchObject(problem(403));
    expect(await call("DELETE", "/api/v1/orgs/crew", "alice")).toMatchObject(problem(422));
    await call("POST", "/api/v1/orgs", "alice", { username: "empty" });
    expect(await call("DELETE", "/api/v1/orgs/empty", "alice")).toMatchObject({ status: 204, text: "" });
    expect(await call("DELETE", "/api/v1/orgs/empty", "alice")).toMatchObject(problem(404));
  });
});

describe("teams", () => {
  beforeEach(async () => {
    await call("POST", "/api/v1/orgs", "alice", { username: "crew" });
  });

  const levels: readonly (readonly [object, number, object])[] = [
    [{ permission: "read", units_map: { "repo.packages": "write" } }, 40, { units: ["repo.packages"] }],
    [{ permission: "write", units_map: { "repo.packages": "none" } }, 20, {}],
    [{ units_map: { "repo.packages": "read" } }, 20, { permission: "read" }],
    [{ units_map: { "repo.packages": "admin" } }, 50, {}],
    [{ units_map: { "repo.packages": "owner" } }, 50, {}],
    [{ permission: "write", units_map: { "repo.code": "write" } }, 20, { units: ["repo.code"] }],
    [{ permission: "write", units: ["repo.code"] }, 20, { units_map: { "repo.code": "write" } }],
    [{ permission: "write", units: ["repo.code", "repo.packages"] }, 40, { units: ["repo.code", "repo.packages"] }],
    [{ permission: "write" }, 40, {}],
    [{}, 20, {}],
    [{ permission: "admin", units_map: { "repo.packages": "read" } }, 50, { permission: "admin" }],
  ];
  for (const [rights, level, shown] of levels)
    it(`gives level ${level} for ${JSON.stringify(rights)}`, async () => {
      const made = await call("POST", "/api/v1/orgs/crew/teams", "alice", { name: "one", description: null, ...rights });
      expect(made).toMatchObject({
        status: 201,
        json: { name: "one", description: "", organization: { name: "crew" }, can_create_org_repo: false, ...shown },
      });
      expect((await world.metadata.teams.find(made.json.id))?.level).toBe(level as 20);
    });

  it("refuses a team for what is wrong with it", async () => {
    const post = (body: object, caller = "alice") => call("POST", "/api/v1/orgs/crew/teams", caller, body);
    await post({ name: "one" });
    expect(await post({ name: "One" })).toMatchObject(problem(422));
    expect(await post({ name: "" })).toMatchObject(problem(422));
    expect(await post({ name: "two", permission: "owner" })).toMatchObject(problem(422));
    expect(await post({ name: "two", units_map: { "repo.packages": "toString" } })).toMatchObject(problem(422));
    expect(await post({ name: "two", units_map: ["repo.packages"] })).toMatchObject(problem(400));
    expect(await post({ name: "two" }, "bob")).toMatchObject(problem(403, "Must be an organization owner"));
    expect(await call("POST", "/api/v1/orgs/none/teams", "alice", { name: "two" })).toMatchObject(problem(404));
  });

  it("takes members in and out", async () => {
    const { json } = await call("POST", "/api/v1/orgs/crew/teams", "alice", { name: "one", permission: "write" });
    const member = (method: "PUT" | "DELETE", id: string | number, name: string, caller: string | null = "alice") =>
      call(method, `/api/v1/teams/${id}/members/${name}`, caller);
    const levelOfBob = async (): Promise<number> => {
      const [group, bob] = [await world.metadata.namespaces.find("crew"), await world.metadata.accounts.find("bob")];
      return (await world.metadata.namespaces.standing(group?.id ?? 0, bob?.id ?? 0)).level;
    };
    expect(await member("PUT", json.id, "bob", "bob")).toMatchObject(problem(403));
    expect(await member("PUT", json.id, "bob")).toMatchObject({ status: 204, text: "" });
    expect(await member("PUT", json.id, "BOB")).toMatchObject({ status: 204 });
    expect(await levelOfBob()).toBe(40);
    expect(await member("DELETE", json.id, "bob")).toMatchObject({ status: 204, text: "" });
    expect(await levelOfBob()).toBe(0);
    expect(await member("PUT", json.id, "nobody")).toMatchObject(problem(404));
    for (const id of ["999", "0", "-1", "1e0", "0x1", "01", "1.0", "99999999999999999999", "x", "%00"])
      expect(await member("PUT", id, "bob")).toMatchObject(problem(404, "GetTeamByID: team does not exist"));
    expect(await member("PUT", "x", "bob", null)).toMatchObject(problem(401));
  });
});

describe("tokens", () => {
  const path = "/api/v1/users/alice/tokens";
  const post = (body: unknown, caller: string | null = "alice") => call("POST", path, caller, body);

  it("are made once and shown once", async () => {
    const made = await post({ name: "one", scopes: ["read:package", "read:package"] });
    expect(made).toMatchObject({ status: 201, json: { name: "one", scopes: ["read:package"] } });
    expect(made.json.sha1).toMatch(/^[0-9a-f]{40}$/);
    expect(made.json.token_last_eight).toBe(made.json.sha1.slice(-8));
    const listed = await call("GET", path, "alice");
    expect(listed).toMatchObject({ status: 200, json: [{ id: made.json.id, name: "one" }] });
    expect(listed.text).not.toContain("sha1");
    expect(listed.headers.get("x-total-count")).toBe("1");
    expect(listed.headers.get("link")).toBeNull();
  });

  it("are listed in pages whose addresses hold no secret", async () => {
    for (const name of ["a", "b", "c"]) await post({ name, scopes: ["all"] });
    const listed = await call("GET", `${path}?limit=2&page=1&z=1`, "root");
    expect(listed.json.map((token: { name: string }) => token.name)).toEqual(["a", "b"]);
    expect(listed.headers.get("x-total-count")).toBe("3");
    expect(listed.headers.get("link")).toBe(
      `<${publicUrl}${path}?limit=2&page=2&z=1>; rel="next",<${publicUrl}${path}?limit=2&page=2&z=1>; rel="last"`,
    );
    const beside = await call("GET", `${path}?limit=2&access_token=secret&token=`, "alice");
    expect(beside.headers.get("link")).not.toContain("token=");
  });

  it("are refused with 400 for a used name, no scope, an unknown scope", async () => {
    await post({ name: "one", scopes: ["all"] });
    expect(await post({ name: "one", scopes: ["all"] })).toMatchObject(problem(400, "access token name has been used already"));
    expect(await post({ name: "two" })).toMatchObject(problem(400, "access token must have a scope"));
    expect(await post({ name: "two", scopes: [] })).toMatchObject(problem(400, "access token must have a scope"));
    expect(await post({ name: "two", scopes: ["all", "delete:package"] })).toMatchObject(
      problem(400, "invalid access token scope provided: delete:package"),
    );
    expect(await post({ scopes: ["all"] })).toMatchObject(problem(400));
    expect(await post({ name: "two", scopes: "all" })).toMatchObject(problem(400));
  });

  it("want the password of their owner or of an administrator", async () => {
    const body = { name: "two", scopes: ["all"] };
    for (const caller of ["alice/all", "root/all", null])
      expect(await post(body, caller)).toMatchObject(problem(401, "auth required"));
    expect(await call("GET", path, "alice/all")).toMatchObject({ status: 200 });
    expect(await call("GET", path, null)).toMatchObject(problem(401, "token is required"));
    expect(await call("DELETE", `${path}/1`, "alice/read:user")).toMatchObject(problem(403));
    expect(await post("{", null)).toMatchObject(problem(401));
    expect(await post(body, "bob")).toMatchObject(problem(403));
    expect(await post(body, "root")).toMatchObject({ status: 201 });
    await world.addUser("paul", { visibility: "private" });
    for (const name of ["nobody", "paul"])
      expect(await call("POST", `/api/v1/users/${name}/tokens`, "bob", body)).toMatchObject(problem(404));
    expect(await call("GET", "/api/v1/users/nobody/tokens", "root")).toMatchObject(problem(404));
  });

  it("are removed by id or name", async () => {
    const { json } = await post({ name: "one", scopes: ["all"] });
    await post({ name: "with / sign", scopes: ["all"] });
    expect(await call("DELETE", `${path}/${json.id}`, "bob")).toMatchObject(problem(403));
    expect(await call("DELETE", `/api/v1/users/bob/tokens/${json.id}`, "bob")).toMatchObject(problem(404));
    expect(await call("DELETE", `${path}/${json.id}`, "alice")).toMatchObject({ status: 204, text: "" });
    expect(await call("DELETE", `${path}/${json.id}`, "alice")).toMatchObject(problem(404));
    expect(await call("DELETE", `${path}/with%20%2F%20sign`, "root")).toMatchObject({ status: 204 });
    expect((await call("GET", path, "alice")).json).toEqual([]);
  });
});

describe("bodies", () => {
  const malformed: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["broken JSON", "{"],
    ["an array", "[]"],
    ["null", "null"],
    ["a text", '"x"'],
    ["a field of another type", '{"username":5}'],
    ["a NUL", '{"username":"a\\u0000"}'],
    ["half a character", '{"full_name":"\\ud800"}'],
    ["too much nesting", `{"x":${"[".repeat(20)}${"]".repeat(20)}}`],
  ];
  for (const [what, body] of malformed)
    it(`are refused in one sentence: ${what}`, async () => {
      expect(await call("POST", "/api/v1/orgs", "alice", body)).toMatchObject(problem(400, expect.stringMatching(/^the [^\n]{5,80}$/)));
    });

  it("are refused when they are larger than 64 KiB", async () => {
    const body = { username: "crew", more: "x".repeat(65_536) };
    expect(await call("POST", "/api/v1/orgs", "alice", body)).toMatchObject(problem(413));
    expect(await world.metadata.namespaces.find("crew")).toBeNull();
  });

  it("may say more than is asked, in names of their own", async () => {
    const units = '{"__proto__":"write","repo.packages":"read"}';
    await call("POST", "/api/v1/orgs", "alice", { username: "crew", unknown: { deep: [1] } });
    const made = await call("POST", "/api/v1/orgs/crew/teams", "alice", `{"name":"one","units_map":${units},"__proto__":{"level":50}}`);
    expect(made.status).toBe(201);
    expect((await world.metadata.teams.find(made.json.id))?.level).toBe(20);
  });
});
