import { afterAll, describe, expect, it } from "bun:test";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { createRandom, seedOfRun } from "../../support/fault-random.ts";
import { createInquiry } from "./inquiry.ts";
import { openProductSite } from "./product-site.ts";
import { questions } from "./product.ts";
import { rowsWithoutRoute, serverRoutes } from "./server-routes.ts";
import { spotsOf } from "./spots.ts";

const seed = seedOfRun();
const startedMs = performance.now();
// Nothing here is about durability: the records of many thousand changes need no disk.
const site = await openProductSite(existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
const routes = serverRoutes(site.town.site.server.registry);
const inquiry = createInquiry(site, createRandom(seed));
const seconds: Record<string, number> = {};
let wrongMethods = 0;

afterAll(async () => {
  await site.town.site.server.stop();
  const took = Math.round(performance.now() - startedMs) / 1000;
  console.log(JSON.stringify({ test: "product of rights", seed, routes: routes.length, wrongMethods, ...inquiry.counts, secondsOf: seconds, seconds: took }));
});

/** Enough of what is wrong to see what it is. */
const shown = 12;
const timeoutMs = 120_000;

describe("the routes of the server", () => {
  it("each have a class, and no row of the tables is of another one", () => {
    expect(routes.filter(({ rows }) => rows.length === 0).map(({ method, pattern }) => `${method} ${pattern}`)).toEqual([]);
    expect(rowsWithoutRoute(routes)).toEqual([]);
  });
});

describe("methods that a route does not have", () => {
  it("are refused before anybody is asked for a credential, in every form", async () => {
    const known = new Set(routes.flatMap(({ method, pattern }) => [`${method} ${pattern}`, ...(method === "GET" ? [`HEAD ${pattern}`] : [])]));
    const { town, door, giteaSubjects } = site;
    const ofAKind = new Map(giteaSubjects.filter(({ relation, kind, isDead }) => relation === "admin" || (kind !== "personal" && !isDead)).map((subject) => [subject.kind, subject]));
    const subjects = [...ofAKind.values(), ...giteaSubjects.filter(({ relation }) => relation === "revoked")];
    const before = town.site.records();
    const wrong: unknown[] = [];
    for (const pattern of new Set(routes.map((route) => route.pattern))) {
      const wanted = /^\/(?:api\/stowage\/|api\/v1\/|api\/packages\/|healthz|readyz|metrics)/.test(pattern) ? 405 : 404;
      for (const method of ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
        for (const { form, subject } of known.has(`${method} ${pattern}`) ? [] : questions(subjects)) {
          const { query = "", headers = {} } = form.write(subject.secret, subject.name);
          const { status } = await door.fetch(`http://127.0.0.1${pattern.replaceAll(/[:*]/g, "x")}?${query}`, { method, headers });
          wrongMethods += 1;
          if (status !== wanted) wrong.push([method, pattern, form.name, status]);
        }
    }
    expect(wrong.slice(0, shown)).toEqual([]);
    expect(town.site.records()).toBe(before);
  }, timeoutMs);
});

/** Asks about these routes of the router's lists, one test each; `name` is what all that is made for it begins with. */
function everyRoute(asked: typeof routes, name: string, what: string, ask: typeof inquiry.askHarmless): void {
  for (const [index, route] of asked.entries())
    it(`${route.method} ${route.pattern} (${route.rows.map(({ row }) => row.line).join(", ")}): ${what}`, async () => {
      const begunMs = performance.now();
      const wrong: string[] = [];
      for (const [at, spot] of spotsOf(site, route).entries()) wrong.push(...(await ask(spot, `${name}${index}x${at}y`)));
      seconds[name] = (seconds[name] ?? 0) + (performance.now() - begunMs) / 1000;
      expect([wrong.length, wrong.slice(0, shown)]).toEqual([0, []]);
    }, timeoutMs);
}

describe("the product of the tables over every route: what is refused or only reads", () => {
  everyRoute(routes, "harmless", "every form, scope, relation and visibility gets what they say, and changes nothing", inquiry.askHarmless);
});

// After all the rest: what is made here would only slow it down.
describe("the product of the tables over every route: what succeeds and changes something", () => {
  const changing = routes.filter(({ rows }) => rows.some(({ row }) => row.isReading !== true));
  everyRoute(changing, "changing", "each form and each secret of each relation gets what they say in each place", inquiry.askChanging);
});
