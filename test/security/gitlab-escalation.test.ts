import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gitlabRoutes } from "../../src/dialects/gitlab/dialect.ts";
import { nativeRoutes } from "../../src/dialects/native/dialect.ts";
import type { AccessLevel } from "../../src/core/domain.ts";
import { idOf, members, openTown, type Place, type Town } from "./gitlab-places.ts";
import { gitlabRows, nativeDialectRows } from "./gitlab-route-table.ts";
import { ofGroup, ofProject, publish } from "./gitlab-rows.ts";

let town: Town;
let place: Place;
/** By name, with scope `api`. */
const tokens: Record<string, string> = {};

beforeAll(async () => {
  town = await openTown();
  place = town.places.private;
  for (const name of ["stranger", "neighbour", "chief", ...Object.keys(members)]) tokens[name] = (await town.mint(name, ["api"])).secret;
}, 60_000);
afterAll(async () => await town.site.server.stop());

const as = (token: string | undefined): Record<string, string> => ({ "private-token": token ?? "" });
const dead = async (statuses: readonly number[], ask: () => Promise<{ status: number; text: string }>): Promise<void> => {
  const before = town.site.records();
  const { status, text } = await ask();
  expect([statuses.includes(status), status, text]).toEqual([true, status, text]);
  expect(town.site.records()).toBe(before);
};
const terms = (...scopes: string[]) => ({ name: "t", scopes, expires_at: "2099-01-01" });

describe("members", () => {
  test("give nobody more than they have themselves, and take nothing from who stands above", async () => {
    const project = ofProject(place);
    const levels: readonly AccessLevel[] = [10, 20, 30, 40, 50];
    for (const [name, own] of Object.entries(members)) {
      if (name === "inactive") continue;
      for (const level of levels) {
        const fresh = `m-${name}-${level}`;
        const id = await town.person(fresh);
        const mayAdd = own >= 40 && level <= own;
        const before = town.site.records();
        const added = await town.ask("POST", `${project}/members`, as(tokens[name]), { user_id: id, access_level: level });
        expect([name, level, added.status, town.site.records() !== before]).toEqual([name, level, mayAdd ? 201 : 403, mayAdd]);
        // Whoever stands there already: changed upwards, downwards, and removed.
        await town.member(place.project.id, fresh, level);
        for (const wanted of levels) {
          const mayChange = own >= 40 && level <= own && wanted <= own;
          if (mayChange) continue;
          await dead([403], () => town.ask("PUT", `${project}/members/${id}`, as(tokens[name]), { access_level: wanted }));
        }
        if (own < 40 || level > own) await dead([403], () => town.ask("DELETE", `${project}/members/${id}`, as(tokens[name])));
      }
    }
  }, 30_000);

  test("do not raise themselves, nor anybody in what stands above", async () => {
    for (const name of ["guest", "developer", "maintainer"] as const) {
      const id = idOf(town.userIds, name);
      for (const root of [ofGroup(place), ofProject(place)]) {
        await dead([403, 404], () => town.ask("PUT", `${root}/members/${id}`, as(tokens[name]), { access_level: 50 }));
        await dead([403, 409], () => town.ask("POST", `${root}/members`, as(tokens[name]), { user_id: id, access_level: 50 }));
        await dead([400], () => town.ask("POST", `${root}/members`, as(tokens[name]), { username: name, access_level: 60 }));
      }
    }
    // A list is judged one by one: nobody in it becomes what one alone could not.
    const [one, two] = [await town.person("list-one"), await town.person("list-two")];
    await dead([201, 403], () => town.ask("POST", `${ofProject(place)}/members`, as(tokens["maintainer"]), { user_id: [one, two], access_level: 50 }));
    await dead([403], () => town.ask("POST", `${ofGroup(place)}/members`, as(tokens["maintainer"]), { user_id: [one, two], access_level: 10 }));
  });

  test("make no tokens above themselves, and renew none", async () => {
    const all = `${ofProject(place)}/access_tokens`;
    await dead([400], () => town.ask("POST", all, as(tokens["maintainer"]), { ...terms("api"), access_level: 50 }));
    for (const level of [0, 5, 41, 60, -1, 1e9]) await dead([400], () => town.ask("POST", all, as(tokens["owner"]), { ...terms("api"), access_level: level }));
    const owners = await town.make("POST", all, { ...terms("api"), access_level: 50 });
    await dead([401], () => town.ask("POST", `${all}/${String(owners["id"])}/rotate`, as(tokens["maintainer"])));
  });
});

