import { expect } from "bun:test";
import { created, forbidden, message, noProject, unauthorized } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { del, get, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { makeGroup, makeProject } from "./steps.ts";

const projects = "/api/v4/projects";
const asAdmin = { as: "admin" };
const ok: Expectation = { status: 200 };
const like = (status: number, jsonLike: object): Expectation => ({ status, jsonLike });
const change = (target: string, expectation: Expectation, send: object, as = "admin") =>
  ({ method: "PUT", target, expect: expectation, send, as });

export const projectChangeCases: readonly ProtocolCase[] = [
  {
    row: "projects.update",
    it: "changes what is given",
    project: "fresh",
    steps: [
      change("{api}", like(200, { description: "new words", name: "{p} name" }), { description: "new words", name: "{p} name" }, "maintainer"),
      change("{api}", like(200, { package_registry_access_level: "public", description: "new words" }), { package_registry_access_level: "public" }, "maintainer"),
      change("{api}", like(200, { visibility: "public", path: "{p}-path" }), { visibility: "public", path: "{p}-path" }, "owner"),
      get("{api}", like(200, { name: "{p} name", path_with_namespace: "acme/{p}-path", visibility: "public" }), { as: "anonymous" }),
    ],
  },
  {
    row: "projects.update.role",
    it: "is for maintainers, and some of it for owners",
    project: "fresh",
    steps: [
      change("{api}", forbidden, { description: "x" }, "developer"),
      change("{api}", forbidden, { path: "{p}-x" }, "maintainer"),
      change("{api}", forbidden, { visibility: "public" }, "maintainer"),
      change("{api}", unauthorized, { description: "x" }, "anonymous"),
      change("{api}", noProject, { description: "x" }, "stranger"),
    ],
  },
  {
    row: "projects.moved",
    it: "leads from the old path to the number",
    project: "fresh-public",
    steps: [
      change("{api}", ok, { path: "{p}-old" }),
      change("{api}", ok, { path: "{p}-new" }),
      ...["", "/packages?per_page=5"].map((rest) =>
        get(`${projects}/acme%2F{p}-old${rest}`, {
          status: 301,
          body: /moved permanently/i,
          headers: { location: `{root}{api}${rest}` },
        })),
      get(`${projects}/acme%2F{p}-new`, ok),
    ],
  },
  {
    row: "projects.moved.secret",
    it: "repeats no credential",
    project: "fresh-public",
    steps: [
      change("{api}", ok, { path: "{p}-old" }),
      change("{api}", ok, { path: "{p}-new" }),
      get(`${projects}/acme%2F{p}-old?private_token={token:maintainer}&simple=true`, { status: 301, headers: { location: "{root}{api}?simple=true" } }, { as: "anonymous" }),
    ],
  },
  {
    row: "projects.moved.pages",
    it: "leads the links of pages on",
    project: "fresh-public",
    steps: [
      change("{api}", ok, { path: "{p}-old" }),
      change("{api}", ok, { path: "{p}-new" }),
      get("/acme/{p}-old/-/package_files/1/download", { status: 301, headers: { location: "{root}/acme/{p}-new/-/package_files/1/download" } }),
      get("/acme/{p}-old/-/releases/v1/downloads/bin/f", { status: 301, headers: { location: "{root}/acme/{p}-new/-/releases/v1/downloads/bin/f" } }),
    ],
  },
  {
    row: "projects.moved.other",
    it: "is not changed by its old path",
    project: "fresh-public",
    steps: [
      change("{api}", ok, { path: "{p}-old" }),
      change("{api}", ok, { path: "{p}-new" }),
      change(`${projects}/acme%2F{p}-old`, message(405, "Non GET methods are not allowed for moved projects"), { description: "x" }),
    ],
  },
  {
    row: "projects.moved.reused",
    it: "gives the old path to who takes it",
    steps: [
      makeGroup("grp"),
      makeProject("one", "grp"),
      change(`${projects}/{one}`, ok, { path: "{p}-moved" }),
      makeProject("one", "grp"),
      get(`${projects}/{p}-grp%2F{p}-one`, ok, { ...asAdmin, check: (answer, _world, names) => expect(String(fields(answer)["id"])).toBe(names.get("one") ?? "") }),
    ],
  },
  {
    row: "projects.delete",
    it: "goes with its packages",
    project: "fresh-public",
    steps: [
      put("a/1.0/f", created),
      del("{api}", message(202, "202 Accepted"), { as: "owner" }),
      get("{api}", noProject, asAdmin),
      get("a/1.0/f", { status: 404 }, asAdmin),
      del("{api}", noProject, { as: "owner" }),
    ],
  },
  {
    row: "projects.delete.role",
    it: "is for owners",
    steps: [
      ...["maintainer", "developer", "stranger"].map((as) => del("{api}", forbidden, { as })),
      del("{api}", unauthorized, { as: "anonymous" }),
      del("/api/v4/projects/{id:private}", noProject, { as: "stranger" }),
    ],
  },
];
