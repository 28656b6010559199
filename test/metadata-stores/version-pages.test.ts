import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import type { Version } from "../../src/core/domain.ts";
import type { SqlConnection } from "../../src/metadata-stores/statements/connection.ts";
import { keepTotals } from "../../src/metadata-stores/reader-thread-totals.ts";
import { createSqliteConnection } from "../../src/metadata-stores/sqlite-connection.ts";
import { listIndexedVersions } from "../../src/metadata-stores/statements/version-index.ts";
import { listVersions } from "../../src/metadata-stores/statements/version-pages.ts";
import { addNamespace, publish } from "../contracts/metadata-store/records.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { openNoted } from "./noted-store.ts";

/** Enough for several places from which a page in the middle is found. */
const versions = 16_000;
const pages = 120;
const { store, database, statements } = openNoted();
let namespaceId = 0;
const packageIds: number[] = [];

/** Two packages: of `tool` most, of `tooling` every fifth; times that several share, and that are not in the order of the ids. */
beforeAll(async () => {
  namespaceId = (await addNamespace(store, "group", null, "tools")).id;
  for (const packageName of ["tool", "tooling"]) {
    const { file } = await publish(store, namespaceId, { packageName, version: "0", nowMs: 1_000 });
    const found = await store.index.findVersionById(file.versionId);
    packageIds.push(found?.packageId ?? 0);
  }
  database.run(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${versions})
     INSERT INTO versions (namespace_id, package_id, name, name_folded, status, creator_kind, creator_id, creator_name, created_at_ms, updated_at_ms)
     SELECT ${namespaceId}, iif(n % 5 = 0, ${packageIds[1]}, ${packageIds[0]}), '1.' || n, '1.' || n, 'default', 'user', 1, 'ann', 5000 + (n * 7919) % 4001, 5000 FROM numbers`,
  );
  database.run(`UPDATE namespaces SET version_count = version_count + ${versions} WHERE id = ${namespaceId}`);
});

afterAll(() => store.close());

/** What the whole list is, by the table alone. */
function idsOf(condition: string, direction: "ASC" | "DESC"): readonly number[] {
  const rows = database.query<{ id: number }, []>(`SELECT v.id FROM versions v JOIN packages p ON p.id = v.package_id WHERE ${condition} ORDER BY v.created_at_ms ${direction}, v.id ${direction}`).all();
  return rows.map(({ id }) => id);
}

interface List {
  readonly condition: string;
  readonly direction: "ASC" | "DESC";
  readonly page: (offset: number, limit: number) => Promise<{ readonly items: readonly Version[]; readonly total: number | null }>;
}

const owned = (filter: { readonly packageId?: number; readonly nameContains?: string }): List["page"] => (offset, limit) =>
  store.packages.listVersions({ namespaceId, status: "default", ...filter }, { offset, limit });
const indexed = (nameContains: readonly string[], direction: "asc" | "desc"): List["page"] => (offset, limit) =>
  store.index.listVersions({ namespaceIds: [namespaceId], nameContains, version: null, statuses: ["default"] }, { by: "created_at", direction }, { start: { offset }, limit });

const lists: Readonly<Record<string, () => List>> = {
  "of a namespace": () => ({ condition: "true", direction: "DESC", page: owned({}) }),
  "of a package": () => ({ condition: `p.id = ${packageIds[0]}`, direction: "DESC", page: owned({ packageId: packageIds[0] ?? 0 }) }),
  "of the one package with such a name": () => ({ condition: "p.name = 'tooling'", direction: "DESC", page: owned({ nameContains: "Tooling" }) }),
  "of packages with such a name": () => ({ condition: "p.name LIKE 'tool%'", direction: "DESC", page: owned({ nameContains: "tool" }) }),
  "of no package": () => ({ condition: "false", direction: "DESC", page: owned({ nameContains: "absent" }) }),
  "of a package by another name": () => ({ condition: "false", direction: "DESC", page: owned({ packageId: packageIds[0] ?? 0, nameContains: "tooling" }) }),
  "of a project, oldest first": () => ({ condition: "true", direction: "ASC", page: indexed([], "asc") }),
  "of a project, newest first": () => ({ condition: "true", direction: "DESC", page: indexed([], "desc") }),
  "of a project's package, oldest first": () => ({ condition: "p.name = 'tooling'", direction: "ASC", page: indexed(["tooling"], "asc") }),
  "of a project's packages, newest first": () => ({ condition: "true", direction: "DESC", page: indexed(["tool"], "desc") }),
};

describe("a page of a long list", () => {
  const seed = seedOfRun();
  const isRight = async (name: string, random: ReturnType<typeof createRandom>): Promise<void> => {
    const { condition, direction, page } = lists[name]?.() ?? { condition: "", direction: "ASC", page: owned({}) };
    const ids = idsOf(condition, direction);
    for (let number = 0; number < pages; number += 1) {
      const offset = number < 2 ? Math.max(0, ids.length - number) : random.whole(0, ids.length + 30);
      const limit = random.whole(1, 60);
      const { items, total } = await page(offset, limit);
      expect([offset, total === null ? null : Math.min(total, 10_001)]).toEqual([offset, Math.min(ids.length, 10_001)]);
      expect([offset, limit, items.map(({ id }) => id)]).toEqual([offset, limit, ids.slice(offset, offset + limit)]);
    }
  };

  for (const name of Object.keys(lists))
    it(`${name} is what the whole list has there, wherever it is`, async () => {
      console.log(`FAULT_SEED=${seed}`);
      await isRight(name, createRandom(seed));
    });

  it("counts no versions where counters tell how many there are", async () => {
    for (const [name, list] of Object.entries(lists)) {
      if (name === "of a project's packages, newest first") continue;
      statements.clear();
      await list().page(7_000, 20);
      expect([name, [...statements.keys()].filter((sql) => sql.includes("count(*)") && /FROM versions|FROM \(SELECT 1/.test(sql) && !sql.includes("'hidden'"))]).toEqual([name, []]);
    }
  });

  it("is the same where a hidden version makes a difference", async () => {
    const random = createRandom(seed);
    database.run("UPDATE versions SET status = 'hidden' WHERE id % 3 = 0");
    try {
      for (const name of Object.keys(lists)) {
        const list = lists[name]?.();
        if (list === undefined) continue;
        const ids = idsOf(`${list.condition} AND v.status = 'default'`, list.direction);
        const offset = random.whole(0, Math.max(1, ids.length));
        const { items } = await list.page(offset, 20);
        expect([name, offset, items.map(({ id }) => id)]).toEqual([name, offset, ids.slice(offset, offset + 20)]);
      }
    } finally {
      database.run("UPDATE versions SET status = 'default'");
    }
  });
});

describe("the first page of a list", () => {
  it("shows what was there before, whatever is published between the count and the look", async () => {
    const { store: own, database: records } = openNoted();
    try {
      const group = await addNamespace(own, "group", null, "tools");
      const { file } = await publish(own, group.id, { version: "1.0", nowMs: 1_000 });
      const packageId = (await own.index.findVersionById(file.versionId))?.packageId ?? 0;
      const plain = createSqliteConnection(records);
      let added = 0;
      const publishing: SqlConnection = {
        ...plain,
        all: async (sql, ...values) => {
          added += 1;
          await publish(own, group.id, { version: `2.${added}`, nowMs: 2_000 + added });
          return plain.all(sql, ...values);
        },
      };
      const page = { offset: 0, limit: 20 };
      const filter = { namespaceIds: [group.id], nameContains: [], version: null, statuses: ["default"] } as const;
      const looks = [
        () => listVersions(publishing, { namespaceId: group.id, status: "default" }, page),
        () => listVersions(publishing, { namespaceId: group.id, packageId, status: "default" }, page),
        () => listIndexedVersions(publishing, filter, { by: "created_at", direction: "desc" }, { start: { offset: 0 }, limit: 20 }),
        () => listIndexedVersions(publishing, filter, { by: "created_at", direction: "asc" }, { start: { offset: 0 }, limit: 20 }),
      ];
      for (const look of looks) expect((await look()).items.map(({ name }) => name)).toContain("1.0");
      expect(added).toBe(looks.length);
    } finally {
      await own.close();
    }
  });
});

describe("the total of a list", () => {
  it("is the namespace's own, which a counter tells also where there are namespaces below", async () => {
    const { store: own, statements: asked } = openNoted();
    try {
      const group = await addNamespace(own, "group", null, "tools");
      const project = await addNamespace(own, "project", group.id, "app");
      for (const version of ["1.0", "1.1"]) await publish(own, group.id, { version });
      for (const version of ["2.0", "2.1", "2.2"]) await publish(own, project.id, { version });
      asked.clear();
      const totals = await Promise.all([group, project].map(({ id }) => own.packages.listVersions({ namespaceId: id, status: "default" }, { offset: 0, limit: 1 })));
      expect(totals.map(({ total }) => total)).toEqual([2, 3]);
      expect([...asked.keys()].filter((sql) => sql.includes("count(*)") && !sql.includes("'hidden'"))).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

describe("a search for names", () => {
  it("looks at the names once for all pages until a record changes", async () => {
    const { store: own, database: records } = openNoted();
    try {
      const group = await addNamespace(own, "group", null, "tools");
      await publish(own, group.id, { version: "1.0" });
      const plain = createSqliteConnection(records);
      let searches = 0;
      const counting: SqlConnection = {
        ...plain,
        get: (sql, ...values) => {
          if (sql.includes("FROM packages WHERE")) searches += 1;
          return plain.get(sql, ...values);
        },
      };
      let changes = 1;
      const kept = keepTotals(counting, () => changes);
      const search = (nameContains: string) => listVersions(kept, { namespaceId: group.id, status: "default", nameContains }, { offset: 0, limit: 20 });
      for (const name of ["pack", "absent"]) {
        searches = 0;
        const found = [await search(name), await search(name)];
        expect(found.map(({ total }) => total)).toEqual(name === "pack" ? [1, 1] : [0, 0]);
        expect(searches).toBe(1);
        changes += 1;
        await search(name);
        expect(searches).toBe(2);
      }
    } finally {
      await own.close();
    }
  });
});
