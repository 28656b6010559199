import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Visibility } from "../../../src/core/domain.ts";
import { gitlabRoutes } from "../../../src/dialects/gitlab/dialect.ts";
import { nativeRoutes } from "../../../src/dialects/native/dialect.ts";
import { marker } from "../gitlab-places.ts";
import { statusFor as gitlabStatus } from "../gitlab-lines.ts";
import { gitlabRows, nativeDialectRows } from "../gitlab-route-table.ts";
import type { GitlabRow, Probe } from "../gitlab-rows.ts";
import { openTable, routeRows, type RouteRow } from "../route-table.ts";
import { movedPath, openProductSite, siteAt, vaults, type ProductSite, type Subject } from "./product-site.ts";
import { questions, statusesOf, type ProductRoute, type Question } from "./product.ts";
import { rawRequest } from "../../support/raw-http.ts";
import { requestOf } from "../attacks/open-target.ts";
import { createRandom, seedOfRun } from "../../support/fault-random.ts";

/** How many requests that succeed and change something are made for each route and place, besides one for each relation. */
const sampleSize = Number(process.env["STOWAGE_RIGHTS_SAMPLE"] ?? 2);
/** All forms with all scopes: four times as many requests. */
const isWhole = process.env["STOWAGE_RIGHTS_WHOLE"] === "1";
/** How many requests are under way at once. */
const batch = 64;

const seed = seedOfRun();
const random = createRandom(seed);
let site: ProductSite;
const counts = { routes: 0, requests: 0, succeeded: 0, refused: 0, changed: 0, overTheWire: 0 };
const startedMs = performance.now();

