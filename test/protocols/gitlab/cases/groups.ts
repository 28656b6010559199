import { expect } from "bun:test";
import { created, forbidden, message, problem, unauthorized } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { del, get, post, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { addMember, instant, keep, lists, listsAmong, makeGroup, makeProject } from "./steps.ts";

const groups = "/api/v4/groups";
const asAdmin = { as: "admin" };
const noGroup = message(404, "404 Group Not Found");
const like = (status: number, jsonLike: object): Expectation => ({ status, jsonLike });
const taken: Expectation = { status: 400, body: /has already been taken/ };
const inUse: Expectation = { status: 400, body: /^\{"message":/ };
const change = (expectation: Expectation, send: object, as: string) => ({ method: "PUT", target: `${groups}/{grp}`, expect: expectation, send, as });

export const groupCases: readonly ProtocolCase[] = [
  {
    row: "groups.create",
    it: "makes a group that the caller owns",
    steps: [
      post(groups, like(201, { path: "{p}-grp", visibility: "public", description: "ours" }), { name: "{p}-grp", path: "{p}-grp", visibility: "public", description: "ours" }, { as: "founder", check: keep({ grp: "id" }) }),
      change({ status: 200 }, { description: "all ours" }, "founder"),
      put("/api/v4/projects/{grp}/packages/generic/a/1/f", created, "x", { as: "founder" }),
    ],
  },
  {
    row: "groups.create.shape",
    it: "answers the whole group",
    steps: [
      post(groups, like(201, {
        id: expect.any(Number),
        name: "Group {p}",
        path: "{p}-grp",
        description: expect.any(String),
        visibility: "public",
        full_name: "Group {p}",
        full_path: "{p}-grp",
        parent_id: null,
        web_url: "{root}/groups/{p}-grp",
        created_at: expect.stringMatching(instant),
      }), { name: "Group {p}", path: "{p}-grp", visibility: "public" }, asAdmin),
    ],
  },
  {
    row: "groups.create.private",
    it: "is private unless said",
    steps: [post(groups, like(201, { visibility: "private" }), { name: "{p}", path: "{p}-grp" }, { ...asAdmin, check: keep({ grp: "id" }) }), get(`${groups}/{grp}`, noGroup, { as: "stranger" })],
  },
  {
    row: "groups.create.missing",
    it: "wants a name and a path",
    steps: [
      post(groups, problem(400, "name is missing, path is missing"), {}, asAdmin),
      post(groups, problem(400, "path is missing"), { name: "x" }, asAdmin),
      post(groups, unauthorized, { name: "{p}", path: "{p}-grp" }, { as: "anonymous" }),
    ],
  },
  {
    row: "groups.create.taken",
    it: "wants a free path",
    steps: [makeGroup("grp"), ...["{p}-GRP", "developer"].map((path) => post(groups, taken, { name: "x", path }, asAdmin))],
  },
  {
    row: "groups.create.subgroup",
    it: "makes one below, for maintainers",
    steps: [
      makeGroup("grp"),
      addMember("groups", "grp", "grp-maintainer", 40),
      addMember("groups", "grp", "grp-developer", 30),
      post(`${groups}?parent_id={grp}`, { status: 201, body: /"full_path":"[a-z0-9]+-grp\/sub"/ }, { name: "sub", path: "sub" }, { as: "grp-maintainer" }),
      ...["grp-developer", "stranger"].map((as) => post(`${groups}?parent_id={grp}`, forbidden, { name: "more", path: "more" }, { as })),
    ],
  },
  {
    row: "groups.get",
    it: "is found by number and by path",
    steps: [
      makeGroup("grp"),
      makeGroup("sub", "public", "grp"),
      ...["{sub}", "{p}-grp%2F{p}-sub"].map((address) =>
        get(`${groups}/${address}`, { status: 200 }, {
          as: "anonymous",
          check: (answer, _world, names) => expect(fields(answer)).toMatchObject({ id: Number(names.get("sub")), parent_id: Number(names.get("grp")) }),
        })),
    ],
  },
  {
    row: "groups.invisible",
    it: "is not found",
    steps: [
      makeGroup("grp", "private"),
      ...["anonymous", "stranger"].flatMap((as) => ["", "/projects", "/subgroups"].map((rest) => get(`${groups}/{grp}${rest}`, noGroup, { as }))),
      get(`${groups}/987654321`, noGroup),
      get(`${groups}/developer`, noGroup),
      get(`${groups}/acme%2Fpublic`, noGroup),
    ],
  },
  {
    row: "groups.list",
    it: "lists what the caller may see",
    steps: [
      makeGroup("zeta"),
      makeGroup("alpha", "private"),
      makeGroup("sub", "public", "zeta"),
      lists(`${groups}?search={p}-`, "path", ["{p}-alpha", "{p}-sub", "{p}-zeta"], asAdmin),
      lists(`${groups}?search={p}-`, "path", ["{p}-sub", "{p}-zeta"], { as: "stranger" }),
      lists(`${groups}?search={p}-&top_level_only=true`, "path", ["{p}-alpha", "{p}-zeta"], asAdmin),
      addMember("groups", "zeta", "grp-owner", 50),
      listsAmong(`${groups}?owned=true`, "path", { has: ["{p}-zeta"], lacks: ["acme", "{p}-alpha"] }, { as: "grp-owner" }),
    ],
  },
  {
    row: "groups.projects",
    it: "lists its projects, on request those below",
    steps: [
      makeGroup("grp"),
      makeGroup("sub", "public", "grp"),
      makeProject("one", "grp"),
      makeProject("prv", "grp", "private"),
      makeProject("deep", "sub"),
      lists(`${groups}/{grp}/projects?order_by=id&sort=asc`, "id", ["{one}", "{prv}"], asAdmin),
      lists(`${groups}/{grp}/projects?order_by=id&sort=asc&include_subgroups=true`, "id", ["{one}", "{prv}", "{deep}"], asAdmin),
      lists(`${groups}/{grp}/projects`, "id", ["{one}"], { as: "anonymous" }),
    ],
  },
  {
    row: "groups.subgroups",
    it: "lists one level",
    steps: [
      makeGroup("grp"),
      makeGroup("sub", "public", "grp"),
      makeGroup("subsub", "public", "sub"),
      lists(`${groups}/{grp}/subgroups`, "id", ["{sub}"], { as: "anonymous" }),
      lists(`${groups}/{sub}/subgroups`, "id", ["{subsub}"], asAdmin),
    ],
  },
  {
    row: "groups.update",
    it: "is changed by owners",
    steps: [
      makeGroup("grp"),
      addMember("groups", "grp", "grp-owner", 50),
      addMember("groups", "grp", "grp-maintainer", 40),
      change(like(200, { name: "New {p}", description: "new", path: "{p}-new", visibility: "private" }), { name: "New {p}", description: "new", path: "{p}-new", visibility: "private" }, "grp-owner"),
      get(`${groups}/{p}-new`, like(200, { name: "New {p}" }), { as: "grp-maintainer" }),
      change(forbidden, { description: "x" }, "grp-maintainer"),
      change(noGroup, { description: "x" }, "stranger"),
    ],
  },
  {
    row: "groups.delete",
    it: "is deleted by owners when it is empty",
    steps: [
      makeGroup("grp"),
      addMember("groups", "grp", "grp-owner", 50),
      addMember("groups", "grp", "grp-maintainer", 40),
      del(`${groups}/{grp}`, forbidden, { as: "grp-maintainer" }),
      del(`${groups}/{grp}`, message(202, "202 Accepted"), { as: "grp-owner" }),
      get(`${groups}/{grp}`, noGroup, asAdmin),
    ],
  },
  {
    row: "groups.delete.in-use",
    it: "stays while something is in it",
    steps: [
      makeGroup("grp"),
      makeProject("one", "grp"),
      del(`${groups}/{grp}`, inUse, asAdmin),
      del("/api/v4/projects/{one}", { status: 202 }, asAdmin),
      makeGroup("sub", "public", "grp"),
      del(`${groups}/{grp}`, inUse, asAdmin),
      put("/api/v4/projects/{sub}/packages/generic/a/1/f", created, "x", asAdmin),
      del(`${groups}/{sub}`, inUse, asAdmin),
      get("/api/v4/projects/{sub}/packages/generic/a/1/f", { status: 200 }, asAdmin),
    ],
  },
];
