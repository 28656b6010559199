import { expect } from "bun:test";
import { bytes, challenged, created, hiddenProject, noRoute } from "../answers.ts";
import { del, get, head, patch, post, put, request, type ProtocolCase } from "../protocol-case.ts";

const generic = "packages/generic";
const gitea = "/api/packages/{path}/generic";

export const routes: readonly ProtocolCase[] = [
  {
    row: "route.put",
    it: "publishes a file, and another into the same version",
    steps: [
      put("{p}/1.0.0/a.txt", created),
      put("{p}/1.0.0/b.txt", created, "other"),
      get("{p}/1.0.0/a.txt", bytes("hello")),
      get("{p}/1.0.0/b.txt", bytes("other")),
    ],
  },
  {
    row: "route.get",
    it: "reads a file and its headers",
    steps: [
      put("{p}/1.0.0/a.txt", created),
      get("{p}/1.0.0/a.txt", bytes("hello")),
      head("{p}/1.0.0/a.txt", { status: 200, headers: { "content-length": "5" } }),
    ],
  },
  {
    row: "route.project.id",
    it: "finds a project by its number and no other",
    steps: [
      put("/api/v4/projects/{project}/packages/generic/{p}/1.0/f", created),
      put("/api/v4/projects/999999/packages/generic/{p}/1.0/f", hiddenProject),
      put("/api/v4/projects/0/packages/generic/{p}/1.0/f", hiddenProject),
      get("/api/v4/projects/99999999999999999999/packages/generic/{p}/1.0/f", hiddenProject),
    ],
  },
  {
    row: "route.project.path",
    it: "finds a project by its encoded path",
    steps: [
      put("/api/v4/projects/{path}/packages/generic/{p}/1.0/f", created),
      get("/api/v4/projects/acme%2fpublic/packages/generic/{p}/1.0/f", bytes("hello")),
      get("{p}/1.0/f", bytes("hello")),
      get("/api/v4/projects/acme%2Fnothing/packages/generic/{p}/1.0/f", hiddenProject),
    ],
  },
  {
    row: "route.project.path.case",
    it: "finds it in any case",
    steps: [put("{p}/1.0/f", created), get(`/api/v4/projects/ACME%2FPublic/${generic}/{p}/1.0/f`, bytes("hello"))],
  },
  {
    row: "route.project.path.raw",
    it: "does not know a bare path",
    steps: [
      put("{p}/1.0/f", created),
      get(`/api/v4/projects/acme/public/${generic}/{p}/1.0/f`, noRoute),
      put(`/api/v4/projects/acme/public/${generic}/{p}/1.0/f`, noRoute),
    ],
  },
  {
    row: "route.methods",
    it: "does not know other methods",
    steps: [
      put("{p}/1.0/f", created),
      post("{p}/1.0/f", { ...noRoute, headers: { allow: null } }, {}),
      patch("{p}/1.0/f", { ...noRoute, headers: { allow: null } }, {}),
      request("OPTIONS", "{p}/1.0/f", noRoute),
      ...["PUT", "GET", "POST", "PATCH"].map((method) => request(method, "{p}/1.0", noRoute)),
      get("{p}/1.0/f", bytes("hello")),
    ],
  },
  {
    row: "route.unknown",
    it: "does not know other paths",
    steps: [
      ...["", "{p}"].map((rest) => get(rest, noRoute)),
      get("/API/v4/projects/{project}/packages/generic/{p}/1.0/f", { status: 404 }),
      get("/api/v4/projects/{project}/Packages/generic/{p}/1.0/f", noRoute),
      get("/api/v4/nothing-here", noRoute),
      post("/api/v4/nothing-here", noRoute, {}),
      del("{p}/", noRoute, { as: "maintainer" }),
    ],
  },
  {
    row: "route.unknown.first",
    it: "says so before it looks at credentials or the project",
    steps: [
      get("/api/v4/projects/999999/packages/generics/{p}/1.0/f", noRoute, { as: "anonymous" }),
      post("/api/v4/projects/999999/packages/generic/{p}/1.0/f", noRoute, {}, { headers: { "PRIVATE-TOKEN": "wrong" } }),
    ],
  },
  {
    row: "route.authorize",
    it: "stores a file of that name",
    steps: [
      put("{p}/1.0/authorize", created),
      get("{p}/1.0/authorize", bytes("hello")),
      put("{p}/1.0/f/authorize", created, "inner"),
      get("{p}/1.0/f/authorize", bytes("inner")),
    ],
  },
  {
    row: "route.query",
    it: "passes over parameters that it does not know",
    steps: [
      put("{p}/1.0/f?file=x&name=y&file_name=z&package_name=q&unknown", created),
      get("{p}/1.0/f?unknown=1", bytes("hello")),
    ],
  },
  {
    row: "route.query.path",
    it: "takes the directory from the query",
    steps: [
      put("{p}/1.0/f?path=dir/sub", created),
      get("{p}/1.0/dir/sub/f", bytes("hello")),
      get("{p}/1.0/f?path=dir%2Fsub", bytes("hello")),
      get("{p}/1.0/f", { status: 404 }),
    ],
  },
  {
    row: "route.headers",
    it: "adds them to refusals too, each request with an id of its own",
    steps: [
      put("{p}/1.0/f", challenged, "x", { as: "anonymous", keep: { first: "x-request-id" } }),
      put("{p}/1.0/f", challenged, "x", {
        as: "anonymous",
        check: (answer, _world, names) => {
          expect(answer.headers.get("x-request-id")?.[0]).not.toBe(names.get("first"));
        },
      }),
    ],
  },
  {
    row: "route.json",
    it: "writes both envelopes so",
    steps: [
      put("{p}/1.0/f", { status: 201, body: '{"message":"201 Created"}', headers: { "content-type": "application/json" } }),
      get("/api/v4/nothing-here", {
        status: 404,
        body: '{"error":"404 Not Found"}',
        headers: { "content-type": "application/json" },
      }),
    ],
  },
  {
    row: "route.dialects",
    it: "reads here what Gitea's client published, and there what GitLab's did",
    steps: [
      put("{p}/1.0/here.txt", created),
      get(`${gitea}/{p}/1.0/here.txt`, bytes("hello"), { as: "anonymous" }),
      put(`${gitea}/{p}/1.0/there.txt`, { status: 201 }, "there", {
        as: "anonymous",
        headers: { Authorization: "token {token:developer}" },
      }),
      get("{p}/1.0/there.txt", bytes("there")),
    ],
  },
];
