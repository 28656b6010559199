import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import type { Namespace } from "../../../src/core/domain.ts";
import { openSite, type Caller, type Site } from "../../support/gitlab-site.ts";

let site: Site;
let solo: Namespace;
let tools: Namespace;
let developer: Caller;

beforeAll(async () => {
  site = await openSite({ STOWAGE_MAX_UPLOAD_BYTES: "1000" });
  solo = await site.group("solo", "public");
  tools = await site.project(solo.id, "tools");
  developer = await site.caller("dora");
  await site.member(solo, developer, 30);
});
afterAll(async () => await site.stop());

const path = "/api/v4/application/plan_limits";
const put = async (size: number, token: string, name = "f") =>
  (await site.ask("PUT", `/api/v4/projects/${tools.id}/packages/generic/p/1.0/${name}`, { token, body: "x".repeat(size) })).text;
const tooLarge = JSON.stringify({ message: "400 Bad request - File is too large" });
const created = JSON.stringify({ message: "201 Created" });

describe("plan limits", () => {
  it("are none until an administrator sets one, then hold for everybody in every dialect", async () => {
    const { token } = site.server.admin;
    expect((await site.ask("GET", path, { token })).json()).toMatchObject({ generic_packages_max_file_size: 0, npm_max_file_size: 0 });
    const changed = await site.ask("PUT", `${path}?plan_name=default&generic_packages_max_file_size=5`, { token });
    expect([changed.status, changed.json()["generic_packages_max_file_size"]]).toEqual([200, 5]);
    expect([await put(5, developer.token), await put(6, developer.token), await put(6, token)]).toEqual([created, tooLarge, tooLarge]);
    const gitea = await site.ask("PUT", "/api/packages/solo/generic/p/1.0/f", { headers: { authorization: `token ${token}` }, body: "123456" });
    expect(gitea.status).toBe(413);
    await site.ask("PUT", path, { token, json: { plan_name: "default", generic_packages_max_file_size: 2000 } });
    expect([await put(1000, developer.token), await put(1001, developer.token)]).toEqual([created, tooLarge]);
    await site.ask("PUT", path, { token, json: { plan_name: "default", npm_max_file_size: 7 } });
    expect((await site.ask("GET", path, { token })).json()).toMatchObject({ generic_packages_max_file_size: 2000, npm_max_file_size: 7 });
  });

  it("refuse what makes no sense, and everybody else", async () => {
    const { token } = site.server.admin;
    for (const query of ["generic_packages_max_file_size=1", "plan_name=gold&npm_max_file_size=1", "plan_name=default&npm_max_file_size=x", "plan_name=default&npm_max_file_size=-1"])
      expect((await site.ask("PUT", `${path}?${query}`, { token })).status).toBe(400);
    expect((await site.ask("GET", path, { token: developer.token })).status).toBe(403);
    expect((await site.ask("PUT", `${path}?plan_name=default&npm_max_file_size=1`, { token: developer.token })).status).toBe(403);
    expect((await site.ask("GET", path)).status).toBe(401);
  });
});
