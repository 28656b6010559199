import { describe, expect, it } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDigestQueue } from "../../src/core/maintenance/digest-queue.ts";
import type { RegistryEvent } from "../../src/core/ports/event-sink.ts";
import type { BlobStore, HashAlgorithm } from "../../src/core/ports/blob-store.ts";
import type { BlobRecord, StorageName } from "../../src/core/domain.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { openStores } from "../../src/open-stores.ts";
import { listFiles } from "../../src/core/operations/list-packages.ts";
import { addGroup, failureOf, publish } from "../contracts/metadata-store/records.ts";
import { startServer } from "../support/server.ts";
import { recordText } from "./record-text.ts";

const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest("hex");

describe("late digests", () => {
  it("are there when a list asks for them right after the upload", async () => {
    const server = await startServer();
    try {
      const headers = { authorization: `token ${server.admin.token}` };
      await fetch(`${server.url}/api/packages/root/generic/p/1/f`, { method: "PUT", body: "bytes", headers });
      const [file] = Object(await (await fetch(`${server.url}/api/v1/packages/root/generic/p/1/files`)).json());
      for (const algorithm of ["md5", "sha1", "sha256", "sha512"]) expect(file[algorithm]).toBe(hash(algorithm, "bytes"));
    } finally {
      await server.stop();
    }
  });

  it("are not waited for longer than a list may take: what is known is there, and no further file is begun", async () => {
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
    const { id } = await addGroup(stores.metadata, "tools");
    const asked: string[] = [];
    const never = Promise.withResolvers<never>();
    const stuck = { ...stores.blobs, hash: (name: string) => {
        asked.push(name);
        return never.promise;
      } };
    const queue = createDigestQueue({ records: stores.metadata.blobs, blobs: stuck as unknown as BlobStore, events: { record: () => undefined } });
    const blobIds = [];
    for (const path of ["a", "b", "c"]) blobIds.push((await publish(stores.metadata, id, { path, content: path })).file.blobId);
    await stores.metadata.blobs.setDigests([{ blobId: blobIds[2] ?? 0, digests: { md5: "m".repeat(32), sha1: "s".repeat(40), sha512: "l".repeat(128) } }]);
    const version = await stores.metadata.packages.findVersion({ namespaceId: id, packageName: "package", version: "1.0", match: "exact" });
    if (version === null) throw new Error("nothing was published");
    const files = await listFiles({ metadata: stores.metadata, digests: queue }, version, 20);
    expect(files.map(({ path, digests }) => [path, digests?.md5 ?? null])).toEqual([["a", null], ["b", null], ["c", "m".repeat(32)]]);
    expect(asked).toHaveLength(1);
    await queue.stop();
    await stores.close();
  });

  it("are computed by the next process when the one that took the upload ended before", async () => {
    const directory = mkdtempSync(join(tmpdir(), "stowage-digests-"));
    const config = { database: { scheme: "sqlite", path: join(directory, "db") }, blobs: { scheme: "file", directory } } as const;
    const first = await openStores(config);
    try {
      for (const text of ["one", "two", "three"]) await recordText(first, text);
      await first.close();
      const second = await openStores(config);
      const events: RegistryEvent[] = [];
      const queue = createDigestQueue({ records: second.metadata.blobs, blobs: second.blobs, events: { record: (event) => events.push(event) } });
      queue.wake();
      await queue.idle();
      expect(events).toEqual([]);
      const stored = await second.metadata.blobs.list(0, 10);
      expect(stored.map((blob) => blob.digests?.md5)).toEqual(["one", "two", "three"].map((text) => hash("md5", text)));
      await queue.stop();
      await second.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("are computed once for callers that wait at the same time", async () => {
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
    const blob = await recordText(stores, "shared");
    let reads = 0;
    const counting = {
      ...stores.blobs,
      hash: (name: typeof blob.storageName, algorithms: readonly HashAlgorithm[]) => {
        reads += 1;
        return stores.blobs.hash(name, algorithms);
      },
    };
    const queue = createDigestQueue({ records: stores.metadata.blobs, blobs: counting, events: { record: () => {} } });
    const results = await Promise.all(Array.from({ length: 5 }, () => queue.digestsOf(blob)));
    expect(results.map((digests) => digests?.sha1)).toEqual(Array(5).fill(hash("sha1", "shared")));
    expect(reads).toBe(1);
    await queue.stop();
    await stores.close();
  });

  it("pass over a blob that cannot be read, report it once, and go on with the others", async () => {
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
    const broken = await recordText(stores, "broken");
    const sound = await recordText(stores, "sound");
    await stores.blobs.remove(broken.storageName);
    const events: RegistryEvent[] = [];
    const queue = createDigestQueue({ records: stores.metadata.blobs, blobs: stores.blobs, events: { record: (event) => events.push(event) } });
    queue.wake();
    await queue.idle();
    queue.wake();
    await queue.idle();
    expect(events.map((event) => event.kind)).toEqual(["blob_damaged"]);
    expect((await stores.metadata.blobs.findByStorageName(sound.storageName))?.digests?.md5).toBe(hash("md5", "sound"));
    await queue.stop();
    await stores.close();
  });
});

describe("late digests of bytes that are not the ones recorded", () => {
  it("are not stored: the damage is reported once and the record marked", async () => {
    const directory = mkdtempSync(join(tmpdir(), "stowage-digests-"));
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "file", directory } });
    try {
      const flipped = await recordText(stores, "bytes");
      const grown = await recordText(stores, "more bytes");
      const asked = await recordText(stores, "asked for");
      const pathOf = (name: StorageName): string => join(directory, "blobs", name.slice(0, 2), name);
      writeFileSync(pathOf(flipped.storageName), "bytEs");
      writeFileSync(pathOf(grown.storageName), "more bytes than there were");
      writeFileSync(pathOf(asked.storageName), "asked FOR");
      const { queue, events } = createQueue(stores);
      expect(await queue.digestsOf(asked)).toBeNull();
      queue.wake();
      await queue.idle();
      queue.wake();
      await queue.idle();
      expect(await queue.digestsOf(flipped)).toBeNull();
      const reported = events.map((event) => event.kind === "blob_damaged" && event.storageName);
      const names = [flipped, grown, asked].map(({ storageName }) => storageName);
      expect(reported.toSorted()).toEqual(names.toSorted());
      for (const name of names)
        expect(await stores.metadata.blobs.findByStorageName(name)).toMatchObject({ digests: null, isDamaged: true });
      await queue.stop();
    } finally {
      await stores.close();
      rmSync(directory, { recursive: true });
    }
  });

  it("are refused as passing when the bytes were replaced after they were looked up", async () => {
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
    const old = await recordText(stores, "bytes");
    const { queue, events } = createQueue(stores);
    const unknown = { ...old, storageName: `${old.sha256}.${"0".repeat(32)}` as StorageName };
    expect(await failureOf(queue.digestsOf(unknown))).toMatchObject({ code: "storage_busy" });
    expect(events).toEqual([]);
    await queue.stop();
    await stores.close();
  });
});

