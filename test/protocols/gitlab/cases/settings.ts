import { expect } from "bun:test";
import { created, message, problem } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { get, patch, post, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { addMember, lists, makeGroup, makeProject, publish } from "./steps.ts";

const settings = "/api/stowage/v1/namespaces/{project}/settings";
const project = "fresh";
const as = "maintainer";
const asAdmin = { as: "admin" };
const names = ["duplicates", "duplicate_exception_regex", "keep_duplicated_files", "own", "package_registry_access_level", "versions"];
const set = (send: object, expectation: Expectation = { status: 200 }, who = as, target = settings) => patch(target, expectation, send, { as: who });
const like = (jsonLike: object): Expectation => ({ status: 200, jsonLike });
const duplicate = message(400, "400 Bad request - Duplicate package is not allowed");

/** An error of the native API. */
export const nativeProblem = (status: number): Expectation => ({
  status,
  body: new RegExp(`^(?=.*"type":)(?=.*"title":)(?=.*"status":\\s*${status})(?=.*"code":\\s*"[a-z_]+")(?=.*"detail":)`),
  headers: { "content-type": "application/problem+json" },
});

export const settingCases: readonly ProtocolCase[] = [
  {
    row: "settings.get",
    it: "answers five fields, by number and by path",
    project,
    steps: [
      get(settings, { status: 200 }, { as, check: (answer) => expect(Object.keys(fields(answer)).toSorted()).toEqual(names.toSorted()) }),
      get(settings, like({ duplicates: null, versions: null, keep_duplicated_files: null }), { as }),
      get("/api/stowage/v1/namespaces/{path}/settings", like({ duplicates: null }), { as }),
      get("/api/stowage/v1/namespaces/acme/settings", like({ versions: null }), { as: "owner" }),
    ],
  },
  {
    row: "settings.patch",
    it: "changes what is given",
    project,
    steps: [
      set({ duplicates: "identical", keep_duplicated_files: 3 }, like({ duplicates: "identical", keep_duplicated_files: 3, versions: null })),
      set({ versions: "x.y.z", duplicate_exception_regex: "dev.*" }, like({ duplicates: "identical", keep_duplicated_files: 3, versions: "x.y.z", duplicate_exception_regex: "dev.*" })),
      get(settings, like({ duplicates: "identical", versions: "x.y.z" }), { as }),
    ],
  },
  {
    row: "settings.null",
    it: "takes a setting back",
    project,
    steps: [
      set({ duplicates: "reject" }),
      publish("a/1.0/f", "pkg"),
      put("a/1.0/f", duplicate),
      set({ duplicates: null }, like({ duplicates: null })),
      put("a/1.0/f", created),
    ],
  },
  {
    row: "settings.refused",
    it: "wants values that mean something",
    project,
    steps: [
      ...[
        { duplicates: "sometimes" },
        { duplicate_exception_regex: "(" },
        { duplicate_exception_regex: "a(?=b)" },
        { duplicate_exception_regex: "a".repeat(256) },
        { versions: "semver" },
        { keep_duplicated_files: 0 },
        { keep_duplicated_files: 1.5 },
        { package_registry_access_level: "open" },
        { colour: "red" },
        { duplicates: "reject", versions: 3 },
        [],
      ].map((send) => set(send, nativeProblem(400))),
      get(settings, like({ duplicates: null, versions: null }), { as }),
    ],
  },
  {
    row: "settings.role",
    it: "is for maintainers",
    project,
    steps: [
      set({ duplicates: "reject" }, nativeProblem(401), "anonymous"),
      set({ duplicates: "reject" }, nativeProblem(404), "stranger"),
      set({ duplicates: "reject" }, nativeProblem(403), "developer"),
      set({ duplicates: "reject" }, nativeProblem(404), "admin", "/api/stowage/v1/namespaces/987654321/settings"),
      makeGroup("grp"),
      addMember("groups", "grp", "grp-maintainer", 40),
      set({ duplicates: "reject" }, nativeProblem(403), "grp-maintainer", "/api/stowage/v1/namespaces/{grp}/settings"),
      get("/api/stowage/v1/namespaces/{grp}/settings", { status: 200 }, { as: "grp-maintainer" }),
    ],
  },
  {
    row: "settings.duplicates",
    it: "decides what a second upload does",
    project,
    steps: [
      publish("a/1.0/f", "pkg", "one", "same"),
      set({ duplicates: "reject" }),
      put("a/1.0/f", duplicate, "same"),
      set({ duplicates: "identical" }),
      put("a/1.0/f", created, "same"),
      put("a/1.0/f", duplicate, "other"),
      lists("{api}/packages/{pkg}/package_files", "id", ["{one}"]),
      set({ duplicates: "allow" }),
      put("a/1.0/f", created, "other"),
      lists("{api}/packages/{pkg}/package_files?order_by=id", "size", ["4", "5"]),
      get("a/1.0/f", { status: 200, body: "other" }),
    ],
  },
  {
    row: "settings.inherited",
    it: "obeys the nearest that sets it",
    steps: [
      makeGroup("grp"),
      makeGroup("sub", "public", "grp"),
      makeProject("one", "sub"),
      set({ duplicates: "reject" }, { status: 200 }, "admin", "/api/stowage/v1/namespaces/{grp}/settings"),
      put("/api/v4/projects/{one}/packages/generic/a/1.0/f", created, "x", asAdmin),
      put("/api/v4/projects/{one}/packages/generic/a/1.0/f", duplicate, "x", asAdmin),
      set({ duplicates: "allow" }, { status: 200 }, "admin", "/api/stowage/v1/namespaces/{sub}/settings"),
      put("/api/v4/projects/{one}/packages/generic/a/1.0/f", created, "x", asAdmin),
    ],
  },
  {
    row: "settings.versions",
    it: "accepts three numbers only",
    project,
    steps: [
      set({ versions: "x.y.z" }),
      put("a/1.2.3/f", created),
      ...["1.2", "v1.2.3", "1.2.3-rc1", "1.2.3.4"].map((version) => put(`a/${version}/f`, problem(400, "package_version is invalid"))),
      put("a%2Bb/1.2.3/f", problem(400, "package_name is invalid")),
      put("a/1.2/f", { status: 403 }, "x", { as: "guest" }),
    ],
  },
  {
    row: "settings.graphql",
    it: "is seen through both interfaces",
    project,
    steps: [
      makeGroup("grp"),
      set({ duplicates: "reject", duplicate_exception_regex: "dev.*" }, { status: 200 }, "admin", "/api/stowage/v1/namespaces/{grp}/settings"),
      post("/api/graphql", { status: 200, json: { data: { group: { packageSettings: { genericDuplicatesAllowed: false, genericDuplicateExceptionRegex: "dev.*" } } } } }, { query: 'query { group(fullPath: "{p}-grp") { packageSettings { genericDuplicatesAllowed genericDuplicateExceptionRegex } } }' }, asAdmin),
      set({ keep_duplicated_files: 10 }),
      get(settings, like({ keep_duplicated_files: 10 }), { as }),
    ],
  },
];
