import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import type { Namespace } from "../../../src/core/domain.ts";
import { openSite, type Caller, type Site } from "../../support/gitlab-site.ts";

let site: Site;
let acme: Namespace;
let tools: Namespace;
let owner: Caller;
let maintainer: Caller;
let developer: Caller;

beforeAll(async () => {
  site = await openSite();
  acme = await site.group("acme");
  tools = await site.project(acme.id, "tools");
  [owner, maintainer, developer] = [await site.caller("olivia"), await site.caller("mark"), await site.caller("dora")];
  await site.member(acme, owner, 50);
  await site.member(acme, maintainer, 40);
  await site.member(acme, developer, 30);
});
afterAll(async () => await site.stop());

const settings = (method: string, namespace: string | number, token: string, json?: unknown) =>
  site.ask(method, `/api/stowage/v1/namespaces/${namespace}/settings`, { token, ...(json === undefined ? {} : { json }) });
const put = async (name: string, body = "x", dialect = "gitlab") => {
  const path = dialect === "gitlab" ? `/api/v4/projects/${tools.id}/packages/generic/${name}` : `/api/packages/acme/generic/${name}`;
  const answer = await site.ask("PUT", path, { headers: { authorization: `Bearer ${developer.token}` }, body });
  return [answer.status, answer.text.trim()];
};
const nothing = { duplicates: null, duplicate_exception_regex: null, versions: null, keep_duplicated_files: null, package_registry_access_level: null };

describe("settings of a namespace", () => {
  it("are inherited from the nearest that decides, and undone by null", async () => {
    expect((await settings("GET", "acme%2Ftools", maintainer.token)).json()).toEqual({ ...nothing, own: {} });
    const all = { duplicates: "reject", duplicate_exception_regex: "x.*", versions: "x.y.z", keep_duplicated_files: 5, package_registry_access_level: "private" };
    expect((await settings("PATCH", "acme", owner.token, all)).json()).toEqual({ ...all, own: all });
    expect((await settings("GET", tools.id, maintainer.token)).json()).toEqual({ ...all, own: {} });
    const own = { duplicates: "allow", duplicate_exception_regex: "", versions: "any", keep_duplicated_files: "all" };
    const changed = await settings("PATCH", tools.id, maintainer.token, own);
    expect(changed.json()).toEqual({ ...all, duplicates: "allow", duplicate_exception_regex: "", versions: null, keep_duplicated_files: null, own });
    const undone = await settings("PATCH", tools.id, maintainer.token, { duplicates: null, versions: null, duplicate_exception_regex: null });
    expect(undone.json()).toEqual({ ...all, keep_duplicated_files: null, own: { keep_duplicated_files: "all" } });
    await settings("PATCH", tools.id, maintainer.token, { keep_duplicated_files: null });
    expect((await settings("PATCH", "acme", owner.token, nothing)).json()).toEqual({ ...nothing, own: {} });
  });

  it("decide what uploads do, from the next one on", async () => {
    await settings("PATCH", tools.id, maintainer.token, { duplicates: "identical", versions: "x.y.z" });
    expect(await put("p/1.0.0/f")).toEqual([201, '{"message":"201 Created"}']);
    expect((await put("p/1.0.0/f"))[0]).toBe(201);
    expect((await put("p/1.0.0/f", "other"))[0]).toBe(400);
    expect(await put("p/1.0/f")).toEqual([400, '{"error":"package_version is invalid"}']);
    expect(await put("p+q/1.0.0/f")).toEqual([400, '{"error":"package_name is invalid"}']);
    await settings("PATCH", "acme", owner.token, { versions: "x.y.z" });
    expect((await put("p/1.0/f", "x", "gitea"))[0]).toBe(400);
    expect((await put("p/1.0.0/f", "x", "gitea"))[0]).toBe(201);
    await settings("PATCH", tools.id, maintainer.token, nothing);
    await settings("PATCH", "acme", owner.token, nothing);
  });

  it.each([
    ["another value", { duplicates: "sometimes" }],
    ["an unknown field", { duplicate: "allow" }],
    ["a number out of range", { keep_duplicated_files: 0 }],
    ["a number out of range", { keep_duplicated_files: 10_001 }],
    ["a pattern that is no RE2", { duplicate_exception_regex: "(", duplicates: "reject" }],
    ["a pattern of 256 characters", { duplicate_exception_regex: "a".repeat(256), duplicates: "reject" }],
    ["a list", []],
  ])("refuse %s and change nothing", async (_name, json) => {
    const refused = await settings("PATCH", tools.id, maintainer.token, json);
    expect([refused.status, refused.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
    expect((await settings("GET", tools.id, maintainer.token)).json()).toEqual({ ...nothing, own: {} });
  });

  it("are for maintainers, those of a group for owners to change", async () => {
    expect((await settings("GET", tools.id, developer.token)).status).toBe(403);
    expect((await settings("PATCH", tools.id, developer.token, {})).status).toBe(403);
    expect((await settings("GET", "acme", maintainer.token)).status).toBe(200);
    expect((await settings("PATCH", "acme", maintainer.token, { duplicates: "reject" })).status).toBe(403);
    const stranger = await site.caller("sam");
    expect((await settings("GET", tools.id, stranger.token)).status).toBe(404);
    expect((await settings("PATCH", "sam", stranger.token, { duplicates: "reject" })).status).toBe(200);
    expect((await site.ask("GET", `/api/stowage/v1/namespaces/${tools.id}/settings`)).status).toBe(401);
    expect((await settings("GET", tools.id, (await site.caller("reader", ["read_api"])).token)).status).toBe(404);
  });
});
