import { describe, expect, it } from "bun:test";
import type { IndexFilter, IndexPage, IndexPageRequest, IndexStart } from "../../../src/core/ports/index-store.ts";
import { revisionOrders, versionOrders } from "../../../src/core/ports/index-store.ts";
import { addGroup, addNamespace, publish, tryPublish, type CurrentStore, type GivenFile } from "./records.ts";

const directions = ["asc", "desc"] as const;

/** Every row, page by page, by offset or by going on behind the last row; what pages say of themselves is checked. */
async function walk<Item extends { readonly id: number }>(
  read: (page: IndexPageRequest) => Promise<IndexPage<Item>>,
  kind: "offset" | "keyset",
  limit: number,
): Promise<Item[]> {
  const rows: Item[] = [];
  let start: IndexStart = { offset: 0 };
  for (;;) {
    const page = await read({ start, limit });
    rows.push(...page.items);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    expect(page.total === null).toBe(!("offset" in start));
    const last = page.items.at(-1);
    expect(page.lastValue === null).toBe(last === undefined);
    if (page.hasMore) expect(page.items.length).toBe(limit);
    else if (page.total !== null) expect(page.total).toBe(rows.length);
    if (!page.hasMore || last === undefined || page.lastValue === null) return rows;
    start = kind === "offset" ? { offset: rows.length } : { afterValue: page.lastValue, afterId: last.id };
  }
}

/** Texts as an engine that knows nothing of languages compares them: by their bytes. */
function compareKeys(one: string | number, other: string | number): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}

function sorted<Item extends { readonly id: number }>(items: readonly Item[], key: (item: Item) => string | number, direction: "asc" | "desc"): number[] {
  const sign = direction === "asc" ? 1 : -1;
  return items.toSorted((one, other) => sign * (compareKeys(key(one), key(other)) || one.id - other.id)).map(({ id }) => id);
}

