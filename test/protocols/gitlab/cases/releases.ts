import { expect } from "bun:test";
import { forbidden, message, noProject, problem } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { del, get, post, type Exchange, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { instant, keep, lists } from "./steps.ts";

const releases = "{api}/releases";
const project = "fresh";
const make = (tag: string, send: object = {}, expectation: Expectation = { status: 201 }, as = "developer") => post(releases, expectation, { tag_name: tag, ...send }, { as });
const like = (status: number, jsonLike: object): Expectation => ({ status, jsonLike });
const change = (target: string, expectation: Expectation, send: object, as = "developer"): Exchange => ({ method: "PUT", target, expect: expectation, send, as });
const missing: Expectation = { status: 404, body: /^\{"message":"404 / };
const taken: Expectation = { status: 400, body: /has already been taken/ };
const links = `${releases}/v1/assets/links`;
const link = (name: string, more: object = {}, expectation: Expectation = { status: 201 }, target = links) =>
  post(target, expectation, { name, url: `https://files.example.com/${name}`, ...more }, { check: expectation.status === 201 ? keep({ lnk: "id" }) : () => undefined });

export const releaseCases: readonly ProtocolCase[] = [
  {
    row: "releases.create",
    it: "makes a release of any tag",
    project,
    steps: [
      make("v1.0.0", { name: "First", description: "all new", ref: "main", released_at: "2020-03-15T08:00:00Z" }, like(201, { tag_name: "v1.0.0", name: "First", description: "all new", released_at: "2020-03-15T08:00:00.000Z" })),
      make("v1.0.1", { assets: { links: [{ name: "tool", url: "https://files.example.com/tool", link_type: "package", filepath: "/bin/tool" }] } }, like(201, { tag_name: "v1.0.1", name: "v1.0.1", assets: { count: 1, links: [{ name: "tool", link_type: "package" }] } })),
    ],
  },
  {
    row: "releases.shape",
    it: "answers the whole release",
    project,
    steps: [
      make("v1", {}, like(201, {
        tag_name: "v1",
        name: "v1",
        created_at: expect.stringMatching(instant),
        released_at: expect.stringMatching(instant),
        upcoming_release: false,
        author: { id: expect.any(Number), username: "developer", name: "developer", state: "active", web_url: "{root}/developer" },
        assets: { count: 0, sources: [], links: [] },
        _links: { self: expect.stringMatching(/\/-\/releases\/v1$/) },
      })),
      get(`${releases}/v1`, { status: 200 }, { check: (answer) => expect(Object.keys(fields(answer))).toContain("description") }),
      make("v2", { released_at: "2099-01-01T00:00:00Z" }, like(201, { upcoming_release: true })),
    ],
  },
  {
    row: "releases.create.missing",
    it: "wants a tag",
    project,
    steps: [post(releases, problem(400, "tag_name is missing"), { name: "x" })],
  },
  {
    row: "releases.create.taken",
    it: "has one release of a tag",
    project,
    steps: [make("v1"), make("v1", {}, message(409, "Release already exists")), make("V1")],
  },
  {
    row: "releases.list",
    it: "lists the latest first",
    project,
    steps: [
      make("a", { released_at: "2021-01-01T00:00:00Z" }),
      make("b", { released_at: "2023-01-01T00:00:00Z" }),
      make("c", { released_at: "2022-01-01T00:00:00Z" }),
      lists(releases, "tag_name", ["b", "c", "a"]),
      lists(`${releases}?sort=asc`, "tag_name", ["a", "c", "b"]),
      lists(`${releases}?order_by=created_at`, "tag_name", ["c", "b", "a"]),
      get(`${releases}?per_page=2`, { status: 200, headers: { "x-total": "3", "x-next-page": "2" } }),
      get(`${releases}?order_by=name`, problem(400, "order_by does not have a valid value")),
    ],
  },
  {
    row: "releases.get",
    it: "is found by its tag",
    project,
    steps: [
      make("release/1.0+x"),
      get(`${releases}/release%2F1.0%2Bx`, like(200, { tag_name: "release/1.0+x" })),
      get(`${releases}/v9`, missing),
    ],
  },
  {
    row: "releases.update",
    it: "changes what is given",
    project,
    steps: [
      make("v1", { name: "First", description: "old" }),
      change(`${releases}/v1`, like(200, { name: "First", description: "new" }), { description: "new" }),
      change(`${releases}/v1`, like(200, { name: "Second", description: "new", released_at: "2020-01-01T00:00:00.000Z" }), { name: "Second", released_at: "2020-01-01T00:00:00Z" }),
      change(`${releases}/v9`, missing, { name: "x" }),
    ],
  },
  {
    row: "releases.delete",
    it: "goes with its links",
    project,
    steps: [make("v1"), link("tool"), del(`${releases}/v1`, like(200, { tag_name: "v1" })), get(`${releases}/v1`, missing), del(`${releases}/v1`, missing), make("v1", {}, like(201, { assets: { count: 0 } }))],
  },
  {
    row: "releases.role",
    it: "is for developers",
    steps: [
      ...["reporter", "guest", "stranger", "anonymous"].map((as) => make("{p}", {}, forbidden, as)),
      post("/api/v4/projects/{id:private}/releases", noProject, { tag_name: "{p}" }, { as: "stranger" }),
      make("{p}"),
      change(`${releases}/{p}`, forbidden, { name: "x" }, "reporter"),
      del(`${releases}/{p}`, forbidden, { as: "reporter" }),
      post(`${releases}/{p}/assets/links`, forbidden, { name: "x", url: "https://files.example.com/x" }, { as: "reporter" }),
    ],
  },
  {
    row: "releases.read",
    it: "is for those who may read",
    steps: [
      make("{p}"),
      ...["", "/{p}", "/{p}/assets/links"].map((rest) => get(`${releases}${rest}`, { status: 200 }, { as: "anonymous" })),
      get("/api/v4/projects/{id:private}/releases", { status: 200 }, { as: "guest" }),
      get("/api/v4/projects/{id:private}/releases", noProject, { as: "anonymous" }),
    ],
  },
  {
    row: "releases.job-token",
    it: "is made by jobs",
    project,
    steps: [
      post(releases, { status: 201 }, { tag_name: "v1" }, { as: "job" }),
      get(`${releases}/v1`, like(200, { author: { username: "developer" } }), { as: "job" }),
      post(links, { status: 201 }, { name: "x", url: "https://files.example.com/x" }, { as: "job" }),
      post("/api/v4/projects/{id:private}/releases", { status: 404 }, { tag_name: "{p}" }, { as: "job" }),
    ],
  },
  {
    row: "releases.links",
    it: "has links",
    project,
    steps: [
      make("v1"),
      link("tool", { link_type: "package", direct_asset_path: "/bin/tool" }, like(201, { id: expect.any(Number), name: "tool", url: "https://files.example.com/tool", link_type: "package" })),
      get(`${links}/{lnk}`, like(200, { name: "tool" })),
      change(`${links}/{lnk}`, like(200, { name: "tool two", link_type: "package" }), { name: "tool two" }),
      link("notes", { filepath: "/notes" }, like(201, { link_type: "other" })),
      get(links, { status: 200 }, { check: (answer) => expect(answer.text).toMatch(/tool two.*notes|notes.*tool two/) }),
      del(`${links}/{lnk}`, like(200, { name: "notes" })),
      lists(links, "name", ["tool two"]),
      get(`${links}/{lnk}`, missing),
      get(`${releases}/v1`, like(200, { assets: { count: 1, links: [{ name: "tool two" }] } })),
      get(`${releases}/v9/assets/links`, missing),
    ],
  },
  {
    row: "releases.links.taken",
    it: "has each name, address and path once",
    project,
    steps: [
      make("v1"),
      link("a", { filepath: "/a" }),
      link("a", { url: "https://files.example.com/other" }, taken),
      link("b", { url: "https://files.example.com/a" }, taken),
      link("c", { filepath: "/a" }, taken),
      make("v2"),
      link("a", { filepath: "/a" }, { status: 201 }, `${releases}/v2/assets/links`),
    ],
  },
  {
    row: "releases.links.refused",
    it: "wants a name and an address",
    project,
    steps: [
      make("v1"),
      post(links, problem(400, "name is missing"), { url: "https://files.example.com/x" }),
      post(links, problem(400, "url is missing"), { name: "x" }),
      ...["javascript:alert(1)", "file:///etc/passwd", "no address"].map((url) => post(links, { status: 400 }, { name: "x", url })),
      post(links, problem(400, "link_type does not have a valid value"), { name: "x", url: "https://files.example.com/x", link_type: "floppy" }),
      make("v3", { assets: { links: [{ name: "x", url: "javascript:alert(1)" }] } }, { status: 400 }),
      get(`${releases}/v3`, missing),
      post(links, { status: 201 }, { name: "x", url: "ftp://files.example.com/x" }),
    ],
  },
  {
    row: "releases.links.direct",
    it: "has an address of its own",
    project,
    steps: [
      make("v1"),
      link("a", { direct_asset_path: "/bin/a" }, { status: 201, body: /"direct_asset_url":"http:[^"]+\/acme\/fresh-\d+\/-\/releases\/v1\/downloads\/bin\/a"/ }),
      link("b", {}, like(201, { direct_asset_url: "https://files.example.com/b" })),
    ],
  },
  {
    row: "releases.downloads",
    it: "leads to the link",
    steps: [
      make("{p}"),
      link("{p}tool", { direct_asset_path: "/bin/tool" }, { status: 201 }, `${releases}/{p}/assets/links`),
      ...[`${releases}/{p}/downloads`, "/acme/public/-/releases/{p}/downloads"].flatMap((target) => [
        get(`${target}/bin/tool`, { status: 302, headers: { location: "https://files.example.com/{p}tool" } }, { as: "anonymous" }),
        get(`${target}/bin/other`, { status: 404 }, { as: "anonymous" }),
      ]),
    ],
  },
  {
    row: "releases.latest",
    it: "leads to the latest",
    project,
    steps: [
      get(`${releases}/permalink/latest`, { status: 404 }),
      make("new+1", { released_at: "2023-01-01T00:00:00Z" }),
      make("old", { released_at: "2021-01-01T00:00:00Z" }),
      make("to-come", { released_at: "2099-01-01T00:00:00Z" }),
      get(`${releases}/permalink/latest`, { status: 302, headers: { location: /\/api\/v4\/projects\/\d+\/releases\/new%2B1$/ } }),
      get(`${releases}/permalink/latest/downloads/bin/tool`, { status: 302, headers: { location: /\/releases\/new%2B1\/downloads\/bin\/tool$/ } }),
    ],
  },
];
