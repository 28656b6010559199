import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import type { StorageName } from "../../src/core/domain.ts";
import { hashAlgorithms, type BlobStore, type StagedBlob, type StoredObject } from "../../src/core/ports/blob-store.ts";
import { RegistryError } from "../../src/core/registry-error.ts";

/** How an adapter's test opens a new, empty store. */
export type OpenBlobStore = () => Promise<{ store: BlobStore; close(): Promise<void> }>;

const unbounded = { maxBytes: null, expectedBytes: null } as const;
const mebibyte = 1024 * 1024;

/** What every blob store must do; each adapter's test calls it. */
export function blobStoreContract(name: string, open: OpenBlobStore): void {
  describe(name, () => {
    let opened: Awaited<ReturnType<OpenBlobStore>> | null = null;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened?.close();
      opened = null;
    });
    const store = (): BlobStore => {
      if (opened === null) throw new Error("the store is open only within a test");
      return opened.store;
    };
    describe("stage", () => stagingContract(store));
    describe("stage with bounds", () => boundsContract(store));
    describe("place and discard", () => placingContract(store));
    describe("open", () => openingContract(store));
    describe("hash", () => hashingContract(store));
    describe("list and remove", () => listingContract(store));
  });
}

function stagingContract(store: () => BlobStore): void {
  it("tells the hash and the length of what it read", async () => {
    const staged = await store().stage(chunksOf("hello"), unbounded);
    expect(staged.sha256 as string).toBe(sha256Of(Buffer.from("hello")));
    expect(staged.sizeBytes).toBe(5);
    expect(staged.storageName).toMatch(/^[0-9a-f]{64}\.[0-9a-f]{32}$/);
    expect(staged.storageName.slice(0, 64)).toBe(staged.sha256);
  });

  it("takes empty content, with and without chunks", async () => {
    for (const content of [chunksOf(), chunksOf(""), chunksOf("", "")]) {
      const staged = await store().stage(content, { maxBytes: 0, expectedBytes: 0 });
      expect(staged.sizeBytes).toBe(0);
      expect(staged.sha256 as string).toBe(sha256Of(Buffer.alloc(0)));
      await store().place(staged);
      expect(await bytesOf(await store().open(staged.storageName, 0))).toEqual(Buffer.alloc(0));
    }
  });

  it("keeps the bytes and their order whatever the sizes of the chunks", async () => {
    const sizes = [1, 0, 65_535, 65_536, 65_537, 3, mebibyte - 1, mebibyte, mebibyte + 1, 7, 2 * mebibyte + 13, 1, 12_345];
    const chunks = sizes.map((size) => randomBytes(size));
    const whole = Buffer.concat(chunks);
    expect(whole.byteLength).toBeGreaterThan(5 * mebibyte);
    const staged = await store().stage(iterate(chunks), { maxBytes: whole.byteLength, expectedBytes: whole.byteLength });
    expect(staged.sizeBytes).toBe(whole.byteLength);
    expect(staged.sha256 as string).toBe(sha256Of(whole));
    await store().place(staged);
    const kept = await bytesOf(await store().open(staged.storageName, whole.byteLength));
    expect(kept.equals(whole)).toBe(true);
  });

  it("has taken the bytes when it asks for the next chunk, so that the source may reuse its buffer", async () => {
    const buffer = new Uint8Array(100_000);
    const expected: Buffer[] = [];
    async function* reusing(): AsyncIterable<Uint8Array> {
      for (let round = 0; round < 40; round += 1) {
        const part = buffer.subarray(0, 100_000 - round * 997);
        part.fill(round);
        expected.push(Buffer.from(part));
        yield part;
      }
    }
    const staged = await store().stage(reusing(), unbounded);
    const whole = Buffer.concat(expected);
    expect(staged.sha256 as string).toBe(sha256Of(whole));
    await store().place(staged);
    expect((await bytesOf(await store().open(staged.storageName, whole.byteLength))).equals(whole)).toBe(true);
  });

  it("gives the same content another physical name each time", async () => {
    const first = await stageText(store(), "same");
    const second = await stageText(store(), "same");
    expect(second.sha256).toBe(first.sha256);
    expect(second.storageName).not.toBe(first.storageName);
  });

  it("leaves nothing when the source throws half-way", async () => {
    async function* cut(): AsyncIterable<Uint8Array> {
      yield randomBytes(3 * mebibyte);
      throw new Error("connection reset");
    }
    expect(await refusal(store().stage(cut(), unbounded))).toBe("body_incomplete");
    expect(await store().staging("count")).toBe(0);
    expect(await listed(store())).toEqual([]);
  });

  it("leaves nothing when the source throws before its first byte", async () => {
    const never: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new DOMException("gone", "AbortError")) }),
    };
    expect(await refusal(store().stage(never, unbounded))).toBe("body_incomplete");
    expect(await store().staging("count")).toBe(0);
  });

  it("passes on a refusal that the source itself throws", async () => {
    async function* refusing(): AsyncIterable<Uint8Array> {
      yield Buffer.from("part");
      throw new RegistryError("body_malformed", "no such part");
    }
    expect(await refusal(store().stage(refusing(), unbounded))).toBe("body_malformed");
    expect(await store().staging("count")).toBe(0);
  });

  it("keeps many uploads at once apart, and failing ones do not touch the others", async () => {
    const contents = Array.from({ length: 64 }, (_, index) => randomBytes(index * 4_999));
    async function* cut(bytes: Uint8Array): AsyncIterable<Uint8Array> {
      yield bytes;
      throw new Error("connection reset");
    }
    const results = await Promise.allSettled(
      contents.map((bytes, index) => store().stage(index % 8 === 7 ? cut(bytes) : inPieces(bytes, 3_001), unbounded)),
    );
    const names = new Set<string>();
    for (const [index, result] of results.entries()) {
      expect(result.status).toBe(index % 8 === 7 ? "rejected" : "fulfilled");
      if (result.status === "rejected") continue;
      expect(result.value.sha256 as string).toBe(sha256Of(contents[index]));
      names.add(result.value.storageName);
    }
    expect(names.size).toBe(56);
    expect(await store().staging("count")).toBe(56);
  });
}

