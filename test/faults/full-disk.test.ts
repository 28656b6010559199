import { describe, expect, it } from "bun:test";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createContents, type Content } from "../support/fault-content.ts";
import type { JournalEntry } from "../support/fault-journal.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { createJournaledSite, heldEntries, noFakeClock, signIn, steerableClock, type JournaledSite } from "../support/full-disk-site.ts";
import { until } from "../support/server-process.ts";
import { mountSmallDisk, noSmallDisk, type SmallDisk, type SmallDiskKind } from "../support/small-disk.ts";

const timeoutMs = 240_000;
const mebibyte = 1024 * 1024;
const mostPublishes = 1000;
const disks: readonly { readonly name: string; readonly disk: SmallDiskKind }[] = [
  { name: "ext4 of 20 MB", disk: { kind: "ext4", bytes: 20 * mebibyte } },
  { name: "tmpfs that holds 400 files", disk: { kind: "tmpfs", bytes: 64 * mebibyte, files: 400 } },
];
const skipped = noSmallDisk ?? noFakeClock;
/** All that is ever answered: a full disk refuses publishes, in words that say so, and nothing else. */
const allowedAnswers = ["publish 201", "publish 507", "delete 204"];
const roomTimeoutMs = 15_000;

/** A site on a full disk, and what is done to it. */
interface FullDisk {
  readonly disk: SmallDisk;
  readonly site: JournaledSite;
  readonly clock: ReturnType<typeof steerableClock>;
  readonly drawContent: () => Content;
}

