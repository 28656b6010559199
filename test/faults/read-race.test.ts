import { afterAll, afterEach, describe, expect, it } from "bun:test";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { openStores } from "../../src/open-stores.ts";
import { createFaultClient } from "../support/fault-client.ts";
import { sha256Of } from "../support/fault-content.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const graceMs = 3600 * 1000;
const content = Buffer.alloc(10_000, "what is read while others change it ");
const whole = { kind: "content", sizeBytes: content.byteLength, sha256: sha256Of(content) } as const;
const path = "read/1.0/file.bin";

describe("a file that changes between its record and its bytes being read", () => {
  let opened: RunningServer | null = null;
  let races = 0;
  const begunMs = performance.now();
  afterAll(() => console.log(JSON.stringify({ test: "read race", races, seconds: Math.round((performance.now() - begunMs) / 1000) })));
  afterEach(async () => {
    const server = opened;
    opened = null;
    await server?.stop();
  });

  /** A server that holds some file, and does something before it opens the bytes of the first download. */
  const open = async (meanwhile: (server: RunningServer) => Promise<void>) => {
    let isDue = false;
    const server = await startServer(
      { STOWAGE_GC_INTERVAL_SECONDS: "0" },
      {
        open: async (config) => {
          const stores = await openStores(config);
          const openBlob: typeof stores.blobs.open = async (storageName, sizeBytes) => {
            if (isDue) {
              isDue = false;
              races += 1;
              await meanwhile(server);
            }
            return stores.blobs.open(storageName, sizeBytes);
          };
          return { ...stores, blobs: { ...stores.blobs, open: openBlob } };
        },
      },
    );
    opened = server;
    const client = createFaultClient(server.url, server.admin);
    expect(await client.put(path, content)).toBe(201);
    isDue = true;
    return { server, client };
  };
  /** As if the grace time had passed. */
  const collect = async ({ stores }: RunningServer): Promise<void> => {
    const clock = { nowMs: () => Date.now() + 2 * graceMs };
    expect((await collectGarbage({ ...stores, clock }, { graceMs })).unreferencedBlobs).toBe(1);
  };

  it("is absent, not damaged, when it was deleted and collected meanwhile", async () => {
    const { server, client } = await open(async (running) => {
      expect(await createFaultClient(running.url, running.admin).delete(path)).toBe(204);
      await collect(running);
    });
    expect(await client.read(path)).toEqual({ kind: "absent" });
    expect(server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it("is served when it was deleted, collected and published again meanwhile", async () => {
    const { server, client } = await open(async (running) => {
      const other = createFaultClient(running.url, running.admin);
      expect(await other.delete(path)).toBe(204);
      await collect(running);
      expect(await other.put(path, content)).toBe(201);
    });
    expect(await client.read(path)).toEqual(whole);
    expect(server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect((await server.verify()).problems).toEqual([]);
  });
});