function boundsContract(store: () => BlobStore): void {
  it("allows exactly the bound and refuses one byte more", async () => {
    await store().stage(chunksOf("12345"), { maxBytes: 5, expectedBytes: null });
    const tooLong = store().stage(chunksOf("12345", "6"), { maxBytes: 5, expectedBytes: null });
    const error = await rejection(tooLong);
    expect(error.code).toBe("upload_too_large");
    expect(error.details.limit).toBe(5);
    expect(await store().staging("count")).toBe(1);
  });

  it("stops reading as soon as the bound is passed, and ends the source", async () => {
    let chunksRead = 0;
    let isEnded = false;
    async function* endless(): AsyncIterable<Uint8Array> {
      try {
        for (;;) {
          chunksRead += 1;
          yield new Uint8Array(10_000);
        }
      } finally {
        isEnded = true;
      }
    }
    expect(await refusal(store().stage(endless(), { maxBytes: 100_000, expectedBytes: null }))).toBe("upload_too_large");
    expect(chunksRead).toBe(11);
    expect(isEnded).toBe(true);
    expect(await store().staging("count")).toBe(0);
  });

  it("refuses content that is shorter or longer than announced", async () => {
    for (const expectedBytes of [0, 4, 6, 1_000])
      expect(await refusal(store().stage(chunksOf("12", "345"), { maxBytes: null, expectedBytes }))).toBe("body_incomplete");
    expect(await store().staging("count")).toBe(0);
  });

  it("refuses no content where some was announced", async () => {
    expect(await refusal(store().stage(chunksOf(), { maxBytes: null, expectedBytes: 1 }))).toBe("body_incomplete");
    expect(await store().staging("count")).toBe(0);
  });
}

