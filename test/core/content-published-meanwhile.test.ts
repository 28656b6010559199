import { describe, expect, it } from "bun:test";
import type { StorageName } from "../../src/core/domain.ts";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { newBlob, publish } from "../contracts/metadata-store/records.ts";
import { codeOf, contentOf, fileOf, openRegistry } from "./open-registry.ts";

/**
 * Publishes a file, and lets something happen each time between the look at what is stored of its content and the command
 * that records it.
 */
async function publishWhile(
  happens: (opened: Opened, time: number) => Promise<unknown>,
  prepare: (opened: Opened) => Promise<unknown> = async () => undefined,
) {
  const opened = await openBetween();
  const grant = await opened.registry.openNamespace(opened.actorOf(await opened.addMember("alice", 30)), "group/app", "publish");
  await prepare(opened);
  opened.between((time) => happens(opened, time));
  const outcome = await codeOf(opened.registry.publishFile(grant, fileOf("content", { path: "own" })));
  return { ...opened, outcome };
}

type Opened = Awaited<ReturnType<typeof openBetween>>;

async function openBetween() {
  let happens: (time: number) => Promise<unknown> = async () => undefined;
  let times = 0;
  const wrap = (metadata: MetadataStore): MetadataStore => ({
    ...metadata,
    publishing: {
      ...metadata.publishing,
      publish: async (command) => {
        await happens((times += 1));
        return metadata.publishing.publish(command);
      },
    },
  });
  const opened = await openRegistry(wrap);
  /** Somebody else records bytes of the same content, in place of those that are there; whether they are still right. */
  const recordOther = async (path: string, isSound: boolean): Promise<StorageName> => {
    const blob = await opened.blobs.stage(contentOf("content"), { maxBytes: null, expectedBytes: null, announcedBytes: null });
    await opened.blobs.place(blob);
    const replaceDamaged = (await opened.metadata.blobs.findLive(newBlob("content").sha256))?.storageName ?? null;
    const { isBlobUsed } = await publish(opened.metadata, opened.app.id, { packageName: "p", version: "1.0.0", path, blob, replaceDamaged });
    expect(isBlobUsed).toBe(true);
    if (!isSound) await opened.blobs.remove(blob.storageName);
    return blob.storageName;
  };
  return { ...opened, recordOther, between: (then: typeof happens): void => void (happens = then), times: () => times };
}

describe("an upload of which somebody else records the same content meanwhile", () => {
  it("is not dropped for bytes that are damaged already: its own take their place", async () => {
    const { outcome, textOf } = await publishWhile(({ recordOther }, time) => (time === 1 ? recordOther("other", false) : Promise.resolve()));
    expect(outcome).toBe("ok");
    expect([await textOf("own"), await textOf("other")]).toEqual(["content", "content"]);
  });

  it("is not dropped for damaged bytes that have healed others, which it has seen marked", async () => {
    const { outcome, textOf } = await publishWhile(
      ({ recordOther }, time) => (time === 1 ? recordOther("other", false) : Promise.resolve()),
      async ({ metadata, recordOther }) => {
        const storageName = await recordOther("first", false);
        const blob = await metadata.blobs.findByStorageName(storageName);
        await metadata.blobs.setDamaged({ blobId: blob?.id ?? 0, storageName, isDamaged: true });
      },
    );
    expect(outcome).toBe("ok");
    expect([await textOf("own"), await textOf("other"), await textOf("first")]).toEqual(["content", "content", "content"]);
  });

  it("is dropped for bytes that are right", async () => {
    const { outcome, textOf, stored, times } = await publishWhile(({ recordOther }, time) => (time === 1 ? recordOther("other", true) : Promise.resolve()));
    expect([outcome, await textOf("own"), times()]).toEqual(["ok", "content", 2]);
    expect(await stored()).toEqual([1, 0]);
  });

  it("is refused for the moment, and leaves nothing behind, where that happens again and again", async () => {
    const { outcome, metadata, app, stored, times } = await publishWhile(({ recordOther }, time) => recordOther(`other ${time}`, false));
    expect(outcome).toBe("storage_busy");
    expect(await stored()).toEqual([0, 0]);
    expect(times()).toBeLessThan(10);
    const file = { namespaceId: app.id, packageName: "p", version: "1.0.0", match: "exact" } as const;
    expect((await metadata.packages.findFile({ ...file, path: "own" })).found).toBe("version");
  });
});
