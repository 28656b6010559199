import { expect } from "bun:test";
import { created, noProject, problem, unauthorized } from "../answers.ts";
import { fields, rows } from "../../json-answers.ts";
import { del, get, post, put, request, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { addMember, instant, keep, lists, listsAmong, makeGroup, makeProject } from "./steps.ts";

const projects = "/api/v4/projects";
const asAdmin = { as: "admin" };
const ok: Expectation = { status: 200 };
const like = (status: number, jsonLike: object): Expectation => ({ status, jsonLike });
const badNamespace: Expectation = { status: 400, body: /"namespace":\["is not valid"\]/ };
const taken: Expectation = { status: 400, body: /^\{"message":\{.*has already been taken/ };

export const projectCases: readonly ProtocolCase[] = [
  {
    row: "projects.create",
    it: "makes a project in a group",
    steps: [
      makeGroup("grp"),
      request("POST", projects, like(201, { name: "Some Tools", visibility: "internal" }), {
        ...asAdmin,
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: `name=Some+Tools&path=form-${Date.now()}&visibility=internal`,
      }),
      async (world, names) => {
        const body = { name: "Some Tools", path: "tools", visibility: "internal", description: "what it is", namespace_id: Number(names.get("grp")) };
        expect(fields(await world.must(201, "POST", projects, body))).toMatchObject({
          name: "Some Tools",
          path: "tools",
          path_with_namespace: `${names.get("p") ?? ""}-grp/tools`,
          visibility: "internal",
          description: "what it is",
        });
      },
    ],
  },
  {
    row: "projects.create.shape",
    it: "answers the whole project",
    steps: [
      post(projects, like(201, {
        id: expect.any(Number),
        name: "{p}-shape",
        path: "{p}-shape",
        name_with_namespace: expect.stringContaining(" / "),
        path_with_namespace: "shaper/{p}-shape",
        visibility: "private",
        created_at: expect.stringMatching(instant),
        web_url: "{root}/shaper/{p}-shape",
        namespace: { id: expect.any(Number), name: expect.any(String), path: "shaper", kind: "user", full_path: "shaper" },
        package_registry_access_level: "enabled",
        permissions: { project_access: { access_level: 50 }, group_access: null },
      }), { name: "{p}-shape" }, { as: "shaper", check: (answer) => expect(Object.keys(fields(answer))).toEqual(expect.arrayContaining(["description", "default_branch"])) }),
    ],
  },
  {
    row: "projects.create.path",
    it: "makes the path of the name, and the name of the path",
    steps: [
      post(projects, like(201, { name: "{p} My Tools", path: "{p}-my-tools" }), { name: "{p} My Tools" }, asAdmin),
      post(projects, like(201, { name: "{p}-plain", path: "{p}-plain" }), { path: "{p}-plain" }, asAdmin),
    ],
  },
  {
    row: "projects.create.own",
    it: "makes it in the caller's own namespace",
    steps: [
      post(projects, like(201, { path_with_namespace: "makerone/{p}-x" }), { path: "{p}-x" }, { as: "makerone", check: keep({ mine: "id" }) }),
      put("/api/v4/projects/{mine}/packages/generic/a/1/f", created, "x", { as: "makerone" }),
    ],
  },
  {
    row: "projects.create.private",
    it: "is private unless said",
    steps: [
      post(projects, like(201, { visibility: "private" }), { path: "{p}-x" }, { as: "makerone", check: keep({ mine: "id" }) }),
      get(`${projects}/{mine}`, noProject, { as: "stranger" }),
    ],
  },
  {
    row: "projects.create.missing",
    it: "wants a name or a path",
    steps: [post(projects, problem(400, "name, path are missing, at least one parameter must be provided"), {}, asAdmin)],
  },
  {
    row: "projects.create.taken",
    it: "wants a free path",
    steps: [
      post(projects, { status: 201 }, { path: "{p}-x" }, { as: "makerone" }),
      post(projects, taken, { path: "{p}-X" }, { as: "makerone" }),
      post(projects, { status: 201 }, { path: "{p}-x" }, { as: "makertwo" }),
    ],
  },
  {
    row: "projects.create.refused",
    it: "wants values that mean something",
    steps: [
      post(projects, { status: 400 }, { path: "{p} with space" }, asAdmin),
      post(projects, { status: 400 }, { path: "-{p}" }, asAdmin),
      post(projects, problem(400, "visibility does not have a valid value"), { path: "{p}-x", visibility: "secret" }, asAdmin),
      post(projects, badNamespace, { path: "{p}-x", namespace_id: 987654321 }, asAdmin),
    ],
  },
  {
    row: "projects.create.rights",
    it: "wants a Developer of the namespace",
    steps: [
      makeGroup("grp", "private"),
      addMember("groups", "grp", "grp-reporter", 20),
      addMember("groups", "grp", "grp-developer", 30),
      post(projects, unauthorized, { path: "{p}-x" }, { as: "anonymous" }),
      ...["grp-reporter", "stranger"].map((as) => post(`${projects}?namespace_id={grp}`, badNamespace, { path: "{p}-x" }, { as })),
      post(`${projects}?namespace_id={grp}`, { status: 201 }, { path: "{p}-x" }, { as: "grp-developer" }),
    ],
  },
  {
    row: "projects.create.id",
    it: "takes the number that an administrator chooses",
    steps: [
      post(projects, like(201, { id: 70123 }), { path: "{p}-x", id: 70123 }, asAdmin),
      put("/api/v4/projects/70123/packages/generic/a/1/f", created, "x", asAdmin),
      post(projects, { status: 201 }, { path: "{p}-y" }, { ...asAdmin, check: (answer) => expect(Number(fields(answer)["id"])).not.toBe(70123) }),
    ],
  },
  {
    row: "projects.create.id.refused",
    it: "gives no number twice, and lets nobody else choose",
    steps: [
      post(projects, { status: 201 }, { path: "{p}-x", id: 70200 }, asAdmin),
      post(projects, { status: 400 }, { path: "{p}-y", id: 70200 }, asAdmin),
      del(`${projects}/70200`, { status: 202 }, asAdmin),
      ...[70200, 0, -1, 1.5].map((id) => post(projects, { status: 400 }, { path: "{p}-y", id }, asAdmin)),
      post(projects, { status: 403 }, { path: "{p}-y", id: 70201 }, { as: "makerone" }),
    ],
  },
  {
    row: "projects.get",
    it: "is found by number and by path",
    steps: ["{project}", "acme%2Fpublic", "ACME%2fPublic"].map((address) =>
      get(`${projects}/${address}`, like(200, { path_with_namespace: "acme/public", visibility: "public" }), { as: "anonymous" })),
  },
  {
    row: "projects.get.unencoded",
    it: "is not found with raw slashes",
    steps: [get(`${projects}/acme/public`, { status: 404 })],
  },
  {
    row: "projects.get.permissions",
    it: "tells the caller's levels",
    steps: [
      get("{api}", like(200, { permissions: { project_access: { access_level: 30 }, group_access: null } })),
      get("{api}", like(200, { permissions: { project_access: null, group_access: { access_level: 50 } } }), { as: "owner" }),
      get("{api}", like(200, { permissions: { project_access: null, group_access: null } }), { as: "stranger" }),
      get("{api}", ok, { as: "anonymous", check: (answer) => expect(Object.keys(fields(answer))).not.toContain("permissions") }),
    ],
  },
  {
    row: "projects.get.invisible",
    it: "is not found",
    project: "private",
    steps: [
      ...["anonymous", "stranger"].map((as) => get("{api}", noProject, { as })),
      get(`${projects}/987654321`, noProject),
      get(`${projects}/acme%2Fnothing-here`, noProject),
    ],
  },
  {
    row: "projects.get.job-token",
    it: "is read with a job token",
    project: "private",
    steps: [get("{api}", like(200, { path_with_namespace: "acme/private" }), { as: "job" })],
  },
  {
    row: "projects.list",
    it: "lists what the caller may see",
    steps: [
      listsAmong(`${projects}?per_page=100`, "path_with_namespace", { has: ["acme/public"], lacks: ["acme/private", "acme/internal", "acme", "developer"] }, { as: "anonymous" }),
      listsAmong(`${projects}?per_page=100`, "path_with_namespace", { has: ["acme/public", "acme/internal"], lacks: ["acme/private"] }, { as: "stranger" }),
      listsAmong(`${projects}?per_page=100`, "path_with_namespace", { has: ["acme/public", "acme/internal", "acme/private"] }, { as: "guest" }),
      get(`${projects}?per_page=100`, ok, {
        ...asAdmin,
        check: (answer) => {
          const shown = rows(answer).map((row) => Number(row["id"]));
          expect(new Set(shown).size).toBe(shown.length);
          const times = rows(answer).map((row) => String(row["created_at"]));
          expect(times).toEqual(times.toSorted().toReversed());
        },
      }),
    ],
  },
  {
    row: "projects.list.filters",
    it: "chooses and orders",
    steps: [
      makeGroup("grp"),
      makeProject("alpha", "grp"),
      makeProject("beta", "grp", "private"),
      addMember("projects", "beta", "filterer", 20),
      lists(`${projects}?search={p}-ALPHA`, "id", ["{alpha}"], asAdmin),
      listsAmong(`${projects}?membership=true`, "id", { has: ["{beta}"], lacks: ["{alpha}", "{id:public}"] }, { as: "filterer" }),
      lists(`${projects}?owned=true&search={p}-`, "id", [], { as: "filterer" }),
      lists(`${projects}?search={p}-&visibility=private`, "id", ["{beta}"], asAdmin),
      lists(`${projects}?search={p}-&order_by=name&sort=asc`, "id", ["{alpha}", "{beta}"], asAdmin),
      lists(`${projects}?search={p}-&order_by=id&sort=desc`, "id", ["{beta}", "{alpha}"], asAdmin),
      lists(`${projects}?search={p}-`, "id", ["{beta}", "{alpha}"], asAdmin),
      get(`${projects}?search={p}-alpha&simple=true`, ok, { ...asAdmin, check: (answer) => expect(Object.keys(rows(answer)[0] ?? {})).not.toContain("permissions") }),
      get(`${projects}?order_by=colour`, problem(400, "order_by does not have a valid value"), asAdmin),
    ],
  },
  {
    row: "projects.list.keyset",
    it: "leads through the list by id",
    steps: [
      makeGroup("grp"),
      ...["one", "two", "three"].map((name) => makeProject(name, "grp")),
      get(`${projects}?search={p}-&pagination=keyset&order_by=id&sort=asc&per_page=2`, { status: 200, headers: { link: /^<[^>]+>; rel="next"$/, "x-total": null } }, {
        ...asAdmin,
        check: async (answer, world, names) => {
          expect(rows(answer).map((row) => String(row["id"]))).toEqual([names.get("one") ?? "", names.get("two") ?? ""]);
          const next = /<([^>]+)>/.exec(answer.headers.get("link")?.[0] ?? "")?.[1] ?? "";
          const last = await world.must(200, "GET", next.slice(world.url.length));
          expect(rows(last).map((row) => String(row["id"]))).toEqual([names.get("three") ?? ""]);
          expect(last.headers.get("link")).toBeUndefined();
        },
      }),
    ],
  },
];
