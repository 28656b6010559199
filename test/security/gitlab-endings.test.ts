import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { idOf, marker, openTown, type Place, type Town } from "./gitlab-places.ts";
import { ofProject, publish } from "./gitlab-rows.ts";

let town: Town;
let aheadMs = 0;
const dayMs = 86_400_000;

beforeAll(async () => {
  town = await openTown({}, { clock: { nowMs: () => Date.now() + aheadMs } });
}, 60_000);
afterAll(async () => await town.site.server.stop());

const as = (token: string): Record<string, string> => ({ "private-token": token });
const day = (ahead: number): string => new Date(Date.now() + aheadMs + ahead * dayMs).toISOString().slice(0, 10);

describe("rights that end by themselves", () => {
  test("are gone when their day has come: memberships, personal, project, deploy and job tokens", async () => {
    const place = await town.place("ending", "private");
    const project = ofProject(place);
    const file = `${project}/packages/generic/p/1.0/f`;
    await publish(town, project, "p");
    const user_id = await town.person("temporary");
    await town.make("POST", `${project}/members`, { user_id, access_level: 40, expires_at: day(1) });
    const terms = { name: "t", scopes: ["api"], expires_at: day(1) };
    const member = (await town.mint("temporary", ["api"])).secret;
    const text = async (path: string, body: unknown): Promise<string> => String((await town.make("POST", path, body))["token"]);
    const headers: readonly (readonly [string, Record<string, string>, number])[] = [
      ["member", as(member), 404],
      ["personal", as(await text(`/api/v4/users/${idOf(town.userIds, "chief")}/personal_access_tokens`, terms)), 401],
      ["project", as(await text(`${project}/access_tokens`, terms)), 401],
      ["deploy", { "deploy-token": await text(`${project}/deploy_tokens`, { name: "d", scopes: ["write_package_registry"], expires_at: day(1) }) }, 401],
      ["job", { "job-token": await text("/api/stowage/v1/job-tokens", { user: "root", namespace: place.project.path, expires_in_seconds: 86_400 }) }, 401],
    ];
    for (const [who, credentials] of headers) expect([who, (await town.ask("PUT", file, credentials, "x")).status]).toEqual([who, 201]);
    aheadMs += 2 * dayMs;
    // The server does this each minute by itself.
    await town.site.server.stores.metadata.members.removeExpired(Date.now() + aheadMs);
    const before = town.site.records();
    for (const [who, credentials, status] of headers)
      for (const [method, path] of [["GET", file], ["PUT", file], ["DELETE", file], ["GET", project]] as const) {
        // A deploy token is none on the project's own routes.
        const wanted = who === "deploy" && path === project ? 404 : status;
        expect([who, method, path, (await town.ask(method, path, credentials, method === "PUT" ? "x" : undefined)).status]).toEqual([who, method, path, wanted]);
      }
    expect(town.site.records()).toBe(before);
  });
});

