import { expect } from "bun:test";
import { lastEightOf, newPrefixedSecret, secretDigest } from "../../../../src/core/secret-digest.ts";
import { created, forbidden, scopeMissing, unauthorized } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { del, get, post, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { instant, keep, lists, listsAmong } from "./steps.ts";

const tokens = "/api/v4/personal_access_tokens";
const asAdmin = { as: "admin" };
const like = (status: number, jsonLike: object): Expectation => ({ status, jsonLike });
const far = "2099-01-01";
const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
/** Makes a token for a user of this name and keeps its id and its secret. */
const mint = (user: string, send: object = {}, id = "tok", secret = "secret") =>
  post(`/api/v4/users/{user:${user}}/personal_access_tokens`, { status: 201 }, { name: "{p} made", scopes: ["api"], expires_at: far, ...send }, {
    ...asAdmin,
    check: keep({ [id]: "id", [secret]: "token" }),
  });
const by = (secret: string) => ({ as: "anonymous", headers: { "PRIVATE-TOKEN": `{${secret}}` } });
const shape = {
  id: expect.any(Number),
  name: "{p} made",
  revoked: false,
  created_at: expect.stringMatching(instant),
  description: null,
  scopes: ["api"],
  user_id: expect.any(Number),
  active: true,
  expires_at: far,
};
const missing: Expectation = { status: 404, body: /^\{"message":"404 / };

export const tokenCases: readonly ProtocolCase[] = [
  {
    row: "pats.create",
    it: "makes a token that works",
    steps: [
      post("/api/v4/users/{user:developer}/personal_access_tokens", { status: 201, body: /"token":"glpat-[^"]{20,}"/ }, { name: "{p} made", scopes: ["api", "read_user"], expires_at: far, description: "for a test" }, {
        ...asAdmin,
        check: keep({ secret: "token", tok: "id" }),
      }),
      get(`${tokens}/{tok}`, like(200, { description: "for a test", scopes: ["api", "read_user"] }), asAdmin),
      put("{p}-/1.0/f", created, "x", by("secret")),
    ],
  },
  {
    row: "pats.life",
    it: "outlives nothing that made it",
    steps: [
      post("/api/v4/user/personal_access_tokens", { status: 201 }, { name: "{p} short", scopes: ["api"], expires_at: "2098-01-01" }, { ...asAdmin, check: keep({ short: "token" }) }),
      post("/api/v4/users/{user:developer}/personal_access_tokens", like(201, { expires_at: "2098-01-01" }), { name: "{p} later", scopes: ["api"], expires_at: far }, by("short")),
      post("/api/v4/users/{user:developer}/personal_access_tokens", like(201, { expires_at: "2098-01-01" }), { name: "{p} none", scopes: ["api"] }, by("short")),
    ],
  },
  {
    row: "pats.shape",
    it: "shows these fields, and no token",
    steps: [
      mint("pat-shape"),
      get(`${tokens}/self`, { status: 200 }, by("secret")),
      get(`${tokens}/self`, like(200, shape), {
        ...by("secret"),
        check: async (answer, world) => {
          expect(fields(answer)["token"]).toBeUndefined();
          expect(Object.keys(fields(answer))).toContain("last_used_at");
          expect(fields(answer)["user_id"]).toBe(await world.userId("pat-shape"));
        },
      }),
    ],
  },
  {
    row: "pats.create.refused",
    it: "wants a name, known scopes and a day to come",
    steps: ([
      [{ scopes: ["api"] }, /name is missing/],
      [{ name: "x" }, /scopes is missing/],
      [{ name: "x", scopes: [] }, /scopes|Scopes/],
      [{ name: "x", scopes: ["api", "everything"] }, /scopes/],
      [{ name: "x", scopes: ["api"], expires_at: "2001-01-01" }, /[Ee]xpir/],
      [{ name: "x", scopes: ["api"], expires_at: "soon" }, /expires_at/],
    ] as const).map(([send, body]) => post("/api/v4/users/{user:developer}/personal_access_tokens", { status: 400, body }, send, asAdmin)),
  },
  {
    row: "pats.create.forbidden",
    it: "is for administrators",
    steps: [
      post("/api/v4/users/{user:developer}/personal_access_tokens", forbidden, { name: "x", scopes: ["api"] }),
      post("/api/v4/users/{user:developer}/personal_access_tokens", unauthorized, { name: "x", scopes: ["api"] }, { as: "anonymous" }),
    ],
  },
  {
    row: "pats.list",
    it: "lists one's own, or a user's",
    steps: [
      mint("pat-lister", { name: "{p} one" }, "one", "secret"),
      mint("pat-lister", { name: "{p} two" }, "two", "secrettwo"),
      mint("developer", { name: "{p} other" }, "other", "secretother"),
      listsAmong(tokens, "id", { has: ["{one}", "{two}"], lacks: ["{other}"] }, by("secret")),
      listsAmong(`${tokens}?user_id={user:pat-lister}`, "id", { has: ["{one}", "{two}"], lacks: ["{other}"] }, asAdmin),
      listsAmong(`${tokens}?per_page=100&search={p}%20o`, "id", { has: ["{one}", "{other}"], lacks: ["{two}"] }, asAdmin),
      del(`${tokens}/{two}`, { status: 204 }, asAdmin),
      lists(`${tokens}?user_id={user:pat-lister}&revoked=true`, "id", ["{two}"], asAdmin),
      lists(`${tokens}?user_id={user:pat-lister}&state=active`, "id", ["{one}"], asAdmin),
      get(tokens, { status: 200, body: /^(?!.*"token")/ }, by("secret")),
    ],
  },
  {
    row: "pats.list.others",
    it: "is refused",
    steps: [get(`${tokens}?user_id={user:developer}`, unauthorized, { as: "stranger" })],
  },
  {
    row: "pats.get",
    it: "is found by the owner and by administrators",
    steps: [
      mint("pat-shape"),
      get(`${tokens}/{tok}`, like(200, { name: "{p} made" }), by("secret")),
      get(`${tokens}/{tok}`, like(200, { name: "{p} made" }), asAdmin),
      get(`${tokens}/{tok}`, unauthorized, { as: "stranger" }),
      get(`${tokens}/987654321`, missing, asAdmin),
    ],
  },
  {
    row: "pats.revoke",
    it: "ends a token",
    steps: [
      mint("pat-shape"),
      get("/api/v4/user", { status: 200 }, by("secret")),
      del(`${tokens}/{tok}`, { status: 204 }, asAdmin),
      get("/api/v4/user", { status: 401 }, by("secret")),
      get(`${tokens}/{tok}`, like(200, { revoked: true, active: false }), asAdmin),
      del(`${tokens}/987654321`, missing, asAdmin),
    ],
  },
  {
    row: "pats.self",
    it: "tells a token about itself",
    steps: ["api", "read_api", "read_user", "read_repository"].flatMap((scope) => [
      mint("pat-shape", { scopes: [scope] }),
      get(`${tokens}/self`, like(200, { scopes: [scope], active: true }), by("secret")),
    ]),
  },
  {
    row: "pats.self.other",
    it: "is for such tokens only",
    steps: ["anonymous", "job", "deploy-rw"].map((as) => get(`${tokens}/self`, unauthorized, { as })),
  },
  {
    row: "pats.self.revoke",
    it: "ends itself",
    steps: [
      mint("pat-shape", { scopes: ["read_user"] }),
      del(`${tokens}/self`, { status: 204 }, by("secret")),
      get(`${tokens}/self`, { status: 401 }, by("secret")),
    ],
  },
  {
    row: "pats.rotate",
    it: "replaces a token",
    steps: [
      mint("pat-shape", { scopes: ["api", "read_user"] }),
      post(`${tokens}/{tok}/rotate`, { status: 200, jsonLike: { name: "{p} made", scopes: ["api", "read_user"], revoked: false, active: true, expires_at: day(7) } }, undefined, {
        ...by("secret"),
        check: keep({ newid: "id", newsecret: "token" }),
      }),
      get("/api/v4/user", { status: 401 }, by("secret")),
      get("/api/v4/user", like(200, { username: "pat-shape" }), by("newsecret")),
      post(`${tokens}/{newid}/rotate`, { status: 200, jsonLike: { expires_at: day(20) } }, { expires_at: day(20) }, { ...asAdmin, check: keep({ last: "token" }) }),
      post(`${tokens}/987654321/rotate`, { status: 404 }, undefined, asAdmin),
    ],
  },
  {
    row: "pats.rotate.self",
    it: "replaces itself with a scope that allows it",
    steps: [
      ...["api", "self_rotate"].flatMap((scope) => [
        mint("pat-shape", { scopes: [scope] }),
        post(`${tokens}/self/rotate`, { status: 200, jsonLike: { scopes: [scope] } }, undefined, { ...by("secret"), check: keep({ newsecret: "token" }) }),
        get(`${tokens}/self`, { status: 401 }, by("secret")),
        get(`${tokens}/self`, { status: 200 }, by("newsecret")),
      ]),
      mint("pat-shape", { scopes: ["read_api"] }),
      post(`${tokens}/self/rotate`, scopeMissing, undefined, by("secret")),
    ],
  },
  {
    row: "pats.rotate.revoked",
    it: "does not bring it back",
    steps: [
      mint("pat-shape"),
      del(`${tokens}/{tok}`, { status: 204 }, asAdmin),
      post(`${tokens}/{tok}/rotate`, { status: 400 }, undefined, asAdmin),
    ],
  },
  {
    row: "pats.expired",
    it: "ends when its day begins",
    steps: [
      async (world, names) => {
        // Nobody can make one that has expired: this one is recorded as if it had been made earlier.
        const secret = newPrefixedSecret("personal");
        const made = await world.server.stores.metadata.tokens.create({
          userId: await world.userId("pat-shape"),
          name: "of yesterday",
          description: "",
          secretSha256: secretDigest(secret),
          lastEight: lastEightOf(secret),
          scopes: ["api"],
          nowMs: Date.now() - 86_400_000,
          expiresAtMs: Date.now() - 1000,
          isNameUnique: false,
        });
        if (made.outcome !== "created") throw new Error(made.outcome);
        names.set("tok", String(made.token.id));
        names.set("secret", secret);
        world.secrets.add(secret);
      },
      get("/api/v4/user", { status: 401, jsonLike: { error: "invalid_token" } }, by("secret")),
      get(`${tokens}/{tok}`, like(200, { active: false, revoked: false }), asAdmin),
    ],
  },
];
