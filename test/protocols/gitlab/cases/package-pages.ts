import { expect } from "bun:test";
import { created, removed } from "../answers.ts";
import { rows } from "../../json-answers.ts";
import { del, get, put, type Expectation, type Names, type ProtocolCase } from "../protocol-case.ts";
import type { World } from "../world.ts";
import { lists, publish } from "./steps.ts";

const list = "{api}/packages";
const project = "fresh-public";
/** Versions v10 to v34 of one package. */
const many = Array.from({ length: 25 }, (_, index) => put(`aa/v${index + 10}/f`, created));
const from = (first: number, last: number): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `v${first + index}`);
const page = (query: string, shown: readonly string[], headers: Expectation["headers"]) => [
  lists(`${list}${query}`, "version", shown),
  get(`${list}${query}`, { status: 200, headers: headers ?? {} }),
];
const badParameter = { status: 400, body: /^\{"error":"(?:per_page|page) [^"]+"\}$/ };

/** Follows rel="next" from this target to the end; the values under the key in the order seen. */
async function follow(world: World, names: Names, target: string, key: string, between?: () => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  let next: string | null = await world.fill(target, names);
  for (let turns = 0; next !== null; turns += 1) {
    if (turns > 40) throw new Error(`the pages of ${target} do not end`);
    const answer = await world.must(200, "GET", next);
    expect(answer.headers.get("x-total")).toBeUndefined();
    seen.push(...rows(answer).map((row) => String(row[key])));
    const link = answer.headers.get("link")?.[0] ?? null;
    const found: string | undefined = link === null ? undefined : /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
    if (link !== null && found === undefined) throw new Error(`${link} is more than a link to the next page`);
    next = found === undefined ? null : found.slice(world.url.length);
    if (turns === 0) await between?.();
  }
  return seen;
}

export const packagePages: readonly ProtocolCase[] = [
  {
    row: "package-pages.default",
    it: "shows twenty",
    project,
    steps: [...many, ...page("", from(10, 29), { "x-per-page": "20" })],
  },
  {
    row: "package-pages.per-page",
    it: "shows as many as asked for, a hundred at most",
    project,
    steps: [...many, ...page("?per_page=3", from(10, 12), { "x-per-page": "3" }), ...page("?per_page=1000", from(10, 34), { "x-per-page": "100" })],
  },
  {
    row: "package-pages.headers",
    it: "tells the place of the page",
    project,
    steps: [
      ...many,
      ...page("?per_page=10", from(10, 19), { "x-total": "25", "x-total-pages": "3", "x-page": "1", "x-per-page": "10", "x-next-page": "2", "x-prev-page": "" }),
      ...page("?per_page=10&page=2", from(20, 29), { "x-page": "2", "x-next-page": "3", "x-prev-page": "1" }),
      ...page("?per_page=10&page=3", from(30, 34), { "x-page": "3", "x-next-page": "", "x-prev-page": "2" }),
      get(`${list}?package_name=none`, { status: 200, json: [], headers: { "x-total": "0", "x-page": "1", "x-next-page": "", "x-prev-page": "" } }),
    ],
  },
  {
    row: "package-pages.link",
    it: "links prev, next, first and last with the whole query",
    project,
    steps: [
      ...many,
      get(`${list}?per_page=10&page=2&package_name=aa`, { status: 200 }, {
        check: async (answer, world, names) => {
          const link = answer.headers.get("link")?.[0] ?? "";
          const found = [...link.matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(([, url = "", rel = ""]) => ({ url: new URL(url), rel }));
          expect(found.map(({ rel }) => rel)).toEqual(["prev", "next", "first", "last"]);
          expect(found.map(({ url }) => url.searchParams.get("page"))).toEqual(["1", "3", "1", "3"]);
          expect(link.split(", ")).toHaveLength(4);
          for (const { url } of found) {
            expect(`${url.origin}${url.pathname}`).toBe(await world.fill("{root}{api}/packages", names));
            expect([url.searchParams.get("per_page"), url.searchParams.get("package_name")]).toEqual(["10", "aa"]);
          }
        },
      }),
      get(`${list}?per_page=10`, { status: 200, headers: { link: /^<[^>]+>; rel="next", <[^>]+>; rel="first", <[^>]+>; rel="last"$/ } }),
      get(`${list}?per_page=10&page=3`, { status: 200, headers: { link: /^<[^>]+>; rel="prev", <[^>]+>; rel="first", <[^>]+>; rel="last"$/ } }),
      get(`${list}?per_page=50`, { status: 200, headers: { link: /^<[^>]+>; rel="first", <[^>]+>; rel="last"$/ } }),
    ],
  },
  {
    row: "package-pages.offset.limit",
    it: "goes on by keys where an offset would pass over too much",
    steps: [
      get("{api}/packages?per_page=100&page=501", { status: 200 }),
      get("{api}/packages?per_page=100&page=502", { status: 405, body: /^\{"error":"Offset pagination has a maximum allowed offset of 50000 / }),
    ],
  },
  {
    row: "package-pages.link.secret",
    it: "repeats no token",
    project: "private",
    steps: [
      put("{p}-/1.0/f", created),
      get(`${list}?package_name={p}-`, { status: 200, headers: { link: /^(?!.*private_token)<[^>]+package_name=[^>]+>; rel="first"/ } }, { as: "guest", by: "query" }),
      get(`${list}?package_name={p}-`, { status: 200, headers: { link: /^(?!.*job_token)<[^>]+package_name=[^>]+>; rel="first"/ } }, { as: "job", by: "job-query" }),
    ],
  },
  {
    row: "package-pages.past-end",
    it: "shows an empty page",
    project,
    steps: [put("aa/1.0/f", created), get(`${list}?page=9`, { status: 200, json: [], headers: { "x-total": "1", "x-next-page": "" } })],
  },
  {
    row: "package-pages.refused",
    it: "names the parameter",
    steps: ["per_page=0", "per_page=-1", "per_page=x", "page=0", "page=-1", "page=x"].map((query) => get(`${list}?${query}`, badParameter)),
  },
  {
    row: "package-pages.files",
    it: "cuts the files of a package too",
    steps: [
      ...["a", "b", "c"].map((name) => publish(`{p}-/1.0/${name}`, "pkg")),
      lists(`${list}/{pkg}/package_files?per_page=2&page=2`, "file_name", ["c"]),
      get(`${list}/{pkg}/package_files?per_page=2`, { status: 200, headers: { "x-total": "3", "x-total-pages": "2", "x-next-page": "2", link: /rel="next", / } }),
    ],
  },
  {
    row: "package-pages.keyset",
    it: "leads through the whole list, in every order",
    project,
    steps: [
      ...many,
      ...["a", "b", "c", "d", "e"].map((name) => publish(`bb/9.0/${name}`, "pkg")),
      get(`${list}?pagination=keyset&per_page=2`, {
        status: 200,
        headers: { link: /^<[^>]+cursor=[^>]+>; rel="next"$/, "x-total": null, "x-page": null },
      }),
      async (world, names) => {
        const versions = [...from(10, 34), "9.0"];
        const read = async (query: string): Promise<string[]> => await follow(world, names, `${list}?pagination=keyset&per_page=4${query}`, "version");
        expect(await read("")).toEqual(versions);
        expect(await read("&sort=desc")).toEqual(versions.toReversed());
        expect(await read("&order_by=version")).toEqual(versions.toSorted());
        expect(await read("&order_by=name&sort=desc")).toEqual(versions.toReversed());
        const files = `${list}/{pkg}/package_files?pagination=keyset&per_page=2`;
        expect((await follow(world, names, files, "file_name")).join("")).toBe("abcde");
        expect((await follow(world, names, `${files}&order_by=file_name&sort=desc`, "file_name")).join("")).toBe("edcba");
      },
    ],
  },
  {
    row: "package-pages.keyset.stable",
    it: "is not confused by what happens meanwhile",
    project,
    steps: [
      publish("aa/1/f", "pkg"),
      ...["2", "3", "4", "5"].map((version) => put(`aa/${version}/f`, created)),
      async (world, names) => {
        const target = `${list}?pagination=keyset&per_page=2`;
        const change = async (): Promise<void> => {
          const gone = await world.fill(`${list}/{pkg}`, names);
          await world.must(204, "DELETE", gone);
        };
        expect(await follow(world, names, target, "version", change)).toEqual(["1", "2", "3", "4", "5"]);
      },
      del(`${list}/{pkg}`, { status: 404 }, { as: "maintainer" }),
    ],
  },
  {
    row: "package-pages.keyset.cursor",
    it: "wants a cursor of its own",
    steps: [
      publish("{p}-/1.0/f", "pkg"),
      ...["x", "eyJpZCI6", "%00"].map((cursor) => get(`${list}?pagination=keyset&cursor=${cursor}`, { status: 400, body: /^\{"error":"[^"]+"\}$/ })),
      del(`${list}/{pkg}`, removed, { as: "maintainer" }),
    ],
  },
];
