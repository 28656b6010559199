import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RawResponse } from "../../support/raw-http.ts";
import { attackedRoutes, families, peopleVault, type AttackedRoute, type NamedSegment } from "./named-segments.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

/** Ways to say "the folder above", and names of files that are there. */
const ways = [
  "..", "%2e%2e", "%2E.", ".%2e", "..%2f", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "%25252e%25252e%25252f", "..%c0%af", "%c0%ae%c0%ae%c0%af", "..%ef%bc%8f",
  "%uff0e%uff0e%u2215", "..;", "..;/", ".%00.", "..%00", "%00..", "....//", "..././", "..%0d%0a", "..%09", "..%20", "%20..", "%2e%2e%2e", "..%e2%80%8b", "./..", "%2e/%2e%2e", "//..", "/%2e%2e", "..//", "~", "%7e", "C:", "%5c%5chost%5cshare", "file:%2f%2f%2f",
] as const;
const files = ["stowage.db", "etc%2fpasswd", "bait"] as const;

/** How a way and a file are put together; the segment's own value may come first. */
const spellings: readonly ((way: string, file: string, value: string) => string)[] = [
  (way, file) => `${way}/${file}`,
  (way, file) => `${way}%2f${file}`,
  (way, file) => `${way.repeat(4)}%2f${file}`,
  (way, file) => `${way.repeat(4)}/${file}`,
  (way, file, value) => `${value}%2f${way.repeat(2)}%2f${file}`,
  (way) => way,
];

/** What leads to the segment's own value again, for whoever takes names for paths. */
const detours: readonly ((value: string) => string)[] = [
  (value) => `x/../${value}`, (value) => `x/%2e%2e/${value}`, (value) => `x%2f..%2f${value}`, (value) => `x%2F%2E%2E%2F${value}`, (value) => `${value}/x/..`, (value) => `${value}%2fx%2f..`,
  (value) => `x\\..\\${value}`, (value) => `x%5c..%5c${value}`, (value) => `%2f${value}`, (value) => `${value}%2f`, (value) => `${value}%00`, (value) => `${value}%00.x`, (value) => `%252e%252e%252f${value}`,
];

let target: Target;
beforeAll(async () => {
  target = await openTarget("path traversal", { STOWAGE_SCRUB_INTERVAL_SECONDS: "0" });
  writeFileSync(join(target.town.site.server.dataDirectory, "bait"), "the-bait-of-the-data-folder");
  await peopleVault(target.town);
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

const signedIn = (): string[] => [`PRIVATE-TOKEN: ${target.token}`, `Authorization: token ${target.token}`];

async function ask(method: string, path: string, body: unknown): Promise<RawResponse | null> {
  const isJson = body !== undefined && typeof body !== "string";
  const text = body === undefined ? null : isJson ? JSON.stringify(body) : String(body);
  return target.send(requestOf(`${method} ${path.replaceAll(" ", "%20")}`, [...signedIn(), ...(isJson ? ["Content-Type: application/json"] : [])], text));
}

/** No file of the machine was shown, and nothing was done; where any name does, it is taken for no more than a name. */
function isHarmless(method: string, answer: RawResponse | null, baseline: RawResponse | null): boolean {
  if (answer === null) return true;
  if (/the-bait|SQLite format|root:x:0|^[0-9a-f]{64}\n/.test(answer.text) || answer.status >= 500) return false;
  if (answer.status >= 400) return true;
  if (baseline === null || answer.status !== baseline.status) return false;
  const location = answer.headers.get("location")?.[0];
  // It leads where it says: a client finds nothing in it to take out.
  if (location !== undefined) return location.startsWith("http://h/") && location === new URL(location).href;
  return method !== "GET" || answer.text === baseline.text;
}

/** All that is sent for one segment of one route. */
function* innersOf({ value }: NamedSegment, turn: number): Generator<string> {
  for (const [index, way] of ways.entries())
    yield spellings[(turn + index) % spellings.length]?.(way, files[(turn + index) % files.length] ?? "", value) ?? way;
  for (const detour of detours) yield detour(value);
}

const firstBytes = "the first bytes";

/** So many are sent at a time. */
const sentTogether = 16;

async function inTurns<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += sentTogether) await Promise.all(items.slice(start, start + sentTogether).map(act));
}

