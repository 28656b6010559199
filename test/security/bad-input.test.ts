import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { NoAnswerError, rawRequest } from "../support/raw-http.ts";
import { openSite, type Answer, type Site } from "./site.ts";

let site: Site;
let teamId = 0;
let before = "";

beforeAll(async () => {
  site = await openSite();
  await site.addUser("alice");
  await site.must("POST", "/api/v1/orgs", { username: "vault", visibility: "private" });
  teamId = await site.addTeam("vault", "write", "alice");
  await site.must("PUT", "/api/packages/vault/generic/p/1.0/f", "content");
  before = site.records();
}, 30_000);
afterAll(async () => await site.server.stop());

/** Nothing was stored, nothing was logged as an internal error, and the process goes on. */
afterEach(async () => {
  const known = before.split("\n");
  before = site.records();
  expect(before.split("\n").filter((line) => !known.includes(line))).toEqual([]);
  expect(before.split("\n")).toHaveLength(known.length);
  expect(site.server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect(site.server.fatalErrors).toEqual([]);
  expect(await site.server.stores.blobs.staging("count")).toBe(0);
  expect((await site.ask("GET", "/api/packages/vault/generic/p/1.0/f", { as: site.root })).text).toBe("content");
});

const send = (method: string, path: string, body?: string): Promise<Answer> =>
  site.ask(method, path, { as: site.root, ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }) });

/** Every route that takes JSON, with a field that it needs. */
const jsonRoutes = [
  ["POST", "/api/v1/admin/users", '"username":"vault"'],
  ["PATCH", "/api/v1/admin/users/nobody", '"login_name":"","source_id":0'],
  ["POST", "/api/v1/orgs", '"username":"vault"'],
  ["PATCH", "/api/v1/orgs/none", '"description":""'],
  ["POST", "/api/v1/orgs/none/teams", '"name":"t"'],
] as const;

const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("JSON that is not what it should be", () => {
  const bodies: readonly (readonly [string, (field: string) => string, readonly number[]])[] = [
    ["larger than the bound", (field) => `{${field},"x":"${"a".repeat(65_536)}"}`, [413]],
    ["of eight megabytes", (field) => `{${field},"x":"${"a".repeat(8 << 20)}"}`, [413]],
    ["nested beyond the bound", (field) => `{${field},"x":${deep(16)}}`, [400]],
    ["nested ten thousand deep", (field) => `{${field},"x":${deep(10_000)}}`, [400]],
    ["opened thirty thousand times", () => "[".repeat(30_000), [400]],
    ["an array", (field) => `[{${field}}]`, [400]],
    ["with a comment", (field) => `{${field}/* */}`, [400]],
    ["with two values", (field) => `{${field}}{${field}}`, [400]],
    ["no UTF-8", () => "\u00ff", [400, 404, 422]],
    ["with a lone surrogate", () => String.raw`{"username":"\ud800","full_name":"\ud800","login_name":"\ud800","source_id":0,"description":"\ud800","name":"\ud800"}`, [400]],
    ["with NUL in a text", () => String.raw`{"username":"a\u0000b","login_name":"a\u0000","source_id":0,"description":"a\u0000","name":"a\u0000"}`, [400]],
    ["with __proto__", (field) => `{${field},"__proto__":{"admin":true,"isAdmin":true,"visibility":"x"},"constructor":{"prototype":{"admin":true}}}`, [400, 404, 422]],
    ["with fields that no route offers", (field) => `{${field},"id":1,"is_admin":true,"isAdmin":true,"passwordHash":"x","ownerId":1,"limits":{}}`, [400, 404, 422]],
    ["with the same field twice", (field) => `{${field},"visibility":"private","visibility":"nonsense"}`, [400, 404, 422]],
  ];
  for (const [name, body, statuses] of bodies)
    test(`${name}: refused in one sentence`, async () => {
      for (const [method, path, field] of jsonRoutes) {
        const { status, text } = await send(method, path, body(field));
        expect([path, statuses.includes(status), status]).toEqual([path, true, status]);
        const parsed: unknown = JSON.parse(text);
        expect(parsed).toEqual({ message: expect.stringMatching(/^[^\n]{1,400}$/), url: `${site.url}/api/swagger` });
      }
      expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
    });

  test("a visibility that is the name of an object's own member is none", async () => {
    for (const word of ["__proto__", "constructor", "toString", "PUBLIC", " public", "0"])
      expect((await send("PATCH", "/api/v1/orgs/vault", JSON.stringify({ visibility: word }))).status).toBe(422);
    for (const right of ["__proto__", "constructor", "hasOwnProperty", "ADMIN", ""])
      for (const body of [{ name: "t", units_map: { "repo.packages": right } }, { name: "t", permission: `${right}.` }])
        expect([right, (await send("POST", "/api/v1/orgs/vault/teams", JSON.stringify(body))).status]).toEqual([right, 422]);
  });

  test("numbers beyond what is exact, and texts where numbers belong", async () => {
    for (const id of ["9007199254740993", "1e400", "-1", "1.5", "null", '"0"', "true", "[0]"]) {
      const { status } = await send("PATCH", "/api/v1/admin/users/nobody", `{"login_name":"","source_id":${id}}`);
      expect([id, [400, 404, 422].includes(status)]).toEqual([id, true]);
    }
  });
});

const ids = [
  "0", "-1", "-0", "+1", "1e3", "1.0", "01", "0x1", "٣", "%31%00", "9007199254740991", "9007199254740993", "9223372036854775807",
  "9223372036854775808", "18446744073709551616", "1".repeat(200), "NaN", "Infinity", "null", "1;2", "1%20", "1'", "__proto__", "constructor",
];

