import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { startProjectServer, type ProjectServer } from "./project-server.ts";

let site: ProjectServer;
let developer: string;
let reporter: string;

beforeAll(async () => {
  site = await startProjectServer();
  developer = await site.addMember("ann", 30);
  reporter = await site.addMember("bob", 20);
});
afterAll(() => site.server.stop());

const all = "/projects/tools%2Fapp/releases";
const sha = "0123456789abcdef0123456789abcdef01234567";

/** Asks for an address of the web as it stands. */
async function visit(path: string, token: string | null): Promise<readonly [number, string | null]> {
  const headers: Record<string, string> = token === null ? {} : { "private-token": token };
  const response = await fetch(site.server.url + path, { redirect: "manual", headers });
  await response.arrayBuffer();
  return [response.status, response.headers.get("location")];
}

describe("a release", () => {
  it("is made with its links as @semantic-release/gitlab sends it, whether its tag exists or not", async () => {
    const url = `${site.server.url}/api/v4/projects/tools%2Fapp/packages/generic/release/1.0.0/My%20Asset.txt`;
    const made = await site.api("POST", all, developer, {
      tag_name: "v1.0.0", description: "<b>notes</b>\n\nmore", ref: sha,
      assets: { links: [{ name: "My Asset", url, link_type: "package", filepath: "/bin/app.txt" }, { name: "other", url: "ftp://example.com/f" }] },
    });
    const web = `${site.server.url}/tools/app/-/releases/v1.0.0`;
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      tag_name: "v1.0.0", name: "v1.0.0", description: "<b>notes</b>\n\nmore", upcoming_release: false,
      author: { username: "ann", state: "active", web_url: `${site.server.url}/ann` },
      commit: { id: sha, short_id: "01234567" }, commit_path: `/tools/app/-/commit/${sha}`, tag_path: "/tools/app/-/tags/v1.0.0",
      milestones: [], evidences: [], _links: { self: web, edit_url: `${web}/edit` },
      assets: {
        count: 2, sources: [],
        links: [
          { name: "other", url: "ftp://example.com/f", direct_asset_url: "ftp://example.com/f", link_type: "other" },
          { name: "My Asset", url, direct_asset_url: `${web}/downloads/bin/app.txt`, link_type: "package" },
        ],
      },
    });
    expect(made.body).not.toHaveProperty("description_html");
    expect(made.body.released_at).toBe(made.body.created_at);
    expect((await site.api("GET", `${all}/v1.0.0`, developer)).body).toEqual(made.body);
    const html = (await site.api("GET", `${all}/v1.0.0?include_html_description=true`, reporter)).body;
    expect(html.description_html).toBe('<p dir="auto">&lt;b&gt;notes&lt;/b&gt;</p>\n<p dir="auto">more</p>');
    expect(html._links).not.toHaveProperty("edit_url");
  });

  it("takes a slash in its tag, and input from a form", async () => {
    const form = new URLSearchParams({ tag_name: "feature/1", name: "One", released_at: "2020-01-02T03:04:05+01:00" });
    for (const name of ["a", "b"]) {
      form.append("assets[links][][name]", name);
      form.append("assets[links][][url]", `https://example.com/${name}`);
      form.append("assets[links][][direct_asset_path]", `/${name}`);
    }
    const made = await site.api("POST", all, developer, form);
    expect([made.status, made.body.released_at, made.body.assets.count, made.body.commit.id]).toEqual([201, "2020-01-02T02:04:05.000Z", 2, null]);
    expect(made.body.assets.links[0].direct_asset_url).toBe(`${site.server.url}/tools/app/-/releases/feature%2F1/downloads/b`);
    expect((await site.api("GET", `${all}/feature%2F1`, developer)).body.name).toBe("One");
  });

  it("is refused in GitLab's words", async () => {
    const link = { name: "a", url: "https://example.com/a" };
    for (const [input, status, body] of [
      [{ tag_name: "v1.0.0" }, 409, { message: "Release already exists" }],
      [{ tag_name: "v2", milestones: ["m1", "m2"] }, 400, { message: "Milestone(s) not found: m1, m2" }],
      [{ tag_name: "v2", assets: { links: [link, link] } }, 400, { message: "Validation failed: Links have duplicate values (a)" }],
      [{ tag_name: "v2", assets: { links: [{ ...link, url: "x:y" }] } }, 400, { message: "Validation failed: Links url is blocked: Only allowed schemes are http, https, ftp" }],
      [{ tag_name: "v2", released_at: "tomorrow" }, 400, { error: "released_at is invalid" }],
      [{ name: "v2" }, 400, { error: "tag_name is missing" }],
    ] as const) {
      const refused = await site.api("POST", all, developer, input);
      expect([refused.status, refused.body]).toEqual([status, body]);
    }
    expect((await site.api("GET", `${all}/v2`, developer)).body).toEqual({ message: "404 Not Found" });
  });

  it("is changed by field, and tells when nothing is", async () => {
    const changed = await site.api("PUT", `${all}/v1.0.0`, developer, { name: "First", milestones: [] });
    expect([changed.status, changed.body.name, changed.body.description]).toEqual([200, "First", "<b>notes</b>\n\nmore"]);
    const empty = await site.api("PUT", `${all}/v1.0.0`, developer, {});
    expect([empty.status, empty.body]).toEqual([400, { message: "params is empty" }]);
    expect((await site.api("PUT", `${all}/none`, developer, { name: "x" })).status).toBe(404);
  });

  it("is listed by time and page", async () => {
    const tags = async (query: string) => {
      const { body, headers } = await site.api("GET", `${all}?${query}`, reporter);
      return [body.map((release: { tag_name: string }) => release.tag_name), headers.get("x-total"), headers.get("x-next-page")];
    };
    expect(await tags("")).toEqual([["v1.0.0", "feature/1"], "2", ""]);
    expect(await tags("order_by=created_at&per_page=1")).toEqual([["feature/1"], "2", "2"]);
    expect(await tags("sort=asc&per_page=1&page=2")).toEqual([["v1.0.0"], "2", ""]);
    expect((await site.api("GET", `${all}?order_by=name`, reporter)).body).toEqual({ error: "order_by does not have a valid value" });
  });

  it("belongs to developers, job tokens among them, and is read by who reads the project", async () => {
    const [stranger, job] = [await site.addMember("eve", 0), await site.addJobToken("ann")];
    const post = (token: string | null) => site.api("POST", all, token, { tag_name: "by-job" });
    const statuses = async (method: string, path: string) => {
      const found = [];
      for (const token of [null, stranger, reporter]) found.push((await site.api(method, path, token, method === "GET" ? undefined : { tag_name: "x", name: "x" })).status);
      return found;
    };
    expect(await statuses("GET", all)).toEqual([404, 404, 200]);
    expect(await statuses("POST", all)).toEqual([404, 404, 403]);
    expect(await statuses("PUT", `${all}/v1.0.0`)).toEqual([404, 404, 403]);
    expect(await statuses("DELETE", `${all}/v1.0.0`)).toEqual([404, 404, 403]);
    expect((await post(job)).status).toBe(201);
    const deleted = await site.api("DELETE", `${all}/by-job`, job);
    expect([deleted.status, deleted.body.tag_name]).toEqual([200, "by-job"]);
    expect((await site.api("GET", `${all}/by-job`, job)).status).toBe(404);
    expect((await site.api("GET", all, null)).body).toEqual({ message: "404 Project Not Found" });
  });
});