describe("a path that a project had before", () => {
  let old: Place;
  let fileId = 0;
  let owner = "";
  let stranger = "";
  let guest = "";
  let job: Record<string, string>;
  const byPath = (path: string): string => `/api/v4/projects/${encodeURIComponent(path)}`;

  beforeAll(async () => {
    old = await town.place("moving", "private");
    for (const [name, level] of [["owner", 50], ["guest", 10]] as const) await town.member(old.group.id, name, level);
    [owner, stranger, guest] = [(await town.mint("owner", ["api"])).secret, (await town.mint("stranger", ["api"])).secret, (await town.mint("guest", ["api"])).secret];
    ({ fileId } = await publish(town, ofProject(old), "p"));
    job = { "job-token": String((await town.make("POST", "/api/stowage/v1/job-tokens", { user: "owner", namespace: "moving/tools" }))["token"]) };
    await town.make("PUT", ofProject(old), { path: "renamed" });
  });

  test("leads those who see the project on, tells nobody else of it, and is good for no change", async () => {
    const before = town.site.records();
    const paths = ["", "/packages", "/packages/generic/p/1.0/f", "/variables", "/members", "/releases", "/access_tokens"];
    for (const rest of paths) {
      const led = await town.ask("GET", byPath("moving/tools") + rest, as(owner));
      expect([rest, led.status, led.headers.get("location")]).toEqual([rest, 301, `${town.site.url}${ofProject(old)}${rest}`]);
      expect(led.text).not.toContain(marker);
      for (const token of [stranger, undefined]) {
        const credentials = token === undefined ? {} : as(token);
        const hidden = await town.ask("GET", byPath("moving/tools") + rest, credentials);
        const absent = await town.ask("GET", byPath("moving/toolz") + rest, credentials);
        expect([rest, hidden.status, hidden.text, hidden.headers.get("location")]).toEqual([rest, absent.status, absent.text, null]);
      }
    }
    const changes: readonly (readonly [string, string, unknown?])[] = [
      ["PUT", ""], ["DELETE", ""], ["PUT", "/packages/generic/p/1.0/g", "x"], ["DELETE", "/packages/generic/p/1.0/f"], ["POST", "/variables", { key: "K", value: "v" }],
      ["POST", "/deploy_tokens", { name: "d", scopes: ["read_package_registry"] }], ["POST", "/releases", { tag_name: "v" }], ["POST", "/members", { username: "stranger", access_level: 30 }],
    ];
    for (const [method, rest, body] of changes)
      for (const credentials of [as(owner), as(guest), as(stranger), job, {}]) {
        const { status } = await town.ask(method, byPath("moving/tools") + rest, credentials, body);
        expect([method, rest, [401, 404, 405].includes(status), status]).toEqual([method, rest, true, status]);
      }
    const page = `/moving/tools/-/package_files/${fileId}/download`;
    const onward = await town.ask("GET", page, as(owner));
    expect([onward.status, onward.headers.get("location")]).toEqual([301, `${town.site.url}${page.replace("/tools/", "/renamed/")}`]);
    for (const token of [stranger, undefined])
      expect([401, 404]).toContain((await town.ask("GET", page, token === undefined ? {} : as(token))).status);
    expect((await town.ask("GET", "/api/stowage/v1/namespaces/moving%2Ftools/settings", as(owner))).status).toBe(404);
    const query = '{ project(fullPath: "moving/tools") { id } }';
    expect((await town.ask("POST", "/api/graphql", as(owner), { query })).text).toBe('{"data":{"project":null}}');
    expect(town.site.records()).toBe(before);
  });

  test("is the new project's alone once there is one, for better and for worse", async () => {
    // In a group of the same name, by other people.
    await town.make("PUT", `/api/v4/groups/${old.group.id}`, { path: "moved" });
    expect((await town.ask("GET", byPath("moving/renamed"), as(owner))).status).toBe(301);
    const group = await town.make("POST", "/api/v4/groups", { name: "moving", path: "moving", visibility: "private" });
    const made = await town.make("POST", "/api/v4/projects", { path: "tools", namespace_id: group["id"], visibility: "private", description: marker });
    await town.member(Number(group["id"]), "stranger", 50);
    const before = town.site.records();
    for (const path of ["moving/tools"])
      for (const [name, credentials] of [["owner", as(owner)], ["guest", as(guest)], ["job", job], ["anonymous", {}]] as const)
        for (const rest of ["", "/packages", "/releases"]) {
          const { status, headers, text } = await town.ask("GET", byPath(path) + rest, credentials);
          expect([name, path, rest, status, headers.get("location"), text.includes(marker)]).toEqual([name, path, rest, 404, null, false]);
        }
    expect((await town.ask("PUT", `${byPath("moving/tools")}/packages/generic/p/1.0/f`, job, "x")).status).toBe(404);
    expect((await town.ask("PUT", `${byPath("moving/tools")}/packages/generic/p/1.0/f`, as(owner), "x")).status).toBe(404);
    const seen = await town.ask("GET", byPath("moving/tools"), as(stranger));
    expect([seen.status, JSON.parse(seen.text).id]).toEqual([200, made["id"]]);
    expect((await town.ask("GET", ofProject(old), as(stranger))).status).toBe(404);
    expect(town.site.records()).toBe(before);
    // The token of before works where it was made for, wherever that stands now.
    expect((await town.ask("PUT", `${byPath("moved/renamed")}/packages/generic/p/2.0/f`, job, "x")).status).toBe(201);
  });

  test("leads nowhere again when the new project is gone", async () => {
    await town.make("DELETE", byPath("moving/tools"));
    const { status, headers } = await town.ask("GET", byPath("moving/tools"), as(owner));
    expect([status, headers.get("location")]).toEqual([404, null]);
  });
});
