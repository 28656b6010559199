import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { idOf, marker, openTown, type Town } from "./gitlab-places.ts";
import { ofGroup, ofProject, publish, release } from "./gitlab-rows.ts";

let town: Town;
/** Below the attackers' own project and group, and below those of others. */
let mine: Made;
let theirs: Made;
/** Owner of `mine`, and an administrator, who may do everything but mistake one thing for another. */
const attackers: Record<string, string> = {};

/** One of each thing that has a number or a name below a project, or a group. */
interface Made {
  readonly project: string;
  readonly path: string;
  readonly group: string;
  readonly packageId: number;
  readonly fileId: number;
  readonly token: string;
  readonly groupToken: string;
  readonly deploy: string;
  readonly groupDeploy: string;
  readonly rule: string;
  readonly key: string;
  readonly groupKey: string;
  readonly tag: string;
  readonly link: number;
  readonly member: number;
}

async function makeAll(place: Town["elsewhere"], name: string): Promise<Made> {
  const { make, person, member } = town;
  const [project, group] = [ofProject(place), ofGroup(place)];
  const id = async (path: string, body: unknown): Promise<string> => String((await make("POST", path, body))["id"]);
  const token = { name, scopes: ["api"], expires_at: "2099-01-01", access_level: 10 };
  const deploy = { name, scopes: ["read_package_registry"] };
  await make("POST", `${project}/variables`, { key: `KEY_${name}`, value: marker });
  await make("POST", `${group}/variables`, { key: `GROUP_KEY_${name}`, value: marker });
  const guest = await person(`guest-of-${name}`);
  await member(place.project.id, `guest-of-${name}`, 10);
  await member(place.group.id, `guest-of-${name}`, 10);
  return {
    project, group,
    path: place.project.path,
    ...(await publish(town, project, name)),
    token: await id(`${project}/access_tokens`, token),
    groupToken: await id(`${group}/access_tokens`, token),
    deploy: await id(`${project}/deploy_tokens`, deploy),
    groupDeploy: await id(`${group}/deploy_tokens`, deploy),
    rule: await id(`${project}/packages/protection/rules`, { package_name_pattern: name, package_type: "generic", minimum_access_level_for_push: "maintainer" }),
    key: `KEY_${name}`,
    groupKey: `GROUP_KEY_${name}`,
    tag: `tag-${name}`,
    link: await release(town, project, `tag-${name}`),
    member: guest,
  };
}

beforeAll(async () => {
  town = await openTown();
  mine = await makeAll(town.places.private, "mine");
  theirs = await makeAll(town.elsewhere, "theirs");
  attackers["an owner"] = (await town.mint("owner", ["api"])).secret;
  attackers["an administrator"] = (await town.mint("chief", ["api"])).secret;
}, 60_000);
afterAll(async () => await town.site.server.stop());

type Attack = readonly [method: string, path: string, body?: unknown];