describe("an asset link", () => {
  const links = `${all}/v1.0.0/assets/links`;

  it("is added, read, changed and deleted", async () => {
    const made = await site.api("POST", links, developer, { name: "tool", url: "https://example.com/t", direct_asset_path: "/bin/tool", link_type: "runbook" });
    const downloads = `${site.server.url}/tools/app/-/releases/v1.0.0/downloads`;
    const link = { id: made.body.id, name: "tool", url: "https://example.com/t", direct_asset_url: `${downloads}/bin/tool`, link_type: "runbook" };
    expect([made.status, made.body]).toEqual([201, link]);
    const one = `${links}/${made.body.id}`;
    expect((await site.api("GET", one, reporter)).body).toEqual(link);
    const changed = await site.api("PUT", one, developer, { url: "https://example.com/u", filepath: "/bin/u" });
    expect([changed.status, changed.body]).toEqual([200, { ...link, url: "https://example.com/u", direct_asset_url: `${downloads}/bin/u` }]);
    expect((await site.api("GET", `${links}?per_page=1`, reporter)).body).toEqual([changed.body]);
    expect((await site.api("GET", links, reporter)).body).toHaveLength(3);
    const deleted = await site.api("DELETE", one, developer);
    expect([deleted.status, deleted.body]).toEqual([200, changed.body]);
    expect((await site.api("GET", one, reporter)).status).toBe(404);
  });

  it("is refused with a list of what is wrong", async () => {
    for (const [input, body] of [
      [{ name: "other", url: "https://example.com/new" }, { message: ["Name has already been taken"] }],
      [{ name: "new", url: "ftp://example.com/f" }, { message: ["Url has already been taken"] }],
      [{ name: "new", url: "https://example.com/new", filepath: "/bin/app.txt" }, { message: ["Filepath has already been taken"] }],
      [{ name: "new", url: "https://example.com/new", filepath: "bin" }, { message: ["Filepath is invalid"] }],
      [{ name: "", url: "https://example.com/new" }, { message: ["Name can't be blank"] }],
      [{ name: "new" }, { error: "url is missing" }],
    ] as const) {
      const refused = await site.api("POST", links, developer, input);
      expect([refused.status, refused.body]).toEqual([400, body]);
    }
    const [first] = (await site.api("GET", links, developer)).body;
    const unchanged = await site.api("PUT", `${links}/${first.id}`, developer, { link_type: "image" });
    expect([unchanged.status, unchanged.body]).toEqual([400, { error: "name, url are missing, at least one parameter must be provided" }]);
    expect((await site.api("GET", `${links}/x`, developer)).body).toEqual({ error: "link_id is invalid" });
    for (const path of [`${links}/0`, `${links}/999999`, `${all}/feature%2F1/assets/links/${first.id}`])
      expect((await site.api("GET", path, developer)).status).toBe(404);
    expect((await site.api("POST", `${all}/none/assets/links`, developer, { name: "a", url: "https://example.com" })).status).toBe(404);
    expect((await site.api("POST", links, reporter, { name: "a", url: "https://example.com" })).status).toBe(403);
  });
});

