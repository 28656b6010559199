import { describe, expect, it } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDigestQueue } from "../../src/core/maintenance/digest-queue.ts";
import type { RegistryEvent } from "../../src/core/ports/event-sink.ts";
import type { HashAlgorithm } from "../../src/core/ports/blob-store.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { startServer } from "../support/server.ts";

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

  it("are computed by the next process when the one that took the upload ended before", async () => {
    const directory = mkdtempSync(join(tmpdir(), "stowage-digests-"));
    const config = { database: { scheme: "sqlite", path: join(directory, "db") }, blobs: { scheme: "file", directory } } as const;
    const first = await openStores(config);
    try {
      for (const text of ["one", "two", "three"]) await record(first, text);
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
    const blob = await record(stores, "shared");
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
    expect(results.map((digests) => digests.sha1)).toEqual(Array(5).fill(hash("sha1", "shared")));
    expect(reads).toBe(1);
    await queue.stop();
    await stores.close();
  });

  it("pass over a blob that cannot be read, report it once, and go on with the others", async () => {
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "memory" } });
    const broken = await record(stores, "broken");
    const sound = await record(stores, "sound");
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

/** Publishes a text under its own name, without anything computing its digests. */
async function record(stores: Stores, text: string) {
  const owner = await stores.metadata.accounts.list({ offset: 0, limit: 1 });
  const userId = owner.items[0]?.id ?? (await createOwner(stores));
  const staged = await stores.blobs.stage(new Blob([text]).stream(), { maxBytes: null, expectedBytes: null });
  await stores.blobs.place(staged);
  await stores.metadata.publishing.publish({
    namespaceId: userId,
    packageName: "p",
    version: "1",
    path: text,
    match: "folded",
    blob: staged,
    replaceDamaged: null,
    creator: { kind: "user", id: userId, name: "owner" },
    limits: null,
    nowMs: 1,
  });
  const blob = await stores.metadata.blobs.findByStorageName(staged.storageName);
  if (blob === null) throw new Error("the blob was not recorded");
  return blob;
}

async function createOwner(stores: Stores): Promise<number> {
  const { parseNamespaceName } = await import("../../src/core/namespace-name.ts");
  const result = await stores.metadata.accounts.create({
    name: parseNamespaceName("owner"),
    fullName: "",
    email: "owner@example.com",
    visibility: "public",
    passwordHash: "",
    isAdmin: false,
    isRestricted: false,
    nowMs: 1,
  });
  if (result.outcome !== "created") throw new Error(result.outcome);
  return result.user.id;
}
