import { heapStats } from "bun:jsc";
import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHashThread, hashingError } from "../../src/blob-stores/hash-thread-client.ts";
import type { StorageName } from "../../src/core/domain.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { failureOf, publish } from "../contracts/metadata-store/records.ts";
import { recordText } from "./record-text.ts";

describe("verification", () => {
  let directory = "";
  let stores: Stores | null = null;
  const opened = (): Stores => {
    if (stores === null) throw new Error("the stores are open only within a test");
    return stores;
  };
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "stowage-verify-"));
    stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "file", directory } });
  });
  afterEach(async () => {
    await stores?.close();
    rmSync(directory, { recursive: true });
  });
  const verify = (blobs = opened().blobs, graceMs = 0) =>
    verifyStores({ metadata: opened().metadata, blobs, clock: systemClock }, { graceMs, isServerRunning: false });
  const pathOf = (name: StorageName): string => join(directory, "blobs", name.slice(0, 2), name);
  const find = async (name: StorageName) => (await opened().metadata.blobs.findByStorageName(name)) ?? {};

  const heal = async (name: StorageName, nowMs = 2_000): Promise<void> => {
    const { metadata, blobs } = opened();
    const group = await metadata.namespaces.find("texts");
    const staged = await blobs.stage(new Blob(["bytes"]).stream(), { maxBytes: null, expectedBytes: null });
    await blobs.place(staged);
    await publish(metadata, group?.id ?? 0, { path: "again", blob: { ...staged, digests: null }, replaceDamaged: name, nowMs });
  };

  for (const [what, error] of [
    ["the system lacks something", new RegistryError("storage_busy", "none free")],
    ["the disk fails to read", new Error("EIO")],
  ] as const)
    it(`reports what could not be read, goes on, and leaves its record as it was: ${what}`, async () => {
      const { blobs, metadata } = opened();
      const unreadable = await recordText(opened(), "unreadable");
      const damaged = await recordText(opened(), "damaged before");
      const cut = await recordText(opened(), "cut");
      await metadata.blobs.setDamaged({ blobId: damaged.id, storageName: damaged.storageName, isDamaged: true });
      writeFileSync(pathOf(cut.storageName), "");
      const report = await verify({
        ...blobs,
        hash: (name, algorithms) => (name === cut.storageName ? blobs.hash(name, algorithms) : Promise.reject(error)),
      });
      expect(report.problems.map(({ kind }) => kind)).toEqual(["blob_unreadable", "blob_unreadable", "blob_missing_or_cut"]);
      expect(report.problems[0]?.detail).toContain(error.message);
      expect(await find(unreadable.storageName)).toMatchObject({ isDamaged: false });
      expect(await find(damaged.storageName)).toMatchObject({ isDamaged: true });
      expect(await find(cut.storageName)).toMatchObject({ isDamaged: true });
    });

  it("keeps no more in memory than it reports, however many objects have no record", async () => {
    const count = (): number => {
      Bun.gc(true);
      return heapStats().objectCount;
    };
    const strangers = 30_000;
    let kept = 0;
    async function* list() {
      const before = count();
      for (let number = 0; number < strangers; number += 1)
        yield { storageName: `${String(number).padStart(64, "0")}.${"0".repeat(32)}` as StorageName, sizeBytes: 1, modifiedAtMs: 0 };
      kept = count() - before;
    }
    const { problems } = await verify({ ...opened().blobs, list });
    expect([problems.length, new Set(problems.map(({ kind }) => kind))]).toEqual([1000, new Set(["object_unrecorded"])]);
    console.log(JSON.stringify({ test: "objects without a record", strangers, kept }));
    expect(kept).toBeLessThan(strangers / 2);
  });

  it("marks a record as sound again whose bytes are right", async () => {
    const { id, storageName } = await recordText(opened(), "sound");
    await opened().metadata.blobs.setDamaged({ blobId: id, storageName, isDamaged: true });
    expect((await verify()).problems).toEqual([]);
    expect(await find(storageName)).toMatchObject({ isDamaged: false });
  });

  it("finds wrong digests beside the right bytes, and sets them right", async () => {
    const { id, storageName } = await recordText(opened(), "bytes");
    const sound = await recordText(opened(), "other bytes");
    const right = await opened().blobs.hash(storageName, ["md5", "sha1", "sha512"]);
    const { md5 = "", sha1 = "", sha512 = "" } = right;
    await opened().metadata.blobs.setDigests([{ blobId: id, digests: { md5, sha1: "0".repeat(40), sha512 } }]);
    const { problems } = await verify();
    expect(problems).toEqual([{ kind: "digests_wrong", detail: `${storageName} had a wrong sha1 recorded; set right` }]);
    expect(await find(storageName)).toMatchObject({ digests: { md5, sha1, sha512 }, isDamaged: false });
    expect(await find(sound.storageName)).toMatchObject({ digests: null });
    expect((await verify()).problems).toEqual([]);
  });

  for (const [daysAgo, problems] of [[0, 0], [1, 0], [3, 1]] as const)
    it(`leaves bytes in peace that gave way to others, however old they are, as long as collection has time for them: ${daysAgo} days ago`, async () => {
      const dayMs = 24 * 3600 * 1000;
      const old = await recordText(opened(), "bytes");
      utimesSync(pathOf(old.storageName), 1_000, 1_000);
      await heal(old.storageName, systemClock.nowMs() - daysAgo * dayMs);
      expect((await verify()).problems).toHaveLength(problems);
      expect(await verify(opened().blobs, 4 * dayMs)).toMatchObject({ problems: [], youngObjects: 1 });
    });

  it("does not mark bytes that took the place of damaged ones while those were read", async () => {
    const old = await recordText(opened(), "bytes");
    const { blobs, metadata } = opened();
    writeFileSync(pathOf(old.storageName), "bytEs");
    const report = await verify({
      ...blobs,
      hash: async (name, algorithms) => {
        const found = await blobs.hash(name, algorithms);
        await heal(old.storageName);
        return found;
      },
    });
    expect(report.problems.map(({ kind }) => kind)).toEqual(["object_unrecorded"]);
    expect(await metadata.blobs.findLive(old.sha256)).toMatchObject({ id: old.id, isDamaged: false });
  });
});

