import { expect, it } from "bun:test";
import { addGroup, addNamespace, publish, type CurrentStore } from "./records.ts";

/** IndexStore.listSuperfluous, settings that are taken away, InstanceSettingsStore and UpkeepStore. */
export function cleanupContract(store: CurrentStore): void {
  it("lists the versions of one namespace with a file that has too many revisions", async () => {
    const top = await addGroup(store(), "top");
    const { id } = await addNamespace(store(), "project", top.id, "app");
    const add = async (namespaceId: number, packageName: string, version: string, paths: readonly string[]) => {
      let versionId = 0;
      for (const [index, path] of paths.entries())
        ({ versionId } = (await publish(store(), namespaceId, { packageName, version, path, content: `${index}`, onDuplicate: "allow" })).file);
      return versionId;
    };
    const one = await add(id, "a", "1", ["f", "f", "f"]);
    await add(id, "a", "2", ["f", "g", "h"]);
    const two = await add(id, "b", "1", ["g", "f", "f"]);
    await add(top.id, "c", "1", ["f", "f", "f"]);
    const list = (kept: number, afterVersionId = 0, limit = 10) => store().index.listSuperfluous({ namespaceId: id, kept, afterVersionId, limit });
    const [first, second] = [{ versionId: one, packageName: "a" }, { versionId: two, packageName: "b" }];
    expect(await list(1)).toEqual([first, second]);
    expect(await list(2)).toEqual([first]);
    expect(await list(3)).toEqual([]);
    expect(await list(1, 0, 1)).toEqual([first]);
    expect(await list(1, one)).toEqual([second]);
    expect(await list(1, two)).toEqual([]);
  });

  it("takes own settings away, so that those above count again", async () => {
    const top = await addGroup(store(), "top");
    const app = await addNamespace(store(), "project", top.id, "app");
    await store().namespaces.update(top.id, { settings: { duplicates: "reject", keptRevisions: 5 } });
    await store().namespaces.update(app.id, { settings: { duplicates: "allow", keptRevisions: null, versions: "x.y.z" } });
    const changed = await store().namespaces.update(app.id, { settings: { versions: null }, forgottenSettings: ["duplicates", "registryAccess"] });
    expect(changed?.settings).toEqual({ keptRevisions: null, versions: null });
    expect((await store().namespaces.standing(app.id, null)).settings).toEqual({ duplicates: "reject", keptRevisions: null, versions: null });
    expect((await store().namespaces.update(app.id, { forgottenSettings: ["keptRevisions", "versions"] }))?.settings).toEqual({});
  });

  it("keeps the instance's settings, and changes only those given", async () => {
    const { instance } = store();
    expect(await instance.read()).toEqual({ maxFileBytes: {}, nextCleanupAtMs: null });
    await instance.write({ maxFileBytes: { generic_packages: 5, npm: 7 }, nextCleanupAtMs: 1_000 });
    await instance.write({ maxFileBytes: { generic_packages: 0 } });
    expect(await instance.read()).toEqual({ maxFileBytes: { generic_packages: 0, npm: 7 }, nextCleanupAtMs: 1_000 });
    await instance.write({ nextCleanupAtMs: null });
    await instance.write({});
    expect(await instance.read()).toEqual({ maxFileBytes: { generic_packages: 0, npm: 7 }, nextCleanupAtMs: null });
    await instance.write({ maxFileBytes: { generic_packages: Number.MAX_SAFE_INTEGER } });
    expect((await instance.read()).maxFileBytes.generic_packages).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("keeps what is remembered of upkeep, and changes only what is given", async () => {
    const { upkeep } = store();
    const nothing = { scrubBeganAtMs: null, scrubAfterBlobId: null, lastScrubBeganAtMs: null, lastScrubEndedAtMs: null, lastCollectionBeganAtMs: null };
    expect(await upkeep.read()).toEqual(nothing);
    await upkeep.write({ scrubBeganAtMs: 5, scrubAfterBlobId: 0, lastScrubBeganAtMs: 2 ** 50 });
    await upkeep.write({ scrubAfterBlobId: 7 });
    await upkeep.write({});
    expect(await upkeep.read()).toEqual({ ...nothing, scrubBeganAtMs: 5, scrubAfterBlobId: 7, lastScrubBeganAtMs: 2 ** 50 });
    await upkeep.write({ scrubBeganAtMs: null, scrubAfterBlobId: null });
    expect(await upkeep.read()).toEqual({ ...nothing, lastScrubBeganAtMs: 2 ** 50 });
  });
}
