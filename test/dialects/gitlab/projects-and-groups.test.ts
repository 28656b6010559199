import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { startProjectServer, type ProjectServer } from "./project-server.ts";

let site: ProjectServer;
let root: string;
let developer: string;
let stranger: string;

beforeAll(async () => {
  site = await startProjectServer();
  root = site.server.admin.token;
  developer = await site.addMember("dev", 30);
  stranger = await site.addMember("stranger", 0);
});
afterAll(() => site.server.stop());

async function make(what: "groups" | "projects" | "users", body: object, token = root): Promise<{ id: number; full_path: string }> {
  const made = await site.api("POST", `/${what}`, token, body);
  if (made.status !== 201) throw new Error(`${made.status} ${JSON.stringify(made.body)}`);
  return made.body;
}
const idsOf = async (path: string, token: string | null): Promise<readonly number[]> =>
  ((await site.api("GET", path, token)).body as readonly { id: number }[]).map(({ id }) => id);

describe("a project that moved", () => {
  it("leads all routes of the project to its number, for those who may see it, and repeats no secret", async () => {
    const group = await make("groups", { name: "m", path: "moving", visibility: "public" });
    const sub = await make("groups", { name: "s", path: "sub", parent_id: group.id, visibility: "public" });
    const project = await make("projects", { path: "p", namespace_id: sub.id });
    expect((await site.api("PUT", `/groups/${sub.id}`, root, { path: "elsewhere" })).body.full_path).toBe("moving/elsewhere");
    for (const rest of ["", "/packages?per_page=3", "/packages/generic/a/1/f", "/variables/x", "/members/all"]) {
      const seen = await site.api("GET", `/projects/moving%2Fsub%2Fp${rest}`, root);
      expect([rest, seen.status, seen.headers.get("location")]).toEqual([rest, 301, `${site.server.url}/api/v4/projects/${project.id}${rest}`]);
    }
    expect((await site.api("PUT", "/projects/moving%2Fsub%2Fp/packages/generic/a/1/f", root, new Uint8Array(1))).status).toBe(405);
    expect((await site.api("GET", "/projects/moving%2Fsub%2Fp", stranger)).status).toBe(404);
    expect((await site.api("DELETE", "/projects/moving%2Fsub%2Fp", stranger)).status).toBe(404);
    const withToken = await site.api("GET", `/projects/moving%2Fsub%2Fp?private_token=${root}&simple=true`, null);
    expect(withToken.headers.get("location")).toBe(`${site.server.url}/api/v4/projects/${project.id}?simple=true`);
    expect((await site.api("GET", "/groups/moving%2Fsub", root)).status).toBe(404);
  });
});

