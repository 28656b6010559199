import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { applyCleanupPolicies } from "../../src/core/maintenance/apply-cleanup-policies.ts";
import { planCleanup, runDueCleanup } from "../../src/core/maintenance/cleanup-plan.ts";
import type { RegistryEvent } from "../../src/core/ports/event-sink.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { addGroup, addNamespace, publish } from "../contracts/metadata-store/records.ts";

const hour = 3_600_000;
let stores: Stores;
let clock: { now: number; nowMs(): number };
beforeEach(async () => {
  stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
  clock = { now: 1_000_000, nowMs: () => clock.now };
});
afterEach(async () => await stores.close());

/** Uploads of one file, and how many revisions it has afterwards. */
async function upload(namespaceId: number, packageName: string, count: number): Promise<() => Promise<number>> {
  let versionId = 0;
  for (let index = 0; index < count; index += 1)
    ({ versionId } = (await publish(stores.metadata, namespaceId, { packageName, content: `${packageName} ${index}`, onDuplicate: "allow" })).file);
  return async () => (await stores.metadata.index.listRevisions(versionId, { by: "id", direction: "asc" }, { start: { offset: 0 }, limit: 1000 })).total ?? 0;
}

describe("cleanup", () => {
  it("keeps the newest revisions that the settings in force ask for, protected packages and other namespaces whole", async () => {
    const { metadata } = stores;
    const top = await addGroup(metadata, "top");
    const [app, all, other] = [await addNamespace(metadata, "project", top.id, "app"), await addNamespace(metadata, "project", top.id, "all"), await addGroup(metadata, "other")];
    await metadata.namespaces.update(top.id, { settings: { keptRevisions: 3 } });
    await metadata.namespaces.update(all.id, { settings: { keptRevisions: null } });
    await metadata.protection.create({ namespaceId: app.id, packageNamePattern: "kept-*", pushLevel: null, deleteLevel: 50, nowMs: 1 }, 10);
    await metadata.protection.create({ namespaceId: app.id, packageNamePattern: "p*", pushLevel: 60, deleteLevel: null, nowMs: 1 }, 10);
    const left = [];
    for (const [id, name] of [[top.id, "p"], [app.id, "p"], [app.id, "kept-p"], [all.id, "p"], [other.id, "p"]] as const)
      left.push(await upload(id, name, 5));
    expect(await applyCleanupPolicies({ metadata, clock })).toEqual({ revisions: 4, namespaces: 2 });
    expect(await Promise.all(left.map((count) => count()))).toEqual([3, 3, 5, 5, 5]);
    const served = await metadata.packages.findFile({ namespaceId: app.id, packageName: "p", version: "1.0", path: "file.bin", match: "exact" });
    expect(served).toMatchObject({ found: "file", file: { sizeBytes: "p 4".length } });
    expect(await applyCleanupPolicies({ metadata, clock })).toEqual({ revisions: 0, namespaces: 2 });
    expect(await metadata.blobs.collection.findInconsistencies(10)).toEqual([]);
  });

  it("goes through more versions and revisions than one step takes", async () => {
    const { metadata } = stores;
    const { id } = await addGroup(metadata, "tools");
    await metadata.namespaces.update(id, { settings: { keptRevisions: 1 } });
    const deep = await upload(id, "deep", 620);
    for (let index = 0; index < 450; index += 1) {
      await publish(metadata, id, { packageName: "wide", version: `${index}`, onDuplicate: "allow" });
      await publish(metadata, id, { packageName: "wide", version: `${index}`, onDuplicate: "allow" });
    }
    expect((await applyCleanupPolicies({ metadata, clock })).revisions).toBe(619 + 450);
    expect(await deep()).toBe(1);
  }, 30_000);

  it("stops when it is told to", async () => {
    const { metadata } = stores;
    const { id } = await addGroup(metadata, "tools");
    await metadata.namespaces.update(id, { settings: { keptRevisions: 1 } });
    const count = await upload(id, "p", 3);
    expect(await applyCleanupPolicies({ metadata, clock }, AbortSignal.abort())).toEqual({ revisions: 0, namespaces: 0 });
    expect(await count()).toBe(3);
  });
});

describe("the plan of cleanups", () => {
  it("runs every twelve hours, also when the server was restarted meanwhile", async () => {
    const { metadata } = stores;
    const { id } = await addGroup(metadata, "tools");
    await metadata.namespaces.update(id, { settings: { keptRevisions: 1 } });
    await upload(id, "p", 3);
    const recorded: RegistryEvent[] = [];
    const events = { record: (event: RegistryEvent) => void recorded.push(event) };
    const run = () => runDueCleanup({ metadata, clock, events });
    const next = async () => (await metadata.instance.read()).nextCleanupAtMs;

    await planCleanup({ metadata, clock });
    expect(await next()).toBe(1_000_000 + 12 * hour);
    clock.now += 11 * hour;
    await planCleanup({ metadata, clock });
    expect([await run(), await next()]).toEqual([null, 1_000_000 + 12 * hour]);
    clock.now += hour;
    expect(await run()).toEqual({ revisions: 2, namespaces: 1 });
    expect([await run(), await next()]).toEqual([null, clock.now + 12 * hour]);
    expect(recorded).toEqual([{ kind: "revisions_cleaned", count: 2 }]);
  });

  it("puts nothing off for longer when the clock was set back", async () => {
    const { metadata } = stores;
    clock.now = 1_000 * hour;
    await planCleanup({ metadata, clock });
    clock.now = 10 * hour;
    await planCleanup({ metadata, clock });
    expect((await metadata.instance.read()).nextCleanupAtMs).toBe(22 * hour);
  });
});
