import { describe, expect, it } from "bun:test";
import type { Actor } from "../../src/core/actor.ts";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { RegistryError, type RegistryErrorCode } from "../../src/core/registry-error.ts";
import { openStores } from "../../src/open-stores.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const chunkBytes = 64 * 1024;

/** A body without end, and how much of it was asked for. */
function endless() {
  let bytes = 0;
  return {
    sentBytes: () => bytes,
    content: (async function* () {
      for (;;) {
        bytes += chunkBytes;
        yield new Uint8Array(chunkBytes);
      }
    })(),
  };
}

async function actorOf(server: RunningServer, name: string): Promise<Actor> {
  const user = await server.stores.metadata.accounts.find(name);
  if (user === null) throw new Error(`there is no ${name}`);
  return { kind: "user", user, credential: { kind: "password" } };
}

async function withServer(
  settings: Readonly<Record<string, string>>,
  wrap: (metadata: MetadataStore) => MetadataStore,
  run: (server: RunningServer, publish: (content: AsyncIterable<Uint8Array>) => Promise<string>) => Promise<void>,
): Promise<void> {
  const server = await startServer(settings, {
    open: async (config, schema) => {
      const stores = await openStores(config, schema);
      return { ...stores, metadata: wrap(stores.metadata) };
    },
  });
  try {
    const administrator = await actorOf(server, "root");
    const account = { name: "alice", email: "alice@example.com", password: "password-of-alice", fullName: "" };
    await server.registry.createUser(administrator, { ...account, visibility: "public", isRestricted: false, isAdmin: false });
    const grant = await server.registry.openNamespace(await actorOf(server, "alice"), "alice", "publish");
    await run(server, async (content) => {
      const file = { packageName: "p", version: "1", path: "f", match: "folded", onDuplicate: "reject", status: null, reservation: null, expectedDigests: [], content, announcedBytes: null, isLengthExact: true } as const;
      return server.registry.publishFile(grant, file).then(
        () => "published",
        (error: unknown) => (error instanceof RegistryError ? error.code : String(error)),
      );
    });
  } finally {
    await server.stop();
  }
}

describe("an upload of unknown length", () => {
  it.each([
    ["STOWAGE_LIMIT_FILE_BYTES", "limit_file_bytes"],
    ["STOWAGE_LIMIT_OWNER_BYTES", "limit_owner_bytes"],
    ["STOWAGE_MAX_UPLOAD_BYTES", "upload_too_large"],
  ])("is refused as soon as it passes %s", async (setting, code) => {
    await withServer({ [setting]: "200000" }, (metadata) => metadata, async (server, publish) => {
      const body = endless();
      expect(await publish(body.content)).toBe(code);
      expect(body.sentBytes()).toBeLessThan(200_000 + 2 * chunkBytes);
      expect(await server.stores.blobs.staging("count")).toBe(0);
    });
  });
});

describe("an upload whose record cannot be written", () => {
  const failing = (code: RegistryErrorCode) => (metadata: MetadataStore): MetadataStore => ({
    ...metadata,
    publishing: { ...metadata.publishing, publish: () => Promise.reject(new RegistryError(code, "refused by the test")) },
  });
  const text = async function* () {
    yield Buffer.from("content");
  };

  it.each(["storage_full", "storage_busy"] as const)("leaves no bytes behind where nothing was recorded for sure: %s", async (code) => {
    await withServer({}, failing(code), async (server, publish) => {
      expect(await publish(text())).toBe(code);
      expect(await Array.fromAsync(server.stores.blobs.list())).toEqual([]);
    });
  });

  it("leaves its bytes where what the records hold is not known", async () => {
    await withServer({}, failing("storage_failed"), async (server, publish) => {
      expect(await publish(text())).toBe("storage_failed");
      expect((await Array.fromAsync(server.stores.blobs.list())).length).toBe(1);
    });
  });
});
