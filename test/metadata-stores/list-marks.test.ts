import { describe, expect, it } from "bun:test";
import { createListMarks } from "../../src/metadata-stores/statements/list-marks.ts";
import type { SqlConnection } from "../../src/metadata-stores/statements/connection.ts";
import { addNamespace, publish } from "../contracts/metadata-store/records.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { openNoted } from "./noted-store.ts";

const spacing = 3;

async function openList() {
  const { store, database } = openNoted();
  const namespace = await addNamespace(store, "group", null, "tools");
  /** Statements that look for a mark. */
  let walks = 0;
  const sql: SqlConnection = {
    get: async (text, ...values) => {
      if (text.includes("LIMIT 1 OFFSET")) walks += 1;
      return database.query<never, never[]>(text).get(...(values as never[]));
    },
    all: () => Promise.reject(new Error("not asked for")),
    run: () => Promise.reject(new Error("not asked for")),
  };
  const marks = createListMarks(spacing);
  const ids = (): readonly number[] =>
    database.query<{ id: number }, [number]>("SELECT id FROM versions WHERE namespace_id = ? ORDER BY created_at_ms, id").all(namespace.id).map(({ id }) => id);
  let number = 0;
  return {
    store,
    namespace,
    ids,
    walks: () => walks,
    add: (nowMs: number) => publish(store, namespace.id, { version: `1.${(number += 1)}`, nowMs }),
    remove: (versionId: number) => store.publishing.deleteVersion({ namespaceId: namespace.id, versionId, nowMs: 1 }),
    /** The id that the marks say is at this place, counted on by hand from the mark. */
    at: async (position: number): Promise<number | null> => {
      const all = ids();
      const found = await marks.before(sql, { of: "namespace_id", id: namespace.id }, position, all.length);
      if (found === null) return null;
      expect(found.passedOver).toBeLessThan(spacing);
      return all[all.indexOf(found.mark.id) + found.passedOver] ?? null;
    },
  };
}

describe("the marks of a long list of versions", () => {
  it("tell which version stands at a place, whatever was published, deleted or moved before", async () => {
    const seed = seedOfRun();
    console.log(`FAULT_SEED=${seed}`);
    const random = createRandom(seed);
    const { store, ids, add, remove, at } = await openList();
    let nowMs = 10_000;
    for (let step = 0; step < 600; step += 1) {
      const choice = random.fraction();
      const all = ids();
      if (choice < 0.45) await add((nowMs += random.whole(0, 3)));
      // A clock that went back.
      else if (choice < 0.5) await add(nowMs - random.whole(0, 50));
      else if (choice < 0.55 && all.length > 0) await remove(all[random.whole(0, all.length)] ?? 0);
      else if (all.length > spacing) {
        const position = random.whole(0, all.length);
        const found = await at(position);
        expect([step, position, found]).toEqual([step, position, position < spacing ? null : (all[position] ?? null)]);
      }
    }
    await store.close();
  });

  it("stay while newer versions come, and are found once", async () => {
    const { store, add, at, walks } = await openList();
    for (let number = 0; number < 20; number += 1) await add(1_000 + number);
    expect(await at(14)).not.toBeNull();
    expect(walks()).toBe(4);
    for (let number = 0; number < 5; number += 1) await add(2_000 + number);
    for (const position of [14, 3, 9, 12]) expect(await at(position)).not.toBeNull();
    expect(walks()).toBe(4);
    expect(await at(15)).not.toBeNull();
    expect(walks()).toBe(5);
    await store.close();
  });

  it("end with a version that is new but not the newest, and with a delete", async () => {
    for (const change of ["add", "remove"] as const) {
      const { store, ids, add, remove, at, walks } = await openList();
      for (let number = 0; number < 20; number += 1) await add(1_000 + number);
      await at(9);
      await (change === "add" ? add(1_001) : remove(ids()[1] ?? 0));
      expect(await at(9)).toBe(ids()[9] ?? null);
      expect(walks()).toBe(6);
      await store.close();
    }
  });

  it("are not there for a list that is empty by now", async () => {
    const { store, at } = await openList();
    expect(await at(4)).toBeNull();
    await store.close();
  });
});
