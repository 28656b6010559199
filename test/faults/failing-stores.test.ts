import { afterAll, afterEach, describe, expect, it } from "bun:test";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import type { PublishStore } from "../../src/core/ports/publish-store.ts";
import { RegistryError, type RegistryErrorCode } from "../../src/core/registry-error.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { createFaultClient, type FaultClient } from "../support/fault-client.ts";
import { openRequest } from "../support/fault-cut.ts";
import { sha256Of } from "../support/fault-content.ts";
import { until } from "../support/fault-waiting.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const graceMs = 3600 * 1000;
const content = Buffer.alloc(2_000_000, "what several publish at the same time ");
const whole = { kind: "content", sizeBytes: content.byteLength, sha256: sha256Of(content) } as const;

/** The next call of one step fails, before or after it took effect. */
interface Fault {
  readonly step: "stage" | "place" | "publish";
  readonly moment: "before" | "after";
  readonly code: RegistryErrorCode;
}

/** Stores of which the test decides which call fails. */
function createFaults() {
  let next: Fault | null = null;
  const attempt = async <Result>(step: Fault["step"], act: () => Promise<Result>): Promise<Result> => {
    const fault = next?.step === step ? next : null;
    if (fault === null) return act();
    next = null;
    if (fault.moment === "after") await act();
    throw new RegistryError(fault.code, `the test lets ${step} fail`);
  };
  const around = ({ blobs, metadata, close }: Stores): Stores => {
    const publishing: PublishStore = {
      ...metadata.publishing,
      publish: (command) => attempt("publish", () => metadata.publishing.publish(command)),
    };
    return {
      blobs: {
        ...blobs,
        stage: (source, bounds) => attempt("stage", () => blobs.stage(source, bounds)),
        place: (staged) => attempt("place", () => blobs.place(staged)),
      },
      metadata: { ...metadata, publishing },
      close,
    };
  };
  return {
    around,
    failNext: (fault: Fault): void => {
      next = fault;
    },
  };
}

describe("publishers of the same content, one of whom fails", () => {
  let opened: RunningServer | null = null;
  let failures = 0;
  const begunMs = performance.now();
  afterAll(() => console.log(JSON.stringify({ test: "failing stores", failures, seconds: Math.round((performance.now() - begunMs) / 1000) })));
  let aheadMs = 0;
  afterEach(async () => {
    await opened?.stop();
    opened = null;
    aheadMs = 0;
  });
  const clock = { nowMs: () => Date.now() + aheadMs };
  const open = async (): Promise<{ server: RunningServer; client: FaultClient; failNext: (fault: Fault) => void }> => {
    failures += 1;
    const { around, failNext } = createFaults();
    const settings = { STOWAGE_GC_INTERVAL_SECONDS: "0" };
    const server = await startServer(settings, { clock, open: async (config) => around(await openStores(config)) });
    opened = server;
    return { server, client: createFaultClient(server.url, server.admin), failNext };
  };
  /** Twice, with more than the grace time in between: what nobody can reach is gone then. */
  const collect = async ({ stores }: RunningServer): Promise<void> => {
    for (let run = 0; run < 2; run += 1) {
      aheadMs += 2 * graceMs;
      await collectGarbage({ ...stores, clock }, { graceMs });
    }
  };

  for (const step of ["place", "publish"] as const)
    it(`leave the other's file alone when ${step} failed before it took effect`, async () => {
      const { server, client, failNext } = await open();
      failNext({ step, moment: "before", code: "storage_busy" });
      expect(await client.put("first/1.0/file.bin", content)).toBe(503);
      expect(await server.stores.blobs.staging("count")).toBe(0);
      expect(await client.put("second/1.0/file.bin", content)).toBe(201);
      await collect(server);
      expect(await client.read("first/1.0/file.bin")).toEqual({ kind: "absent" });
      expect(await client.read("second/1.0/file.bin")).toEqual(whole);
      expect(await client.put("first/1.0/file.bin", content)).toBe(201);
      expect(await client.read("first/1.0/file.bin")).toEqual(whole);
      expect(server.fatalErrors).toEqual([]);
    });

  it("find the file there, and meet a conflict over the same bytes, when only the answer was lost", async () => {
    const { server, client, failNext } = await open();
    failNext({ step: "publish", moment: "after", code: "storage_busy" });
    expect(await client.put("first/1.0/file.bin", content)).toBe(503);
    expect(await client.put("second/1.0/file.bin", content)).toBe(201);
    await collect(server);
    for (const path of ["first/1.0/file.bin", "second/1.0/file.bin"]) expect(await client.read(path)).toEqual(whole);
    expect(await client.put("first/1.0/file.bin", content)).toBe(409);
    expect((await server.verify()).problems).toEqual([]);
  });

  it("leave the other's file alone when one is cut off", async () => {
    const { server, client } = await open();
    const stagedCount = (): Promise<number> => server.stores.blobs.staging("count");
    const request = await openRequest(server.port);
    try {
      await request.write(
        `PUT /api/packages/${server.admin.name}/generic/first/1.0/file.bin HTTP/1.1\r\nHost: localhost\r\n` +
          `Authorization: token ${server.admin.token}\r\nContent-Length: ${content.byteLength}\r\n\r\n`,
      );
      await request.write(content.subarray(0, content.byteLength - 1));
      expect(await client.put("second/1.0/file.bin", content)).toBe(201);
      expect(await stagedCount()).toBe(1);
    } finally {
      request.end("rst");
    }
    let staged = 1;
    await until(1000, "empty staging", () => {
      void stagedCount().then((count) => (staged = count));
      return { isSo: staged === 0, seen: `${staged} entries` };
    });
    expect(await client.read("first/1.0/file.bin")).toEqual({ kind: "absent" });
    expect(await client.read("second/1.0/file.bin")).toEqual(whole);
    expect((await server.verify()).problems).toEqual([]);
  });

  for (const step of ["stage", "place", "publish"] as const)
    for (const moment of ["before", "after"] as const)
      it(`are answered 500, and the server is told to end, when the state of the disk is in doubt (${step}, ${moment})`, async () => {
        const { server, client, failNext } = await open();
        failNext({ step, moment, code: "storage_failed" });
        expect(await client.put("first/1.0/file.bin", content)).toBe(500);
        expect(server.fatalErrors).toHaveLength(1);
        // In doubt means whole or not at all.
        const reading = await client.read("first/1.0/file.bin");
        expect([whole, { kind: "absent" }]).toContainEqual(reading);
      });

  it("are told that the disk is full, and the server goes on", async () => {
    const { server, client, failNext } = await open();
    failNext({ step: "stage", moment: "before", code: "storage_full" });
    expect(await client.put("first/1.0/file.bin", content)).toBe(507);
    expect(await client.put("first/1.0/file.bin", content)).toBe(201);
    expect(server.fatalErrors).toEqual([]);
    expect((await server.verify()).problems).toEqual([]);
  });
});
