import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { chosen, emptyHandedBodies, forms, loneSurrogate, randomOf, writeBody, type Value, type WireBody } from "./gitlab-bad-bodies.ts";
import { expectSound, patienceMs, seedOf } from "./gitlab-harmless.ts";
import { idOf, openTown, type Town } from "./gitlab-places.ts";
import { ofProject } from "./gitlab-rows.ts";

/** An answer of refusal says what is wrong, and does not give back what was sent. */
const maxRefusalCharacters = 4096;

let town: Town;
let project = "";
let inputs = 0;

beforeAll(async () => {
  town = await openTown();
  project = ofProject(town.places.private);
  await town.make("POST", `${project}/variables`, { key: "KEY", value: "value" });
  await town.make("POST", `${project}/releases`, { tag_name: "v1" });
  await town.make("PUT", `${project}/packages/generic/p/1.0/f`, "content");
}, 60_000);
afterAll(async () => {
  await town.site.server.stop();
  console.log(`${inputs} bad inputs`);
  expect(inputs).toBeGreaterThan(2000);
});

/** Nothing is left behind, nothing was an error of the server, and it goes on. */
afterEach(async () => {
  await expectSound(town);
  expect((await town.ask("GET", `${project}/packages/generic/p/1.0/f`, root())).text).toBe("content");
});

const root = (): Record<string, string> => ({ "private-token": town.site.server.admin.token });

/** What is wrong with an answer: null where it is one of the dialect's own, in time, and a refusal changed nothing. */
async function judge(method: string, path: string, body: WireBody, mayChange: boolean): Promise<string | null> {
  inputs += 1;
  const before = town.site.records();
  const from = performance.now();
  const filled = fill(path);
  const target = body.query === "" ? filled : `${filled}?${body.query}`;
  const response = await fetch(town.site.url + target, {
    method,
    headers: { ...root(), ...(body.type === null ? {} : { "content-type": body.type }) },
    ...(body.bytes === null ? {} : { body: body.bytes }),
  });
  const text = await response.text();
  const tookMs = performance.now() - from;
  const { status } = response;
  const about = `${method} ${path} ${body.name}: ${status} ${text.slice(0, 200)}`;
  if (status >= 500) return `${about}: a fault`;
  if (tookMs > patienceMs) return `${about}: took ${Math.round(tookMs)} ms`;
  // The whole head of a request is bounded before any dialect sees it.
  if (status === 431) return null;
  if (status >= 400 && !isOwnShape(path, response.headers.get("content-type") ?? "", text)) return `${about}: not in the dialect's words`;
  if (status >= 400 && text.length > maxRefusalCharacters) return `${about}: a refusal of ${text.length} characters`;
  if ((status >= 400 || !mayChange) && town.site.records() !== before) return `${about}: changed something`;
  return null;
}

function isOwnShape(path: string, type: string, text: string): boolean {
  const wanted = path.startsWith("/api/stowage/") ? "application/problem+json" : "application/json";
  if (type !== wanted) return false;
  const body = JSON.parse(text) as Record<string, unknown>;
  if (wanted === "application/problem+json") return typeof body["code"] === "string" && typeof body["detail"] === "string" && typeof body["title"] === "string";
  if (path.startsWith("/api/graphql")) return Array.isArray(body["errors"]);
  return body["message"] !== undefined || typeof body["error"] === "string";
}

type Kind = "text" | "list" | "number" | "switch" | "map";
interface Target {
  readonly method: string;
  /** `{project}` and so on stand for what the town has. */
  readonly path: string;
  /** The fields that it must have, and those it may have: what belongs there. */
  readonly required: Readonly<Record<string, Kind>>;
  readonly optional: Readonly<Record<string, Kind>>;
}

const target = (method: string, path: string, required: Target["required"], optional: Target["optional"] = {}): Target => ({ method, path, required, optional });
const fill = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_whole, name) => {
    const { group, project: ours } = town.places.private;
    const ids: Record<string, number> = { project: ours.id, group: group.id, user: idOf(town.userIds, "stranger"), guest: idOf(town.userIds, "guest") };
    return String(ids[String(name)]);
  });