describe("intact files, when the process has no file descriptor left", () => {
  it("stay in service, are reported as unreadable, and get their digests later", async () => {
    const directory = mkdtempSync(join(tmpdir(), "stowage-descriptors-"));
    try {
      const program = fileURLToPath(new URL("./without-descriptors.ts", import.meta.url));
      const command = ["sh", "-c", 'ulimit -n 100; exec "$0" "$@"', process.execPath, "--no-env-file", program, directory];
      const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
      expect(JSON.parse(await child.stdout.text())).toEqual({
        hashed: "storage_busy",
        opened: ["storage_busy", "storage_busy", "done"],
        starvingProblems: ["blob_unreadable", "blob_unreadable"],
        events: ["background_failure"],
        damaged: 0,
        undigested: 0,
        problems: [],
      });
      expect(await child.exited).toBe(0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("the hashing thread", () => {
  const name = `${"a".repeat(64)}.${"b".repeat(32)}` as StorageName;

  it("tells a file that cannot be read from one that is damaged", async () => {
    const hashing = createHashThread();
    // Reading the first page of a process's memory is an input error.
    const unreadable = hashingError(name, await failureOf(hashing.hash("/proc/self/mem", ["sha256"])));
    expect(unreadable).not.toBeInstanceOf(RegistryError);
    expect(unreadable.message).toContain("EIO");
    for (const path of ["/nowhere", "/proc/self/mem/below", "/proc/self/exe", "/tmp", "/dev/null"])
      expect(hashingError(name, await failureOf(hashing.hash(path, ["sha256"])))).toMatchObject({ code: "blob_damaged" });
    await hashing.close();
  });

  it("gives up what it reads when it is closed, and reads nothing from then on", async () => {
    const hashing = createHashThread();
    const directory = mkdtempSync(join(tmpdir(), "stowage-hashing-"));
    try {
      const path = join(directory, "hole");
      writeFileSync(path, "");
      truncateSync(path, 8 * 1024 ** 3);
      const failing = failureOf(hashing.hash(path, ["sha256"]));
      await Bun.sleep(50);
      const begunMs = performance.now();
      await hashing.close();
      expect(hashingError(name, await failing)).toMatchObject({ code: "storage_busy" });
      expect(performance.now() - begunMs).toBeLessThan(2000);
      expect(hashingError(name, await failureOf(hashing.hash("/etc/hostname", ["sha256"])))).toMatchObject({ code: "storage_busy" });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
