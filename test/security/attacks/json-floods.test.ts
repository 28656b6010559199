import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { openTarget, requestOf, type Target } from "./open-target.ts";

let target: Target;
beforeAll(async () => {
  target = await openTarget("floods of JSON");
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

/** What one request may cost the server, in CPU time. */
const mostCpuMs = 1500;
const many = (count: number, one: (index: number) => string): string => Array.from({ length: count }, (_, index) => one(index)).join(",");
const deep = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

/** Each with what would be needed around it, so that nothing else is wrong. */
const floods: readonly (readonly [name: string, extra: string])[] = [
  ["deep lists", `"x":${deep(30_000, "[", "]")}`],
  ["deep maps", `"x":${deep(10_000, '{"a":', "}").replace(":}", ":1}")}`],
  ["deep and broken", `"x":${"[".repeat(60_000)}`],
  ["many keys", many(5000, (index) => `"k${index}":1`)],
  ["one key many times", many(8000, () => '"k":1')],
  ["keys that hash alike", many(4000, (index) => `"${index * 65_536}":1`)],
  ["a text of a megabyte", `"x":"${"a".repeat(1 << 20)}"`],
  ["escapes", `"x":"${String.raw`\u0061`.repeat(10_000)}"`],
  ["a number of 60,000 digits", `"x":${"9".repeat(60_000)}`],
  ["a fraction of 60,000 digits", `"x":0.${"3".repeat(60_000)}`],
  ["an exponent", `"x":1e${"9".repeat(1000)}`],
  ["numbers beyond what is exact", many(20, (index) => `"n${index}":90071992547409${93 + index}0000000`)],
  ["__proto__", '"__proto__":{"admin":true,"is_admin":true,"visibility":"public"},"constructor":{"prototype":{"admin":true}}'],
  ["__proto__ with escapes", String.raw`"\u005f_proto__":{"admin":true},"__pro\u0074o__":{"admin":true}`],
  ["members of objects", '"toString":1,"valueOf":1,"hasOwnProperty":1,"then":1,"toJSON":1'],
  ["a list of many", `"x":[${many(30_000, () => "1")}]`],
  ["white space", `"x":${" ".repeat(60_000)}1`],
];

describe("floods of JSON", () => {
  const routes = [
    ["POST", "/api/v4/projects", '"name":"never","visibility":"nonsense"'],
    ["POST", "/api/v1/orgs", '"username":"a b"'],
    ["POST", "/api/graphql", '"query":"{"'],
    ["PATCH", "/api/stowage/v1/namespaces/1/settings", '"duplicates":"nonsense"'],
    ["POST", "/api/v4/users", '"username":"a b","name":"n","email":"no"'],
  ] as const;
  for (const [method, path, needed] of routes)
    it(`at ${method} ${path} are refused before they cost much, whoever sends them`, async () => {
      const before = target.town.site.records();
      for (const [name, extra] of floods)
        for (const body of [`{${needed},${extra}}`, `{${extra},${needed}}`, `[{${needed},${extra}}]`])
          for (const lines of [[`PRIVATE-TOKEN: ${target.token}`, `Authorization: token ${target.token}`], []]) {
            const from = process.cpuUsage();
            const answer = await target.send(requestOf(`${method} ${path}`, [...lines, "Content-Type: application/json"], body));
            const spent = process.cpuUsage(from);
            expect([name, (answer?.status ?? 400) >= 400 || path === "/api/graphql", (answer?.status ?? 400) < 500]).toEqual([name, true, true]);
            expect([name, (spent.user + spent.system) / 1000 < mostCpuMs]).toEqual([name, true]);
          }
      expect(target.town.site.records()).toBe(before);
      for (const member of ["admin", "is_admin", "visibility"]) expect(({} as Record<string, unknown>)[member]).toBeUndefined();
    }, 60_000);

  it("say nothing of numbers that are not exact: an id beyond 2^53 is nobody's", async () => {
    const ids = ["9007199254740993", "9007199254740992", "1e400", "-9007199254740993", "1.0000000000000001", "4294967297", "18446744073709551617", "0.1e1", "1E0", "-0", "00", "NaN", "Infinity"];
    let before = target.town.site.records();
    for (const id of ids) {
      const answer = await target.send(requestOf("POST /api/v4/projects", [`PRIVATE-TOKEN: ${target.token}`, "Content-Type: application/json"], `{"path":"by-number","namespace_id":${id}}`));
      const status = answer?.status ?? 400;
      // 1E0, 0.1e1 and what is nearer to one than any other number are one: the administrator's own namespace.
      if (status === 201) expect([id, Number(id)]).toEqual([id, 1]);
      else expect([id, status >= 400 && status < 500]).toEqual([id, true]);
      if (status === 201) before = target.town.site.records();
      expect([id, target.town.site.records() === before]).toEqual([id, true]);
    }
  });
});
