import { expect } from "bun:test";
import { newPrefixedSecret, secretDigest } from "../../../../src/core/secret-digest.ts";
import { created, forbidden, message, noProject, notFound, problem, unauthorized } from "../answers.ts";
import { fields, rows } from "../../json-answers.ts";
import { del, get, post, put, request, type Names, type ProtocolCase } from "../protocol-case.ts";
import { projectOf, type World } from "../world.ts";
import { keep, lists, listsAmong, makeGroup, makeProject, addMember, publish } from "./steps.ts";

const tokens = "{api}/deploy_tokens";
const project = "fresh";
const as = "maintainer";
const both = ["read_package_registry", "write_package_registry"];
const make = (send: object = {}, id = "tok", secret = "secret", target = tokens, who = as) =>
  post(target, { status: 201 }, { name: "{p} deploys", scopes: both, ...send }, { as: who, check: keep({ [id]: "id", [secret]: "token" }) });
const by = (secret: string) => ({ as: "anonymous", headers: { "DEPLOY-TOKEN": `{${secret}}` } });
/** Nobody can make one that has expired: this one is recorded as if it had been made long ago. */
const expired =
  (id: string, secret: string) =>
  async (world: World, names: Names): Promise<void> => {
    const text = newPrefixedSecret("deploy");
    const made = await world.server.stores.metadata.deployTokens.create({
      namespaceId: projectOf(names),
      name: "of old",
      username: null,
      secretSha256: secretDigest(text),
      scopes: both,
      nowMs: Date.UTC(2019, 0),
      expiresAtMs: Date.UTC(2020, 0),
    });
    if (made.outcome !== "created") throw new Error(made.outcome);
    world.secrets.add(text);
    names.set(id, String(made.token.id)).set(secret, text);
  };
const shape = (more: object) => ({ id: expect.any(Number), name: "{p} deploys", username: expect.any(String), expires_at: null, revoked: false, expired: false, scopes: both, ...more });

