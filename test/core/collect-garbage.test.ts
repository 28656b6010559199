import { describe, expect, it } from "bun:test";
import { openMemoryBlobStore } from "../../src/blob-stores/memory.ts";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { parseNamespaceName } from "../../src/core/namespace-name.ts";
import { openStores } from "../../src/open-stores.ts";
import { recordText } from "./record-text.ts";

describe("collection that is told to stop", () => {
  it("ends between two objects, and the next run takes up the rest", async () => {
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
    try {
      for (let number = 0; number < 5; number += 1) await recordText(stores, `text ${number}`);
      const group = await stores.metadata.namespaces.find("texts");
      const { items } = await stores.metadata.packages.listVersions({ namespaceId: group?.id ?? 0, status: "default" }, { offset: 0, limit: 1 });
      await stores.metadata.publishing.deleteVersion({ namespaceId: group?.id ?? 0, versionId: items[0]?.id ?? 0, nowMs: 3_000 });
      const abort = new AbortController();
      let removed = 0;
      const blobs = {
        ...stores.blobs,
        remove: async (name: Parameters<typeof stores.blobs.remove>[0]) => {
          await stores.blobs.remove(name);
          if ((removed += 1) === 2) abort.abort();
        },
      };
      const clock = { nowMs: () => 10_000 };
      const first = await collectGarbage({ metadata: stores.metadata, blobs, clock }, { graceMs: 0, signal: abort.signal });
      expect([removed, first.unreferencedBlobs]).toEqual([2, 2]);
      const second = await collectGarbage({ ...stores, clock }, { graceMs: 0 });
      expect(second.unreferencedBlobs).toBe(3);
      expect(await stores.metadata.blobs.list(0, 10)).toEqual([]);
    } finally {
      await stores.close();
    }
  });
});

describe("collection beside records that are not those of its objects", () => {
  it("leaves alone what is older than every record", async () => {
    const clock = { now: 1_000_000_000, nowMs: () => clock.now };
    const blobs = openMemoryBlobStore(clock);
    const place = async (text: string): Promise<void> => {
      await blobs.place(await blobs.stage(new Blob([text]).stream(), { maxBytes: null, expectedBytes: null }));
    };
    await place("of other records");
    const { metadata } = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
    const collect = () => collectGarbage({ metadata, blobs, clock }, { graceMs: 3_600_000 });
    clock.now += 30 * 86_400_000;
    expect((await collect()).unrecordedObjects).toBe(0);
    await metadata.namespaces.createGroup({
      name: parseNamespaceName("first"),
      visibility: "public",
      fullName: "",
      description: "",
      email: "",
      website: "",
      location: "",
      ownerId: null,
      nowMs: clock.now,
    });
    clock.now += 60_000;
    await place("left by a publish");
    for (let day = 0; day < 3; day += 1) {
      clock.now += 86_400_000;
      await collect();
    }
    expect((await Array.fromAsync(blobs.list())).map((object) => object.sizeBytes)).toEqual(["of other records".length]);
    await metadata.close();
  });
});
