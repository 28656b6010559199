import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { gitlabRoutes } from "../../src/dialects/gitlab/dialect.ts";
import { nativeRoutes } from "../../src/dialects/native/dialect.ts";
import type { Visibility } from "../../src/core/domain.ts";
import { lineNames, problemsOfLines, statusFor } from "./gitlab-lines.ts";
import { marker, openTown, type Town } from "./gitlab-places.ts";
import { createCallers, relations, type Callers, type Relation } from "./gitlab-relations.ts";
import { gitlabRows, nativeDialectRows } from "./gitlab-route-table.ts";
import type { GitlabRow, Probe } from "./gitlab-rows.ts";

const rows = [...gitlabRows, ...nativeDialectRows];
let town: Town;
let callers: Callers;

beforeAll(async () => {
  town = await openTown();
  callers = createCallers(town);
  for (const place of Object.values(town.places)) for (const relation of relations) await callers.headersOf(place, relation);
}, 60_000);
afterAll(async () => await town.site.server.stop());

const nameOf = (route: Pick<GitlabRow, "method" | "pattern">): string => `${route.method} ${route.pattern}`;

/** What one caller was answered, and whether a record changed by it. */
async function ask(row: GitlabRow, probe: Probe, { visibility, relation }: Asker): Promise<string> {
  const place = town.places[visibility];
  const headers = row.spendsToken === true ? await callers.spentHeadersOf(place, relation) : await callers.headersOf(place, relation);
  const before = town.site.records();
  const { status, text } = await town.ask(row.method, probe.path, { ...probe.headers, ...headers }, probe.body);
  const isChanged = town.site.records() !== before;
  const isRefused = status >= 400;
  if (isRefused && text.includes(marker)) return `${relation}: ${status}, shown what is not theirs`;
  if (row.method !== "GET") return `${relation}: ${status}${isChanged ? ", changed" : ""}`;
  // What may not be read may not be probed either.
  const head = await town.ask("HEAD", probe.path, { ...probe.headers, ...headers });
  return `${relation}: ${status}${isChanged ? ", changed" : ""}, HEAD ${head.status}`;
}

/** What is deleted goes in the background, and would be taken for what the next one has changed. */
async function clearDeleted(): Promise<void> {
  const { tree } = town.site.server.stores.metadata;
  while ((await tree.clearDeleted(1000, Date.now())) !== "done") continue;
}

interface Asker {
  readonly visibility: Visibility;
  readonly relation: Relation;
}

/** Compares every relation that the lines tell of; refused ones share a probe, which none of them may use up. */
async function compare(row: GitlabRow, visibility: Visibility, fresh: string): Promise<void> {
  const found: string[] = [];
  const wanted: string[] = [];
  let shared: Probe | null = null;
  for (const relation of relations) {
    const status = statusFor(row.line, visibility, relation, row.success);
    if (status === null) continue;
    const isAllowed = status === row.success;
    const isShared = !isAllowed || row.isReading === true;
    const probe: Probe = (isShared ? shared : null) ?? (await row.prepare(town, town.places[visibility], `${fresh}-${relation}`));
    if (isShared) shared = probe;
    const isChanging = isAllowed && row.isReading !== true;
    found.push(await ask(row, probe, { visibility, relation }));
    if (isChanging) await clearDeleted();
    wanted.push(`${relation}: ${status}${isChanging ? ", changed" : ""}${row.method === "GET" ? `, HEAD ${status}` : ""}`);
    // Somebody got through who should not: the next one gets a probe that is whole.
    if (found.at(-1) !== wanted.at(-1)) shared = null;
  }
  expect(found).toEqual(wanted);
}

describe("GitLab and native route tables", () => {
  test("have a row with the same access for each route, and no other", () => {
    const lines = (from: readonly { method: string; pattern: string; access: string }[]): string[] =>
      [...new Set(from.map((route) => `${nameOf(route)} ${route.access}`))].toSorted();
    const gitlab = gitlabRoutes(town.site.server.registry, { unwrapForms: true });
    expect(lines(gitlabRows)).toEqual(lines(gitlab));
    expect(lines(gitlab)).toHaveLength(gitlab.length);
    const native = nativeRoutes(town.site.server.registry);
    expect(lines(nativeDialectRows)).toEqual(lines(native));
    expect(lines(native)).toHaveLength(native.length);
  });

  test("are there for every dialect that the server has", () => {
    const source = readFileSync(new URL("../../src/server.ts", import.meta.url), "utf8");
    const list = /dialects: \[\n([\s\S]*?)\n {6}\],/.exec(source)?.[1] ?? "";
    const made = list.split("\n").map((line) => /^ {8}(\w+)\(/.exec(line)?.[1] ?? line);
    // The first and the last are in route-table.test.ts.
    expect(made).toEqual(["createGiteaDialect", "createNativeDialect", "createGitlabDialect", "createOperationRoutes"]);
  });

  test("have lines for every relation, all of them used", () => {
    expect(problemsOfLines()).toEqual([]);
    expect(lineNames.filter((name) => !rows.some(({ line }) => line === name))).toEqual([]);
  });
});

for (const [index, row] of rows.entries())
  test(`${nameOf(row)} (${row.line}): everyone gets what the table says in a private place`, async () => {
    await compare(row, "private", `x${index}`);
  }, 60_000);

for (const visibility of ["internal", "public"] as const)
  describe(`in ${visibility} places`, () => {
    for (const [index, row] of rows.entries()) {
      if (statusFor(row.line, visibility, "anonymous", row.success) === null) continue;
      test(`${nameOf(row)} (${row.line}): outsiders get what the table says`, async () => {
        await compare(row, visibility, `${visibility.slice(0, 2)}${index}`);
      }, 60_000);
    }
  });

describe("methods that no row has", () => {
  test("lead nowhere on GitLab's patterns, and are the wrong ones on native ones", async () => {
    const known = new Set(rows.map(nameOf));
    const root = { "private-token": town.site.server.admin.token };
    const before = town.site.records();
    const wrong: unknown[] = [];
    for (const pattern of new Set(rows.map((row) => row.pattern)))
      for (const method of ["PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY"]) {
        if (known.has(`${method} ${pattern}`)) continue;
        const { status } = await town.ask(method, pattern.replaceAll(/[:*]/g, "x"), root);
        if (status !== (pattern.startsWith("/api/stowage/") ? 405 : 404)) wrong.push([method, pattern, status]);
      }
    expect(wrong).toEqual([]);
    expect(town.site.records()).toBe(before);
  });

  test("and nothing of all this was an error of the server", () => {
    expect(town.site.server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(town.site.server.fatalErrors).toEqual([]);
  });
});