export const deployTokenCases: readonly ProtocolCase[] = [
  {
    row: "deploy-tokens.life",
    it: "ends with the token that made it",
    project,
    steps: [
      post(tokens, { status: 201, jsonLike: { expires_at: "2099-01-01T00:00:00.000Z" } }, { name: "{p} deploys", scopes: both, expires_at: "2100-01-01T00:00:00Z" }, { as, check: keep({ secret: "token" }) }),
      post(tokens, { status: 201, jsonLike: { expires_at: "2030-01-01T00:00:00.000Z" } }, { name: "{p} deploys", scopes: both, expires_at: "2030-01-01T00:00:00Z" }, { as, check: keep({ other: "token" }) }),
    ],
  },
  {
    row: "deploy-tokens.create",
    it: "makes a token that works",
    project,
    steps: [
      post(tokens, { status: 201, json: shape({ token: expect.stringMatching(/^gldt-.{20,}$/), username: "robot", expires_at: "2099-01-01T00:00:00.000Z" }) }, { name: "{p} deploys", scopes: both, username: "robot", expires_at: "2099-01-01T00:00:00Z" }, {
        as,
        check: keep({ secret: "token" }),
      }),
      put("a/1.0/f", created, "x", by("secret")),
    ],
  },
  {
    row: "deploy-tokens.username",
    it: "names itself",
    project,
    steps: [post(tokens, { status: 201, body: /"username":"gitlab\+deploy-token-\d+"/ }, { name: "x", scopes: both }, { as })],
  },
  {
    row: "deploy-tokens.scopes",
    it: "takes seven scopes in two forms",
    project,
    steps: [
      make({ scopes: ["read_repository", "read_registry", "write_registry", ...both, "read_virtual_registry", "write_virtual_registry"] }),
      post(tokens, { status: 201, jsonLike: { scopes: ["read_package_registry"] } }, { name: "x", scopes: "read_package_registry" }, { as }),
      post(tokens, { status: 201, body: /"scopes":\["read_package_registry","write_package_registry"\]/ }, { name: "x", scopes: both.join(",") }, { as }),
      request("POST", tokens, { status: 201, body: /"scopes":\["read_package_registry","write_package_registry"\]/ }, {
        as,
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: `name=x&${both.map((scope) => `scopes[]=${scope}`).join("&")}`,
      }),
      make({ scopes: ["read_repository"] }, "tok", "other"),
      put("a/1.0/f", { status: 403 }, "x", by("other")),
    ],
  },
  {
    row: "deploy-tokens.refused",
    it: "wants a name and known scopes",
    project,
    steps: [
      post(tokens, { status: 400, body: /name is missing/ }, { scopes: both }, { as }),
      post(tokens, { status: 400, body: /scopes is missing/ }, { name: "x" }, { as }),
      post(tokens, { status: 400 }, { name: "x", scopes: [] }, { as }),
      post(tokens, problem(400, "scopes does not have a valid value"), { name: "x", scopes: ["api"] }, { as }),
    ],
  },
  {
    row: "deploy-tokens.list",
    it: "lists them without their secret",
    project,
    steps: [
      make({}, "one", "secretone"),
      make({}, "two", "secrettwo"),
      get(tokens, { status: 200 }, {
        as,
        check: (answer, _world, names) => {
          expect(rows(answer).map((row) => String(row["id"])).toSorted()).toEqual([names.get("one") ?? "", names.get("two") ?? ""].toSorted());
          expect(rows(answer).map((row) => "token" in row)).toEqual([false, false]);
        },
      }),
      get(`${tokens}/{one}`, { status: 200, json: shape({ expires_at: "2099-01-01T00:00:00.000Z" }) }, { as }),
    ],
  },
  {
    row: "deploy-tokens.active",
    it: "leaves out expired ones on request",
    project,
    steps: [
      make({}, "one", "secretone"),
      expired("two", "secrettwo"),
      listsAmong(tokens, "id", { has: ["{one}", "{two}"] }, { as }),
      lists(`${tokens}?active=true`, "id", ["{one}"], { as }),
    ],
  },
  {
    row: "deploy-tokens.delete",
    it: "ends a token",
    project,
    steps: [
      make(),
      put("a/1.0/f", created, "x", by("secret")),
      del(`${tokens}/{tok}`, { status: 204 }, { as }),
      put("a/1.0/g", unauthorized, "x", by("secret")),
      get(tokens, { status: 200, json: [] }, { as }),
      del(`${tokens}/{tok}`, notFound, { as }),
    ],
  },
  {
    row: "deploy-tokens.unknown",
    it: "is not found",
    project,
    steps: [
      make(),
      ...["987654321", "0"].flatMap((id) => [get(`${tokens}/${id}`, notFound, { as }), del(`${tokens}/${id}`, notFound, { as })]),
      get("/api/v4/projects/{id:public}/deploy_tokens/{tok}", notFound, { as }),
      del("/api/v4/projects/{id:public}/deploy_tokens/{tok}", notFound, { as }),
      get(`${tokens}/{tok}`, { status: 200 }, { as }),
    ],
  },
  {
    row: "deploy-tokens.role",
    it: "is for maintainers",
    steps: [
      ...["developer", "guest"].flatMap((who) => [get(tokens, forbidden, { as: who }), post(tokens, forbidden, { name: "x", scopes: both }, { as: who })]),
      get(tokens, unauthorized, { as: "anonymous" }),
      get("/api/v4/projects/{id:private}/deploy_tokens", noProject, { as: "stranger" }),
    ],
  },
  {
    row: "deploy-tokens.group",
    it: "reaches every project below the group",
    steps: [
      makeGroup("grp", "private"),
      makeProject("one", "grp", "private"),
      addMember("groups", "grp", "grp-owner", 50),
      addMember("groups", "grp", "grp-maintainer", 40),
      make({}, "tok", "secret", "/api/v4/groups/{grp}/deploy_tokens", "grp-owner"),
      put("/api/v4/projects/{one}/packages/generic/a/1.0/f", created, "x", by("secret")),
      get("/api/v4/projects/{one}/packages/generic/a/1.0/f", { status: 200 }, by("secret")),
      put("/api/v4/projects/{id:private}/packages/generic/{p}-/1.0/f", { status: 404 }, "x", by("secret")),
      lists("/api/v4/groups/{grp}/deploy_tokens", "id", ["{tok}"], { as: "grp-maintainer" }),
      post("/api/v4/groups/{grp}/deploy_tokens", forbidden, { name: "x", scopes: both }, { as: "grp-maintainer" }),
      del("/api/v4/groups/{grp}/deploy_tokens/{tok}", forbidden, { as: "grp-maintainer" }),
      get("/api/v4/groups/{grp}/deploy_tokens", message(404, "404 Group Not Found"), { as: "stranger" }),
      del("/api/v4/groups/{grp}/deploy_tokens/{tok}", { status: 204 }, { as: "grp-owner" }),
    ],
  },
  {
    row: "deploy-tokens.all",
    it: "lists all of the instance for administrators",
    project,
    steps: [
      make(),
      listsAmong("/api/v4/deploy_tokens?per_page=100", "id", { has: ["{tok}"] }, { as: "admin" }),
      get("/api/v4/deploy_tokens", forbidden, { as: "owner" }),
      get("/api/v4/deploy_tokens", unauthorized, { as: "anonymous" }),
    ],
  },
  {
    row: "deploy-tokens.expired",
    it: "works no more, and says so",
    project,
    steps: [
      publish("a/1.0/f", "pkg"),
      expired("tok", "secret"),
      get("a/1.0/f", { status: 401 }, by("secret")),
      get(`${tokens}/{tok}`, { status: 200, jsonLike: { expired: true, revoked: false } }, { as, check: (answer) => expect(fields(answer)["expires_at"]).toBe("2020-01-01T00:00:00.000Z") }),
    ],
  },
];
