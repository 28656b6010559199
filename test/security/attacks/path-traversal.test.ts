import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTarget, requestOf, type Target } from "./open-target.ts";

/** Ways to say "the folder above", and names of files that are there. */
const ways = [
  "..", "%2e%2e", "%2E.", ".%2e", "..%2f", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "%25252e%25252e%25252f", "..%c0%af", "%c0%ae%c0%ae%c0%af", "..%ef%bc%8f",
  "%uff0e%uff0e%u2215", "..;", "..;/", ".%00.", "..%00", "%00..", "....//", "..././", "..%0d%0a", "..%09", "..%20", "%20..", "%2e%2e%2e", "..%e2%80%8b", "./..", "%2e/%2e%2e", "//..", "/%2e%2e", "..//", "~", "%7e", "C:", "%5c%5chost%5cshare", "file:%2f%2f%2f",
] as const;
const files = ["stowage.db", "etc%2fpasswd", "bait"] as const;

let target: Target;
beforeAll(async () => {
  target = await openTarget("path traversal");
  writeFileSync(join(target.town.site.server.dataDirectory, "bait"), "the-bait-of-the-data-folder");
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

describe("path traversal", () => {
  const places: readonly (readonly [name: string, path: (inner: string) => string])[] = [
    ["GitLab's generic project", (inner) => `/api/v4/projects/${inner}/packages/generic/p/1.0/f`],
    ["GitLab's generic package", (inner) => `${target.project}/packages/generic/${inner}/1.0/f`],
    ["GitLab's generic version", (inner) => `${target.project}/packages/generic/p/${inner}/f`],
    ["GitLab's generic file", (inner) => `${target.project}/packages/generic/p/1.0/${inner}`],
    ["GitLab's directory", (inner) => `${target.project}/packages/generic/p/1.0/${inner}/f`],
    ["the directory as a parameter", (inner) => `${target.project}/packages/generic/p/1.0/f?path=${inner}`],
    ["web download", (inner) => `/vault-private/tools/-/package_files/${inner}/download`],
    ["release link", (inner) => `/vault-private/tools/-/releases/${inner}/downloads/${inner}`],
    ["group", (inner) => `/api/v4/groups/${inner}`],
    ["native namespace", (inner) => `/api/stowage/v1/namespaces/${inner}/settings`],
    ["Gitea's version", (inner) => `/api/packages/root/generic/p/${inner}/f`],
    ["Gitea's file", (inner) => `/api/packages/root/generic/p/1.0/${inner}`],
    ["the root", (inner) => `/${inner}`],
  ];
  for (const [name, path] of places)
    it(`in ${name} reaches no file, and nothing is written outside of its place`, async () => {
      const before = target.town.site.records();
      const wrong: unknown[] = [];
      for (const way of ways)
        for (const file of files)
          for (const deep of [way, way.repeat(4)]) {
            const answer = await target.send(requestOf(`GET ${path(`${deep}/${file}`).replaceAll(" ", "%20")}`, [`PRIVATE-TOKEN: ${target.token}`, `Authorization: token ${target.token}`]));
            const isBait = /the-bait|SQLite format|root:x:0|^[0-9a-f]{64}\n/.test(answer?.text ?? "");
            if (isBait || (answer !== null && ![400, 404, 405, 414, 422].includes(answer.status) && !(path("") .includes("?path=") && answer.status === 200 && answer.text === "content")))
              wrong.push([deep, file, answer?.status, answer?.text.slice(0, 80)]);
          }
      expect(wrong.slice(0, 10)).toEqual([]);
      expect(target.town.site.records()).toBe(before);
    }, 60_000);

  it("in uploads stores nothing that is not below its version, and writes no file by a client's name", async () => {
    const wrong: unknown[] = [];
    for (const way of ways)
      for (const inner of [way, `${way}/x`, `x/${way}/y`]) {
        const answer = await target.send(requestOf(`PUT ${target.project}/packages/generic/up/1.0/${inner.replaceAll(" ", "%20")}`, [`PRIVATE-TOKEN: ${target.token}`], "bytes"));
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
