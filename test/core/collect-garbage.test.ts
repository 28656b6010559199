import { describe, expect, it } from "bun:test";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
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
