import { expect } from "bun:test";
import { created, forbidden, message, noProject, problem, unauthorized } from "../answers.ts";
import { fields, rows } from "../../json-answers.ts";
import { del, get, post, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import type { World } from "../world.ts";
import type { Names } from "../protocol-case.ts";
import { addMember, instant, listsAmong, makeGroup, makeProject } from "./steps.ts";

const members = "{api}/members";
const project = "fresh";
const as = "maintainer";
/** `user_id` travels in the query, where placeholders can stand for numbers. */
const add = (user: string, send: object, expectation: Expectation, who = as) => post(`${members}?user_id={user:${user}}`, expectation, send, { as: who });
const change = (target: string, expectation: Expectation, send: object, who: string) => ({ method: "PUT", target, expect: expectation, send, as: who });
const missing: Expectation = { status: 404, body: /^\{"message":"404 / };
const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

/** The level with which a list of members shows a user; null when it does not. */
async function levelIn(world: World, names: Names, target: string, user: string): Promise<unknown> {
  const filled = await world.fill(`${target}?per_page=100`, names);
  const id = await world.userId(user);
  const found = rows(await world.must(200, "GET", filled)).filter((row) => row["id"] === id);
  expect(found.length).toBeLessThan(2);
  return found[0]?.["access_level"] ?? null;
}

export const memberCases: readonly ProtocolCase[] = [
  {
    row: "members.add",
    it: "gives a right from the next request on",
    project,
    steps: [
      put("a/1.0/f", { status: 404 }, "x", { as: "mem-one" }),
      add("mem-one", { access_level: 30 }, { status: 201 }),
      put("a/1.0/f", created, "x", { as: "mem-one" }),
    ],
  },
  {
    row: "members.shape",
    it: "answers the member",
    project,
    steps: [
      add("mem-one", { access_level: 20 }, {
        status: 201,
        jsonLike: { username: "mem-one", name: "mem-one", state: "active", web_url: "{root}/mem-one", access_level: 20, created_at: expect.stringMatching(instant), expires_at: null },
      }),
      get(`${members}/{user:mem-one}`, { status: 200 }, { as, check: async (answer, world) => expect(fields(answer)["id"]).toBe(await world.userId("mem-one")) }),
    ],
  },
  {
    row: "members.add.missing",
    it: "wants both",
    project,
    steps: [
      post(members, problem(400, "user_id is missing"), { access_level: 30 }, { as }),
      add("mem-one", {}, problem(400, "access_level is missing")),
    ],
  },
  {
    row: "members.add.level",
    it: "knows six levels",
    project,
    steps: [
      ...[0, 11, 35, 60, -10].map((level) => add("mem-one", { access_level: level }, { status: 400, body: /access_level/ })),
      ...[10, 15, 20, 30, 40].map((level) => add(`mem-level-${level}`, { access_level: level }, { status: 201 })),
      add("mem-level-50", { access_level: 50 }, { status: 201 }, "owner"),
    ],
  },
  {
    row: "members.add.already",
    it: "is a member once",
    project,
    steps: [add("developer", { access_level: 40 }, message(409, "Member already exists"))],
  },
  {
    row: "members.add.unknown",
    it: "wants a user",
    project,
    steps: [post(members, message(404, "404 User Not Found"), { user_id: 987654321, access_level: 30 }, { as })],
  },
  {
    row: "members.add.role",
    it: "is for maintainers",
    project,
    steps: [
      ...["developer", "guest"].map((who) => add("mem-one", { access_level: 10 }, forbidden, who)),
      add("mem-one", { access_level: 10 }, unauthorized, "anonymous"),
      add("mem-one", { access_level: 10 }, noProject, "stranger"),
    ],
  },
  {
    row: "members.add.above",
    it: "makes no owner without being one",
    project,
    steps: [
      add("mem-one", { access_level: 50 }, forbidden),
      change(`${members}/{user:developer}`, forbidden, { access_level: 50 }, as),
      add("mem-one", { access_level: 50 }, { status: 201 }, "owner"),
    ],
  },
  {
    row: "members.list",
    it: "lists direct members",
    project,
    steps: [
      listsAmong(members, "username", { has: ["maintainer", "developer", "reporter", "guest"], lacks: ["owner", "stranger"] }, { as: "guest" }),
      listsAmong(`${members}?query=MAINT`, "username", { has: ["maintainer"], lacks: ["developer"] }, { as }),
      get(members, unauthorized, { as: "anonymous" }),
    ],
  },
  {
    row: "members.get",
    it: "finds a direct member",
    project,
    steps: [
      get(`${members}/{user:developer}`, { status: 200, jsonLike: { username: "developer", access_level: 30 } }, { as }),
      get(`${members}/{user:owner}`, missing, { as }),
      get(`${members}/987654321`, missing, { as }),
    ],
  },
  {
    row: "members.all",
    it: "lists inherited members too, with the highest level",
    steps: [
      makeGroup("grp"),
      makeProject("one", "grp"),
      addMember("groups", "grp", "mem-one", 40),
      addMember("groups", "grp", "mem-two", 10),
      addMember("projects", "one", "mem-two", 30),
      async (world, names) => {
        const all = "/api/v4/projects/{one}/members/all";
        expect([await levelIn(world, names, all, "mem-one"), await levelIn(world, names, all, "mem-two")]).toEqual([40, 30]);
        const direct = "/api/v4/projects/{one}/members";
        expect([await levelIn(world, names, direct, "mem-one"), await levelIn(world, names, direct, "mem-two")]).toEqual([null, 30]);
      },
    ],
  },
  {
    row: "members.all.one",
    it: "finds an inherited member",
    project,
    steps: [
      get(`${members}/all/{user:owner}`, { status: 200, jsonLike: { username: "owner", access_level: 50 } }),
      get(`${members}/all/{user:developer}`, { status: 200, jsonLike: { access_level: 30 } }),
      get(`${members}/all/{user:stranger}`, missing),
    ],
  },
  {
    row: "members.change",
    it: "changes the level from the next request on",
    project,
    steps: [
      change(`${members}/{user:developer}`, { status: 200, jsonLike: { username: "developer", access_level: 20 } }, { access_level: 20 }, as),
      put("a/1.0/f", forbidden),
      change(`${members}/{user:stranger}`, missing, { access_level: 20 }, as),
      change(`${members}/{user:guest}`, forbidden, { access_level: 30 }, "reporter"),
    ],
  },
  {
    row: "members.remove",
    it: "ends the right",
    project,
    steps: [
      put("a/1.0/f", created),
      del(`${members}/{user:developer}`, forbidden, { as: "reporter" }),
      del(`${members}/{user:developer}`, { status: 204 }, { as }),
      get("a/1.0/f", { status: 404 }),
      del(`${members}/{user:developer}`, missing, { as }),
    ],
  },
  {
    row: "members.remove.self",
    it: "lets a member leave",
    project,
    steps: [del(`${members}/{user:guest}`, { status: 204 }, { as: "guest" }), get("{api}", noProject, { as: "guest" })],
  },
  {
    row: "members.last-owner",
    it: "keeps the last owner",
    steps: [
      post("/api/v4/groups", { status: 201 }, { name: "{p}-grp", path: "{p}-grp" }, { as: "mem-owner", check: (answer, _world, names) => { names.set("grp", String(fields(answer)["id"])); } }),
      del("/api/v4/groups/{grp}/members/{user:mem-owner}", forbidden, { as: "mem-owner" }),
      change("/api/v4/groups/{grp}/members/{user:mem-owner}", forbidden, { access_level: 40 }, "mem-owner"),
    ],
  },
  {
    row: "members.groups",
    it: "reaches every project below",
    steps: [
      makeGroup("grp", "private"),
      makeProject("one", "grp", "private"),
      addMember("groups", "grp", "mem-one", 30),
      addMember("groups", "grp", "mem-maintainer", 40),
      put("/api/v4/projects/{one}/packages/generic/a/1.0/f", created, "x", { as: "mem-one" }),
      post("/api/v4/groups/{grp}/members?user_id={user:mem-two}", forbidden, { access_level: 10 }, { as: "mem-maintainer" }),
      get("/api/v4/groups/{grp}/members/{user:mem-one}", { status: 200, jsonLike: { access_level: 30 } }, { as: "mem-one" }),
      del("/api/v4/groups/{grp}/members/{user:mem-one}", { status: 204 }, { as: "admin" }),
      put("/api/v4/projects/{one}/packages/generic/a/1.0/g", { status: 404 }, "x", { as: "mem-one" }),
    ],
  },
  {
    row: "members.expires",
    it: "shows the day, and ends with its beginning",
    project,
    steps: [
      add("mem-one", { access_level: 30, expires_at: day(3) }, { status: 201, jsonLike: { expires_at: day(3) } }),
      get(`${members}/{user:mem-one}`, { status: 200, jsonLike: { expires_at: day(3) } }, { as }),
      put("a/1.0/f", created, "x", { as: "mem-one" }),
      change(`${members}/{user:mem-one}`, { status: 200, jsonLike: { expires_at: day(0) } }, { access_level: 30, expires_at: day(0) }, as),
      put("a/1.0/g", { status: 404 }, "x", { as: "mem-one" }),
    ],
  },
  {
    row: "members.expires.past",
    it: "wants a day to come",
    project,
    steps: [day(-2), "next week", "2026-13-45"].map((date) => add("mem-one", { access_level: 30, expires_at: date }, { status: 400, body: /expires_at/ })),
  },
];
