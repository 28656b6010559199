import { afterEach, describe, expect, it } from "bun:test";
import type { FileRevision } from "../../src/core/domain.ts";
import { createDownloadCounter } from "../../src/core/download-counter.ts";
import type { RegistryEvent } from "../../src/core/ports/event-sink.ts";
import type { DownloadCount } from "../../src/core/ports/publish-store.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { createTokenUse } from "../../src/core/token-use.ts";
import { openMemoryStore } from "../../src/metadata-stores/memory.ts";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { createSchedule } from "../../src/schedule.ts";
import { createLog } from "../../src/http/log.ts";
import { openMemoryBlobStore } from "../../src/blob-stores/memory.ts";
import { addGroup, failureOf, publish } from "../contracts/metadata-store/records.ts";

const failure = new RegistryError("storage_failed", "the commit failed");
const clock = { nowMs: () => 5_000 };

describe("counts that wait to be written", () => {
  let store: MetadataStore | null = null;
  afterEach(async () => {
    await store?.close();
    store = null;
  });
  const open = async (): Promise<MetadataStore> => (store = await openMemoryStore());
  const collectEvents = () => {
    const events: RegistryEvent[] = [];
    return { events, sink: { record: (event: RegistryEvent) => void events.push(event) } };
  };

  it("are reported when writing them before their time fails, and go on waiting", async () => {
    const { publishing } = await open();
    const { events, sink } = collectEvents();
    const written: DownloadCount[][] = [];
    let isFailing = true;
    const counter = createDownloadCounter(
      {
        ...publishing,
        addDownloads: async (counts) => {
          if (isFailing) throw failure;
          written.push([...counts]);
        },
      },
      clock,
      sink,
    );
    const count = (files: number): void => {
      for (let id = 1; id <= files; id += 1) counter.count({ id, versionId: 1 } as FileRevision);
    };
    count(10_000);
    await Bun.sleep(0);
    expect(events).toEqual([{ kind: "background_failure", task: "writing of counters", cause: failure }]);
    expect(counter.waiting(1)).toBe(10_000);
    // Not once for each further download.
    count(100);
    await Bun.sleep(0);
    expect(events).toHaveLength(1);
    expect(await failureOf(counter.flush())).toBe(failure);
    isFailing = false;
    await counter.flush();
    expect(written.flat().length).toBe(10_000);
    expect(written.flat().reduce((sum, entry) => sum + entry.count, 0)).toBe(10_100);
    count(10_000);
    await Bun.sleep(0);
    expect(written.flat().length).toBe(20_000);
  });

  it("are of a bounded number of files however long writing fails, and are written a thousand at a time then", async () => {
    const { publishing } = await open();
    const written: DownloadCount[][] = [];
    let isFailing = true;
    const addDownloads = async (counts: readonly DownloadCount[]): Promise<void> => {
      if (isFailing) throw failure;
      written.push([...counts]);
    };
    const counter = createDownloadCounter({ ...publishing, addDownloads }, clock);
    const count = (id: number): void => counter.count({ id, versionId: id <= 50_000 ? 1 : 2 } as FileRevision);
    for (let id = 1; id <= 9_000; id += 1) count(id);
    expect(await failureOf(counter.flush())).toBe(failure);
    for (let id = 1; id <= 60_000; id += 1) count(id);
    expect([counter.waiting(1), counter.waiting(2), counter.lastWaitingAtMs(2)]).toEqual([59_000, 0, null]);
    isFailing = false;
    await counter.flush();
    expect(Math.max(...written.map((slice) => slice.length))).toBe(1000);
    expect(written.flat().length).toBe(50_000);
    expect(written.flat().reduce((sum, entry) => sum + entry.count, 0)).toBe(59_000);
    expect([counter.waiting(1), counter.lastWaitingAtMs(1)]).toEqual([0, null]);
    count(60_000);
    expect(counter.waiting(2)).toBe(1);
  });

  it("pile up no further than that behind a write that does not end, and all of them are written once it does", async () => {
    const { publishing } = await open();
    const { promise: stuck, resolve } = Promise.withResolvers<void>();
    let commands = 0;
    let files = 0;
    const addDownloads = async (counts: readonly DownloadCount[]): Promise<void> => {
      commands += 1;
      await stuck;
      files += counts.length;
    };
    const counter = createDownloadCounter({ ...publishing, addDownloads }, clock);
    for (let id = 1; id <= 100_000; id += 1) counter.count({ id, versionId: 1 } as FileRevision);
    expect([commands, counter.waiting(1)]).toEqual([1, 50_000]);
    resolve();
    await counter.flush();
    await Bun.sleep(0);
    expect([files, counter.waiting(1)]).toEqual([51_000, 0]);
  });

  it("of token uses go on waiting when writing them fails, and what came meanwhile is not lost", async () => {
    const { tokens } = await open();
    let nowMs = 1;
    const written: Record<string, number>[] = [];
    let fail: ((error: Error) => void) | null = null;
    const use = createTokenUse(
      {
        ...tokens,
        touch: (uses) => {
          written.push(Object.fromEntries(uses.map(({ tokenId, atMs }) => [tokenId, atMs])));
          return written.length > 1 ? Promise.resolve() : new Promise((_, reject) => (fail = reject));
        },
      },
      { nowMs: () => nowMs },
    );
    use.note(1);
    use.note(2);
    const flushing = failureOf(use.flush());
    nowMs = 2;
    use.note(2);
    use.note(3);
    Object(fail)(failure);
    expect(await flushing).toBe(failure);
    await use.flush();
    expect(written).toEqual([{ 1: 1, 2: 1 }, { 1: 1, 2: 2, 3: 2 }]);
    await use.flush();
    expect(written).toHaveLength(2);
  });

  it("are all written at the end, although one kind of them fails", async () => {
    const metadata = await open();
    const { events, sink } = collectEvents();
    const { id } = await addGroup(metadata, "tools");
    const { file } = await publish(metadata, id);
    const counter = createDownloadCounter(metadata.publishing, clock, sink);
    counter.count(file);
    const schedule = createSchedule({
      config: { collection: { intervalMs: 0, graceMs: 0 }, scrub: { intervalMs: 0, bytesPerSecond: null } },
      stores: { metadata, blobs: openMemoryBlobStore(clock), close: async () => undefined },
      clock,
      events: sink,
      log: createLog(() => undefined, "json", clock.nowMs),
      flush: [() => Promise.reject(failure), counter.flush],
    });
    await schedule.stop();
    expect(await metadata.packages.downloads(file.versionId)).toBe(1);
    expect(events).toEqual([{ kind: "background_failure", task: "writing of counters", cause: failure }]);
  });
});
