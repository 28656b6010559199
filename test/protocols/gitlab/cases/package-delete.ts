import { created, forbidden, message, noProject, notFound, removed, scopeMissing } from "../answers.ts";
import { del, get, post, put, type ProtocolCase } from "../protocol-case.ts";
import { lists, publish } from "./steps.ts";

const list = "{api}/packages";
const files = "{api}/packages/{pkg}/package_files";
const as = "maintainer";
const two = [publish("{p}-/1.0/f", "pkg", "one", "first"), publish("{p}-/1.0/f", "pkg", "two", "second")];
const still = get("{p}-/1.0/f", { status: 200 });
const isProtected = message(403, "403 Forbidden - Package is deletion protected.");

export const packageDelete: readonly ProtocolCase[] = [
  {
    row: "package-delete.204",
    it: "removes a package from every read at once",
    steps: [
      ...two,
      del(`${list}/{pkg}`, removed, { as }),
      get(`${list}/{pkg}`, notFound),
      get(files, notFound),
      get(`${files}/{two}/download`, { status: 404 }),
      get("{p}-/1.0/f", { status: 404 }),
      get(`${list}?package_name={p}-`, { status: 200, json: [] }),
      get("/api/v4/groups/acme/packages?package_name={p}-", { status: 200, json: [] }),
    ],
  },
  {
    row: "package-delete.body",
    it: "passes a body over",
    steps: [publish("{p}-/1.0/f", "pkg"), del(`${list}/{pkg}`, removed, { as, send: {} })],
  },
  {
    row: "package-delete.again",
    it: "finds nothing the second time",
    steps: [publish("{p}-/1.0/f", "pkg"), del(`${list}/{pkg}`, removed, { as }), del(`${list}/{pkg}`, notFound, { as })],
  },
  {
    row: "package-delete.file",
    it: "removes one revision",
    steps: [
      ...two,
      del(`${files}/{two}`, removed, { as }),
      get("{p}-/1.0/f", { status: 200, body: "first" }),
      lists(files, "id", ["{one}"]),
      del(`${files}/{two}`, { status: 404 }, { as }),
    ],
  },
  {
    row: "package-delete.last-file",
    it: "takes the package along",
    steps: [
      ...two,
      del(`${files}/{one}`, removed, { as }),
      del(`${files}/{two}`, removed, { as }),
      get(`${list}/{pkg}`, notFound),
      get(`${list}?package_name={p}-`, { status: 200, json: [] }),
    ],
  },
  {
    row: "package-delete.unknown",
    it: "is not found, and deletes nothing",
    steps: [
      publish("{p}-/1.0/f", "pkg", "one"),
      publish("{p}-/2.0/f", "pkgb", "two"),
      ...["0", "987654321"].map((id) => del(`${list}/${id}`, notFound, { as })),
      del("/api/v4/projects/{id:private}/packages/{pkg}", notFound, { as }),
      ...["0", "987654321", "{two}"].map((id) => del(`${files}/${id}`, { status: 404, body: /^\{"message":"404 / }, { as })),
      del("/api/v4/projects/{id:private}/packages/{pkg}/package_files/{one}", { status: 404 }, { as }),
      still,
    ],
  },
  {
    row: "package-delete.developer",
    it: "is for maintainers",
    steps: [
      publish("{p}-/1.0/f", "pkg", "one"),
      ...["developer", "reporter", "guest", "stranger"].flatMap((who) =>
        ["{pkg}", "{pkg}/package_files/{one}", "987654321"].map((path) => del(`${list}/${path}`, forbidden, { as: who }))),
      still,
    ],
  },
  {
    row: "package-delete.anonymous",
    it: "is forbidden on a public project",
    steps: [
      publish("{p}-/1.0/f", "pkg", "one"),
      del(`${list}/{pkg}`, forbidden, { as: "anonymous" }),
      del(`${files}/{one}`, forbidden, { as: "anonymous" }),
      del("/api/v4/projects/{id:private}/packages/{pkg}", noProject, { as: "anonymous" }),
      still,
    ],
  },
  {
    row: "package-delete.read-api",
    it: "wants the scope api",
    steps: [publish("{p}-/1.0/f", "pkg"), del(`${list}/{pkg}`, scopeMissing, { as: "maintainer/read_api" }), still],
  },
  {
    row: "package-delete.job-token",
    it: "is for job tokens of maintainers",
    steps: [publish("{p}-/1.0/f", "pkg"), del(`${list}/{pkg}`, forbidden, { as: "job" }), del(`${list}/{pkg}`, removed, { as: "job:maintainer" })],
  },
  {
    row: "package-delete.protected",
    it: "obeys protection rules",
    steps: [
      publish("{p}-/1.0/f", "pkg", "one"),
      post("{api}/packages/protection/rules", { status: 201 }, { package_name_pattern: "{p}-*", package_type: "generic", minimum_access_level_for_delete: "owner" }, { as }),
      del(`${list}/{pkg}`, isProtected, { as }),
      del(`${files}/{one}`, isProtected, { as }),
      still,
      del(`${list}/{pkg}`, removed, { as: "owner" }),
    ],
  },
  {
    row: "package-delete.unmodified",
    it: "is refused when the package changed since",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      del(`${list}/{pkg}`, message(412, "412 Precondition Failed"), { as, headers: { "If-Unmodified-Since": "Thu, 01 Jan 1998 00:00:00 GMT" } }),
      still,
    ],
  },
  {
    row: "package-delete.unmodified.upload",
    it: "is refused when files came since",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      async (_world, names) => {
        const seen = new Date();
        names.set("seen", seen.toUTCString());
        // Times of HTTP have whole seconds: the upload has to come in a later one.
        while (Math.floor(Date.now() / 1000) === Math.floor(seen.getTime() / 1000)) await Bun.sleep(20);
      },
      put("{p}-/1.0/g", created),
      del(`${list}/{pkg}`, message(412, "412 Precondition Failed"), { as, headers: { "If-Unmodified-Since": "{seen}" } }),
      still,
    ],
  },
  {
    row: "package-delete.unmodified.holds",
    it: "goes on with a later time, and with no date",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      publish("{p}-/2.0/f", "pkgb"),
      del(`${list}/{pkg}`, removed, { as, headers: { "If-Unmodified-Since": "Fri, 01 Jan 2100 00:00:00 GMT" } }),
      del(`${list}/{pkgb}`, removed, { as, headers: { "If-Unmodified-Since": "some time ago" } }),
      put("{p}-/1.0/f", created),
    ],
  },
];