describe("creating a project", () => {
  it("refuses what could not be seen: nothing is looser than what is above it", async () => {
    const group = await make("groups", { name: "i", path: "inside", visibility: "internal" });
    const refused = await site.api("POST", "/projects", root, { path: "p", namespace_id: group.id, visibility: "public" });
    expect([refused.status, refused.body]).toEqual([400, { message: { visibility_level: ["public is not allowed in a internal group."] } }]);
    const project = await make("projects", { path: "p", namespace_id: group.id, visibility: "internal" });
    expect((await site.api("PUT", `/projects/${project.id}`, root, { visibility: "public" })).status).toBe(400);
    expect((await site.api("POST", "/groups", root, { name: "x", path: "x", parent_id: group.id, visibility: "public" })).status).toBe(400);
  });

  it("is for nobody else's namespace, and for an administrator in anybody's", async () => {
    const { body: user } = await site.api("GET", "/users?username=dev", root);
    const target = { path: "mine", namespace_id: user[0].id };
    const refused = await site.api("POST", "/projects", stranger, target);
    expect([refused.status, refused.body]).toEqual([400, { message: { namespace: ["is not valid"] } }]);
    expect((await site.api("POST", `/projects/user/${user[0].id}`, stranger, { path: "mine" })).status).toBe(403);
    const made = await site.api("POST", `/projects/user/${user[0].id}`, root, { path: "mine" });
    expect([made.status, made.body.path_with_namespace, made.body.owner.username]).toEqual([201, "dev/mine", "dev"]);
    const own = await site.api("GET", `/projects/${made.body.id}`, developer);
    expect(own.body.permissions).toEqual({ project_access: { access_level: 50, notification_level: 3 }, group_access: null });
    expect(await idsOf("/users/dev/projects", developer)).toEqual([made.body.id]);
    expect(await idsOf("/users/dev/projects", null)).toEqual([]);
    expect((await site.api("GET", "/users/tools/projects", root)).body).toEqual({ message: "404 User Not Found" });
    expect((await site.api("POST", `/projects`, root, { path: "p", namespace_id: made.body.id })).status).toBe(400);
  });

  it("is not for the namespace of a bot, which goes with its tokens", async () => {
    const { id } = await make("projects", { path: "worked-for", namespace_id: site.groupId });
    const { body: token } = await site.api("POST", `/projects/${id}/access_tokens`, root, {
      name: "bot", scopes: ["api"], access_level: 40, expires_at: "2099-01-01",
    });
    for (const [secret, more] of [[token.token, {}], [root, { namespace_id: token.user_id }]] as const) {
      const refused = await site.api("POST", "/projects", secret, { path: "p", ...more });
      expect([refused.status, refused.body]).toEqual([400, { message: { namespace: ["is not valid"] } }]);
    }
    expect((await site.api("DELETE", `/projects/${id}`, root)).status).toBe(202);
    expect((await site.api("GET", "/user", token.token)).status).toBe(401);
  });

  it("tells a taken path thrice, and a bad one once", async () => {
    const taken = await site.api("POST", "/projects", root, { path: "APP", namespace_id: site.groupId });
    const already = ["has already been taken"];
    expect([taken.status, taken.body]).toEqual([400, { message: { "project_namespace.name": already, name: already, path: already } }]);
    const bad = await site.api("POST", "/projects", root, { path: "a.git", namespace_id: site.groupId });
    expect([bad.status, Object.keys(bad.body.message)]).toEqual([400, ["path"]]);
    expect((await site.api("POST", "/projects", root, { name: "日本" })).status).toBe(400);
  });

  it("keeps the access of its packages from the beginning, by either name", async () => {
    const group = await make("groups", { name: "a", path: "access" });
    for (const [body, wanted] of [
      [{ package_registry_access_level: "public" }, ["public", true]],
      [{ packages_enabled: false }, ["disabled", false]],
      [{}, ["enabled", true]],
    ] as const) {
      const { body: made } = await site.api("POST", "/projects", root, { path: `p-${wanted[0]}`, namespace_id: group.id, ...body });
      expect([made.package_registry_access_level, made.packages_enabled]).toEqual(wanted as never);
    }
  });

  it("takes the numbers 1 to 2^40 from administrators", async () => {
    expect((await site.api("POST", "/projects", root, { path: "far", id: 2 ** 40 + 1 })).status).toBe(400);
    const used = await site.api("POST", "/projects", root, { path: "far", id: site.projectId });
    expect([used.status, used.body]).toEqual([400, { message: { id: ["has already been taken"] } }]);
  });
});

describe("changing a project", () => {
  it("leaves a group that is addressed as a project to its owners, and its path as it is", async () => {
    const group = await make("groups", { name: "g", path: "keep" });
    const { body: dev } = await site.api("GET", "/users?username=dev", root);
    await site.api("POST", `/groups/${group.id}/members`, root, { user_id: dev[0].id, access_level: 40 });
    expect((await site.api("PUT", `/projects/${group.id}`, developer, { description: "x" })).status).toBe(403);
    expect((await site.api("PUT", `/projects/${group.id}`, root, { path: "y" })).status).toBe(400);
    expect((await site.api("PUT", `/projects/${group.id}`, root, { description: "x" })).status).toBe(200);
    expect((await site.api("DELETE", `/projects/${group.id}`, root)).status).toBe(404);
    expect((await site.api("GET", `/groups/${group.id}`, root)).status).toBe(200);
  });
});

