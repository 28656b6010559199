import { createHash } from "node:crypto";
import { expect } from "bun:test";
import { created, noProject, notFound, problem, unauthorized } from "../answers.ts";
import { fields, rows } from "../../json-answers.ts";
import { del, get, put, type ProtocolCase } from "../protocol-case.ts";
import { instant, keep, lists, publish } from "./steps.ts";

const list = "{api}/packages";
const files = "{api}/packages/{pkg}/package_files";
const noneOfThem = { status: 404, body: /^\{"message":"404 / };
const packageTargets = ["", "/package_files", "/package_files/{file}/download"];

export const packageFiles: readonly ProtocolCase[] = [
  {
    row: "package-one.200",
    it: "is the object of the list with versions",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      get(`${list}/{pkg}`, {
        status: 200,
        json: {
          id: expect.any(Number),
          name: "{p}-",
          version: "1.0",
          package_type: "generic",
          status: "default",
          _links: { web_path: "/acme/public/-/packages/{pkg}" },
          created_at: expect.stringMatching(instant),
          last_downloaded_at: null,
          tags: [],
          versions: [],
        },
      }, { as: "anonymous" }),
    ],
  },
  {
    row: "package-one.versions",
    it: "lists the other versions of the name",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      publish("{p}-/2.0/f", "pkgb"),
      put("{p}-/3.0/f?status=hidden", created),
      put("{p}-x/4.0/f", created),
      get(`${list}/{pkg}`, { status: 200 }, {
        check: (answer, _world, names) =>
          expect(fields(answer)["versions"]).toEqual([
            { id: Number(names.get("pkgb")), version: "2.0", created_at: expect.stringMatching(instant), tags: [] },
          ]),
      }),
    ],
  },
  {
    row: "package-one.unknown",
    it: "is not found, also through another project",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      get(`${list}/987654321`, notFound),
      get(`${list}/0`, notFound),
      get("/api/v4/projects/{id:private}/packages/{pkg}", notFound),
    ],
  },
  {
    row: "package-one.not-a-number",
    it: "names the parameter",
    steps: [get(`${list}/abc`, problem(400, "package_id is invalid"))],
  },
  {
    row: "package-one.invisible",
    it: "is not found",
    project: "private",
    steps: [publish("{p}-/1.0/f", "pkg"), ...["anonymous", "stranger"].map((as) => get(`${list}/{pkg}`, noProject, { as }))],
  },
  {
    row: "package-one.hidden",
    it: "is not found by id by those who may not delete",
    steps: [
      publish("{p}-/1.0/f?status=hidden", "pkg", "file"),
      ...["developer", "guest", "anonymous"].flatMap((as) => packageTargets.map((path) => get(`${list}/{pkg}${path}`, noneOfThem, { as }))),
      get("{p}-/1.0/f", { status: 200 }, { as: "anonymous" }),
    ],
  },
  {
    row: "package-one.hidden.maintainer",
    it: "is found, downloaded and deleted by those who may delete",
    steps: [
      publish("{p}-/1.0/f?status=hidden", "pkg", "file"),
      ...packageTargets.map((path) => get(`${list}/{pkg}${path}`, { status: 200 }, { as: "maintainer" })),
      del(`${list}/{pkg}`, { status: 204 }, { as: "maintainer" }),
      get("{p}-/1.0/f", { status: 404 }),
    ],
  },
  {
    row: "package-one.pipelines",
    it: "has none",
    steps: [publish("{p}-/1.0/f", "pkg"), get(`${list}/{pkg}/pipelines`, { status: 200, json: [] })],
  },
  {
    row: "package-one.pipelines.per-page",
    it: "takes 1 to 20",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      get(`${list}/{pkg}/pipelines?per_page=20`, { status: 200, json: [] }),
      ...["0", "21"].map((size) => get(`${list}/{pkg}/pipelines?per_page=${size}`, problem(400, "per_page does not have a valid value"))),
    ],
  },
  {
    row: "package-one.pipelines.unknown",
    it: "is not found",
    steps: [get(`${list}/987654321/pipelines`, noneOfThem)],
  },
  {
    row: "package-files.200",
    it: "lists every revision, oldest first",
    steps: [
      publish("{p}-/1.0/b", "pkg", "one"),
      publish("{p}-/1.0/a", "pkg", "two"),
      publish("{p}-/1.0/b", "pkg", "three", "again"),
      lists(files, "id", ["{one}", "{two}", "{three}"], { as: "anonymous" }),
      lists(files, "size", ["5", "5", "5"]),
    ],
  },
  {
    row: "package-files.shape",
    it: "shows these fields and no other",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      get(files, {
        status: 200,
        json: [{
          id: expect.any(Number),
          package_id: expect.any(Number),
          created_at: expect.stringMatching(instant),
          file_name: "f",
          size: 5,
          file_md5: null,
          file_sha1: null,
          file_sha256: createHash("sha256").update("hello").digest("hex"),
        }],
      }),
      lists(files, "package_id", ["{pkg}"]),
    ],
  },
  {
    row: "package-files.directory",
    it: "encodes a name with a directory as a whole",
    steps: [
      publish("{p}-/1.0/dir/sub/a%2Bb~c@d.txt", "pkg"),
      put("{p}-/1.0/a+b.txt", created),
      lists(files, "file_name", ["dir%2Fsub%2Fa%2Bb%7Ec%40d.txt", "a+b.txt"]),
    ],
  },
  {
    row: "package-files.order-by",
    it: "orders by three fields in two directions",
    steps: [
      publish("{p}-/1.0/b", "pkg"),
      ...["c", "a"].map((name) => put(`{p}-/1.0/${name}`, created)),
      ...([["sort=desc", "acb"], ["order_by=id&sort=asc", "bca"], ["order_by=created_at", "bca"], ["order_by=created_at&sort=desc", "acb"], ["order_by=file_name", "abc"], ["order_by=file_name&sort=desc", "cba"]] as const)
        .map(([query, order]) => lists(`${files}?${query}`, "file_name", [...order])),
    ],
  },
  {
    row: "package-files.refused",
    it: "names the parameter",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      get(`${files}?order_by=size`, problem(400, "order_by does not have a valid value")),
      get(`${files}?sort=up`, problem(400, "sort does not have a valid value")),
    ],
  },
  {
    row: "package-files.unknown",
    it: "is not found",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      get(`${list}/987654321/package_files`, notFound),
      get("/api/v4/projects/{id:private}/packages/{pkg}/package_files", notFound),
    ],
  },
  {
    row: "package-download.200",
    it: "serves the revision that it names",
    steps: [
      publish("{p}-/1.0/dir/f.json", "pkg", "one", "first"),
      publish("{p}-/1.0/dir/f.json", "pkg", "two", "second"),
      ...([["one", "first"], ["two", "second"]] as const).map(([id, body]) =>
        get(`${files}/{${id}}/download`, {
          status: 200,
          body,
          headers: { "content-type": "application/octet-stream", "content-disposition": /^attachment; filename="?f\.json/ },
        }, { as: "anonymous" })),
    ],
  },
  {
    row: "package-download.range",
    it: "serves ranges",
    steps: [
      publish("{p}-/1.0/f", "pkg", "file"),
      get(`${files}/{file}/download`, { status: 206, body: "ell", headers: { "content-range": "bytes 1-3/5" } }, { headers: { Range: "bytes=1-3" } }),
    ],
  },
  {
    row: "package-download.unknown",
    it: "is not found, also through another package",
    steps: [
      publish("{p}-/1.0/f", "pkg", "file"),
      publish("{p}-/2.0/f", "pkgb", "fileb"),
      ...["0", "987654321", "{fileb}"].map((id) => get(`${files}/${id}/download`, noneOfThem)),
      get("/api/v4/projects/{id:private}/packages/{pkg}/package_files/{file}/download", noneOfThem),
    ],
  },
  {
    row: "package-download.private",
    it: "is not found by the anonymous",
    project: "private",
    steps: [publish("{p}-/1.0/f", "pkg", "file"), get(`${files}/{file}/download`, noneOfThem, { as: "anonymous" }), get(`${files}/{file}/download`, { status: 200 }, { as: "guest" })],
  },
  {
    row: "package-download.web",
    it: "serves the address of old release notes",
    steps: [
      publish("{p}-/1.0/f", "pkg", "file"),
      get("/acme/public/-/package_files/{file}/download", { status: 200, body: "hello", headers: { "content-type": "application/octet-stream" } }, { as: "anonymous" }),
      get("/acme/public/-/package_files/987654321/download", { status: 404 }, { as: "anonymous" }),
    ],
  },
  {
    row: "package-download.web.private",
    it: "wants a credential for private projects",
    project: "private",
    steps: [
      publish("{p}-/1.0/f", "pkg", "file"),
      get("/acme/private/-/package_files/{file}/download", { status: 200, body: "hello" }),
      get("/acme/private/-/package_files/{file}/download", unauthorized, { as: "anonymous" }),
      get("/acme/public/-/package_files/{file}/download", { status: 404 }),
    ],
  },
  {
    row: "package-delete.new-id",
    it: "gives a version another id when it is published again",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      del(`${list}/{pkg}`, { status: 204 }, { as: "maintainer" }),
      put("{p}-/1.0/f?select=package_file", { status: 200 }, "hello", { check: keep({ again: "package_id" }) }),
      (_world, names) => {
        expect(Number(names.get("again"))).toBeGreaterThan(Number(names.get("pkg")));
        return Promise.resolve();
      },
      get(`${list}?package_name={p}-`, { status: 200 }, { check: (answer) => expect(rows(answer)).toHaveLength(1) }),
    ],
  },
];