describe("the address of an asset", () => {
  const releases = "/tools/app/-/releases";

  it("leads to where the link points, from the API and the web", async () => {
    const target = `${site.server.url}/api/v4/projects/tools%2Fapp/packages/generic/release/1.0.0/My%20Asset.txt`;
    expect(await visit(`${releases}/v1.0.0/downloads/bin/app.txt`, reporter)).toEqual([302, target]);
    expect(await visit(`/api/v4${all}/v1.0.0/downloads/bin/app.txt`, reporter)).toEqual([302, target]);
    expect(await visit(`/TOOLS/app/-/releases/feature%2F1/downloads/b`, reporter)).toEqual([302, "https://example.com/b"]);
    for (const path of ["/v1.0.0/downloads/none", "/none/downloads/bin/app.txt", "/v1.0.0/downloads", "/v1.0.0/downloads/"])
      expect((await visit(releases + path, reporter))[0]).toBe(404);
  });

  it("leads on the web only", async () => {
    await site.api("POST", `${all}/v1.0.0/assets/links`, developer, { name: "ftp", url: "ftp://example.com/g", filepath: "/ftp" });
    expect((await visit(`${releases}/v1.0.0/downloads/ftp`, reporter))[0]).toBe(404);
  });

  it("finds the latest release, what is to come left out, and keeps the query but for credentials", async () => {
    await site.api("POST", all, developer, { tag_name: "v9/later", released_at: "2999-01-01" });
    expect((await site.api("GET", `${all}/v9%2Flater`, developer)).body.upcoming_release).toBe(true);
    const api = `${site.server.url}/api/v4/projects/${site.projectId}/releases/v1.0.0`;
    expect(await visit(`/api/v4${all}/permalink/latest`, reporter)).toEqual([302, api]);
    expect(await visit(`/api/v4${all}/permalink/latest/assets/links?per_page=1&order_by=released_at&private_token=${reporter}`, null))
      .toEqual([302, `${api}/assets/links?per_page=1`]);
    expect(await visit(`${releases}/permalink/latest/downloads/bin/app.txt`, reporter))
      .toEqual([302, `${site.server.url}${releases}/v1.0.0/downloads/bin/app.txt`]);
  });

  it("is open to all when the project is, and to nobody else when not", async () => {
    const paths = [`${releases}/v1.0.0/downloads/bin/app.txt`, `${releases}/permalink/latest/downloads/bin/app.txt`];
    for (const path of paths) expect((await visit(path, null))[0]).toBe(401);
    expect((await visit(`/api/v4${all}/v1.0.0/downloads/bin/app.txt`, null))[0]).toBe(404);
    await site.setVisibility("public");
    for (const path of paths) expect((await visit(path, null))[0]).toBe(302);
    expect((await site.api("GET", all, null)).status).toBe(200);
    expect((await site.api("POST", all, null, { tag_name: "x" })).status).toBe(403);
    expect((await site.api("POST", all, "glpat-wrong", { tag_name: "x" })).status).toBe(401);
  });
});

describe("projects deep below", () => {
  it("have addresses of their own, up to eight parts", async () => {
    const { metadata } = site.server.stores;
    let parentId = site.groupId;
    for (const kind of ["group", "group", "group", "group", "group", "group", "project"] as const) {
      const created = await metadata.tree.create({ kind, parentId, name: "deep", id: null, visibility: "public", fullName: "", description: "", ownerId: null, nowMs: 1 });
      if (created.outcome !== "created") throw new Error(created.outcome);
      parentId = created.namespace.id;
    }
    const { token } = site.server.admin;
    const links = [{ name: "a", url: "https://example.com/a", filepath: "/a/b" }];
    expect((await site.api("POST", `/projects/${parentId}/releases`, token, { tag_name: "v1", assets: { links } })).status).toBe(201);
    const path = ["tools", ...Array.from({ length: 7 }, () => "deep")].join("/");
    expect(await visit(`/${path}/-/releases/v1/downloads/a/b`, null)).toEqual([302, "https://example.com/a"]);
  });
});
