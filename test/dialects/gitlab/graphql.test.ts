import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { getIntrospectionQuery } from "graphql";
import type { Namespace } from "../../../src/core/domain.ts";
import { openSite, type Caller, type Site } from "../../support/gitlab-site.ts";

let site: Site;
let acme: Namespace;
let tools: Namespace;
let owner: Caller;
let maintainer: Caller;

beforeAll(async () => {
  site = await openSite();
  acme = await site.group("acme");
  tools = await site.project(acme.id, "tools");
  owner = await site.caller("olivia");
  maintainer = await site.caller("mark");
  await site.member(acme, owner, 50);
  await site.member(tools, maintainer, 40);
});
afterAll(async () => await site.stop());

async function ask(query: string, given: { token?: string; variables?: object; operationName?: string } = {}) {
  const { token, ...rest } = given;
  const answer = await site.ask("POST", "/api/graphql", { json: { query, ...rest }, ...(token === undefined ? {} : { token }) });
  expect(answer.status).toBe(200);
  return answer.json() as { data?: Record<string, unknown> | null; errors?: { message: string }[] };
}

async function put(path: string, body = "x"): Promise<number> {
  const answer = await site.ask("PUT", `/api/v4/projects/${tools.id}/packages/generic/${path}`, { token: maintainer.token, body });
  return answer.status;
}

const setDuplicates = `mutation ($path: ID!, $allowed: Boolean, $regex: UntrustedRegexp) {
  updateNamespacePackageSettings(input: {namespacePath: $path, genericDuplicatesAllowed: $allowed, genericDuplicateExceptionRegex: $regex, clientMutationId: "m"}) {
    clientMutationId errors packageSettings { genericDuplicatesAllowed genericDuplicateExceptionRegex }
  }
}`;
const unavailable = "The resource that you are attempting to access does not exist or you don't have permission to perform this action";

describe("updateNamespacePackageSettings", () => {
  it("holds from the next upload in every project below", async () => {
    expect([await put("d/1.0/f"), await put("d/1.0/f")]).toEqual([201, 201]);
    const { token } = owner;
    const changed = await ask(setDuplicates, { token, variables: { path: "acme", allowed: false, regex: "free-.*" } });
    const packageSettings = { genericDuplicatesAllowed: false, genericDuplicateExceptionRegex: "free-.*" };
    expect(changed).toEqual({ data: { updateNamespacePackageSettings: { clientMutationId: "m", errors: [], packageSettings } } });
    expect([await put("d/1.0/f"), await put("free-d/1.0/f"), await put("free-d/1.0/f")]).toEqual([400, 201, 201]);
    const read = await ask(`{ group(fullPath: "acme") { id fullPath name packageSettings { ...S } } namespace(fullPath: "ACME") { packageSettings { ...S } } }
      fragment S on PackageSettings { genericDuplicatesAllowed genericDuplicateExceptionRegex }`, { token });
    expect(read.data).toEqual({
      group: { id: `gid://gitlab/Group/${acme.id}`, fullPath: "acme", name: "acme", packageSettings },
      namespace: { packageSettings },
    });
    await ask(setDuplicates, { token, variables: { path: "acme", allowed: true, regex: "" } });
    expect(await put("d/1.0/f")).toBe(201);
  });

  it("takes a user's own namespace", async () => {
    const changed = await ask(setDuplicates, { token: owner.token, variables: { path: "olivia", allowed: false } });
    expect(changed.data?.["updateNamespacePackageSettings"]).toMatchObject({ errors: [], packageSettings: { genericDuplicatesAllowed: false } });
  });

  it("is for owners, and says the same of what does not exist", async () => {
    await site.member(acme, maintainer, 40);
    for (const [token, path] of [[maintainer.token, "acme"], [maintainer.token, "nothing"], [undefined, "acme"], [owner.token, "acme/tools"]] as const) {
      const refused = await ask(setDuplicates, { ...(token === undefined ? {} : { token }), variables: { path, allowed: false } });
      expect(refused).toMatchObject({ data: { updateNamespacePackageSettings: null }, errors: [{ message: unavailable }] });
    }
    expect(await put("d/1.0/f")).toBe(201);
  });

  it("refuses a pattern that is no RE2 or too long, and changes nothing", async () => {
    for (const regex of ["(", "a{1000}{1000}", "(?<n>a)\\1"]) {
      const refused = await ask(setDuplicates, { token: owner.token, variables: { path: "acme", allowed: false, regex } });
      expect(refused.data).toBeUndefined();
      expect(refused.errors?.[0]?.message).toContain("is an invalid regexp");
    }
    const long = await ask(setDuplicates, { token: owner.token, variables: { path: "acme", allowed: false, regex: "a".repeat(256) } });
    expect(long.data?.["updateNamespacePackageSettings"]).toMatchObject({
      errors: ["Generic duplicate exception regex is too long (maximum is 255 characters)"], packageSettings: null,
    });
    expect(await put("d/1.0/f")).toBe(201);
  });
});

