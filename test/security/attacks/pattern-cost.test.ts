import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { openTarget, percentEncoded, requestOf, type Target } from "./open-target.ts";

let target: Target;
beforeAll(async () => {
  target = await openTarget("patterns that take for ever");
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

/** What any one request may cost the server, in CPU time; an engine that goes back would take years. */
const mostCpuMs = 2000;

async function cheaply(bytes: string, about: string): Promise<number> {
  const from = process.cpuUsage();
  const answer = await target.send(bytes, 30_000);
  const spent = process.cpuUsage(from);
  const ms = (spent.user + spent.system) / 1000;
  expect([about.slice(0, 100), ms < mostCpuMs]).toEqual([about.slice(0, 100), true]);
  return answer?.status ?? 0;
}

const lines = (): string[] => [`PRIVATE-TOKEN: ${target.token}`, `Authorization: token ${target.token}`, "Content-Type: application/json"];

/** Patterns on which an engine that goes back takes exponential time, or a large power. */
const patterns = [
  "(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}$", "([a-zA-Z]+)*$", "(a*)*b", "^(a?){50}a{50}$", "(?:x+x+)+y", "(\\w+\\s?)*$", "((a{1,30}){1,30}){1,30}$", "(a+){10}b", ".*.*.*.*.*.*=.*", "(?=a+)+b", "(a)\\1+$", "^(([a-z])+.)+[A-Z]([a-z])+$",
  "(a{0,1000}){0,1000}", "[^x]*[^y]*[^z]*$", "(?i)(K|\u212a)+$",
];
const texts = ["a".repeat(200), `${"a".repeat(200)}!`, `${"ab".repeat(100)}!`, "x".repeat(200), "1".repeat(250), `${"a.".repeat(120)}!`];

describe("patterns that take for ever", () => {
  it("are refused, or judge names in no time, where a namespace keeps duplicates by pattern", async () => {
    let taken = 0;
    for (const pattern of patterns) {
      const body = Buffer.from(JSON.stringify({ duplicates: "reject", duplicate_exception_regex: pattern })).toString("latin1");
      const status = await cheaply(requestOf(`PATCH /api/stowage/v1/namespaces/${target.place.project.id}/settings`, lines(), body), pattern);
      expect([pattern, status === 200 || status === 400 || status === 422]).toEqual([pattern, true]);
      if (status !== 200) continue;
      taken += 1;
      for (const text of texts.filter((one) => /^[\w.+-]+$/.test(one)))
        for (const content of ["one", "other"]) await cheaply(requestOf(`PUT ${target.project}/packages/generic/${text}/1.0/${text}`, lines(), content), `${pattern} on ${text}`);
    }
    expect(taken).toBeGreaterThan(3);
    expect(await cheaply(requestOf(`PATCH /api/stowage/v1/namespaces/${target.place.project.id}/settings`, lines(), JSON.stringify({ duplicates: "allow", duplicate_exception_regex: "" })), "reset")).toBe(200);
  }, 120_000);

  it("with stars protect packages at the cost of a look", async () => {
    const stars = ["*".repeat(100), `${"*a".repeat(60)}*b`, `${"a*".repeat(100)}c`, `*${"a".repeat(200)}*`, `${"*-".repeat(100)}`, "*?*?*?*?*", "%%%%_", `${"a*a*".repeat(50)}!`, "(a+)+*", "[a-*]*", "\\*\\*", "*.*.*.*.*.*.*.*.*"];
    for (const pattern of stars) {
      const rule = JSON.stringify({ package_name_pattern: pattern, package_type: "generic", minimum_access_level_for_push: "owner" });
      const status = await cheaply(requestOf(`POST ${target.project}/packages/protection/rules`, lines(), rule), pattern);
      expect([pattern, status === 201 || status === 400 || status === 422]).toEqual([pattern, true]);
    }
    for (const text of texts.filter((one) => /^[\w.+-]+$/.test(one))) await cheaply(requestOf(`PUT ${target.project}/packages/generic/${text}/2.0/f`, lines(), "x"), text);
  }, 60_000);

  it("of the server's own read texts made for them in no time", async () => {
    const hard = [
      "a".repeat(8000), `${"a".repeat(8000)}!`, " ".repeat(8000), `${"1.".repeat(3000)}`, `${"1-".repeat(3000)}`, `v${"0".repeat(8000)}`, `${"-".repeat(4000)}.`, `${"a-".repeat(3000)}`, `${"a.".repeat(3000)}x!`, `1.2.3-${"a.".repeat(3000)}`, `1.2.3+${"-".repeat(6000)}`,
      `${"\u00e4".repeat(2000)}`, `x${"\t".repeat(4000)}x`, `"${"\\".repeat(4000)}`, `${"(".repeat(4000)}`, `${"W/\"".repeat(2000)}`,
    ];
    for (const text of hard) {
      const encoded = percentEncoded(text).slice(0, 12_000);
      for (const path of [
        `${target.project}/packages/generic/${encoded}/1.0/f`, `${target.project}/packages/generic/p/${encoded}/f`, `/api/v4/projects?search=${encoded}`, `${target.project}/packages?package_name=${encoded}`, `/api/packages/root/generic/p/${encoded}/f`, `/api/v1/packages/root?q=${encoded}`,
        `/api/v4/users?search=${encoded}`, `/api/graphql?query=${encoded}`, `${target.project}/packages?package_version=${encoded}`, `/api/v1/users/${encoded}`,
      ])
        await cheaply(requestOf(`GET ${path}`, lines()), path);
      const header = text.replaceAll(/[^\x20-\x7e]/g, "x");
      for (const name of ["If-None-Match", "If-Match", "If-Modified-Since", "Range", "Authorization", "X-Forwarded-For", "Content-Type", "Content-Disposition", "Accept", "Repr-Digest"])
        await cheaply(requestOf(`GET ${target.project}/packages/generic/p/1.0/f`, [`PRIVATE-TOKEN: ${target.token}`, `${name}: ${header}`]), `${name} ${header}`);
      for (const fields of [{ tag_name: text }, { tag_name: "x", released_at: text }, { name: text, path: text }, { description: text }])
        await cheaply(requestOf(`POST ${target.project}/releases`, lines(), Buffer.from(JSON.stringify(fields)).toString("latin1")), JSON.stringify(fields));
    }
  }, 120_000);
});