beforeAll(async () => {
  // Nothing here is about durability: the records of many thousand changes need no disk.
  site = await openProductSite(existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
}, 60_000);
afterAll(async () => {
  await site.town.site.server.stop();
  console.log(JSON.stringify({ test: "product of rights", seed, ...counts, seconds: Math.round(performance.now() - startedMs) / 1000 }));
});

/** One place of one route, with the means to make requests there. */
interface Spot {
  readonly route: ProductRoute;
  readonly visibility: Visibility;
  readonly subjects: readonly Subject[];
  prepare(fresh: string): Promise<Probe>;
}

const isOpenTo = (row: GitlabRow, visibility: Visibility): boolean =>
  visibility === "private" || gitlabStatus(row.line, visibility, "anonymous", row.success) !== null;
const visibilities: readonly Visibility[] = ["private", "internal", "public"];

function gitlabSpots(row: GitlabRow): Spot[] {
  const { town, gitlabSubjects } = site;
  const isNative = row.pattern.startsWith("/api/stowage/");
  const routes = isNative ? nativeRoutes(town.site.server.registry) : gitlabRoutes(town.site.server.registry, { unwrapForms: true });
  const found = routes.find(({ method, pattern }) => method === row.method && pattern === row.pattern);
  if (found === undefined) throw new Error(`the router has no ${row.method} ${row.pattern}`);
  const isOpen = "admission" in found && found.admission.anonymous === "welcome";
  const route: ProductRoute = {
    ...row, isReading: row.isReading === true, isSpent: row.spendsToken === true, by: null,
    door: { manner: isNative ? "native" : "gitlab", kinds: found.kinds, isOpen },
  };
  return visibilities.filter((visibility) => isOpenTo(row, visibility)).map((visibility) => ({
    route, visibility, subjects: gitlabSubjects[visibility],
    prepare: async (fresh) => row.prepare(town, town.places[visibility], fresh),
  }));
}

function giteaSpots(row: RouteRow): Spot[] {
  const ignoresCredentials = row.pattern === "/healthz" || row.pattern === "/readyz";
  const route: ProductRoute = {
    ...row, isReading: row.isReading === true, isSpent: false, by: row.by ?? null,
    door: { manner: "gitea", kinds: ["personal", "password"], isOpen: true, ignoresCredentials },
  };
  // What is deleted there is made for it, and private.
  const isPrivateOnly = row.method === "DELETE" && row.pattern === "/api/v1/orgs/:org";
  const places = visibilities.filter((visibility) => visibility === "private" || (!isPrivateOnly && openTable.some(([name, place]) => name === row.line && place === visibility)));
  return places.map((visibility) => ({
    route, visibility,
    subjects: site.giteaSubjects.filter(({ kind }) => row.by !== "password" || kind === "password"),
    prepare: async (fresh) => {
      const probe = await row.prepare(siteAt(site.town.site, vaults[visibility]), fresh);
      return { ...probe, path: movedPath(probe.path, vaults[visibility]) };
    },
  }));
}

async function ask({ route }: Spot, probe: Probe, { subject, form }: Question): Promise<{ status: number; text: string }> {
  const { query, headers } = form.write(subject.secret, subject.name);
  const isText = probe.body === undefined || typeof probe.body === "string";
  counts.requests += 1;
  return site.door.ask({
    method: route.method,
    path: query === undefined ? probe.path : `${probe.path}${probe.path.includes("?") ? "&" : "?"}${query}`,
    headers: { ...(isText ? {} : { "content-type": "application/json" }), ...probe.headers, ...headers },
    body: probe.body === undefined ? null : isText ? String(probe.body) : JSON.stringify(probe.body),
  });
}

/** What is wrong with one answer; null where it is what the tables say. */
async function judge(spot: Spot, probe: Probe, question: Question, wanted: readonly number[]): Promise<string | null> {
  const { status, text } = await ask(spot, probe, question);
  const isRefused = status >= 400;
  counts[isRefused ? "refused" : "succeeded"] += 1;
  const { relation, scopes, kind } = question.subject;
  const about = `${spot.visibility} ${relation} ${kind} ${scopes} by ${question.form.name}: ${status} instead of ${wanted.join(" or ")}`;
  if (!wanted.includes(status)) return about;
  return isRefused && text.includes(marker) ? `${about}, shown what is not theirs` : null;
}

/** One of the same requests over a real connection: the answer has the same status as without one. */
async function compareOverTheWire(spot: Spot, probe: Probe, question: Question): Promise<string[]> {
  const direct = await ask(spot, probe, question);
  const { query, headers } = question.form.write(question.subject.secret, question.subject.name);
  const path = query === undefined ? probe.path : `${probe.path}${probe.path.includes("?") ? "&" : "?"}${query}`;
  const lines = Object.entries({ ...(probe.body === undefined || typeof probe.body === "string" ? {} : { "content-type": "application/json" }), ...probe.headers, ...headers });
  const body = probe.body === undefined ? null : typeof probe.body === "string" ? probe.body : JSON.stringify(probe.body);
  const bytes = requestOf(`${spot.route.method} ${path}`, lines.map(([name, value]) => `${name}: ${value}`), body);
  const answer = await rawRequest(site.town.site.port, bytes, { timeoutMs: 20_000 });
  counts.overTheWire += 1;
  return answer.status === direct.status ? [] : [`${spot.visibility} ${question.form.name}: ${answer.status} over the wire, ${direct.status} without`];
}

/** Asks everything; refusals share a probe, which none of them may use up. */
async function compare(spot: Spot, fresh: string): Promise<string[]> {
  const { route, visibility } = spot;
  const all = questions(spot.subjects, isWhole).flatMap((question) => {
    const wanted = statusesOf(route, visibility, question);
    return wanted.length === 0 ? [] : [{ question, wanted }];
  });
  const isChanging = ({ wanted }: { wanted: readonly number[] }): boolean => wanted.includes(route.success) && !route.isReading;
  const wrong: string[] = [];
  const shared = await spot.prepare(`${fresh}s`);
  const harmless = all.filter((one) => !isChanging(one));
  const before = site.town.site.records();
  for (let index = 0; index < harmless.length; index += batch) {
    const found = await Promise.all(harmless.slice(index, index + batch).map(({ question, wanted }) => judge(spot, shared, question, wanted)));
    for (const one of found) if (one !== null) wrong.push(one);
  }
  const sample = random.pick(harmless);
  if (sample !== null) wrong.push(...(await compareOverTheWire(spot, shared, sample.question)));
  const after = site.town.site.records();
  if (after !== before) wrong.push(`${visibility}: refused or reading requests changed ${differenceOf(before, after)}`);
  if (route.isSpent) return wrong;
  const changing = all.filter(isChanging);
  const relations = [...new Set(changing.map(({ question }) => question.subject.relation))];
  const samples = [
    ...relations.map((relation) => random.pick(changing.filter(({ question }) => question.subject.relation === relation))),
    ...Array.from({ length: sampleSize }, () => random.pick(changing)),
  ];
  const chosen = samples.filter((one) => one !== null);
  for (const [index, { question, wanted }] of chosen.entries()) {
    counts.changed += 1;
    const found = await judge(spot, await spot.prepare(`${fresh}c${index}`), question, wanted);
    if (found !== null) wrong.push(found);
  }
  return wrong;
}

/** The first records that are not in both. */
function differenceOf(before: string, after: string): string {
  const [one, other] = [new Set(before.split("\n")), new Set(after.split("\n"))];
  return JSON.stringify([[...one].filter((line) => !other.has(line)).slice(0, 2), [...other].filter((line) => !one.has(line)).slice(0, 2)]);
}

/** Enough of what is wrong to see what it is. */
const shown = 12;

describe("methods that a route does not have", () => {
  it("are refused before anybody is asked for a credential, in every form", async () => {
    const routes = [...routeRows, ...gitlabRows, ...nativeDialectRows];
    const known = new Set(routes.map(({ method, pattern }) => `${method} ${pattern}`));
    const { town, door, giteaSubjects } = site;
    const subjects = giteaSubjects.filter(({ relation, scopes }) => relation === "admin" && scopes === "all");
    const before = town.site.records();
    const wrong: unknown[] = [];
    for (const pattern of new Set(routes.map((route) => route.pattern))) {
      const wanted = /^\/(?:api\/stowage\/|api\/v1\/|api\/packages\/|healthz|readyz|metrics)/.test(pattern) ? 405 : 404;
      for (const method of ["PUT", "POST", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
        for (const { form, subject } of known.has(`${method} ${pattern}`) ? [] : questions(subjects, true)) {
          const { query = "", headers = {} } = form.write(subject.secret, subject.name);
          const { status } = await door.ask({ method, path: `${pattern.replaceAll(/[:*]/g, "x")}?${query}`, headers: { ...headers }, body: null });
          counts.requests += 1;
          if (status !== wanted) wrong.push([method, pattern, form.name, status]);
        }
    }
    expect(wrong.slice(0, shown)).toEqual([]);
    expect(town.site.records()).toBe(before);
  }, 60_000);
});

describe("the product of the tables over every route", () => {
  const rows = [...routeRows.map((row) => ({ row, isGitea: true as const })), ...[...gitlabRows, ...nativeDialectRows].map((row) => ({ row, isGitea: false as const }))];
  for (const [index, { row, isGitea }] of rows.entries())
    it(`${row.method} ${row.pattern} (${row.line}): every form, scope, relation and visibility gets what they say`, async () => {
      const spots = isGitea ? giteaSpots(row) : gitlabSpots(row);
      const wrong: string[] = [];
      for (const spot of spots) wrong.push(...(await compare(spot, `y${index}${spot.visibility.slice(0, 2)}`)));
      counts.routes += 1;
      expect([wrong.length, wrong.slice(0, shown)]).toEqual([0, []]);
    }, 60_000);
});