/** Attacks each segment of one route; answers what went wrong. `turn` chooses among spellings. */
async function attack(route: AttackedRoute, turn: number): Promise<readonly unknown[]> {
  const { method, path, pattern, body, segments, named } = route;
  const isUpload = method === "PUT" && typeof body === "string";
  if (isUpload) expect([path, (await ask("PUT", path, firstBytes))?.status]).toEqual([path, 201]);
  const wrong: unknown[] = [];
  const check = async (sent: string, baseline: RawResponse | null): Promise<void> => {
    const answer = await ask(method, sent, body);
    if (!isHarmless(method, answer, baseline)) wrong.push([method, pattern, sent, answer?.status, answer?.headers.get("location"), answer?.text.slice(0, 80)]);
  };
  for (const [index, segment] of named.entries()) {
    // Where a name that nothing has is welcome, something is made: by that name, which is looked at in the end.
    const baseline = await ask(method, segment.pathWith("t-no-such-thing"), body);
    const isOpen = baseline !== null && baseline.status < 400;
    const before = target.town.site.records();
    await inTurns([...innersOf(segment, turn + index)], (inner) => check(segment.pathWith(inner), isOpen ? baseline : null));
    if (!(isOpen && method !== "GET") && target.town.site.records() !== before) wrong.push([method, pattern, segment.name, "changed something"]);
  }
  const before = target.town.site.records();
  const aroundEach = segments.flatMap((_, at) => ["x/..", "%78/%2e%2e", "x/.%2E"].map((detour) => `/${[...segments.slice(0, at), detour, ...segments.slice(at)].join("/")}`));
  await inTurns(aroundEach, (around) => check(around, null));
  if (target.town.site.records() !== before) wrong.push([method, pattern, "a way around changed something"]);
  if (isUpload && (await ask("GET", path, undefined))?.text !== firstBytes) wrong.push([method, pattern, "another name has led to the same file"]);
  return wrong;
}

describe("path traversal", () => {
  for (const family of families)
    it(`in no name of any route of the ${family} API, whatever the method, reaches or changes a thing`, async () => {
      const routes = await attackedRoutes(family, target.town, target.place);
      const wrong: unknown[] = [];
      for (const [turn, route] of routes.entries()) wrong.push(...(await attack(route, turn)));
      expect(wrong.slice(0, 10)).toEqual([]);
      console.log(JSON.stringify({ family, routes: routes.length, names: routes.reduce((count, { named }) => count + named.length, 0) }));
      expect(new Set(routes.map(({ method }) => method)).size).toBeGreaterThanOrEqual(3);
    }, 120_000);

  for (const [name, path] of [
    ["GitLab's directory", (inner: string) => `${target.project}/packages/generic/p/1.0/${inner}/f`],
    ["the directory as a parameter", (inner: string) => `${target.project}/packages/generic/p/1.0/f?path=${inner}`],
    ["the root", (inner: string) => `/${inner}`],
  ] as const)
    it(`in ${name} reaches no file`, async () => {
      const before = target.town.site.records();
      const wrong: unknown[] = [];
      for (const way of ways)
        for (const file of files)
          for (const deep of [way, way.repeat(4)]) {
            const answer = await ask("GET", path(`${deep}/${file}`), undefined);
            const isFile = name === "the directory as a parameter" && answer?.status === 200 && answer.text === "content";
            if (!isHarmless("GET", answer, null) && !isFile) wrong.push([deep, file, answer?.status, answer?.text.slice(0, 80)]);
          }
      expect(wrong.slice(0, 10)).toEqual([]);
      expect(target.town.site.records()).toBe(before);
    }, 60_000);

  it("in uploads stores nothing that is not below its version, and writes no file by a client's name", async () => {
    const wrong: unknown[] = [];
    for (const way of ways)
      for (const inner of [way, `${way}/x`, `x/${way}/y`]) {
        const answer = await ask("PUT", `${target.project}/packages/generic/up/1.0/${inner}`, "bytes");
        if (answer !== null && ![400, 404, 405, 409, 201].includes(answer.status)) wrong.push([inner, answer.status]);
      }
    expect(wrong).toEqual([]);
    const { dataDirectory, stores } = target.town.site.server;
    const names = [...new Bun.Glob("**/*").scanSync({ cwd: dataDirectory, dot: true })].filter((name) => !/^(?:bait|lock(?:-journal)?|secret\.key|stowage\.db[-.a-z]*(?:\/[a-z]+(?:-\d+)?)?|blobs\/[0-9a-f]{2}\/[0-9a-f]{64}\.[0-9a-z]+)$/i.test(name));
    expect(names).toEqual([]);
    expect(await stores.blobs.staging("count")).toBe(0);
    // What was taken is plain names: no stored path has a part that leads elsewhere.
    const stored = target.town.site.records().split("\n").filter((line) => line.startsWith('["files"')).map((line) => /\["(?:path|name)","([^"]*)"\]/.exec(line)?.[1] ?? "");
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.filter((path) => path.split("/").some((part) => part === "" || part === "." || part === ".." || /[\\\p{Cc}]/u.test(part)))).toEqual([]);
  }, 60_000);
});