const token = { name: "text", scopes: "list" } as const;
const native = "/api/stowage/";
/** Routes that take a body, of every family. */
const targets: readonly Target[] = [
  target("POST", "/api/v4/projects/{project}/variables", { key: "text", value: "text" }, { masked: "switch", environment_scope: "text", variable_type: "text", filter: "map" }),
  target("PUT", "/api/v4/projects/{project}/variables/KEY", {}, { value: "text", description: "text", protected: "switch", variable_type: "text" }),
  target("POST", "/api/v4/groups/{group}/variables", { key: "text", value: "text" }, { raw: "switch" }),
  target("POST", "/api/v4/projects/{project}/releases", { tag_name: "text" }, { name: "text", description: "text", released_at: "text", milestones: "list", assets: "map" }),
  target("PUT", "/api/v4/projects/{project}/releases/v1", {}, { name: "text", description: "text", released_at: "text", milestones: "list" }),
  target("POST", "/api/v4/projects/{project}/releases/v1/assets/links", { name: "text", url: "text" }, { link_type: "text", direct_asset_path: "text" }),
  target("POST", "/api/v4/projects/{project}/packages/protection/rules", { package_name_pattern: "text", package_type: "text" }, { minimum_access_level_for_push: "text" }),
  target("POST", "/api/v4/projects/{project}/access_tokens", token, { access_level: "number", expires_at: "text", description: "text" }),
  target("POST", "/api/v4/projects/{project}/deploy_tokens", token, { username: "text", expires_at: "text" }),
  target("POST", "/api/v4/projects/{project}/members", { user_id: "list", access_level: "number" }, { expires_at: "text", username: "text" }),
  target("PUT", "/api/v4/groups/{group}/members/{guest}", { access_level: "number" }, { expires_at: "text" }),
  target("POST", "/api/v4/projects", {}, { name: "text", path: "text", namespace_id: "number", visibility: "text", id: "number", description: "text", packages_enabled: "switch" }),
  target("PUT", "/api/v4/projects/{project}", {}, { name: "text", path: "text", visibility: "text", description: "text", package_registry_access_level: "text" }),
  target("POST", "/api/v4/groups", { name: "text", path: "text" }, { parent_id: "number", visibility: "text", description: "text" }),
  target("PUT", "/api/v4/groups/{group}", {}, { name: "text", path: "text", visibility: "text", description: "text" }),
  target("POST", "/api/v4/users", { username: "text", name: "text", email: "text" }, { password: "text", admin: "switch" }),
  target("PUT", "/api/v4/users/{user}", {}, { name: "text", email: "text", password: "text", admin: "switch", username: "text" }),
  target("POST", "/api/v4/users/{user}/personal_access_tokens", token, { expires_at: "text", description: "text" }),
  target("POST", "/api/v4/user/personal_access_tokens", token, { expires_at: "text" }),
  target("PUT", "/api/v4/application/plan_limits", { plan_name: "text" }, { generic_packages_max_file_size: "number" }),
  target("POST", "/api/stowage/v1/job-tokens", { user: "text", namespace: "text" }, { expires_in_seconds: "number" }),
  target("POST", "/api/stowage/v1/namespaces/{project}/packages/p/reservations", { bump: "text" }, { first: "text", expires_in_seconds: "number" }),
  target("PATCH", "/api/stowage/v1/namespaces/{project}/settings", {}, { duplicates: "text", duplicate_exception_regex: "text", keep_duplicated_files: "number" }),
];