describe("lists", () => {
  it("go by id both ways without counting, and only by id", async () => {
    const group = await make("groups", { name: "k", path: "keyset" });
    const ids: number[] = [];
    for (const path of ["a", "b", "c"]) ids.push((await make("projects", { path, namespace_id: group.id })).id);
    const first = await site.api("GET", `/groups/${group.id}/projects?pagination=keyset&order_by=id&per_page=2`, root);
    expect([first.body.map(({ id }: { id: number }) => id), first.headers.get("link")]).toEqual([
      [ids[2], ids[1]],
      expect.stringContaining(`id_before=${ids[1]}`),
    ]);
    expect(await idsOf(`/groups/${group.id}/projects?pagination=keyset&order_by=id&per_page=2&id_before=${ids[1]}`, root)).toEqual([ids[0] ?? 0]);
    expect((await site.api("GET", "/projects?pagination=keyset", root)).status).toBe(405);
  });

  it("show groups at every height to those who may see them", async () => {
    const top = await make("groups", { name: "Top", path: "heights", visibility: "public" });
    const mid = await make("groups", { name: "Mid", path: "mid", parent_id: top.id, visibility: "public" });
    const low = await make("groups", { name: "Low", path: "low", parent_id: mid.id });
    expect(await idsOf(`/groups/${top.id}/descendant_groups?order_by=id`, root)).toEqual([mid.id, low.id]);
    expect(await idsOf(`/groups/${top.id}/descendant_groups`, null)).toEqual([mid.id]);
    expect(await idsOf(`/groups/${top.id}/subgroups`, root)).toEqual([mid.id]);
    expect((await site.api("GET", `/groups/${low.id}`, root)).body.full_name).toBe("Top / Mid / Low");
    expect((await site.api("DELETE", `/groups/${mid.id}`, root)).status).toBe(400);
  });

  it("show a private group to the members of a project in it, and of that group no more than they may read", async () => {
    const top = await make("groups", { name: "t", path: "closed" });
    const mid = await make("groups", { name: "m", path: "mid", parent_id: top.id });
    const project = await make("projects", { path: "p", namespace_id: mid.id });
    const other = await make("projects", { path: "o", namespace_id: mid.id });
    const of = `/groups/${top.id}`;
    const carl = await site.addMember("carl", 0);
    expect((await site.api("GET", of, carl)).status).toBe(404);
    await site.api("POST", `/projects/${project.id}/members`, root, { username: "carl", access_level: 10 });
    for (const id of [top.id, mid.id, project.id, other.id])
      expect((await site.api("PUT", `/projects/${id}/packages/generic/a/1/f`, root, new Uint8Array(1))).status).toBe(201);
    expect((await site.api("GET", of, carl)).body.full_path).toBe("closed");
    expect(await idsOf(`${of}/projects?include_subgroups=true`, carl)).toEqual([project.id]);
    expect(await idsOf(`${of}/descendant_groups`, carl)).toEqual([mid.id]);
    const packages = await site.api("GET", `${of}/packages`, carl);
    expect(packages.body.map(({ project_id }: { project_id: number }) => project_id)).toEqual([project.id]);
    for (const path of [`/projects/${top.id}/packages`, `/projects/${top.id}`, `/projects/${other.id}`])
      expect([path, (await site.api("GET", path, carl)).status]).toEqual([path, 404]);
    for (const token of [stranger, null]) expect((await site.api("GET", of, token)).body).toEqual({ message: "404 Group Not Found" });
  });

  it("name the namespaces that the caller has a place in", async () => {
    const { body } = await site.api("GET", "/namespaces", stranger);
    expect(body).toEqual([
      { id: expect.any(Number), name: "stranger", path: "stranger", kind: "user", full_path: "stranger", parent_id: null, avatar_url: null, web_url: `${site.server.url}/stranger` },
    ]);
    expect((await site.api("GET", "/namespaces/tools", root)).body.kind).toBe("group");
    for (const [path, token] of [["tools", stranger], ["tools%2Fapp", root], ["nothing", root]] as const)
      expect([path, (await site.api("GET", `/namespaces/${path}`, token)).status]).toEqual([path, 404]);
  });
});

describe("what cannot be here", () => {
  it("answers who may read the project, also with a job token", async () => {
    const job = await site.addJobToken("dev");
    const of = `/projects/${site.projectId}`;
    expect((await site.api("GET", `${of}/repository/commits/abc/merge_requests`, job)).body).toEqual([]);
    expect((await site.api("GET", `${of}/repository/tags/v1%2E0`, job)).body).toEqual({ message: "404 Tag Not Found" });
    expect((await site.api("GET", `${of}/merge_requests/1/closes_issues`, developer)).status).toBe(404);
    expect((await site.api("GET", `${of}/repository/tags`, stranger)).body).toEqual({ message: "404 Project Not Found" });
  });
});