describe("ids that are none", () => {
  test("lead to no team, and take nobody in or out", async () => {
    for (const id of [...ids, `0${teamId}`, `${teamId}.0`, `${teamId}e0`, `+${teamId}`, `${teamId}%20`])
      for (const method of ["PUT", "DELETE"]) {
        const { status } = await send(method, `/api/v1/teams/${encodeURI(id).replaceAll("%25", "%")}/members/alice`);
        expect([method, id, status]).toEqual([method, id, 404]);
      }
  });
  test("lead to no token", async () => {
    for (const id of ids) expect([id, (await send("DELETE", `/api/v1/users/alice/tokens/${encodeURI(id).replaceAll("%25", "%")}`)).status]).toEqual([id, 404]);
  });
  test("stand for the default as page and limit", async () => {
    for (const id of ids)
      for (const path of ["/api/v1/packages/vault", "/api/v1/packages/vault/generic/p", `/api/v1/users/${site.server.admin.name}/tokens`]) {
        const { status, text } = await send("GET", `${path}?page=${id.replace("+", "%2B")}&limit=${id.replace("+", "%2B")}`);
        expect([path, id, status, Array.isArray(JSON.parse(text))]).toEqual([path, id, 200, true]);
      }
  });
});

/** The first lines of requests on each family of routes. */
const families = [
  "/api/packages/vault/generic/p/1.0/f", "/api/v1/packages/vault", "/api/v1/packages/vault/generic/p/1.0/files", "/api/v1/orgs/vault",
  "/api/v1/users/alice/tokens", "/healthz", "/metrics",
] as const;

/** The status on the wire; 0 where the connection was closed without one. */
async function statusOf(bytes: string): Promise<number> {
  try {
    return (await rawRequest(site.port, Buffer.from(bytes, "latin1"))).status;
  } catch (error) {
    if (error instanceof NoAnswerError) return 0;
    throw error;
  }
}

describe("heads that are too much", () => {
  const line = (index: number): string => `X-${index}: y\r\n`;
  const lines = (count: number, make: (index: number) => string): string => Array.from({ length: count }, (_, index) => make(index)).join("");
  const floods: readonly (readonly [string, string, number])[] = [
    ["a thousand lines", lines(1000, line), 431],
    ["a thousand lines of one name", lines(1000, () => "X: y\r\n"), 431],
    ["one line of 64 KiB", `X: ${"y".repeat(65_536)}\r\n`, 431],
    ["a name of 64 KiB", `${"X".repeat(65_536)}: y\r\n`, 431],
    ["credentials of 12 KiB", `Authorization: Basic ${"A".repeat(12_288)}\r\n`, 401],
    ["two hundred credentials", lines(150, () => "Authorization: token x\r\n"), 401],
  ];
  for (const [name, head, status] of floods)
    test(`${name}: ${status}`, async () => {
      for (const path of families.slice(0, 5)) expect([path, await statusOf(`GET ${path} HTTP/1.1\r\nHost: h\r\n${head}\r\n`)]).toEqual([path, status]);
    });
});

describe("paths that lead elsewhere", () => {
  const traversals = [
    "..", "%2e%2e", "%2E.", "..%2f..", "%2e%2e%2f%2e%2e", "..\\..", "..%5c..", "%252e%252e%252f", "..;", "%c0%ae%c0%ae", "%u002e%u002e", "....%2f%2f", "%00..", "/etc/passwd", "%2fetc%2fpasswd", "C:%5cwindows", "file:%2f%2f", "~root", "..%00/f", "%ef%bc%8e%ef%bc%8e",
  ];
  const targets: readonly (readonly [string, (inner: string) => string])[] = [
    ["generic owner", (inner) => `/api/packages/${inner}/generic/p/1.0/f`],
    ["generic package", (inner) => `/api/packages/vault/generic/${inner}/1.0/f`],
    ["generic file", (inner) => `/api/packages/vault/generic/p/1.0/${inner}/../../../../stowage.db`],
    ["packages", (inner) => `/api/v1/packages/vault/generic/${inner}/1.0/files`],
    ["packages type", (inner) => `/api/v1/packages/vault/${inner}/p`],
    ["users", (inner) => `/api/v1/users/${inner}`],
    ["admin", (inner) => `/api/v1/admin/users/${inner}`],
    ["organisations", (inner) => `/api/v1/orgs/${inner}`],
    ["teams", (inner) => `/api/v1/teams/${inner}/members/alice`],
    ["tokens", (inner) => `/api/v1/users/alice/tokens/${inner}`],
    ["operation", (inner) => `/healthz/${inner}/stowage.db`],
    ["root", (inner) => `/${inner}/stowage.db`],
  ];
  for (const [name, target] of targets)
    test(`${name}: found by no method, changed by none`, async () => {
      for (const inner of traversals)
        for (const method of ["GET", "HEAD", "DELETE", "PATCH", "POST", "PUT"]) {
          const path = target(inner);
          const hasBody = method !== "GET" && method !== "HEAD";
          const head = `${method} ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: ${site.root}\r\n${hasBody ? "Content-Length: 2\r\n" : ""}\r\n`;
          const status = await statusOf(head + (hasBody ? "{}" : ""));
          expect([method, path, [400, 404, 405, 422].includes(status), status]).toEqual([method, path, true, status]);
        }
    }, 30_000);
});