function placingContract(store: () => BlobStore): void {
  it("makes staged bytes reachable, not before", async () => {
    const staged = await stageText(store(), "hello");
    expect(await refusal(store().open(staged.storageName, 5))).toBe("blob_damaged");
    expect(await listed(store())).toEqual([]);
    expect(await store().staging("count")).toBe(1);
    await store().place(staged);
    expect(await (await store().open(staged.storageName, 5)).text()).toBe("hello");
    expect(await store().staging("count")).toBe(0);
  });

  it("places many uploads of the same content at once, each under its own name", async () => {
    const staged = await Promise.all(Array.from({ length: 32 }, () => stageText(store(), "same")));
    await Promise.all(staged.map((one) => store().place(one)));
    const names = (await listed(store())).map((object) => object.storageName as string).sort();
    expect(names).toEqual(staged.map((one) => one.storageName as string).sort());
  });

  it("refuses to place what is not staged", async () => {
    const staged = await stageText(store(), "hello");
    await store().discard(staged);
    expect(await refusal(store().place(staged))).toBe("storage_failed");
    expect(await listed(store())).toEqual([]);
  });

  it("discards staged bytes, and a second time without complaint", async () => {
    const kept = await stageText(store(), "kept");
    const staged = await stageText(store(), "hello");
    await store().discard(staged);
    await store().discard(staged);
    expect(await store().staging("count")).toBe(1);
    await store().place(kept);
    expect(await (await store().open(kept.storageName, 4)).text()).toBe("kept");
  });

  it("never discards what was placed", async () => {
    const staged = await placeText(store(), "hello");
    await store().discard(staged);
    expect(await (await store().open(staged.storageName, 5)).text()).toBe("hello");
  });

  it("counts what stands in staging, and empties it without touching what is in place", async () => {
    const placed = await placeText(store(), "placed");
    for (const text of ["one", "two", "three"]) await stageText(store(), text);
    expect(await store().staging("count")).toBe(3);
    expect(await store().staging("count")).toBe(3);
    expect(await store().staging("empty")).toBe(3);
    expect(await store().staging("count")).toBe(0);
    expect(await store().staging("empty")).toBe(0);
    expect(await (await store().open(placed.storageName, 6)).text()).toBe("placed");
  });
}

function openingContract(store: () => BlobStore): void {
  it("answers any part of the content", async () => {
    const bytes = randomBytes(300_000);
    const staged = await store().stage(inPieces(bytes, 7_919), unbounded);
    await store().place(staged);
    const blob = await store().open(staged.storageName, bytes.byteLength);
    expect(blob.size).toBe(bytes.byteLength);
    const parts: [number, number][] = [[0, 0], [0, 1], [0, 300_000], [1, 299_999], [65_535, 65_537], [299_999, 300_000], [300_000, 300_000]];
    for (const [from, to] of parts)
      expect((await bytesOf(blob.slice(from, to))).equals(bytes.subarray(from, to))).toBe(true);
  });

  it("can be read again and by many at once", async () => {
    const staged = await placeText(store(), "hello");
    const blobs = await Promise.all(Array.from({ length: 20 }, () => store().open(staged.storageName, 5)));
    const texts = await Promise.all(blobs.flatMap((blob) => [blob.text(), blob.text()]));
    expect(new Set(texts)).toEqual(new Set(["hello"]));
  });

  it("streams the content", async () => {
    const bytes = randomBytes(700_001);
    const staged = await store().stage(iterate([bytes]), unbounded);
    await store().place(staged);
    const received: Uint8Array[] = [];
    for await (const chunk of (await store().open(staged.storageName, bytes.byteLength)).stream()) received.push(chunk);
    expect(Buffer.concat(received).equals(bytes)).toBe(true);
  });

  it("refuses a name without bytes", async () => {
    const error = await rejection(store().open(absentName(), 5));
    expect(error.code).toBe("blob_damaged");
    expect(error.details.subject).toBe(absentName());
  });

  it("refuses bytes of another length than recorded", async () => {
    const staged = await placeText(store(), "hello");
    for (const sizeBytes of [0, 4, 6]) expect(await refusal(store().open(staged.storageName, sizeBytes))).toBe("blob_damaged");
  });
}

function hashingContract(store: () => BlobStore): void {
  it("computes every digest of the content", async () => {
    const bytes = randomBytes(2 * mebibyte + 17);
    const staged = await store().stage(iterate([bytes]), unbounded);
    await store().place(staged);
    const digests = await store().hash(staged.storageName, hashAlgorithms);
    expect(Object.keys(digests).sort()).toEqual([...hashAlgorithms].sort());
    for (const algorithm of hashAlgorithms)
      expect(digests[algorithm]).toBe(createHash(algorithm).update(bytes).digest("hex"));
  });

  it("computes only what was asked for", async () => {
    const staged = await placeText(store(), "hello");
    expect(await store().hash(staged.storageName, ["md5"])).toEqual({ md5: "5d41402abc4b2a76b9719d911017c592" });
  });

  it("hashes empty content", async () => {
    const staged = await placeText(store(), "");
    expect(await store().hash(staged.storageName, ["sha256"])).toEqual({ sha256: sha256Of(Buffer.alloc(0)) });
  });

  it("hashes at a bounded rate, and gives up when it is told to", async () => {
    const staged = await placeText(store(), "hello");
    const slow = { bytesPerSecond: 10 };
    expect(await store().hash(staged.storageName, ["sha256"], slow)).toEqual({ sha256: staged.sha256 });
    const failure = await rejection(store().hash(staged.storageName, ["sha256"], { signal: AbortSignal.abort() }));
    expect(failure.code).toBe("storage_busy");
    expect(await store().hash(staged.storageName, ["sha256"])).toEqual({ sha256: staged.sha256 });
  });

  it("hashes many at once, and one that is missing does not disturb the others", async () => {
    const texts = Array.from({ length: 30 }, (_, index) => "x".repeat(index * 1_000));
    const staged = await Promise.all(texts.map((text) => placeText(store(), text)));
    const missing = rejection(store().hash(absentName(), ["sha256"]));
    const digests = await Promise.all(staged.map((one) => store().hash(one.storageName, ["sha256"])));
    expect(digests.map((one) => one.sha256 ?? "")).toEqual(staged.map((one) => one.sha256 as string));
    expect((await missing).code).toBe("blob_damaged");
  });
}