describe("late digests of a blob that cannot be read", () => {
  for (const error of [new RegistryError("storage_busy", "none free"), new Error("EIO")])
    it(`are computed later, by the same process, and the blob stays in service: ${error.message}`, async () => {
      const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
      const blob = await recordText(stores, "bytes");
      const other = await recordText(stores, "other");
      let refusals = 0;
      const { queue, events } = createQueue(stores, {
        hash: (name, algorithms) => {
          if (name === blob.storageName && (refusals += 1) <= 2) return Promise.reject(error);
          return stores.blobs.hash(name, algorithms);
        },
      });
      const md5Of = async ({ storageName }: typeof blob) => (await stores.metadata.blobs.findByStorageName(storageName))?.digests?.md5;
      queue.wake();
      await queue.idle();
      queue.wake();
      await queue.idle();
      expect([await md5Of(blob), await md5Of(other)]).toEqual([undefined, hash("md5", "other")]);
      expect(refusals).toBe(1);
      expect(events).toEqual([{ kind: "background_failure", task: "computing of digests", cause: error }]);
      for (let waited = 0; (await md5Of(blob)) === undefined && waited < 200; waited += 1) await Bun.sleep(10);
      expect(await md5Of(blob)).toBe(hash("md5", "bytes"));
      expect(refusals).toBe(3);
      expect(await stores.metadata.blobs.findByStorageName(blob.storageName)).toMatchObject({ isDamaged: false });
      await queue.stop();
      await stores.close();
    });
});

describe("a queue of digests that is stopped", () => {
  it("waits for no reading, tells those who wait, and keeps what it has found", async () => {
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
    const endless: BlobRecord[] = [];
    for (let number = 0; number < 3; number += 1) endless.push(await recordText(stores, `endless ${number}`));
    const quick = await recordText(stores, "quick");
    const last = await recordText(stores, "begun last");
    endless.push(last);
    const behind = await recordText(stores, "behind");
    const begun: StorageName[] = [];
    const { queue, events } = createQueue(stores, {
      hash: (name, algorithms) => {
        begun.push(name);
        return endless.some((blob) => blob.storageName === name) ? new Promise(() => undefined) : stores.blobs.hash(name, algorithms);
      },
    });
    queue.wake();
    while (!begun.includes(last.storageName)) await Bun.sleep(1);
    const waiting = failureOf(queue.digestsOf(last));
    await Bun.sleep(1);
    const begunMs = performance.now();
    await queue.stop();
    expect(performance.now() - begunMs).toBeLessThan(1000);
    expect(await waiting).toMatchObject({ code: "storage_busy" });
    expect(await failureOf(queue.digestsOf(behind))).toMatchObject({ code: "storage_busy" });
    expect(begun).not.toContain(behind.storageName);
    expect((await stores.metadata.blobs.findByStorageName(quick.storageName))?.digests?.md5).toBe(hash("md5", "quick"));
    expect(events).toEqual([]);
    await stores.close();
  });
});

/** A queue over stores of which the test may replace a part of the blob store. */
function createQueue({ metadata, blobs }: Awaited<ReturnType<typeof openStores>>, replaced: Partial<BlobStore> = {}) {
  const events: RegistryEvent[] = [];
  const sink = { record: (event: RegistryEvent) => void events.push(event) };
  const queue = createDigestQueue({ records: metadata.blobs, blobs: { ...blobs, ...replaced }, events: sink, retryMs: 50 });
  return { queue, events };
}
