import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { giteaRoutes } from "../../src/dialects/gitea/dialect.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { createOperationRoutes } from "../../src/operation-routes.ts";
import { relations, routeRows, statusFor, type Relation, type RouteRow } from "./route-table.ts";
import { basic, openSite, type Site } from "./site.ts";

const password = "Marker-password-of-all-1";
let site: Site;
/** The Authorization header of each relation. */
const byToken = new Map<Relation, string | undefined>();
const byPassword = new Map<Relation, string | undefined>();

beforeAll(async () => {
  site = await openSite();
  const { ask, must, addTeam, addToken, root, server } = site;
  const people = [["stranger", "stranger"], ["reader", "reader"], ["writer", "writer"], ["owner", "olga"], ["inactive", "ines"]] as const;
  for (const [relation, name] of people) {
    await site.addUserWithPassword(name, password);
    byToken.set(relation, await addToken(name, "all"));
    byPassword.set(relation, basic(name, password));
  }
  byToken.set("narrow", await addToken(server.admin.name, "write:misc", "read:issue", "write:repository"));
  byToken.set("confined", await addToken(server.admin.name, "all", "public-only"));
  byToken.set("admin", root);
  byPassword.set("admin", basic(server.admin.name, server.admin.password));
  await must("POST", "/api/v1/orgs", { username: "vault", visibility: "private" });
  await addTeam("vault", "read", "reader");
  await addTeam("vault", "write", "writer");
  await addTeam("vault", "admin", "olga", "ines");
  const change = { login_name: "", source_id: 0 };
  await must("PATCH", "/api/v1/admin/users/olga", { ...change, visibility: "private" });
  await must("PATCH", "/api/v1/admin/users/ines", { ...change, active: false });
  expect((await ask("GET", "/api/v1/user", { as: byToken.get("owner") })).status).toBe(200);
}, 30_000);
afterAll(async () => await site.server.stop());

const nameOf = (route: Pick<RouteRow, "method" | "pattern">): string => `${route.method} ${route.pattern}`;

describe("route table", () => {
  test("has a row with the same access for each route of the server, and no other", () => {
    const operations = (metricsAccess: "restricted" | "public") =>
      createOperationRoutes({ registry: site.server.registry, metrics: createMetrics(), checkReady: async () => {}, metricsAccess }).routes;
    const routes = [...giteaRoutes(site.server.registry), ...operations("restricted")];
    const lines = (from: readonly { method: string; pattern: string; access: string }[]): string[] =>
      [...new Set(from.map((route) => `${nameOf(route)} ${route.access}`))].toSorted();
    expect(lines(routeRows)).toEqual(lines(routes));
    expect(lines(routes)).toHaveLength(routes.length);
    expect(operations("public").map((route) => route.access)).toEqual(["anyone", "anyone", "anyone"]);
  });

  for (const [index, row] of routeRows.entries())
    test(`${nameOf(row)}${row.by === undefined ? "" : ` by ${row.by}`}: everyone gets what the table says`, async () => {
      const found: string[] = [];
      const wanted: string[] = [];
      for (const relation of relations) {
        const status = statusFor(row.line, relation, row.success);
        if (status === null) continue;
        const as = (row.by === "password" ? byPassword : byToken).get(relation);
        const probe = await row.prepare(site, `x${index}-${relation}`);
        const before = site.records();
        const answer = await site.ask(row.method, probe.path, { ...probe, as });
        const isChanged = site.records() !== before;
        const isAllowed = status === row.success;
        found.push(`${relation}: ${answer.status}${isChanged ? ", changed" : ""}`);
        wanted.push(`${relation}: ${status}${isAllowed && row.isReading !== true ? ", changed" : ""}`);
        if (!isAllowed) expect(answer.text).not.toContain("content");
        if (row.method !== "GET") continue;
        // What may not be read may not be probed either.
        const head = await site.ask("HEAD", probe.path, { ...probe, as });
        found.push(`${relation}: HEAD ${head.status}`);
        wanted.push(`${relation}: HEAD ${status}`);
      }
      expect(found).toEqual(wanted);
    }, 30_000);

  test("lets loopback read the metrics without credentials", async () => {
    expect((await site.ask("GET", "/metrics")).status).toBe(200);
    for (const name of ["forwarded", "x-forwarded-for"])
      expect((await site.ask("GET", "/metrics", { headers: { [name]: "for=127.0.0.1" } })).status).toBe(401);
  });

  test("treats a private organisation and one that does not exist alike, where the answer is 404", async () => {
    for (const as of [undefined, byToken.get("stranger"), byToken.get("confined")])
      for (const [method, body] of [["GET"], ["PATCH", {}], ["DELETE"]] as const) {
        const [hidden, absent] = await Promise.all(
          ["vault", "vaulu"].map(async (name) => {
            const { status, text } = await site.ask(method, `/api/v1/orgs/${name}`, { as, body });
            return [status, text];
          }),
        );
        expect([method, hidden]).toEqual([method, absent]);
      }
  });

  test("knows no method beyond those of the table", async () => {
    const wanted = new Map(routeRows.map((row) => [nameOf(row), row]));
    const before = site.records();
    for (const pattern of new Set(routeRows.map((row) => row.pattern)))
      for (const method of ["PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]) {
        if (wanted.has(`${method} ${pattern}`)) continue;
        const { status } = await site.ask(method, pattern.replaceAll(":", "x"), { as: site.root });
        expect([method, pattern, status]).toEqual([method, pattern, 405]);
      }
    expect(site.records()).toBe(before);
    expect(site.server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