function listingContract(store: () => BlobStore): void {
  it("lists nothing in an empty store", async () => {
    expect(await listed(store())).toEqual([]);
  });

  it("lists everything in place, with size and time", async () => {
    const texts = Array.from({ length: 40 }, (_, index) => "y".repeat(index));
    const staged = await Promise.all(texts.map((text) => placeText(store(), text)));
    await stageText(store(), "only staged");
    const found = new Map((await listed(store())).map((object) => [object.storageName as string, object]));
    expect(found.size).toBe(40);
    for (const one of staged) {
      const object = found.get(one.storageName);
      expect(object?.sizeBytes).toBe(one.sizeBytes);
      expect(Math.abs((object?.modifiedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
    }
  });

  it("may be walked while things are placed and removed", async () => {
    const steady = await Promise.all(["a", "b", "c"].map((text) => placeText(store(), text)));
    const coming = Array.from({ length: 20 }, async (_, index) => {
      const staged = await placeText(store(), `passing ${index}`);
      await store().remove(staged.storageName);
    });
    const names = new Set((await listed(store())).map((object) => object.storageName));
    await Promise.all(coming);
    for (const one of steady) expect(names.has(one.storageName)).toBe(true);
    expect((await listed(store())).length).toBe(3);
  });

  it("removes exactly one name, not others of the same content", async () => {
    const first = await placeText(store(), "same");
    const second = await placeText(store(), "same");
    await store().remove(first.storageName);
    expect(await refusal(store().open(first.storageName, 4))).toBe("blob_damaged");
    expect(await (await store().open(second.storageName, 4)).text()).toBe("same");
    expect((await listed(store())).map((object) => object.storageName)).toEqual([second.storageName]);
  });

  it("takes the removal of what is absent as done", async () => {
    const staged = await placeText(store(), "hello");
    await store().remove(absentName());
    await store().remove(staged.storageName);
    await store().remove(staged.storageName);
    await Promise.all(Array.from({ length: 5 }, () => store().remove(staged.storageName)));
    expect(await listed(store())).toEqual([]);
  });
}

/** Stages a text in one chunk. */
export function stageText(store: BlobStore, text: string): Promise<StagedBlob> {
  return store.stage(chunksOf(text), unbounded);
}

/** Stages a text and puts it in place. */
export async function placeText(store: BlobStore, text: string): Promise<StagedBlob> {
  const staged = await stageText(store, text);
  await store.place(staged);
  return staged;
}

/** Everything that a store has in place. */
export async function listed(store: BlobStore): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of store.list()) objects.push(object);
  return objects;
}

/** The code with which something is refused; fails when it is not refused, or in another way. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  return (await rejection(promise)).code;
}

async function rejection(promise: Promise<unknown>): Promise<RegistryError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

function chunksOf(...texts: string[]): AsyncIterable<Uint8Array> {
  return iterate(texts.map((text) => Buffer.from(text)));
}

async function* iterate(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
}

async function bytesOf(blob: Blob): Promise<Buffer> {
  return Buffer.from(await blob.arrayBuffer());
}

function sha256Of(bytes: Uint8Array | undefined): string {
  return createHash("sha256").update(bytes ?? "").digest("hex");
}

function absentName(): StorageName {
  return `${"ab".repeat(32)}.${"cd".repeat(16)}` as StorageName;
}
