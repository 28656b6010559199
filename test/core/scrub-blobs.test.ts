import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlobRecord, StorageName } from "../../src/core/domain.ts";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { runDueScrub, type ScrubOptions } from "../../src/core/maintenance/scrub-blobs.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import type { RegistryEvent } from "../../src/core/ports/event-sink.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { findFile, publish } from "../contracts/metadata-store/records.ts";
import { recordText } from "./record-text.ts";

const dayMs = 24 * 3_600_000;
const mebibyte = 2 ** 20;

describe("the scheduled re-reading of blobs", () => {
  let directory = "";
  let opened: Stores | null = null;
  let nowMs = 0;
  let events: RegistryEvent[] = [];
  let read: StorageName[] = [];
  const stores = (): Stores => {
    if (opened === null) throw new Error("the stores are open only within a test");
    return opened;
  };
  const open = async (): Promise<void> => {
    opened = await openStores({ database: { scheme: "sqlite", path: join(directory, "db") }, blobs: { scheme: "file", directory } });
  };
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "stowage-scrub-"));
    nowMs = 1_800_000_000_000;
    events = [];
    read = [];
    await open();
  });
  afterEach(async () => {
    await opened?.close();
    rmSync(directory, { recursive: true });
  });
  const pathOf = (name: StorageName): string => join(directory, "blobs", name.slice(0, 2), name);
  /** `afterRead` is called when a blob was read, or turned out to be missing. */
  const scrub = (given: Partial<ScrubOptions> = {}, afterRead: (name: StorageName) => Promise<void> | void = () => undefined) => {
    const { metadata, blobs } = stores();
    const hash: typeof blobs.hash = async (name, algorithms, options) => {
      read.push(name);
      try {
        return await blobs.hash(name, algorithms, options);
      } finally {
        await afterRead(name);
      }
    };
    const options = { intervalMs: dayMs, bytesPerSecond: null, signal: new AbortController().signal, ...given };
    return runDueScrub({ metadata, blobs: { ...blobs, hash }, clock: { nowMs: () => nowMs }, events: { record: (event) => events.push(event) } }, options);
  };
  const record = async (texts: readonly string[]): Promise<BlobRecord[]> => {
    const records = [];
    for (const text of texts) records.push(await recordText(stores(), text));
    return records;
  };
  const isDamaged = async (name: StorageName) => (await stores().metadata.blobs.findByStorageName(name))?.isDamaged;
  const eventsOf = (kind: RegistryEvent["kind"]) => events.filter((event) => event.kind === kind);

  it("reads every live blob once in each interval", async () => {
    const names = (await record(["one", "two", "three"])).map(({ storageName }) => storageName);
    expect(await scrub()).toEqual({ blobs: 3, bytes: 11, damaged: 0, unreadable: 0, isComplete: true });
    expect(read).toEqual(names);
    expect(eventsOf("blob_scrubbed").length).toBe(3);
    nowMs += dayMs - 1;
    expect(await scrub()).toBeNull();
    nowMs += 1;
    expect((await scrub())?.blobs).toBe(3);
    expect(read).toEqual([...names, ...names]);
    // A clock that is set back puts it off by no more than the interval.
    nowMs -= 365 * dayMs;
    expect((await scrub())?.blobs).toBe(3);
  });

  it("goes on behind the last blob that was read when it is stopped, also in the next process", async () => {
    const texts = Array.from({ length: 100 }, (_, index) => `text ${index}`);
    const names = (await record(texts)).map(({ storageName }) => storageName);
    const abort = new AbortController();
    const first = await scrub({ signal: abort.signal }, () => {
      if (read.length === 71) abort.abort();
    });
    expect(first).toMatchObject({ blobs: 70, isComplete: false });
    await stores().close();
    await open();
    expect(await scrub()).toMatchObject({ blobs: 30, isComplete: true });
    expect(read).toEqual([...names.slice(0, 71), ...names.slice(70)]);
    expect(await scrub()).toBeNull();
  });

  it("takes what is damaged out of service, keeps its bytes and tells how many files name it", async () => {
    const [sound, flipped, cut, gone] = await record(["sound", "flipped", "cut short", "gone"]);
    if (sound === undefined || flipped === undefined || cut === undefined || gone === undefined) throw new Error("not recorded");
    const group = await stores().metadata.namespaces.find("texts");
    const { storageName, sha256, sizeBytes } = flipped;
    await publish(stores().metadata, group?.id ?? 0, { path: "named twice", blob: { storageName, sha256, sizeBytes } });
    writeFileSync(pathOf(flipped.storageName), "flippeD");
    truncateSync(pathOf(cut.storageName), 3);
    unlinkSync(pathOf(gone.storageName));
    expect(await scrub()).toEqual({ blobs: 4, bytes: 25, damaged: 3, unreadable: 0, isComplete: true });
    const reports = eventsOf("blob_damaged").map((event) => event.kind === "blob_damaged" && [event.storageName, event.fileCount]);
    expect(reports).toEqual([[flipped.storageName, 2], [cut.storageName, 1], [gone.storageName, 1]]);
    const marks = await Promise.all([sound, flipped, cut, gone].map((blob) => isDamaged(blob.storageName)));
    expect(marks).toEqual([false, true, true, true]);
    expect(await stores().metadata.blobs.countDamaged()).toBe(3);
    expect(statSync(pathOf(flipped.storageName)).size).toBe(7);
    // Collection leaves it to the operator as long as a record names it, and verification finds the same.
    await collectGarbage({ ...stores(), clock: { nowMs: () => Date.now() + 9 * dayMs } }, { graceMs: 1 });
    expect(statSync(pathOf(flipped.storageName)).size).toBe(7);
    const { problems } = await verifyStores({ ...stores(), clock: systemClock }, { graceMs: 0, isServerRunning: false });
    expect(problems.map(({ kind }) => kind)).toEqual(["blob_corrupt", "blob_missing_or_cut", "blob_missing_or_cut"]);
    // Bytes that are right again, as after a cable was changed, are back in service after the next pass.
    writeFileSync(pathOf(flipped.storageName), "flipped");
    nowMs += dayMs;
    expect((await scrub())?.damaged).toBe(2);
    expect(await isDamaged(flipped.storageName)).toBe(false);
  });

  it("takes what was collected or healed while it was read for no damage", async () => {
    const [collected, healed] = await record(["collected", "healed"]);
    if (collected === undefined || healed === undefined) throw new Error("not recorded");
    const { metadata, blobs } = stores();
    unlinkSync(pathOf(collected.storageName));
    writeFileSync(pathOf(healed.storageName), "heaLed");
    const group = await metadata.namespaces.find("texts");
    const file = await findFile(metadata, group?.id ?? 0, { path: "collected" });
    if (file === null) throw new Error("not published");
    const report = await scrub({}, async (name) => {
      if (name === collected.storageName) {
        await metadata.publishing.deleteFile({ versionId: file.versionId, path: file.path, nowMs });
        await metadata.blobs.collection.claimUnreferenced(Number.MAX_SAFE_INTEGER, 10);
      } else {
        const staged = await blobs.stage(new Blob(["healed"]).stream(), { maxBytes: null, expectedBytes: null });
        await blobs.place(staged);
        await publish(metadata, group?.id ?? 0, { path: "again", blob: staged, replaceDamaged: healed.storageName });
      }
    });
    expect(report).toMatchObject({ damaged: 0, unreadable: 0, isComplete: true });
    expect(eventsOf("blob_damaged")).toEqual([]);
    expect(await metadata.blobs.findLive(healed.sha256)).toMatchObject({ id: healed.id, isDamaged: false });
  });
  it("reports what it could not read, marks nothing, and goes on", async () => {
    const [unreadable, sound] = await record(["unreadable", "sound"]);
    if (unreadable === undefined || sound === undefined) throw new Error("not recorded");
    const report = await scrub({}, (name) => {
      if (name === unreadable.storageName) throw new Error("EIO");
    });
    expect(report).toEqual({ blobs: 1, bytes: 5, damaged: 0, unreadable: 1, isComplete: true });
    expect(eventsOf("blob_unreadable").length).toBe(1);
    expect(await isDamaged(unreadable.storageName)).toBe(false);
  });

  it("marks nothing when the folder of the blobs is another one by now, as after a disk fell away", async () => {
    await record(["one", "two"]);
    renameSync(join(directory, "blobs"), join(directory, "elsewhere"));
    mkdirSync(join(directory, "blobs"));
    expect(await scrub()).toMatchObject({ damaged: 0, unreadable: 2 });
    expect(await stores().metadata.blobs.countDamaged()).toBe(0);
  });

  it("keeps its rate within a large blob and over small ones, and ends at once when it is stopped", async () => {
    const large = "large ".repeat(mebibyte / 2);
    await record([large, ...Array.from({ length: 20 }, (_, index) => `small ${index}`)]);
    const begunMs = performance.now();
    expect(await scrub({ bytesPerSecond: 4 * mebibyte })).toMatchObject({ blobs: 21 });
    // 3 MiB, and 20 small ones that count as 64 KiB each; the last read is not waited for.
    const seconds = (performance.now() - begunMs) / 1000;
    expect(seconds).toBeGreaterThan(0.85);
    const abort = new AbortController();
    nowMs += dayMs;
    const slow = scrub({ bytesPerSecond: 1000, signal: abort.signal });
    await Bun.sleep(300);
    const abortedMs = performance.now();
    abort.abort();
    expect(await slow).toMatchObject({ blobs: 0, isComplete: false });
    const endedMs = performance.now() - abortedMs;
    expect(endedMs).toBeLessThan(1000);
    console.log(JSON.stringify({ test: "paced re-reading", mebibytesPerSecond: 4, seconds, endedMs }));
  });
});
