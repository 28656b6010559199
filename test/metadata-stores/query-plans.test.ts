import { describe, expect, it } from "bun:test";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { addNamespace, addUser, publish } from "../contracts/metadata-store/records.ts";
import { openNoted } from "./noted-store.ts";

/** Steps that look at every row of something that grows with what is stored, in every spelling that the statements use. */
const scans = /^SCAN (?:versions|v|files|f|packages|p|blobs|b|newer|other|version_numbers|reservations|downloads)\b/;
const sorts = /^USE TEMP B-TREE FOR (?:ORDER BY|GROUP BY|DISTINCT|LAST)/;
/** Chooses a page first, so that only its rows are sorted. */
const choosesPage = /LIMIT \? OFFSET \?\) chosen/;

function steps(planOf: (sql: string) => readonly string[], sql: string): readonly string[] {
  return planOf(sql).filter((step) => scans.test(step) || (sorts.test(step) && !choosesPage.test(sql)));
}

interface Place {
  readonly store: MetadataStore;
  readonly namespaceId: number;
  readonly packageId: number;
  readonly versionId: number;
}

const page = { limit: 20, offset: 1 };
const anyName = { packageName: "package", version: "1.1", path: "file.bin" };
const paths: readonly (readonly [string, (place: Place) => Promise<unknown>])[] = [
  ["a download", async ({ store, namespaceId }) => {
    for (const match of ["exact", "folded"] as const) {
      await store.packages.findFile({ ...anyName, namespaceId, match });
      await store.packages.findFile({ ...anyName, namespaceId, match, path: "ABSENT" });
      await store.packages.findVersion({ ...anyName, namespaceId, match });
      await store.packages.findPackage(namespaceId, "PACKAGE", match);
    }
  }],
  ["the latest version", ({ store, packageId }) => store.packages.latestVersion(packageId)],
  ["a page of a namespace", ({ store, namespaceId }) => store.packages.listVersions({ namespaceId, status: "default" }, page)],
  ["a page of a package", ({ store, namespaceId, packageId }) => store.packages.listVersions({ namespaceId, packageId, status: "default" }, page)],
  ["the files of a version", ({ store, versionId }) => store.packages.listFiles(versionId, 100)],
  ["pages of versions by time and id", async ({ store, namespaceId }) => {
    for (const by of ["created_at", "id"] as const)
      for (const direction of ["asc", "desc"] as const)
        for (const start of [{ offset: 1 }, { afterValue: 1, afterId: 1 }]) {
          const filter = { namespaceIds: [namespaceId], statuses: ["default"], nameContains: [], version: null } as const;
          await store.index.listVersions(filter, { by, direction }, { start, limit: 20 });
        }
  }],
  ["a publish", async ({ store, namespaceId }) => {
    for (const version of ["1.1", "9.9"]) await publish(store, namespaceId, { version, content: `other ${version}`, onDuplicate: "allow" });
  }],
  ["a delete", async ({ store, namespaceId }) => {
    const { file } = await publish(store, namespaceId, { version: "8.0" });
    await publish(store, namespaceId, { version: "8.0", path: "second" });
    await store.publishing.deleteFile({ versionId: file.versionId, path: "second", nowMs: 1 });
    await store.publishing.deleteVersion({ namespaceId, versionId: file.versionId, nowMs: 1 });
  }],
  ["a look at who names a content", ({ store, namespaceId }) => store.blobs.isNamedElsewhereOnly(1, namespaceId)],
  ["a delete of a package", ({ store, namespaceId, packageId }) => store.publishing.deletePackage({ namespaceId, packageId, nowMs: 1 })],
];

describe("statements on the path of", () => {
  for (const [name, act] of paths)
    it(`${name} look at no more rows the more are stored`, async () => {
      const { store, statements, planOf } = openNoted();
      try {
        const group = await addNamespace(store, "group", null, "tools");
        await addUser(store, "ann");
        for (let number = 0; number < 30; number += 1) await publish(store, group.id, { version: `1.${number}` });
        const found = await store.packages.findVersion({ ...anyName, namespaceId: group.id, match: "exact" });
        if (found === null) throw new Error("the version was not published");
        statements.clear();
        await act({ store, namespaceId: group.id, packageId: found.packageId, versionId: found.id });
        expect(statements.size).toBeGreaterThan(0);
        const slow = [...statements.keys()].flatMap((sql) => steps(planOf, sql).map((step) => ({ sql, step })));
        expect(slow).toEqual([]);
      } finally {
        await store.close();
      }
    });

  it("the latest version and of pages go through one index, and leave it only for the rows that they give", async () => {
    const { store, statements, planOf } = openNoted();
    await store.packages.latestVersion(1);
    expect(statements.size).toBe(2);
    for (const latest of statements.keys())
      expect(planOf(latest)).toEqual(["SEARCH versions USING COVERING INDEX versions_of_package_by_id (package_id=?)"]);
    const group = await addNamespace(store, "group", null, "tools");
    for (const version of ["1", "2"]) await publish(store, group.id, { version });
    statements.clear();
    await store.packages.listVersions({ namespaceId: group.id, status: "default" }, page);
    const pages = [...statements.keys()].filter((sql) => choosesPage.test(sql));
    expect(pages.map((sql) => planOf(sql).filter((step) => step.includes("versions_by_age")))).toEqual([
      ["SEARCH v USING COVERING INDEX versions_by_age (namespace_id=?)"],
    ]);
    await store.close();
  });

  it("nothing here: a statement without an index is noticed", () => {
    const { planOf } = openNoted();
    expect(steps(planOf, "SELECT count(*) FROM versions WHERE downloads = 1")).toEqual(["SCAN versions"]);
    expect(steps(planOf, "SELECT id FROM versions WHERE package_id = 1 ORDER BY downloads")).toEqual(["USE TEMP B-TREE FOR ORDER BY"]);
  });
});
