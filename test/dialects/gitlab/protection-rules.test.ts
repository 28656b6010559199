import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import type { Namespace } from "../../../src/core/domain.ts";
import { openSite, type Caller, type Site } from "../../support/gitlab-site.ts";

let site: Site;
let acme: Namespace;
let tools: Namespace;
let maintainer: Caller;
let developer: Caller;

beforeAll(async () => {
  site = await openSite();
  acme = await site.group("acme");
  tools = await site.project(acme.id, "tools");
  [maintainer, developer] = [await site.caller("mark"), await site.caller("dora")];
  await site.member(tools, maintainer, 40);
  await site.member(tools, developer, 30);
});
afterAll(async () => await site.stop());

const rules = (method: string, json?: unknown, suffix = "", token = maintainer.token) =>
  site.ask(method, `/api/v4/projects/${tools.id}/packages/protection/rules${suffix}`, { token, ...(json === undefined ? {} : { json }) });
const rule = { package_name_pattern: "core-*", package_type: "generic", minimum_access_level_for_push: "maintainer" };
const put = async (name: string, token: string) =>
  (await site.ask("PUT", `/api/v4/projects/${tools.id}/packages/generic/${name}/1.0/f`, { token, body: "x" })).status;

describe("package protection rules", () => {
  it("are made, listed, changed and removed, and hold at once", async () => {
    const made = await rules("POST", rule);
    const id = made.json()["id"];
    const object = { id, project_id: tools.id, package_name_pattern: "core-*", package_type: "generic", minimum_access_level_for_delete: null, minimum_access_level_for_push: "maintainer" };
    expect([made.status, made.json()]).toEqual([201, object]);
    expect(JSON.parse((await rules("GET")).text)).toEqual([object]);
    expect([await put("core-a", developer.token), await put("core-a", maintainer.token), await put("other", developer.token)]).toEqual([403, 201, 201]);
    const changed = await rules("PATCH", { package_name_pattern: "other", minimum_access_level_for_delete: "owner" }, `/${String(id)}`);
    expect(changed.json()).toEqual({ ...object, package_name_pattern: "other", minimum_access_level_for_delete: "owner" });
    const removed = await site.ask("DELETE", `/api/v4/projects/${tools.id}/packages/generic/other/1.0`, { token: maintainer.token });
    expect([removed.status, removed.json()]).toEqual([403, { message: "403 Forbidden - Package is deletion protected." }]);
    expect((await rules("DELETE", undefined, `/${String(id)}`)).status).toBe(204);
    expect((await rules("DELETE", undefined, `/${String(id)}`)).status).toBe(404);
    expect((await rules("PATCH", { package_name_pattern: "x" }, `/${String(id)}`)).status).toBe(404);
    expect(await put("other", developer.token)).toBe(201);
  });

  it("never let a deploy token pass", async () => {
    const token = await site.deployToken(tools, ["write_package_registry"]);
    expect(await put("kept", token)).toBe(201);
    const made = await rules("POST", { ...rule, package_name_pattern: "kept" });
    expect(await put("kept", token)).toBe(403);
    await rules("DELETE", undefined, `/${String(made.json()["id"])}`);
  });

  it("hold for other spellings of a package where names are folded", async () => {
    const path = "/api/packages/solo/generic/CORE-A/1.0/g";
    const solo = await site.group("solo");
    await site.member(solo, maintainer, 50);
    await site.member(solo, developer, 30);
    const first = await site.ask("PUT", "/api/packages/solo/generic/core-a/1.0/f", { headers: { authorization: `token ${maintainer.token}` }, body: "x" });
    expect(first.status).toBe(201);
    await site.server.stores.metadata.protection.create({ namespaceId: solo.id, packageNamePattern: "core-a", pushLevel: 40, deleteLevel: null, nowMs: 1 }, 10);
    expect((await site.ask("PUT", path, { headers: { authorization: `token ${developer.token}` }, body: "x" })).status).toBe(403);
    expect((await site.ask("PUT", path, { headers: { authorization: `token ${maintainer.token}` }, body: "x" })).status).toBe(201);
  });

  it("are refused in GitLab's words", async () => {
    const made = await rules("POST", rule);
    const taken = await rules("POST", rule);
    expect([taken.status, taken.json()]).toEqual([422, { message: ["Package name pattern has already been taken"] }]);
    const cases: readonly (readonly [object, number, string])[] = [
      [{ ...rule, package_type: "npm" }, 400, "package_type does not have a valid value"],
      [{ ...rule, package_name_pattern: "" }, 400, "package_name_pattern is empty"],
      [{ ...rule, minimum_access_level_for_push: "developer" }, 400, "minimum_access_level_for_push does not have a valid value"],
      [{ ...rule, minimum_access_level_for_delete: "maintainer" }, 400, "minimum_access_level_for_delete does not have a valid value"],
      [{ package_name_pattern: "a", package_type: "generic" }, 400, "at least one parameter must be provided"],
      [{ ...rule, package_name_pattern: "b", minimum_access_level_for_push: null }, 422, "requires at least a minimum access level"],
      [{ ...rule, package_name_pattern: "a".repeat(256) }, 422, "is too long"],
    ];
    for (const [json, status, text] of cases) {
      const refused = await rules("POST", json);
      expect([refused.status, refused.text.includes(text) ? text : refused.text]).toEqual([status, text]);
    }
    const emptied = await rules("PATCH", { minimum_access_level_for_push: null }, `/${String(made.json()["id"])}`);
    expect(emptied.status).toBe(422);
    expect((await rules("GET")).text).toContain('"minimum_access_level_for_push":"maintainer"');
  });

  it("are for maintainers, and at most a hundred", async () => {
    expect((await rules("GET", undefined, "", developer.token)).status).toBe(403);
    const stranger = await site.caller("sam");
    expect((await rules("GET", undefined, "", stranger.token)).status).toBe(404);
    expect((await site.ask("GET", `/api/v4/projects/${tools.id}/packages/protection/rules`)).status).toBe(401);
    const present = (JSON.parse((await rules("GET")).text) as unknown[]).length;
    for (let n = present; n < 100; n += 1) expect((await rules("POST", { ...rule, package_name_pattern: `p${n}` })).status).toBe(201);
    expect((await rules("POST", { ...rule, package_name_pattern: "one-more" })).status).toBe(422);
  });
});
