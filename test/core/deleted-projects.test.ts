import { afterEach, describe, expect, it } from "bun:test";
import { createDeletedProjects } from "../../src/core/maintenance/deleted-projects.ts";
import type { RegistryEvent } from "../../src/core/ports/event-sink.ts";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { openMemoryStore } from "../../src/metadata-stores/memory.ts";
import { addGroup, addNamespace, publish } from "../contracts/metadata-store/records.ts";

const clock = { nowMs: () => 9_000 };

describe("deleted projects", () => {
  let store: MetadataStore | null = null;
  afterEach(async () => {
    await store?.close();
    store = null;
  });

  /** A group with two deleted projects of 1,500 files in all, more than one step. */
  const open = async (): Promise<MetadataStore> => {
    store = await openMemoryStore();
    const group = await addGroup(store, "tools");
    for (const name of ["one", "two"]) {
      const { id } = await addNamespace(store, "project", group.id, name);
      for (let file = 0; file < 750; file += 1) await publish(store, id, { path: `${file}`, version: `${file % 50}`, content: `${name} ${file}` });
      expect(await store.tree.deleteProject(id, 5_000)).toBe("deleted");
    }
    return store;
  };
  const unreferenced = (of: MetadataStore) => of.blobs.collection.claimUnreferenced(9_001, 10_000);

  it("are cleared when it is woken, until nothing of any is left", async () => {
    const { tree, blobs } = await open();
    const events: RegistryEvent[] = [];
    const work = createDeletedProjects({ tree, clock, events: { record: (event) => void events.push(event) } });
    work.wake();
    await work.idle();
    expect(await tree.clearDeleted(1, 9_000)).toBe("done");
    expect(await blobs.collection.claimUnreferenced(9_001, 10_000)).toBe(1_500);
    expect(await blobs.collection.findInconsistencies(10)).toEqual([]);
    expect(events).toEqual([]);
    await work.stop();
  });

  it("are left to the next process when it stops in the middle", async () => {
    const opened = await open();
    let steps = 0;
    const work = createDeletedProjects({
      clock,
      events: { record: () => undefined },
      tree: {
        ...opened.tree,
        clearDeleted: async (limit, nowMs) => {
          steps += 1;
          if (steps === 1) void work.stop();
          return opened.tree.clearDeleted(Math.min(limit, 100), nowMs);
        },
      },
    });
    work.wake();
    await work.idle();
    expect(steps).toBe(1);
    const next = createDeletedProjects({ tree: opened.tree, clock, events: { record: () => undefined } });
    next.wake();
    await next.idle();
    expect(await unreferenced(opened)).toBe(1_500);
    await next.stop();
  });

  it("that cannot be cleared are reported", async () => {
    const { tree } = await open();
    const events: RegistryEvent[] = [];
    const work = createDeletedProjects({
      clock,
      events: { record: (event) => void events.push(event) },
      tree: { ...tree, clearDeleted: () => Promise.reject(new RegistryError("storage_full", "no space")) },
    });
    work.wake();
    await work.idle();
    expect(events.map(({ kind }) => kind)).toEqual(["background_failure"]);
    await work.stop();
  });
});