describe("updatePackagesCleanupPolicy", () => {
  const change = `mutation ($path: ID!, $keep: PackagesCleanupKeepDuplicatedPackageFilesEnum) {
    updatePackagesCleanupPolicy(input: {projectPath: $path, keepNDuplicatedPackageFiles: $keep}) {
      errors packagesCleanupPolicy { keepNDuplicatedPackageFiles nextRunAt } } }`;

  it("is read again, with the time of the next run while it is on", async () => {
    const { token } = maintainer;
    const on = await ask(change, { token, variables: { path: "acme/tools", keep: "TEN_PACKAGE_FILES" } });
    expect(on.data).toMatchObject({
      updatePackagesCleanupPolicy: { errors: [], packagesCleanupPolicy: { keepNDuplicatedPackageFiles: "TEN_PACKAGE_FILES" } },
    });
    const read = await ask(`{ project(fullPath: "acme/tools") { id packagesCleanupPolicy { keepNDuplicatedPackageFiles nextRunAt } } }`, { token });
    const nextRunAt = /"nextRunAt":"([^"]+)"/.exec(JSON.stringify(read))?.[1] ?? "";
    const inMs = Date.parse(nextRunAt) - Date.now();
    expect(inMs).toBeGreaterThan(0);
    expect(inMs).toBeLessThanOrEqual(12 * 3_600_000);
    const off = await ask(change, { token, variables: { path: "acme/tools", keep: "ALL_PACKAGE_FILES" } });
    expect(off.data).toMatchObject({
      updatePackagesCleanupPolicy: { packagesCleanupPolicy: { keepNDuplicatedPackageFiles: "ALL_PACKAGE_FILES", nextRunAt: null } },
    });
  });

  it("is for maintainers of projects", async () => {
    const developer = await site.caller("dora");
    await site.member(tools, developer, 30);
    for (const [token, path] of [[developer.token, "acme/tools"], [owner.token, "acme"]] as const) {
      const refused = await ask(change, { token, variables: { path, keep: "ONE_PACKAGE_FILE" } });
      expect(refused).toMatchObject({ data: { updatePackagesCleanupPolicy: null }, errors: [{ message: unavailable }] });
    }
    const read = await ask(`{ project(fullPath: "acme/tools") { name packagesCleanupPolicy { keepNDuplicatedPackageFiles } } }`, { token: developer.token });
    expect(read.data).toEqual({ project: { name: "tools", packagesCleanupPolicy: null } });
  });
});

describe("the endpoint", () => {
  it("shows nothing that the caller may not see", async () => {
    const query = `{ currentUser { id } metadata { version } group(fullPath: "acme") { id } project(fullPath: "acme/tools") { id } namespace(fullPath: "nobody") { id } }`;
    expect(await ask(query)).toEqual({ data: { currentUser: null, metadata: null, group: null, project: null, namespace: null } });
    const seen = await ask("{ currentUser { id username } metadata { version } }", { token: owner.token });
    expect(seen.data).toMatchObject({ currentUser: { id: `gid://gitlab/User/${owner.user.id}`, username: "olivia" } });
  });

  it("refuses an invalid token", async () => {
    const answer = await site.ask("POST", "/api/graphql", { token: "glpat-wrong", json: { query: "{ currentUser { id } }" } });
    expect([answer.status, answer.json()]).toEqual([401, { errors: [{ message: "Invalid token" }] }]);
  });

  it("answers introspection and several operations", async () => {
    const whole = await ask(getIntrospectionQuery());
    expect(whole.errors).toBeUndefined();
    const named = await ask(`query A { __typename } query B { __type(name: "PackageSettings") { name } }`, { operationName: "B" });
    expect(named).toEqual({ data: { __type: { name: "PackageSettings" } } });
  });

  it("answers queries on GET, and no mutations", async () => {
    const asked = await site.ask("GET", `/api/graphql?query=${encodeURIComponent("{ a: __typename }")}`);
    expect(asked.json()).toEqual({ data: { a: "Query" } });
    const variables = encodeURIComponent(JSON.stringify({ path: "acme", allowed: false }));
    const refused = await site.ask("GET", `/api/graphql?query=${encodeURIComponent(setDuplicates)}&variables=${variables}`, { token: owner.token });
    expect(refused.json()["data"]).toBeUndefined();
    expect(await put("d/1.0/f")).toBe(201);
  });

  it("takes up to ten requests at once", async () => {
    const query = "{ __typename }";
    const ten = await site.ask("POST", "/api/graphql", { json: Array.from({ length: 10 }, () => ({ query })) });
    expect([ten.status, JSON.parse(ten.text)]).toEqual([200, Array.from({ length: 10 }, () => ({ data: { __typename: "Query" } }))]);
    expect((await site.ask("POST", "/api/graphql", { json: Array.from({ length: 11 }, () => ({ query })) })).status).toBe(400);
  });

  const fragments = (count: number): string =>
    Array.from({ length: count }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`).join(" ");
  it.each([
    ["no query", "", "No query string was present"],
    ["what cannot be parsed", "{ a ", "Syntax Error"],
    ["an unknown field", "{ users { id } }", "Cannot query field"],
    ["too much text", `{ ${"a ".repeat(5001)} }`, "Query too large"],
    ["too many fields", `{ ${"__typename ".repeat(301)} }`, "complexity of 301"],
    ["too many tokens", `{ ${"a".repeat(1)}${" {b}".repeat(2000)} }`, "Syntax Error"],
    ["too much nesting", `{ ${"a {".repeat(101)}b${"}".repeat(101)} }`, "nested too deeply"],
    ["too much depth", `{ ${"a {".repeat(20)}b${"}".repeat(20)} }`, "depth of 21"],
    ["fragments that double again and again", `{ ...F0 } ${fragments(60)} fragment F60 on Query { __typename }`, "complexity of"],
    ["fragments in a circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "within itself"],
    ["schemas within schemas", `{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }`, "introspection depth"],
    ["deep lists of nothing", `{ a(b: ${"[".repeat(120)}${"]".repeat(120)}) }`, "nested too deeply"],
  ])("refuses %s at once", async (_name, query, message) => {
    const startedMs = performance.now();
    const refused = await ask(query);
    expect(refused.errors?.[0]?.message).toContain(message);
    expect(refused.data).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});
