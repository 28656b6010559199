import { createRouter, type Method, type Route } from "../../../src/http/router.ts";
import { must, mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";

type Table = readonly Route<string>[];

const words = ["api", "packages", "a", ":x"] as const;
const methods = ["GET", "PUT", "POST", "DELETE"] as const;

/** A table of a few routes, no two of one method and shape. */
function makeTable(fuzz: Fuzz): Table {
  const table = new Map<string, Route<string>>();
  for (let left = fuzz.whole(1, 12); left > 0; left -= 1) {
    const parts = fuzz.list(4, (): string => fuzz.one(words));
    if (fuzz.oneIn(2)) parts.splice(fuzz.whole(0, parts.length + 1), 0, "*rest");
    const named = parts.map((part, index) => (part === ":x" ? `:x${index}` : part));
    const method = fuzz.one(methods);
    const key = `${method} ${parts.join("/")}`;
    if (parts.length > 0 && !table.has(key)) table.set(key, { method, pattern: `/${named.join("/")}`, access: "anyone", handler: key });
  }
  return [...table.values()];
}

interface Found {
  /** Of each part of the pattern: 0 for a word, 1 for one segment, 2 and more for a wildcard, the longest behind it first. */
  readonly rank: readonly number[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a pattern makes of the segments, by trying every length for its wildcard. */
function slowFind(pattern: string, segments: readonly string[]): Found | null {
  const parts = pattern.split("/").slice(1);
  const wildcard = parts.findIndex((part) => part.startsWith("*"));
  for (let taken = 1; taken <= (wildcard < 0 ? 1 : segments.length); taken += 1) {
    const widths = parts.map((_, index) => (index === wildcard ? taken : 1));
    if (widths.reduce((sum, width) => sum + width, 0) !== segments.length) continue;
    const parameters: Record<string, string> = {};
    const rank: number[] = [];
    let at = 0;
    const isMatch = parts.every((part, index) => {
      const given = segments.slice(at, at + (widths[index] ?? 1)).join("/");
      at += widths[index] ?? 1;
      const isWord = !/^[:*]/.test(part);
      rank.push(isWord ? 0 : part.startsWith(":") ? 1 : 100 - (parts.length - index));
      if (!isWord) parameters[part.slice(1)] = given;
      return isWord ? part === given : true;
    });
    if (isMatch) return { rank, parameters };
  }
  return null;
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  for (const [index, rank] of one.entries()) if (rank !== other[index]) return rank < (other[index] ?? Number.POSITIVE_INFINITY);
  return false;
}

function tryRoutes(fuzz: Fuzz): void {
  const table = makeTable(fuzz);
  if (table.length === 0) return;
  const find = createRouter(table);
  for (let left = 10; left > 0; left -= 1) {
    const segments = fuzz.list(6, () => fuzz.one(["api", "packages", "a", "b", "..", "a/b", ":x", "*rest", "__proto__"]));
    const method: Method = fuzz.one(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]);
    fuzz.note([table.map((route) => `${route.method} ${route.pattern}`), method, segments]);
    const candidates = table.flatMap((route) => {
      const found = slowFind(route.pattern, segments);
      return found === null ? [] : [{ route, ...found }];
    });
    const best = candidates.reduce<(typeof candidates)[number] | null>((known, next) => (known === null || isBefore(next.rank, known.rank) ? next : known), null);
    const match = find(method, segments);
    if (best === null) {
      mustEqual(match.kind, "unknown", "no route");
      continue;
    }
    const shape = best.rank.join();
    const wanted = method === "HEAD" ? "GET" : method;
    const same = candidates.filter(({ rank }) => rank.join() === shape);
    const expected = same.find(({ route }) => route.method === wanted);
    if (expected === undefined) {
      must(match.kind === "wrong_method", "the wrong method");
      mustEqual(match.allowed.filter((name) => name !== "HEAD").toSorted(), same.map(({ route }) => route.method as string).toSorted(), "the methods allowed");
    } else {
      must(match.kind === "route", "a route");
      mustEqual([match.route.handler, match.parameters], [expected.route.handler, expected.parameters], "the route and its parameters");
    }
  }
}

export const routerPart: FuzzPart = { name: "routes", count: 5000, tryOne: tryRoutes };