/** Every number and name of others, asked for below one's own project or group. */
function attacks(): readonly Attack[] {
  const ofPackage = (id: number): string => `${mine.project}/packages/${id}`;
  const both = (path: string, ...methods: string[]): Attack[] => methods.map((method) => [method, path]);
  const file = `${ofPackage(mine.packageId)}/package_files/${theirs.fileId}`;
  const foreign = `${ofPackage(theirs.packageId)}/package_files/${theirs.fileId}`;
  const crossed = `${ofPackage(theirs.packageId)}/package_files/${mine.fileId}`;
  const link = (tag: string, id: number): string => `${mine.project}/releases/${tag}/assets/links/${id}`;
  return [
    ...both(ofPackage(theirs.packageId), "GET", "DELETE"),
    ...both(`${ofPackage(theirs.packageId)}/package_files`, "GET"),
    ...both(`${ofPackage(theirs.packageId)}/pipelines`, "GET"),
    ...[file, foreign, crossed].flatMap((path) => [...both(`${path}/download`, "GET"), ...both(path, "DELETE")]),
    ...both(`/${mine.path}/-/package_files/${theirs.fileId}/download`, "GET"),
    ...([
      [mine.project, "access_tokens", theirs.token],
      [mine.project, "access_tokens", mine.groupToken],
      [mine.group, "access_tokens", theirs.groupToken],
      [mine.group, "access_tokens", mine.token],
    ] as const).flatMap(([root, kind, id]): Attack[] => [...both(`${root}/${kind}/${id}`, "GET", "DELETE"), ...both(`${root}/${kind}/${id}/rotate`, "POST")]),
    ...([
      [mine.project, theirs.deploy],
      [mine.project, mine.groupDeploy],
      [mine.group, theirs.groupDeploy],
      [mine.group, mine.deploy],
    ] as const).flatMap(([root, id]) => both(`${root}/deploy_tokens/${id}`, "GET", "DELETE")),
    ["PATCH", `${mine.project}/packages/protection/rules/${theirs.rule}`, { minimum_access_level_for_push: "owner" }],
    ...both(`${mine.project}/packages/protection/rules/${theirs.rule}`, "DELETE"),
    ...[`${mine.project}/variables/${theirs.key}`, `${mine.group}/variables/${theirs.groupKey}`, `${mine.group}/variables/${mine.key}`, `${mine.project}/variables/${mine.groupKey}`]
      .flatMap((path): Attack[] => [...both(path, "GET", "DELETE"), ["PUT", path, { value: "taken over" }]]),
    ...[`${mine.project}/releases/${theirs.tag}`].flatMap((path): Attack[] => [...both(path, "GET", "DELETE"), ["PUT", path, { name: "taken over" }]]),
    ...[link(mine.tag, theirs.link), link(theirs.tag, theirs.link)].flatMap((path): Attack[] => [...both(path, "GET", "DELETE"), ["PUT", path, { name: "taken over" }]]),
    ...[`${mine.project}/members/${theirs.member}`, `${mine.group}/members/${theirs.member}`].flatMap((path): Attack[] => [
      ...both(path, "GET", "DELETE"), ["PUT", path, { access_level: 10 }],
    ]),
    ...both(`${mine.project}/members/all/${theirs.member}`, "GET"),
  ];
}

