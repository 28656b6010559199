import { expect } from "bun:test";
import { created, forbidden, problem, unauthorized } from "../answers.ts";
import { fields, rows } from "../../json-answers.ts";
import { del, get, post, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { keep } from "./steps.ts";

const far = "2099-01-01";
const inAWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
const by = (secret: string) => ({ as: "anonymous", headers: { "PRIVATE-TOKEN": `{${secret}}` } });
const missing: Expectation = { status: 404, body: /^\{"message":"404 / };
const access = "{api}/access_tokens";
const project = "fresh";
const asMaintainer = { as: "maintainer" };
const accessToken = (target: string, send: object, as: string, id = "tok", secret = "secret") =>
  post(target, { status: 201 }, { name: "{p} bot", scopes: ["api"], expires_at: far, ...send }, { as, check: keep({ [id]: "id", [secret]: "token" }) });
const noRight = (kind: string): Expectation => ({
  status: 400,
  json: { message: `400 Bad request - User does not have permission to create ${kind} access token` },
});

export const accessTokenCases: readonly ProtocolCase[] = [
  {
    row: "access-tokens.create",
    it: "makes tokens of projects and of groups",
    project,
    steps: [
      post(access, { status: 201, body: /"token":"glpat-[^"]{20,}"/ }, { name: "{p} bot", scopes: ["api"], expires_at: far }, { ...asMaintainer, check: keep({ secret: "token" }) }),
      post("/api/v4/groups/acme/access_tokens", { status: 201, jsonLike: { access_level: 10 } }, { name: "{p} bot", scopes: ["read_api"], access_level: 10, expires_at: far }, { as: "owner", check: keep({ other: "token" }) }),
    ],
  },
  {
    row: "access-tokens.life",
    it: "outlives nothing that made it",
    project,
    steps: [
      post(access, { status: 201, jsonLike: { expires_at: far } }, { name: "{p} bot", scopes: ["api"], expires_at: "2100-01-01" }, asMaintainer),
      post(access, { status: 201, jsonLike: { expires_at: far } }, { name: "{p} bot", scopes: ["api"] }, asMaintainer),
    ],
  },
  {
    row: "access-tokens.shape",
    it: "shows these fields",
    project,
    steps: [
      accessToken(access, { access_level: 30 }, "maintainer"),
      get(`${access}/{tok}`, { status: 200, jsonLike: { name: "{p} bot", revoked: false, active: true, scopes: ["api"], user_id: expect.any(Number), expires_at: far, access_level: 30, resource_type: "project", resource_id: expect.any(Number) } }, {
        ...asMaintainer,
        check: (answer, _world, names) => expect(String(fields(answer)["resource_id"])).toBe(names.get("project") ?? ""),
      }),
    ],
  },
  {
    row: "access-tokens.acts",
    it: "acts in its project only",
    project,
    steps: [
      accessToken(access, { access_level: 30 }, "maintainer"),
      put("a/1.0/f", created, "x", by("secret")),
      del("{api}", forbidden, by("secret")),
      get("/api/v4/projects/{id:private}", { status: 404 }, by("secret")),
      get("/api/v4/projects/{id:internal}", { status: 200 }, by("secret")),
      put("/api/v4/projects/{id:public}/packages/generic/{p}-/1/f", forbidden, "x", by("secret")),
    ],
  },
  {
    row: "access-tokens.group",
    it: "acts in every project below",
    project,
    steps: [
      accessToken("/api/v4/groups/acme/access_tokens", { access_level: 30 }, "owner"),
      put("a/1.0/f", created, "x", by("secret")),
      put("/api/v4/projects/{id:private}/packages/generic/{p}-/1/f", created, "x", by("secret")),
    ],
  },
  {
    row: "access-tokens.above",
    it: "gives no more than the caller has",
    project,
    steps: [
      post(access, { status: 400, body: /^\{"message":"400 Bad request - / }, { name: "x", scopes: ["api"], access_level: 50, expires_at: far }, asMaintainer),
      accessToken(access, { access_level: 50 }, "owner"),
    ],
  },
  {
    row: "access-tokens.refused",
    it: "wants a name, known scopes and a level",
    project,
    steps: ([
      [{ scopes: ["api"] }, "name is missing"],
      [{ name: "x" }, "scopes is missing"],
      [{ name: "x", scopes: ["everything"] }, "scopes does not have a valid value"],
      [{ name: "x", scopes: ["api"], access_level: 33 }, "access_level does not have a valid value"],
    ] as const).map(([send, text]) => post(access, problem(400, text), send, asMaintainer)),
  },
  {
    row: "access-tokens.create.rights",
    it: "is for maintainers of projects and owners of groups",
    project,
    steps: [
      post(access, noRight("project"), { name: "x", scopes: ["api"] }),
      post("/api/v4/groups/acme/access_tokens", noRight("group"), { name: "x", scopes: ["api"] }, asMaintainer),
      post(access, unauthorized, { name: "x", scopes: ["api"] }, { as: "anonymous" }),
      post(access, { status: 404 }, { name: "x", scopes: ["api"] }, { as: "stranger" }),
    ],
  },
  {
    row: "access-tokens.list",
    it: "lists those of the project",
    project,
    steps: [
      accessToken(access, {}, "maintainer", "one", "secretone"),
      accessToken(access, {}, "maintainer", "two", "secrettwo"),
      get(access, { status: 200, body: /^(?!.*"token":)/ }, {
        ...asMaintainer,
        check: (answer, _world, names) => {
          expect(rows(answer).map((row) => String(row["id"])).toSorted()).toEqual([names.get("one") ?? "", names.get("two") ?? ""].toSorted());
          expect(rows(answer).map((row) => row["access_level"])).toEqual([40, 40]);
        },
      }),
      get(`${access}/987654321`, missing, asMaintainer),
      get("/api/v4/projects/{id:public}/access_tokens/{one}", missing, asMaintainer),
    ],
  },
  {
    row: "access-tokens.list.rights",
    it: "is for maintainers",
    project,
    steps: [get(access, unauthorized), get(access, unauthorized, { as: "anonymous" }), get("/api/v4/groups/acme/access_tokens", unauthorized, asMaintainer)],
  },
  {
    row: "access-tokens.revoke",
    it: "ends a token",
    project,
    steps: [
      accessToken(access, {}, "maintainer"),
      put("a/1.0/f", created, "x", by("secret")),
      del("/api/v4/projects/{id:public}/access_tokens/{tok}", missing, asMaintainer),
      del(`${access}/{tok}`, { status: 204 }, asMaintainer),
      put("a/1.0/g", { status: 401 }, "x", by("secret")),
      del(`${access}/{tok}`, missing, asMaintainer),
    ],
  },
  {
    row: "access-tokens.rotate",
    it: "replaces a token",
    project,
    steps: [
      accessToken(access, { access_level: 30 }, "maintainer"),
      post(`${access}/{tok}/rotate`, { status: 200, jsonLike: { access_level: 30, name: "{p} bot", expires_at: inAWeek } }, undefined, { ...asMaintainer, check: keep({ newsecret: "token" }) }),
      put("a/1.0/f", { status: 401 }, "x", by("secret")),
      put("a/1.0/f", created, "x", by("newsecret")),
    ],
  },
];
