import { expect } from "bun:test";
import { created, noProject, noRoute, problem, scopeMissing, unauthorized } from "../answers.ts";
import { fields, rows } from "../../json-answers.ts";
import { get, head, post, put, request, type ProtocolCase } from "../protocol-case.ts";
import { instant, lists, listsAmong, publish } from "./steps.ts";

const list = "{api}/packages";
const project = "fresh-public";
const three = [put("bb/1.10.0/f", created), put("aa/1.9.0/f", created), put("cc/1.9.0/f", created)];
const names = (query: string, wanted: readonly string[]) => lists(`${list}?${query}`, "name", wanted);

export const packageList: readonly ProtocolCase[] = [
  {
    row: "package-list.200",
    it: "lists one object a version, oldest first, by number and by path",
    project,
    steps: [
      put("aa/2.0/f", created),
      put("aa/1.0/f", created),
      put("aa/2.0/g", created),
      lists(list, "version", ["2.0", "1.0"]),
      async (world, known) => {
        const id = known.get("project") ?? "";
        const { path_with_namespace: path } = fields(await world.must(200, "GET", `/api/v4/projects/${id}`));
        const answer = await world.must(200, "GET", `/api/v4/projects/${encodeURIComponent(String(path))}/packages`);
        expect(rows(answer).map((row) => row["version"])).toEqual(["2.0", "1.0"]);
      },
    ],
  },
  {
    row: "package-list.shape",
    it: "shows these fields and no other",
    project,
    steps: [
      publish("aa/1.0/f", "pkg"),
      get(list, {
        status: 200,
        json: [{
          id: expect.any(Number),
          name: "aa",
          version: "1.0",
          package_type: "generic",
          status: "default",
          _links: expect.any(Object),
          created_at: expect.stringMatching(instant),
          last_downloaded_at: null,
          tags: [],
        }],
      }),
      lists(list, "id", ["{pkg}"]),
    ],
  },
  {
    row: "package-list.web-path",
    it: "links the page of a package, unless it is hidden",
    steps: [
      publish("{p}-a/1.0/f", "pkg"),
      publish("{p}-b/1.0/f?status=hidden", "hid"),
      get(`${list}?package_name={p}-a`, { status: 200, jsonLike: [{ _links: { web_path: "/acme/public/-/packages/{pkg}" } }] }),
      get(`${list}?package_name={p}-b&status=hidden`, { status: 200 }, {
        check: (answer) => expect(rows(answer).map((row) => Object.keys(Object(row["_links"])))).toEqual([[]]),
      }),
    ],
  },
  {
    row: "package-list.delete-path",
    it: "links the deletion for those who may delete",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      get(`${list}?package_name={p}-`, { status: 200, jsonLike: [{ _links: { delete_api_path: "{root}{api}/packages/{pkg}" } }] }, { as: "maintainer" }),
      ...["developer", "anonymous"].map((as) =>
        get(`${list}?package_name={p}-`, { status: 200, body: /^(?!.*delete_api_path).*"web_path"/ }, { as })),
    ],
  },
  {
    row: "package-list.last-downloaded",
    it: "tells when a file was downloaded last",
    project,
    steps: [
      put("aa/1.0/f", created),
      get(list, { status: 200, jsonLike: [{ last_downloaded_at: null }] }),
      get("aa/1.0/f", { status: 200 }),
      get(list, { status: 200, jsonLike: [{ last_downloaded_at: expect.stringMatching(instant) }] }),
    ],
  },
  { row: "package-list.empty", it: "is empty", project, steps: [get(list, { status: 200, json: [] })] },
  {
    row: "package-list.order-by",
    it: "orders by four fields in two directions",
    project,
    steps: [
      ...three,
      names("order_by=created_at&sort=asc", ["bb", "aa", "cc"]),
      names("order_by=created_at&sort=desc", ["cc", "aa", "bb"]),
      names("sort=desc", ["cc", "aa", "bb"]),
      names("order_by=name", ["aa", "bb", "cc"]),
      names("order_by=name&sort=desc", ["cc", "bb", "aa"]),
      names("order_by=type", ["bb", "aa", "cc"]),
      names("order_by=type&sort=desc", ["cc", "aa", "bb"]),
    ],
  },
  {
    row: "package-list.order-by.version",
    it: "orders versions as text",
    project,
    steps: [...three, names("order_by=version", ["bb", "aa", "cc"]), names("order_by=version&sort=desc", ["cc", "aa", "bb"])],
  },
  {
    row: "package-list.type",
    it: "lists everything for generic and nothing for other types",
    project,
    steps: [
      put("aa/1.0/f", created),
      names("package_type=generic", ["aa"]),
      ...["npm", "maven", "conan", "nuget", "pypi", "composer", "golang", "debian", "rubygems", "helm", "terraform_module"].map((type) =>
        get(`${list}?package_type=${type}`, { status: 200, json: [] })),
    ],
  },
  {
    row: "package-list.name",
    it: "finds a part of the name in any case, and takes no wildcard",
    project,
    steps: [
      put("My-Alpha_Tool/1.0/f", created),
      put("other/1.0/f", created),
      names("package_name=aLPHA", ["My-Alpha_Tool"]),
      names("package_name=o", ["My-Alpha_Tool", "other"]),
      ...["%25", "alphaxtool", "alpha%25tool", "Alpha%2ATool", "zz"].map((part) => names(`package_name=${part}`, [])),
      names("package_name=alpha_", ["My-Alpha_Tool"]),
    ],
  },
  {
    row: "package-list.version",
    it: "compares the version exactly",
    project,
    steps: [put("aa/1.0-RC1/f", created), put("bb/1.0/f", created), names("package_version=1.0", ["bb"]), names("package_version=1.0-rc1", []), names("package_version=1.0-RC1", ["aa"])],
  },
  {
    row: "package-list.versionless",
    it: "lists the same with include_versionless",
    project,
    steps: [put("aa/1.0/f", created), names("include_versionless=true", ["aa"]), names("include_versionless=false", ["aa"])],
  },
  {
    row: "package-list.status",
    it: "leaves out hidden packages unless asked for them",
    project,
    steps: [
      put("aa/1.0/f", created),
      put("bb/1.0/f?status=hidden", created),
      get(list, { status: 200, jsonLike: [{ name: "aa", status: "default" }] }),
      names("", ["aa"]),
      names("status=default", ["aa"]),
      get(`${list}?status=hidden`, { status: 200, jsonLike: [{ name: "bb", status: "hidden" }] }, { as: "anonymous" }),
      ...["processing", "error", "pending_destruction", "deprecated"].map((status) => names(`status=${status}`, [])),
    ],
  },
  {
    row: "package-list.refused",
    it: "names the parameter",
    steps: ["order_by=size", "sort=up", "package_type=floppy", "status=gone", "order_by=project_path"].map((query) =>
      get(`${list}?${query}`, problem(400, `${query.slice(0, query.indexOf("="))} does not have a valid value`))),
  },
  {
    row: "package-list.refused.several",
    it: "names them all",
    steps: [get(`${list}?order_by=size&sort=up`, problem(400, "order_by does not have a valid value, sort does not have a valid value"))],
  },
  {
    row: "package-list.invisible",
    it: "is not found, whatever the parameters",
    project: "private",
    steps: [
      ...["anonymous", "stranger"].flatMap((as) => [get(list, noProject, { as }), get(`${list}?sort=up`, noProject, { as })]),
      get("/api/v4/projects/987654321/packages", noProject),
      get("/api/v4/projects/acme%2Fnothing-here/packages", noProject),
    ],
  },
  {
    row: "package-list.guest",
    it: "is for guests of a private project",
    project: "private",
    steps: [put("{p}-/1.0/f", created), lists(`${list}?package_name={p}-`, "version", ["1.0"], { as: "guest" })],
  },
  {
    row: "package-list.bad-credential",
    it: "refuses a token that is none",
    steps: [get(list, unauthorized, { as: "anonymous", headers: { "PRIVATE-TOKEN": "glpat-no-such-token-00" } })],
  },
  {
    row: "package-list.read-api",
    it: "is read with read_api",
    project: "private",
    steps: [get(list, { status: 200 }, { as: "reporter/read_api" })],
  },
  {
    row: "package-list.scope",
    it: "wants a scope that reaches packages",
    steps: [get(list, scopeMissing, { as: "maintainer/read_user" })],
  },
  {
    row: "package-list.deploy-token",
    it: "passes deploy tokens over",
    project: "fresh",
    steps: [
      get(list, noProject, { as: "deploy-rw" }),
      async (world, known) => {
        await world.must(200, "PUT", `/api/v4/projects/${known.get("project") ?? ""}`, { visibility: "public" });
      },
      get(list, { status: 200, json: [] }, { as: "deploy-rw" }),
    ],
  },
  {
    row: "package-list.job-token",
    it: "is for job tokens of the project",
    project: "private",
    steps: [put("{p}-/1.0/f", created), listsAmong(`${list}?package_name={p}-`, "name", { has: ["{p}-"] }, { as: "job" })],
  },
  {
    row: "package-list.head",
    it: "answers HEAD",
    steps: [
      publish("{p}-/1.0/f", "pkg", "file"),
      head(`${list}?package_name={p}-`, { status: 200, headers: { "content-type": "application/json", "x-total": "1" } }),
      ...["", "/package_files", "/package_files/{file}/download", "/pipelines"].map((path) => head(`${list}/{pkg}${path}`, { status: 200 })),
      head("/api/v4/groups/acme/packages", { status: 200 }),
      head(`${list}/0`, { status: 404 }),
    ],
  },
  {
    row: "package-list.methods",
    it: "knows no other methods",
    steps: [
      post(list, noRoute, {}),
      request("PATCH", `${list}/1`, noRoute),
      request("DELETE", `${list}/1/package_files`, noRoute),
    ],
  },
  {
    row: "package-list.gitea",
    it: "lists what came through the Gitea dialect",
    steps: [
      request("PUT", "/api/packages/{path}/generic/{p}-/1%20beta/f", { status: 201 }, {
        as: "anonymous",
        headers: { Authorization: "token {token:developer}" },
        body: "hello",
      }),
      lists(`${list}?package_name={p}-`, "version", ["1 beta"]),
      get(`${list}?package_name={p}-`, { status: 200 }, { check: (answer, _world, known) => { known.set("pkg", String(rows(answer)[0]?.["id"])); } }),
      lists(`${list}/{pkg}/package_files`, "file_name", ["f"]),
    ],
  },
];
