import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Namespace } from "../../../src/core/domain.ts";
import { openSite, type Caller, type Site } from "../../support/gitlab-site.ts";

let site: Site;
let acme: Namespace;
let tools: Namespace;
let dora: Caller;
let mark: Caller;

beforeAll(async () => {
  site = await openSite();
  acme = await site.group("acme");
  tools = await site.project(acme.id, "tools");
  [dora, mark] = [await site.caller("dora"), await site.caller("mark")];
  await site.member(acme, dora, 30);
  await site.member(acme, mark, 40);
});
afterAll(async () => await site.stop());

const reserve = async (name: string, json: unknown, token = dora.token, namespace: string | number = tools.id, at = site) =>
  await at.ask("POST", `/api/stowage/v1/namespaces/${namespace}/packages/${name}/reservations`, { token, json });
const put = async (name: string, token: string, headers: Record<string, string> = {}) =>
  await site.ask("PUT", `/api/v4/projects/${tools.id}/packages/generic/${name}`, { token, headers, body: "x" });

describe("reservations", () => {
  it("give 200 callers at the same time 200 numbers", async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => reserve("many", { bump: "patch", first: "1.0.0" }, n % 2 === 0 ? dora.token : mark.token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const versions = new Set(answers.map((answer) => answer.json()["version"]));
    expect(versions).toEqual(new Set(Array.from({ length: 200 }, (_, n) => `1.0.${n}`)));
  });

  it("never give a number again, though its version was deleted", async () => {
    expect((await put("gone/2.0.0/f", mark.token)).status).toBe(201);
    await site.ask("DELETE", `/api/v4/projects/${tools.id}/packages/generic/gone/2.0.0`, { token: mark.token });
    const next = await reserve("gone", { bump: "minor" });
    expect(next.json()["version"]).toBe("2.1.0");
  });

  it("keep others from the number in every dialect, and let holder and secret through", async () => {
    const held = (await reserve("held", { bump: "major", first: "1.0.0", expires_in_seconds: 60 })).json();
    expect(held["version"]).toBe("1.0.0");
    const refused = await put("held/1.0.0/f", mark.token);
    expect([refused.status, refused.json()]).toEqual([403, { message: "403 Forbidden - Version is reserved." }]);
    expect((await put("held/1.0.0/f", mark.token, { "stowage-reservation": "rsv-wrong" })).status).toBe(403);
    expect((await put("held/1.0.0/f", mark.token, { "stowage-reservation": String(held["reservation"]) })).status).toBe(201);
    expect((await put("held/1.0.0/g", dora.token)).status).toBe(201);

    const inGroup = (await reserve("held", { bump: "patch", first: "3.0.0" }, dora.token, "acme")).json();
    const gitea = (token: string, headers: Record<string, string> = {}) =>
      site.ask("PUT", `/api/packages/acme/generic/held/${String(inGroup["version"])}/${Object.keys(headers).length}`, { headers: { authorization: `token ${token}`, ...headers }, body: "x" });
    expect((await gitea(mark.token)).status).toBe(403);
    expect((await gitea(mark.token, { "stowage-reservation": String(inGroup["reservation"]) })).status).toBe(201);
    expect((await gitea(dora.token)).status).toBe(201);
  });

  it("name prereleases", async () => {
    const bump = "prerelease";
    const versions = [];
    for (const preid of ["rc", "rc", null]) versions.push((await reserve("pre", { bump, first: "1.0.0", preid })).json()["version"]);
    expect(versions).toEqual(["1.0.0", "1.0.1-rc.0", "1.0.1-rc.1"]);
  });

  it("tell when they end", async () => {
    const beforeMs = Date.now();
    const inMs = Date.parse(String((await reserve("timed", { bump: "patch" })).json()["expires_at"])) - beforeMs;
    expect(Math.abs(inMs - 3_600_000)).toBeLessThan(10_000);
  });

  it("are for those who may publish the package", async () => {
    const stranger = await site.caller("sam");
    const guest = await site.caller("gus");
    await site.member(tools, guest, 10);
    const statuses = [stranger, guest].map(async ({ token }) => (await reserve("p", { bump: "patch" }, token)).status);
    expect(await Promise.all(statuses)).toEqual([404, 403]);
    expect((await site.ask("POST", `/api/stowage/v1/namespaces/${tools.id}/packages/p/reservations`, { json: { bump: "patch" } })).status).toBe(401);
    const [reader, writer] = [await site.deployToken(tools, ["read_package_registry"]), await site.deployToken(tools, ["write_package_registry"])];
    expect((await reserve("p", { bump: "patch" }, reader)).status).toBe(403);
    const held = await reserve("p", { bump: "patch", first: "4.0.0" }, writer);
    expect(held.json()["version"]).toBe("4.0.0");
    expect([(await put("p/4.0.0/f", dora.token)).status, (await put("p/4.0.0/f", writer)).status]).toEqual([403, 201]);
    const rule = { namespaceId: tools.id, packageNamePattern: "kept", pushLevel: 40, deleteLevel: null, nowMs: 1 } as const;
    await site.server.stores.metadata.protection.create(rule, 10);
    expect([(await reserve("kept", { bump: "patch" })).status, (await reserve("kept", { bump: "patch" }, mark.token)).status]).toEqual([403, 201]);
  });

  it.each([
    ["another bump", "p", { bump: "next" }],
    ["no bump", "p", {}],
    ["a first that is no SemVer", "p", { bump: "patch", first: "1.0" }],
    ["a first with a v", "p", { bump: "patch", first: "v1.0.0" }],
    ["a bad preid, though nothing would use it", "p", { bump: "patch", preid: "a b" }],
    ["more than a day", "p", { bump: "patch", expires_in_seconds: 86_401 }],
    ["less than a minute", "p", { bump: "patch", expires_in_seconds: 59 }],
    ["a name that cannot be published", "a%20b", { bump: "patch" }],
    ["an unknown field", "p", { bump: "patch", count: 2 }],
  ])("refuse %s", async (_name, name, json) => {
    const refused = await reserve(name, json);
    expect([refused.status, refused.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
  });

  it("refuse what a strict namespace could not publish", async () => {
    const strict = await site.project(acme.id, "strict");
    const { metadata } = site.server.stores;
    await metadata.namespaces.update(strict.id, { settings: { versions: "x.y.z" } });
    const asked = [{ bump: "prerelease" }, { bump: "prerelease", first: "1.0.0" }, { bump: "patch", first: "1.0.0-rc.1" }];
    for (const json of asked) expect((await reserve("p", json, dora.token, strict.id)).status).toBe(400);
    expect((await reserve("p", { bump: "patch" }, dora.token, strict.id)).status).toBe(201);
    expect((await reserve("p+q", { bump: "patch" }, dora.token, strict.id)).status).toBe(400);
    expect((await reserve("p", { bump: "prerelease" }, dora.token, strict.id)).status).toBe(400);
  });

  it("say so when there is no number left", async () => {
    const last = `1.0.${Number.MAX_SAFE_INTEGER}`;
    expect((await reserve("full", { bump: "patch", first: last })).json()["version"]).toBe(last);
    expect((await reserve("full", { bump: "patch" })).status).toBe(400);
  });

  it("survive a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stowage-reservations-"));
    const settings = { STOWAGE_DATABASE: `sqlite:${join(folder, "db")}`, STOWAGE_BLOBS: `file:${join(folder, "blobs")}` };
    const first = await openSite(settings);
    const group = await first.group("acme");
    const [one, other] = [await first.caller("dora"), await first.caller("mark")];
    for (const caller of [one, other]) await first.member(group, caller, 30);
    const held = (await reserve("p", { bump: "patch", first: "7.0.0" }, one.token, group.id, first)).json();
    await first.stop();
    const second = await openSite(settings);
    const path = `/api/v4/projects/${group.id}/packages/generic/p/7.0.0/f`;
    const statuses = [];
    for (const headers of [{}, { "stowage-reservation": String(held["reservation"]) }])
      statuses.push((await second.ask("PUT", path, { token: other.token, headers, body: "x" })).status);
    expect(statuses).toEqual([403, 201]);
    expect((await reserve("p", { bump: "patch" }, one.token, group.id, second)).json()["version"]).toBe("7.0.1");
    await second.stop();
    rmSync(folder, { recursive: true });
  });
});