describe("tokens", () => {
  test("make none that reach further than themselves", async () => {
    const narrow = [["read_api"], ["read_user"], ["create_runner"], ["read_package_registry"], ["write_package_registry"], ["read_api", "write_package_registry"], ["self_rotate"], ["read_api", "self_rotate"]];
    for (const scopes of narrow) {
      const { secret, id } = await town.mint("chief", scopes);
      for (const wanted of ["api", "read_api", "write_package_registry", "sudo"]) {
        await dead([403], () => town.ask("POST", "/api/v4/user/personal_access_tokens", as(secret), terms(wanted)));
        await dead([403], () => town.ask("POST", `/api/v4/users/${idOf(town.userIds, "owner")}/personal_access_tokens`, as(secret), terms(wanted)));
        await dead([403], () => town.ask("POST", `${ofProject(place)}/access_tokens`, as(secret), { ...terms(wanted), access_level: 10 }));
        await dead([403], () => town.ask("POST", `${ofProject(place)}/deploy_tokens`, as(secret), { name: "d", scopes: ["read_package_registry"] }));
      }
      const strong = await town.mint("chief", ["api"]);
      await dead([403], () => town.ask("POST", `/api/v4/personal_access_tokens/${strong.id}/rotate`, as(secret)));
      await dead([403], () => town.ask("DELETE", `/api/v4/personal_access_tokens/${strong.id}`, as(secret)));
      if (!scopes.includes("self_rotate")) await dead([403], () => town.ask("POST", "/api/v4/personal_access_tokens/self/rotate", as(secret)));
      await dead([403], () => town.ask("POST", `/api/v4/personal_access_tokens/${id}/rotate`, as(secret)));
    }
  });

  test("of the other dialect's scopes make none that reach further than themselves", async () => {
    for (const scopes of [["write:user"], ["write:user", "write:package"], ["write:user", "read:repository", "write:admin"], ["all", "public-only"]]) {
      const { secret } = await town.mint("chief", scopes);
      const strong = await town.mint("chief", ["api"]);
      for (const wanted of ["api", "read_api"]) {
        await dead([403], () => town.ask("POST", "/api/v4/user/personal_access_tokens", as(secret), terms(wanted)));
        await dead([403], () => town.ask("POST", `/api/v4/users/${idOf(town.userIds, "owner")}/personal_access_tokens`, as(secret), terms(wanted)));
      }
      await dead([403], () => town.ask("POST", `/api/v4/personal_access_tokens/${strong.id}/rotate`, as(secret)));
    }
  });

  test("keep their scopes when they renew themselves", async () => {
    const { secret } = await town.mint("chief", ["self_rotate", "read_user"]);
    const answer = await town.ask("POST", "/api/v4/personal_access_tokens/self/rotate?scopes[]=api", as(secret));
    expect([answer.status, JSON.parse(answer.text).scopes]).toEqual([200, ["self_rotate", "read_user"]]);
    const next = String(JSON.parse(answer.text).token);
    expect((await town.ask("GET", "/api/v4/user", as(secret))).status).toBe(401);
    await dead([403], () => town.ask("POST", "/api/v4/projects?name=t", as(next)));
  });

  test("make none that outlives them", async () => {
    const soon = Date.now() + 3 * 86_400_000;
    const { secret } = await town.mint("owner", ["api"], soon);
    const routes = ["/api/v4/user/personal_access_tokens", `${ofProject(place)}/access_tokens`, `${ofGroup(place)}/access_tokens`, `${ofProject(place)}/deploy_tokens`];
    for (const route of routes)
      for (const end of [{}, { expires_at: "2099-01-01" }]) {
        const scopes = route.endsWith("deploy_tokens") ? ["read_package_registry"] : ["api"];
        const made = await town.ask("POST", route, as(secret), { name: "t", scopes, ...end });
        expect([route, made.status, Date.parse(String(JSON.parse(made.text).expires_at)) <= soon]).toEqual([route, 201, true]);
      }
  });

  test("of one kind are none in the place of another", async () => {
    const job = String((await town.make("POST", "/api/stowage/v1/job-tokens", { user: "owner", namespace: place.project.path }))["token"]);
    const deploy = String((await town.make("POST", `${ofProject(place)}/deploy_tokens`, { name: "d", scopes: ["write_package_registry"] }))["token"]);
    const file = `${ofProject(place)}/packages/generic/kinds/1.0/f`;
    await town.make("PUT", file, "content");
    const wrong: readonly (readonly [string, string])[] = [
      ["private-token", job], ["private-token", deploy], ["job-token", tokens["owner"] ?? ""], ["job-token", deploy], ["deploy-token", tokens["owner"] ?? ""], ["deploy-token", job],
    ];
    for (const [name, secret] of wrong) {
      await dead([401], () => town.ask("GET", file, { [name]: secret }));
      await dead([401], () => town.ask("PUT", file, { [name]: secret }, "x"));
    }
    for (const query of [`private_token=${job}`, `private_token=${deploy}`, `job_token=${tokens["owner"]}`, `token=${tokens["owner"]}`]) await dead([401], () => town.ask("GET", `${file}?${query}`));
  });

  test("of a job or for deployment are no credential where the route does not take them", async () => {
    const secrets = {
      job: String((await town.make("POST", "/api/stowage/v1/job-tokens", { user: "owner", namespace: place.group.path }))["token"]),
      deploy: String((await town.make("POST", `${ofGroup(place)}/deploy_tokens`, { name: "d", scopes: ["read_package_registry", "write_package_registry"] }))["token"]),
    } as const;
    const { registry } = town.site.server;
    const routes = [...gitlabRoutes(registry, { unwrapForms: true }), ...nativeRoutes(registry)];
    let count = 0;
    for (const [index, row] of [...gitlabRows, ...nativeDialectRows].entries()) {
      const route = routes.find(({ method, pattern }) => method === row.method && pattern === row.pattern);
      for (const kind of ["job", "deploy"] as const) {
        if (route === undefined || route.kinds.includes(kind)) continue;
        const probe = await row.prepare(town, place, `k${index}-${kind}`);
        const before = town.site.records();
        const nobody = await town.ask(row.method, probe.path, {}, probe.body);
        for (const headers of [{ [`${kind}-token`]: secrets[kind] }, { authorization: `Bearer ${secrets[kind]}` }] as Record<string, string>[]) {
          const { status } = await town.ask(row.method, probe.path, headers, probe.body);
          // Without a right kind of token Bearer is nobody, or nobody's.
          expect([row.method, row.pattern, kind, [nobody.status, 401].includes(status), status]).toEqual([row.method, row.pattern, kind, true, status]);
        }
        expect([row.pattern, town.site.records() === before]).toEqual([row.pattern, true]);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(120);
    for (const [name, secret] of [["job-token", secrets.job], ["deploy-token", secrets.deploy], ["authorization", `Bearer ${secrets.job}`]] as const)
      await dead([200, 401], () =>
        town.ask("POST", "/api/graphql", { [name]: secret }, { query: `mutation { updatePackagesCleanupPolicy(input: {projectPath: "${place.project.path}", keepNDuplicatedPackageFiles: ONE_PACKAGE_FILE}) { errors } }` }),
      );
  }, 60_000);
});

describe("bots", () => {
  test("make nothing that would outlive them, and act nowhere else", async () => {
    const made = await town.make("POST", `${ofProject(place)}/access_tokens`, { ...terms("api"), access_level: 50 });
    const bot = as(String(made["token"]));
    const other = await town.make("POST", "/api/v4/projects", { path: "next-door", namespace_id: place.group.id });
    const elsewhere = `/api/v4/projects/${String(other["id"])}`;
    const { packageId } = await publish(town, elsewhere, "p");
    const ask = (method: string, path: string, body?: unknown) => () => town.ask(method, path, bot, body);
    await dead([400, 403], ask("POST", "/api/v4/projects", { path: "bots" }));
    await dead([400, 403], ask("POST", "/api/v4/projects", { path: "bots", namespace_id: place.group.id }));
    await dead([403], ask("POST", "/api/v4/groups", { name: "bots", path: "bots" }));
    await dead([403, 404], ask("POST", "/api/v4/groups", { name: "bots", path: "bots", parent_id: place.group.id }));
    await dead([403], ask("POST", "/api/v4/user/personal_access_tokens", terms("read_user")));
    await dead([400], ask("POST", `${ofProject(place)}/access_tokens`, { ...terms("api"), access_level: 10 }));
    for (const root of [elsewhere, ofProject(town.elsewhere), ofGroup(town.elsewhere)])
      for (const [method, path, body] of [["GET", ""], ["GET", "/variables"], ["POST", "/access_tokens", terms("api")], ["POST", "/deploy_tokens", terms("read_package_registry")], ["POST", "/members", { user_id: made["user_id"], access_level: 30 }], ["DELETE", ""]] as const)
        await dead([404], ask(method, root + path, body));
    await dead([404], ask("GET", `${elsewhere}/packages/${packageId}`));
    await dead([404], ask("PUT", `${elsewhere}/packages/generic/p/1.0/g`, "x"));
    // Where it is made a member it is one, as everybody else; its end is that of its token.
    await town.make("DELETE", `${ofProject(place)}/access_tokens/${String(made["id"])}`);
    await dead([401], ask("GET", ofProject(place)));
  });
});

describe("accounts that were shut out", () => {
  for (const [end, begin] of [["block", "unblock"], ["deactivate", "activate"]] as const)
    test(`${end}: every credential is worth nothing until ${begin}`, async () => {
      const name = `${end}ed`;
      const id = await town.person(name);
      await town.member(place.group.id, name, 50);
      const { secret } = await town.mint(name, ["api"]);
      const job = { "job-token": String((await town.make("POST", "/api/stowage/v1/job-tokens", { user: name, namespace: place.project.path }))["token"]) };
      const file = `${ofProject(place)}/packages/generic/${name}/1.0/f`;
      expect((await town.ask("PUT", file, as(secret), "content")).status).toBe(201);
      await town.make("POST", `/api/v4/users/${id}/${end}`);
      const asked: readonly (readonly [string, string, unknown?])[] = [
        ["GET", file], ["PUT", file, "x"], ["DELETE", file], ["GET", "/api/v4/user"], ["GET", "/api/v4/personal_access_tokens"], ["GET", "/api/v4/personal_access_tokens/self"],
        ["DELETE", "/api/v4/personal_access_tokens/self"], ["POST", "/api/v4/personal_access_tokens/self/rotate"], ["POST", "/api/v4/user/personal_access_tokens", terms("api")],
        ["GET", `${ofProject(place)}/variables`], ["POST", `${ofProject(place)}/access_tokens`, terms("api")], ["POST", "/api/v4/projects", { path: "x" }], ["POST", "/api/v4/groups", { name: "x", path: "x" }],
        ["DELETE", `${ofProject(place)}/members/${id}`], ["DELETE", `${ofGroup(place)}/members/${id}`], ["PATCH", `/api/stowage/v1/namespaces/${place.project.id}/settings`, { duplicates: "reject" }],
        ["GET", `${ofGroup(place)}/packages`], ["GET", "/api/v4/users"], ["GET", "/api/v4/namespaces"], ["GET", "/api/v4/version"], ["PUT", `/api/v4/users/${id}`, { admin: true }],
      ];
      for (const [method, path, body] of asked) await dead([401, 403, 404], () => town.ask(method, path, as(secret), body));
      for (const method of ["GET", "PUT", "DELETE"]) await dead([401, 403, 404], () => town.ask(method, file, job, method === "PUT" ? "x" : undefined));
      for (const path of ["/api/v4/projects", "/api/v4/groups"]) {
        const { text } = await town.ask("GET", `${path}?per_page=100`, as(secret));
        expect(text).not.toMatch(/vault-(?:private|internal)/);
      }
      const { text } = await town.ask("POST", "/api/graphql", as(secret), { query: `{ project(fullPath: "${place.project.path}") { id } }` });
      expect(text).not.toContain("gid://");
      await town.make("POST", `/api/v4/users/${id}/${begin}`);
      expect((await town.ask("GET", file, as(secret))).text).toBe("content");
    });
});