/** Values, and the kinds of fields that no such value fits. */
const values: readonly (readonly [name: string, value: Value, misfits: readonly Kind[], only?: "json"])[] = [
  ["a map", { a: "b" }, ["text", "list", "number", "switch"]],
  ["a map with __proto__", { constructor: { name: "x" }, toString: "x" }, ["text", "list", "number", "switch"]],
  ["a list", ["a"], ["text", "number", "switch", "map"]],
  ["a list of maps", [{ a: "b" }], ["text", "list", "number", "switch"]],
  ["lists in lists", [["a", ["b"]]], ["text", "list", "number", "switch"]],
  ["a number", 5, [], "json"],
  ["a large number", 2 ** 53, [], "json"],
  ["true", true, ["list"], "json"],
  ["null", null, []],
  ["an empty list", [], [], "json"],
  ["an empty map", {}, [], "json"],
  ["NUL", "a\0b", ["text", "list", "number", "switch", "map"]],
  ["a lone surrogate", `a${loneSurrogate}`, ["text", "list", "number", "switch", "map"], "json"],
  ["text for anything", "never-a-number", ["number", "switch", "map"]],
  ["text of 9 KB", "x".repeat(9000), ["number", "switch", "map"]],
  ["direction marks", "\u202e\u2066x\u200b", ["number", "switch", "map"]],
  ["line breaks", "a\r\nX-Evil: 1\r\n\r\n", ["number", "switch", "map"]],
  ["a number that is none", "1e3", ["switch", "map"]],
  ["hexadecimal", "0x1", ["number", "switch", "map"]],
  ["minus zero", "-0", ["switch", "map"]],
  ["beyond exact", "9007199254740993", ["switch", "map"]],
  ["the name of a member", "__proto__", ["number", "switch", "map"]],
];

const fits: Readonly<Record<Kind, Value>> = { text: "x", list: ["x"], number: 1, switch: false, map: {} };

describe("fields of the wrong type", () => {
  for (const { method, path, required, optional } of targets) {
    const of = { ...required, ...optional };
    test(`${method} ${path}: refused in all forms`, async () => {
      const wrong: unknown[] = [];
      for (const [field, kind] of Object.entries(of))
        for (const [name, value, misfits, only] of values)
          for (const form of forms) {
            if (only !== undefined && form !== only) continue;
            if (form !== "json" && path.startsWith(native)) continue;
            // Everything else that is required is there, and is worth nothing.
            const others = Object.entries(required).filter(([one]) => one !== field).map(([one, wanted]) => [one, fits[wanted]] as const);
            const isMisfit = misfits.includes(kind);
            const found = await judge(method, path, writeBody(`${field} as ${name}, ${form}`, form, [...others, [field, value]]), !isMisfit);
            if (found !== null) wrong.push(found);
          }
      expect(wrong).toEqual([]);
    }, 60_000);
  }
});

describe("bodies that give nothing to do", () => {
  for (const { method, path } of targets)
    test(`${method} ${path}: change nothing, in time`, async () => {
      const wrong: unknown[] = [];
      for (const body of emptyHandedBodies) {
        const found = await judge(method, path, body, false);
        if (found !== null) wrong.push(found);
      }
      expect(wrong).toEqual([]);
    }, 60_000);
});

test("bodies thrown together at random", async () => {
  const seed = seedOf("bodies at random");
  const random = randomOf(seed);
  const names = [...new Set(targets.flatMap(({ required, optional }) => Object.keys({ ...required, ...optional }))), "__proto__", "", "a[b]"];
  const wrong: unknown[] = [];
  for (let round = 0; round < 1000; round += 1) {
    const { method, path } = chosen(targets, random);
    const fields = Array.from({ length: random(8) }, () => [chosen(names, random), chosen(values, random)[1]] as const);
    const whole = writeBody(`round ${round} of seed ${seed}`, chosen(forms, random), fields);
    const bytes = Buffer.from(whole.bytes ?? "");
    for (let count = random(3); count > 0 && bytes.length > 0; count -= 1) bytes[random(bytes.length)] = random(256);
    const body = { ...whole, bytes: whole.bytes === null ? null : new Uint8Array(bytes.subarray(0, random(8) === 0 ? random(bytes.length + 1) : bytes.length)) };
    const found = await judge(method, path, body, true);
    if (found !== null) wrong.push(found);
  }
  expect(wrong).toEqual([]);
}, 60_000);
