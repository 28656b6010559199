import { afterEach, beforeEach, describe, expect, it, spyOn } from "bun:test";
import { addNamespace, publish as record } from "../contracts/metadata-store/records.ts";
import { codeOf, fileOf, openRegistry, type OpenedRegistry } from "./open-registry.ts";

describe("an upload of content that is stored already", () => {
  let opened: OpenedRegistry;
  let read: { hash: ReturnType<typeof spyOn>; open: ReturnType<typeof spyOn> };
  beforeEach(async () => {
    opened = await openRegistry();
    const hidden = await addNamespace(opened.metadata, "project", opened.group.id, "hidden", { visibility: "private" });
    await opened.metadata.namespaces.setGrant({ namespaceId: hidden.id, userId: (await opened.addMember("alice", 30)).id, level: 30 });
    read = { hash: spyOn(opened.blobs, "hash"), open: spyOn(opened.blobs, "open") };
  });
  afterEach(() => {
    read.hash.mockRestore();
    read.open.mockRestore();
  });

  const publish = async (namespace: string, given: Parameters<typeof fileOf>[1] = {}, text = "content"): Promise<string> => {
    const grant = await opened.registry.openNamespace(await opened.signedIn("alice"), namespace, "publish");
    read.hash.mockClear();
    read.open.mockClear();
    return codeOf(opened.registry.publishFile(grant, fileOf(text, given)));
  };
  const reads = (): number => read.hash.mock.calls.length + read.open.mock.calls.length;
  const liveName = async (): Promise<string> => (await opened.metadata.blobs.list(0, 10)).filter(({ state }) => state === "live")[0]?.storageName ?? "";

  it("does not read what only another namespace has: its bytes take their place, for both", async () => {
    expect(await publish("group/hidden")).toBe("ok");
    const before = await liveName();
    expect(await publish("group/app")).toBe("ok");
    expect(reads()).toBe(0);
    expect(await liveName()).not.toBe(before);
    expect(await opened.textOf("f")).toBe("content");
    // Those before it are for collection: somebody may be reading them.
    expect(await opened.stored()).toEqual([2, 0]);
    expect(await opened.metadata.blobs.findByStorageName(before as never)).toBeNull();
  });

  it("reads, and keeps, what the namespace has itself, once it has it", async () => {
    for (const namespace of ["group/hidden", "group/app"]) expect(await publish(namespace)).toBe("ok");
    const before = await liveName();
    for (const namespace of ["group/app", "group/hidden"]) {
      expect(await publish(namespace, { path: "again" })).toBe("ok");
      expect(reads()).toBeGreaterThan(0);
    }
    expect(await liveName()).toBe(before);
  });

  it("reads what no file names any more, so that uploading anew what was deleted adds nothing", async () => {
    expect(await publish("group/app")).toBe("ok");
    const file = { namespaceId: opened.app.id, packageName: "p", version: "1.0.0", path: "f", match: "exact" } as const;
    const found = await opened.metadata.packages.findFile(file);
    if (found.found !== "file") throw new Error("it was not published");
    await opened.metadata.publishing.deleteFile({ versionId: found.file.versionId, path: "f", nowMs: opened.clock.nowMs() });
    expect(await publish("group/app")).toBe("ok");
    expect(reads()).toBeGreaterThan(0);
    expect(await opened.stored()).toEqual([1, 0]);
  });

  it("is one file for all who publish it at once where identical ones are, also when another namespace had it first", async () => {
    expect(await publish("group/hidden")).toBe("ok");
    const all = await Promise.all(Array.from({ length: 12 }, () => publish("group/app", { onDuplicate: "identical" })));
    expect(new Set(all)).toEqual(new Set(["ok"]));
    const files = await opened.metadata.packages.findVersion({ namespaceId: opened.app.id, packageName: "p", version: "1.0.0", match: "exact" });
    const revisions = await opened.metadata.index.listRevisions(files?.id ?? 0, { by: "id", direction: "asc" }, { start: { offset: 0 }, limit: 50 });
    expect(revisions.items).toHaveLength(1);
  });

  it("knows its own file among more of others than are looked at", async () => {
    expect(await publish("group/app")).toBe("ok");
    const other = await addNamespace(opened.metadata, "project", opened.group.id, "crowd", { visibility: "private" });
    for (let number = 0; number < 1001; number += 1) await record(opened.metadata, other.id, { path: `f${number}`, content: "content" });
    const before = await liveName();
    expect(await publish("group/app", { onDuplicate: "identical" })).toBe("ok");
    expect([reads() > 0, await liveName()]).toEqual([true, before]);
    expect(await publish("group/app", { path: "another" })).toBe("ok");
    expect(reads()).toBe(0);
  });
});