async function withFullDisk(kind: SmallDiskKind, action: (full: FullDisk) => Promise<void>): Promise<void> {
  const seed = seedOfRun();
  console.log(`FAULT_SEED=${seed}`);
  const random = createRandom(seed);
  const contents = createContents(random);
  using disk = mountSmallDisk(kind);
  using elsewhere = mountSmallDisk({ kind: "tmpfs", bytes: mebibyte, files: 20 });
  const clock = steerableClock(elsewhere.path);
  const settings = { ...clock.variables, STOWAGE_GC_INTERVAL_SECONDS: "1", STOWAGE_GC_GRACE_SECONDS: "3600" };
  const dataDirectory = join(disk.path, "data");
  const site = createJournaledSite({ dataDirectory, contents, settings });
  /** Most are small; every fourth takes a good part of the disk, so that it is full after some hundred. */
  const drawContent = () => {
    const leastBytes = random.fraction() < 0.25 ? 50_000 : 1;
    let content = contents.next(random);
    while (content.sizeBytes > mebibyte || content.sizeBytes < leastBytes) content = contents.next(random);
    return content;
  };
  const beganAtMs = performance.now();
  try {
    await site.start();
    await action({ disk, site, clock, drawContent });
    expect(site.violations).toEqual([]);
    expect([...site.answers.keys()].filter((answer) => !allowedAnswers.includes(answer))).toEqual([]);
    const held = heldEntries(site).length;
    console.log(JSON.stringify({ disk: kind.kind, names: site.entries.length, held, ...Object.fromEntries(site.answers), seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
  } finally {
    await site.end();
  }
}

/** Publishes until it is refused several times in a row, by turns with and without announced length. */
async function publishUntilRefused({ site, drawContent }: FullDisk): Promise<void> {
  for (let refusals = 0, count = 0; refusals < 4; count += 1) {
    expect(count).toBeLessThan(mostPublishes);
    const status = await site.publish(drawContent(), count % 3 === 0 ? "chunked" : "announced");
    expect([201, 507]).toContain(status ?? 0);
    refusals = status === 507 ? refusals + 1 : 0;
  }
}

/** Publishes until it is taken, which has to be soon; until then it is refused for want of room, and for no other reason. */
async function publishUntilTaken({ site, drawContent }: FullDisk, what: string): Promise<void> {
  const deadlineMs = performance.now() + roomTimeoutMs;
  for (;;) {
    const status = await site.publish(drawContent());
    if (status === 201) return;
    expect(status).toBe(507);
    if (performance.now() > deadlineMs) throw new Error(`${what}: refused for ${roomTimeoutMs} ms`);
    await Bun.sleep(10);
  }
}

function largestHalf(site: JournaledSite): readonly JournalEntry[] {
  const sizeOf = ({ possible }: JournalEntry): number => possible[0]?.sizeBytes ?? 0;
  const held = heldEntries(site).toSorted((one, other) => sizeOf(other) - sizeOf(one));
  return held.slice(0, Math.ceil(held.length / 2));
}

function hasBallast({ path }: SmallDisk): boolean {
  return existsSync(join(path, "data", "stowage.db-ballast", "weight"));
}

function storedObjects({ path }: SmallDisk): number {
  const blobs = join(path, "data", "blobs");
  return readdirSync(blobs).reduce((count, shard) => count + readdirSync(join(blobs, shard)).length, 0);
}

/** What has to work when not a byte and not a file is left. */
async function useFullDisk({ site, disk, drawContent }: FullDisk, deletes: number): Promise<void> {
  expect(disk.isFull()).toBe(true);
  await site.readAll();
  expect(await signIn(site.server())).toBe(200);
  for (const entry of heldEntries(site).slice(0, deletes)) {
    expect(await site.publish(drawContent())).toBe(507);
    expect(await site.delete(entry)).toBe(204);
    expect(await site.publish(drawContent(), "chunked")).toBe(507);
  }
  expect(await site.client().read(site.entries[0]?.path ?? "")).toEqual({ kind: "absent" });
  await site.readAll();
}

/** As above, where the start itself may have taken the ballast: its room is not full, and is for nobody but what frees more. */
async function useStartedOnFullDisk({ site, drawContent }: FullDisk, deletes: number): Promise<void> {
  await site.readAll();
  expect(await signIn(site.server())).toBe(200);
  for (const entry of heldEntries(site).slice(0, deletes)) {
    expect(await site.publish(drawContent())).toBe(507);
    expect(await site.delete(entry)).toBe(204);
  }
}

/** Two hours pass: what nothing names any more is collected; then there is room again. */
async function collect(full: FullDisk): Promise<void> {
  const { site, disk, clock } = full;
  const held = heldEntries(site).length;
  expect(storedObjects(disk)).toBeGreaterThan(held);
  clock.set("+2h");
  await until(() => storedObjects(disk) <= held, 30_000, "the collection of what was deleted");
  await publishUntilTaken(full, "a publish after the collection");
  clock.set("+0");
}

describe("a disk on which nothing is left", () => {
  for (const { name, disk: kind } of disks)
    it.skipIf(skipped !== null)(
      `refuses publishes alone, with 507, and frees itself by deletes and collection without a restart: ${name}${skipped === null ? "" : ` (skipped: ${skipped})`}`,
      () =>
        withFullDisk(kind, async (full) => {
          const { site, disk } = full;
          await publishUntilRefused(full);
          expect(hasBallast(disk)).toBe(true);
          disk.fill();
          await useFullDisk(full, 3);
          for (const entry of largestHalf(site)) expect(await site.delete(entry)).toBe(204);
          disk.fill();
          await collect(full);
          expect(hasBallast(disk)).toBe(true);
          await publishUntilRefused(full);
          disk.fill();
          expect(await site.server().stop()).toBe(0);
          // As an older version leaves the folder, that knew no such lock.
          rmSync(join(disk.path, "data", "stowage.db.lock"));
          disk.fill();
          await site.start();
          await useStartedOnFullDisk(full, 2);
          disk.fill();
          site.server().signal("SIGKILL");
          await site.server().exitCode();
          await site.start();
          await useStartedOnFullDisk(full, 2);

          disk.empty();
          for (const entry of largestHalf(site)) expect(await site.delete(entry)).toBe(204);
          await collect(full);
          await publishUntilTaken(full, "a publish on a disk with room");
          await site.readAll();
          expect(await site.verify()).toMatchObject({ problems: [], stagingEntries: 0 });
        }),
      timeoutMs,
    );
});