/** IndexStore: versions and revisions by number, in any order. */
export function indexContract(store: CurrentStore): void {
  const filterOf = (given: Partial<IndexFilter>): IndexFilter => ({ namespaceIds: [], nameContains: [], version: null, statuses: ["default"], ...given });
  const list = (filter: Partial<IndexFilter>, limit = 100, start: IndexStart = { offset: 0 }) =>
    store().index.listVersions(filterOf(filter), { by: "id", direction: "asc" }, { start, limit });
  const namesOf = async (filter: Partial<IndexFilter>) => (await list(filter)).items.map(({ packageName, name }) => `${packageName}@${name}`);

  describe("listing versions", () => {
    /** Three namespaces with versions whose keys often are equal. */
    const fill = async () => {
      const group = await addGroup(store(), "tools");
      const places = [group, await addNamespace(store(), "project", group.id, "B"), await addNamespace(store(), "project", group.id, "a")];
      let nowMs = 1_000;
      for (const version of ["1.0", "10.0", "2.0"])
        for (const packageName of ["p", "P", "é"])
          for (const { id } of places) {
            await publish(store(), id, { packageName, version, nowMs: nowMs - (nowMs % 4) });
            nowMs += 1;
          }
      return { places, paths: new Map(places.map(({ id, path }) => [id, path.toLowerCase()])) };
    };

    it("shows every row once, in every order and direction, by offset and by keyset, also where keys are equal", async () => {
      const { places, paths } = await fill();
      const namespaceIds = places.map(({ id }) => id);
      const all = (await list({ namespaceIds })).items;
      expect(all.length).toBe(27);
      for (const by of versionOrders)
        for (const direction of directions) {
          const key = (version: (typeof all)[number]): string | number =>
            ({ created_at: version.createdAtMs, name: version.packageName, version: version.name, project_path: paths.get(version.namespaceId) ?? "", id: version.id })[by];
          const expected = sorted(all, key, direction);
          for (const kind of ["offset", "keyset"] as const)
            for (const limit of [1, 4, 9, 26, 27, 100]) {
              const rows = await walk((page) => store().index.listVersions(filterOf({ namespaceIds }), { by, direction }, page), kind, limit);
              expect({ by, direction, kind, limit, ids: rows.map(({ id }) => id) }).toEqual({ by, direction, kind, limit, ids: expected });
            }
        }
    });

    it("goes on behind a row that is gone, and leaves out nothing else", async () => {
      const { places } = await fill();
      const order = { by: "name", direction: "asc" } as const;
      const filter = filterOf({ namespaceIds: places.map(({ id }) => id) });
      const first = await store().index.listVersions(filter, order, { start: { offset: 0 }, limit: 10 });
      const rest = await store().index.listVersions(filter, order, { start: { offset: 10 }, limit: 100 });
      const last = first.items.at(-1);
      if (last === undefined || first.lastValue === null) throw new Error("the page is empty");
      await store().publishing.deleteVersion({ namespaceId: last.namespaceId, versionId: last.id, nowMs: 9_000 });
      const after = await store().index.listVersions(filter, order, { start: { afterValue: first.lastValue, afterId: last.id }, limit: 100 });
      expect(after.items).toEqual(rest.items);
    });

    it("says nothing of more rows beyond the end", async () => {
      const { places } = await fill();
      const namespaceIds = places.map(({ id }) => id);
      expect(await list({ namespaceIds }, 10, { offset: 27 })).toEqual({ items: [], total: 27, hasMore: false, lastValue: null });
      expect(await list({ namespaceIds }, 10, { offset: 9_999 })).toEqual({ items: [], total: 27, hasMore: false, lastValue: null });
      expect(await list({ namespaceIds }, 10, { afterValue: 99_999, afterId: 99_999 })).toEqual({ items: [], total: null, hasMore: false, lastValue: null });
      expect(await list({ namespaceIds: [] })).toEqual({ items: [], total: 0, hasMore: false, lastValue: null });
      expect((await list({ namespaceIds: [9_999] })).total).toBe(0);
    });

    it("shows each version as finding it does", async () => {
      const { places } = await fill();
      for (const version of (await list({ namespaceIds: [places[0]?.id ?? 0] })).items)
        expect(await store().index.findVersionById(version.id)).toEqual(version);
    });
  });

  describe("choosing versions", () => {
    it("takes names that hold each text, without case, and characters that mean something elsewhere as themselves", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const packageName of ["Alpha", "alphabet", "Ägypten", "100%", "1000", "a_b", "axb", "back\\slash", "quote'\"", "[ab]*"])
        await publish(store(), id, { packageName, version: "1" });
      const names = async (...nameContains: string[]) => (await namesOf({ namespaceIds: [id], nameContains })).map((name) => name.slice(0, -2));
      expect((await names()).length).toBe(10);
      expect((await names("")).length).toBe(10);
      expect(await names("ALPHA")).toEqual(["Alpha", "alphabet"]);
      expect(await names("alpha", "BET")).toEqual(["alphabet"]);
      expect(await names("bet", "alpha", "t")).toEqual(["alphabet"]);
      expect(await names("alpha", "zeta")).toEqual([]);
      expect(await names("äGYP")).toEqual(["Ägypten"]);
      expect(await names("%")).toEqual(["100%"]);
      expect(await names("0%")).toEqual(["100%"]);
      expect(await names("_")).toEqual(["a_b"]);
      expect(await names("\\")).toEqual(["back\\slash"]);
      expect(await names("\\s")).toEqual(["back\\slash"]);
      expect(await names("'\"")).toEqual(["quote'\""]);
      expect(await names("[ab]*")).toEqual(["[ab]*"]);
      expect(await names("*")).toEqual(["[ab]*"]);
      expect(await names("a%b")).toEqual([]);
    });

    it("takes one exact version, and these namespaces only", async () => {
      const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
      for (const { id } of [one, two]) for (const version of ["1.0", "1.0-rc", "1.0-RC", "%"]) await publish(store(), id, { packageName: "p", version });
      expect(await namesOf({ namespaceIds: [one.id], version: "1.0" })).toEqual(["p@1.0"]);
      expect(await namesOf({ namespaceIds: [one.id, two.id], version: "1.0-RC" })).toEqual(["p@1.0-RC", "p@1.0-RC"]);
      expect(await namesOf({ namespaceIds: [one.id], version: "%" })).toEqual(["p@%"]);
      expect(await namesOf({ namespaceIds: [one.id], version: "" })).toEqual([]);
      expect((await list({ namespaceIds: [two.id] })).items.every((version) => version.namespaceId === two.id)).toBe(true);
      expect((await list({ namespaceIds: [two.id, two.id] })).total).toBe(4);
    });

    it("takes these statuses only", async () => {
      const { id } = await addGroup(store(), "tools");
      await publish(store(), id, { version: "1" });
      await publish(store(), id, { version: "2", status: "hidden" });
      await publish(store(), id, { version: "3", status: "default" });
      const shown = (statuses: IndexFilter["statuses"]) => namesOf({ namespaceIds: [id], statuses });
      expect(await shown(["default"])).toEqual(["package@1", "package@3"]);
      expect(await shown(["hidden"])).toEqual(["package@2"]);
      expect(await shown(["hidden", "default"])).toEqual(["package@1", "package@2", "package@3"]);
      expect(await shown([])).toEqual([]);
    });
  });

  it("finds the other versions of a package, by id, at most as many as asked for", async () => {
    const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
    for (const version of ["3", "1", "2"]) await publish(store(), one.id, { packageName: "p", version });
    await publish(store(), one.id, { packageName: "p", version: "4", status: "hidden" });
    await publish(store(), one.id, { packageName: "q", version: "5" });
    await publish(store(), two.id, { packageName: "p", version: "6" });
    const [first] = (await list({ namespaceIds: [one.id], version: "1" })).items;
    if (first === undefined) throw new Error("there is no first version");
    const siblings = async (statuses: IndexFilter["statuses"], limit = 10) => (await store().index.listSiblings(first, statuses, limit)).map(({ name }) => name);
    expect(await siblings(["default"])).toEqual(["3", "2"]);
    expect(await siblings(["default", "hidden"])).toEqual(["3", "2", "4"]);
    expect(await siblings(["hidden"])).toEqual(["4"]);
    expect(await siblings(["default"], 1)).toEqual(["3"]);
    expect(await siblings([])).toEqual([]);
  });

  describe("revisions", () => {
    const fill = async (namespaceId: number) => {
      const given: GivenFile[] = [
        { path: "b", nowMs: 5 }, { path: "a", nowMs: 5 }, { path: "b", nowMs: 7 }, { path: "B", nowMs: 6 }, { path: "b", nowMs: 6 }, { path: "a", nowMs: 5 },
      ];
      const files = [];
      for (const [index, file] of given.entries()) files.push((await publish(store(), namespaceId, { ...file, content: `${index % 2}`, onDuplicate: "allow" })).file);
      return files;
    };

    it("shows every one of every file once, in every order and direction, by offset and by keyset", async () => {
      const { id } = await addGroup(store(), "tools");
      const files = await fill(id);
      const versionId = files[0]?.versionId ?? 0;
      await publish(store(), id, { version: "2.0", path: "elsewhere" });
      for (const by of revisionOrders)
        for (const direction of directions) {
          const expected = sorted(files, (file) => ({ id: file.id, created_at: file.createdAtMs, file_name: file.path })[by], direction);
          for (const kind of ["offset", "keyset"] as const)
            for (const limit of [1, 2, 5, 6, 100]) {
              const rows = await walk((page) => store().index.listRevisions(versionId, { by, direction }, page), kind, limit);
              expect({ by, direction, kind, limit, ids: rows.map((row) => row.id) }).toEqual({ by, direction, kind, limit, ids: expected });
            }
        }
      const rows = await walk((page) => store().index.listRevisions(versionId, { by: "id", direction: "asc" }, page), "offset", 3);
      expect(rows).toEqual(files);
      expect(await store().index.listRevisions(9_999, { by: "id", direction: "asc" }, { start: { offset: 0 }, limit: 5 })).toEqual({ items: [], total: 0, hasMore: false, lastValue: null });
    });

    it("are found by id, within their version and alone", async () => {
      const { id } = await addGroup(store(), "tools");
      const files = await fill(id);
      const other = await publish(store(), id, { version: "2.0" });
      for (const file of files) {
        expect(await store().index.findRevision(file.versionId, file.id)).toEqual(file);
        expect(await store().index.findRevision(other.file.versionId, file.id)).toBeNull();
        const found = await store().index.findRevisionById(file.id);
        expect(found?.file).toEqual(file);
        expect(found?.version).toEqual((await store().index.findVersionById(file.versionId)) ?? undefined);
      }
      const versionId = files[0]?.versionId ?? 0;
      for (const fileId of [0, 9_999]) {
        expect(await store().index.findRevision(versionId, fileId)).toBeNull();
        expect(await store().index.findRevisionById(fileId)).toBeNull();
      }
    });
  });

  it("finds no version that is absent, and tells when a version was last downloaded", async () => {
    const { id } = await addGroup(store(), "tools");
    const { file } = await publish(store(), id, { nowMs: 1_000 });
    const lastAtMs = async () => (await store().index.findVersionById(file.versionId))?.lastDownloadedAtMs;
    for (const versionId of [0, 9_999]) expect(await store().index.findVersionById(versionId)).toBeNull();
    expect(await lastAtMs()).toBeNull();
    await store().publishing.addDownloads([{ fileId: file.id, versionId: file.versionId, day: 1, count: 2, lastAtMs: 5_000 }]);
    expect(await lastAtMs()).toBe(5_000);
    await store().publishing.addDownloads([{ fileId: file.id, versionId: file.versionId, day: 1, count: 2, lastAtMs: 4_000 }]);
    expect(await lastAtMs()).toBe(5_000);
    expect((await tryPublish(store(), id, { path: "more", nowMs: 9_000 })).outcome).toBe("published");
    expect(await lastAtMs()).toBe(5_000);
  });
}