describe("what belongs to others", () => {
  test("is not found below one's own project or group, by its owner or an administrator, and stays as it is", async () => {
    const wrong: unknown[] = [];
    let count = 0;
    const before = town.site.records();
    for (const [who, token] of Object.entries(attackers))
      for (const [method, path, body] of attacks()) {
        const { status, text } = await town.ask(method, path, { "private-token": token }, body);
        count += 1;
        if (status !== 404 || text.includes(marker)) wrong.push([who, method, path, status, text.slice(0, 200)]);
      }
    expect(wrong).toEqual([]);
    expect(town.site.records()).toBe(before);
    expect(count).toBe(2 * attacks().length);
    expect(count).toBeGreaterThan(100);
  });

  test("is found below its own project, so that the numbers above are right", async () => {
    const { project, group, packageId, fileId, token, groupToken, deploy, groupDeploy, key, groupKey, tag, link, member } = theirs;
    const paths = [
      `${project}/packages/${packageId}`, `${project}/packages/${packageId}/package_files/${fileId}/download`, `/${theirs.path}/-/package_files/${fileId}/download`,
      `${project}/access_tokens/${token}`, `${group}/access_tokens/${groupToken}`, `${project}/deploy_tokens/${deploy}`, `${group}/deploy_tokens/${groupDeploy}`,
      `${project}/variables/${key}`, `${group}/variables/${groupKey}`, `${project}/releases/${tag}/assets/links/${link}`, `${project}/members/${member}`,
    ];
    for (const path of paths) {
      const admin = await town.ask("GET", path, { "private-token": attackers["an administrator"] ?? "" });
      const owner = await town.ask("GET", path, { "private-token": attackers["an owner"] ?? "" });
      expect([path, admin.status, owner.status]).toEqual([path, 200, 404]);
    }
  });

  test("looks like what does not exist", async () => {
    const token = { "private-token": attackers["an owner"] ?? "" };
    for (const [hidden, absent] of [[theirs.project, "/api/v4/projects/999999"], [theirs.group, "/api/v4/groups/999999"], ["/api/v4/projects/elsewhere%2Ftools", "/api/v4/projects/elsewhere%2Ftoolz"]])
      for (const rest of ["", "/variables", "/members", "/access_tokens", "/deploy_tokens", "/packages", "/packages/generic/p/1/f", "/releases", "/issues"])
        for (const method of ["GET", "POST", "PUT", "DELETE"]) {
          const answers = await Promise.all([hidden, absent].map((root) => town.ask(method, `${root}${rest}`, token, method === "GET" ? undefined : {})));
          const [one, other] = answers.map(({ status, text }) => [status, text]);
          expect([method, rest, one]).toEqual([method, rest, other]);
        }
  });

  test("is no business of who only knows a number: personal and job tokens, accounts", async () => {
    const { id } = await town.mint("neighbour", ["api"]);
    const job = String((await town.make("POST", "/api/stowage/v1/job-tokens", { user: "neighbour", namespace: theirs.path }))["id"]);
    const before = town.site.records();
    const owner = { "private-token": attackers["an owner"] ?? "" };
    const neighbour = idOf(town.userIds, "neighbour");
    const asked: readonly (readonly [string, string, number])[] = [
      ...["GET", "DELETE"].map((method) => [method, `/api/v4/personal_access_tokens/${id}`, 401] as const),
      ["POST", `/api/v4/personal_access_tokens/${id}/rotate`, 401],
      ["GET", `/api/v4/personal_access_tokens?user_id=${neighbour}`, 401],
      ["POST", `/api/v4/users/${neighbour}/personal_access_tokens?name=t&scopes[]=api`, 403],
      ["POST", `/api/v4/projects/user/${neighbour}?name=t`, 403],
      ["PUT", `/api/v4/users/${neighbour}?admin=true`, 403],
      ["PUT", `/api/v4/users/${idOf(town.userIds, "owner")}?admin=true`, 403],
      ["DELETE", `/api/v4/users/${neighbour}`, 403],
      ["DELETE", `/api/stowage/v1/job-tokens/${job}`, 403],
    ];
    for (const [method, path, status] of asked) expect([method, path, (await town.ask(method, path, owner)).status]).toEqual([method, path, status]);
    for (const method of ["GET", "DELETE"])
      expect((await town.ask(method, "/api/v4/personal_access_tokens/999999", owner)).status).toBe(401);
    expect(town.site.records()).toBe(before);
  });

  test("is changed by no GraphQL mutation, and shown by no query", async () => {
    const before = town.site.records();
    const settings = (path: string) => `mutation { updateNamespacePackageSettings(input: {namespacePath: "${path}", genericDuplicatesAllowed: false}) { errors } }`;
    const cleanup = (path: string) => `mutation { updatePackagesCleanupPolicy(input: {projectPath: "${path}", keepNDuplicatedPackageFiles: ONE_PACKAGE_FILE}) { errors } }`;
    const queries = [
      settings("elsewhere"), settings("neighbour"), settings("vault-private/tools"), settings("nothing"), cleanup("elsewhere/tools"), cleanup("elsewhere"), cleanup("nothing"),
      `mutation { a: ${settings("elsewhere").slice(11, -2)} b: ${cleanup("elsewhere/tools").slice(11)}`,
    ];
    for (const query of queries) {
      const { status, text } = await town.ask("POST", "/api/graphql", { "private-token": attackers["an owner"] ?? "" }, { query });
      expect([query, status, text.includes('"errors":[{')]).toEqual([query, 200, true]);
    }
    const query = '{ project(fullPath: "elsewhere/tools") { id name } group(fullPath: "elsewhere") { id } namespace(fullPath: "elsewhere") { id packageSettings { genericDuplicatesAllowed } } }';
    const { text } = await town.ask("POST", "/api/graphql", { "private-token": attackers["an owner"] ?? "" }, { query });
    expect(JSON.parse(text)).toEqual({ data: { project: null, group: null, namespace: null } });
    expect(town.site.records()).toBe(before);
  });
});
