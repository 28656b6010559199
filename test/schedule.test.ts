import { afterEach, beforeEach, expect, it, jest } from "bun:test";
import { openMemoryBlobStore } from "../src/blob-stores/memory.ts";
import type { RegistryEvent } from "../src/core/ports/event-sink.ts";
import type { MetadataStore } from "../src/core/ports/metadata-store.ts";
import { openMemoryStore } from "../src/metadata-stores/memory.ts";
import { createLog } from "../src/http/log.ts";
import { createSchedule } from "../src/schedule.ts";
import { addGroup, addUser, sha256Of } from "./contracts/metadata-store/records.ts";
import { recordText } from "./core/record-text.ts";

const startMs = 1_800_000_000_000;
const hourMs = 3_600_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A schedule over a store in memory; `calls` counts what it asks of the job tokens. */
async function openSchedule(wrap: (store: MetadataStore) => MetadataStore = (store) => store) {
  let nowMs = startMs;
  const clock = { nowMs: () => nowMs };
  const metadata = await openMemoryStore();
  const events: RegistryEvent[] = [];
  const schedule = createSchedule({
    config: { collection: { intervalMs: 0, graceMs: hourMs }, scrub: { intervalMs: 0, bytesPerSecond: null } },
    stores: { metadata: wrap(metadata), blobs: openMemoryBlobStore(clock), close: () => metadata.close() },
    clock,
    events: { record: (event) => void events.push(event) },
    log: createLog(() => undefined, "json", () => nowMs),
    flush: [],
  });
  return {
    metadata,
    events,
    passMs: (ms: number) => {
      nowMs += ms;
      jest.advanceTimersByTime(ms);
    },
    stop: async () => {
      await schedule.stop();
      await metadata.close();
    },
  };
}

it("forgets job tokens an hour after they expired", async () => {
  const opened = await openSchedule();
  const { metadata } = opened;
  const [ann, tools] = [await addUser(metadata, "ann"), await addGroup(metadata, "tools")];
  const add = async (secret: string, expiresAtMs: number): Promise<void> => {
    await metadata.jobTokens.create({ userId: ann.id, namespaceId: tools.id, secretSha256: sha256Of(secret), nowMs: startMs, expiresAtMs });
  };
  await add("short", startMs + hourMs);
  await add("long", startMs + 2 * hourMs);
  const isThere = async (secret: string) => (await metadata.jobTokens.findBySecret(sha256Of(secret))) !== null;
  opened.passMs(2 * hourMs);
  expect([await isThere("short"), await isThere("long")]).toEqual([true, true]);
  opened.passMs(600_000);
  // Reads wait for the commands that were begun before them.
  expect([await isThere("short"), await isThere("long")]).toEqual([false, true]);
  await opened.stop();
});

it("tells of a failure, and goes on", async () => {
  let failures = 2;
  const opened = await openSchedule((store) => ({
    ...store,
    jobTokens: {
      ...store.jobTokens,
      removeExpired: (beforeMs) => {
        failures -= 1;
        return failures < 0 ? store.jobTokens.removeExpired(beforeMs) : Promise.reject(new Error("the disk is slow"));
      },
    },
  }));
  for (const turn of [1, 2, 3]) {
    opened.passMs(600_000);
    for (let wait = 0; wait < 5; wait += 1) await Promise.resolve();
    const told = opened.events.filter((event) => event.kind === "background_failure" && event.task === "removal of expired job tokens and reservations");
    expect([turn, told.length]).toEqual([turn, Math.min(turn, 2)]);
  }
  await opened.stop();
});

it("collects garbage when its time has come, however short the server has been running", async () => {
  let nowMs = startMs;
  const clock = { nowMs: () => nowMs };
  const [metadata, blobs] = [await openMemoryStore(), openMemoryBlobStore(clock)];
  await recordText({ metadata, blobs }, "deleted");
  const group = await metadata.namespaces.find("texts");
  const { items } = await metadata.packages.listVersions({ namespaceId: group?.id ?? 0, status: "default" }, { offset: 0, limit: 1 });
  await metadata.publishing.deleteVersion({ namespaceId: group?.id ?? 0, versionId: items[0]?.id ?? 0, nowMs });
  const log = createLog(() => undefined, "json", clock.nowMs);
  /** A server that runs for twelve hours, with a collection each day; what is stored then. */
  const live = async (): Promise<number> => {
    const config = { collection: { intervalMs: 24 * hourMs, graceMs: hourMs }, scrub: { intervalMs: 0, bytesPerSecond: null } };
    const schedule = createSchedule({ config, stores: { metadata, blobs, close: async () => undefined }, clock, events: { record: () => undefined }, log, flush: [] });
    for (let hour = 0; hour < 12; hour += 1) {
      nowMs += hourMs;
      jest.advanceTimersByTime(hourMs);
      for (let wait = 0; wait < 200; wait += 1) await Promise.resolve();
    }
    await schedule.stop();
    return (await metadata.blobs.list(0, 10)).length;
  };
  expect([await live(), await live(), await live()]).toEqual([1, 1, 0]);
  await metadata.close();
});
