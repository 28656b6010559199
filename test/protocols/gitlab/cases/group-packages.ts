import { expect } from "bun:test";
import { created, message } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { get, put, type ProtocolCase } from "../protocol-case.ts";
import { addMember, instant, lists, listsAmong, makeGroup, makeProject } from "./steps.ts";

const packages = "/api/v4/groups/{grp}/packages";
const into = (project: string, target: string) =>
  put(`/api/v4/projects/{${project}}/packages/generic/${target}`, created, "hello", { as: "admin" });
/** A public group with a public project, a private one, and one in a subgroup; each has a package of its name. */
const tree = [
  makeGroup("grp"),
  makeGroup("sub", "public", "grp"),
  makeProject("pub", "grp"),
  makeProject("prv", "grp", "private"),
  makeProject("deep", "sub"),
  into("pub", "pub-tool/2.0/f"),
  into("prv", "prv-tool/1.0/f"),
  into("deep", "deep-tool/1.0/f"),
];
const asAdmin = { as: "admin" };

export const groupPackages: readonly ProtocolCase[] = [
  {
    row: "group-packages.200",
    it: "lists all below, and says where each is",
    steps: [
      ...tree,
      lists(packages, "name", ["pub-tool", "prv-tool", "deep-tool"], asAdmin),
      lists(packages, "project_path", ["{p}-grp/{p}-pub", "{p}-grp/{p}-prv", "{p}-grp/{p}-sub/{p}-deep"], asAdmin),
      lists("/api/v4/groups/{p}-grp%2F{p}-sub/packages", "project_id", ["{deep}"], asAdmin),
      get(`${packages}?package_name=pub`, {
        status: 200,
        json: [{
          id: expect.any(Number),
          name: "pub-tool",
          version: "2.0",
          package_type: "generic",
          status: "default",
          _links: { web_path: expect.stringMatching(/^\/.+\/-\/packages\/\d+$/) },
          created_at: expect.stringMatching(instant),
          last_downloaded_at: null,
          project_id: expect.any(Number),
          project_path: "{p}-grp/{p}-pub",
          tags: [],
        }],
      }, { as: "anonymous" }),
    ],
  },
  {
    row: "group-packages.own",
    it: "lists what the group itself holds",
    steps: [
      makeGroup("grp"),
      into("grp", "own-tool/1.0/f"),
      lists(packages, "project_path", ["{p}-grp"], asAdmin),
      lists(packages, "project_id", ["{grp}"], asAdmin),
    ],
  },
  {
    row: "group-packages.readable",
    it: "leaves out what the caller may not read",
    steps: [
      ...tree,
      ...["anonymous", "stranger"].map((as) => lists(packages, "name", ["pub-tool", "deep-tool"], { as })),
      addMember("projects", "prv", "reader", 10),
      lists(packages, "name", ["pub-tool", "prv-tool", "deep-tool"], { as: "reader" }),
    ],
  },
  {
    row: "group-packages.exclude-subgroups",
    it: "leaves out subgroups on request",
    steps: [...tree, lists(`${packages}?exclude_subgroups=true`, "name", ["pub-tool", "prv-tool"], asAdmin), lists(`${packages}?exclude_subgroups=false&order_by=name`, "name", ["deep-tool", "prv-tool", "pub-tool"], asAdmin)],
  },
  {
    row: "group-packages.order-by",
    it: "orders by project path too",
    steps: [
      ...tree,
      lists(`${packages}?order_by=project_path`, "name", ["prv-tool", "pub-tool", "deep-tool"], asAdmin),
      lists(`${packages}?order_by=project_path&sort=desc`, "name", ["deep-tool", "pub-tool", "prv-tool"], asAdmin),
      lists(`${packages}?order_by=version&sort=desc`, "version", ["2.0", "1.0", "1.0"], asAdmin),
    ],
  },
  {
    row: "group-packages.filters",
    it: "filters as a project's list does",
    steps: [
      ...tree,
      into("pub", "hid-tool/1.0/f?status=hidden"),
      lists(`${packages}?package_name=PUB`, "name", ["pub-tool"], asAdmin),
      lists(`${packages}?package_version=2.0`, "name", ["pub-tool"], asAdmin),
      lists(`${packages}?package_type=npm`, "name", [], asAdmin),
      lists(`${packages}?status=hidden`, "name", ["hid-tool"], asAdmin),
      get(`${packages}?status=gone`, { status: 400, json: { error: "status does not have a valid value" } }, asAdmin),
    ],
  },
  {
    row: "group-packages.invisible",
    it: "is not found",
    steps: [
      makeGroup("grp", "private"),
      ...["anonymous", "stranger"].map((as) => get(packages, message(404, "404 Group Not Found"), { as })),
      get("/api/v4/groups/987654321/packages", message(404, "404 Group Not Found")),
      get("/api/v4/groups/developer/packages", message(404, "404 Group Not Found")),
      listsAmong(packages, "name", {}, asAdmin),
    ],
  },
  {
    row: "group-packages.paging",
    it: "counts what the caller may read",
    steps: [
      ...tree,
      get(`${packages}?per_page=1`, { status: 200, headers: { "x-total": "2", "x-total-pages": "2" } }, { as: "stranger" }),
      get(`${packages}?per_page=1`, { status: 200, headers: { "x-total": "3", "x-next-page": "2" } }, asAdmin),
      async (world, names) => {
        const answer = await world.must(200, "GET", `/api/v4/groups/${names.get("grp") ?? ""}`);
        expect(fields(answer)["full_path"]).toBe(`${names.get("p") ?? ""}-grp`);
      },
    ],
  },
];
