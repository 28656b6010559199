import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { createFaultClient, type FaultClient } from "../support/fault-client.ts";
import { sha256Of } from "../support/fault-content.ts";
import { inParallel } from "../support/fault-waiting.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const rounds = 20;
const publishers = 50;
const timeoutMs = 120_000;
const sizeBytes = 10_000;

const contentOf = (name: string): Buffer<ArrayBuffer> => Buffer.alloc(sizeBytes, `${name} `);
const numbers = Array.from({ length: publishers }, (_, number) => number);

describe("publishers at the same time", () => {
  let opened: RunningServer | null = null;
  beforeEach(async () => {
    opened = await startServer();
  });
  afterEach(async () => {
    const server = opened;
    opened = null;
    if (server === null) return;
    try {
      expect(server.fatalErrors).toEqual([]);
      expect((await server.verify()).problems).toEqual([]);
    } finally {
      await server.stop();
    }
  });
  const server = (): RunningServer => {
    if (opened === null) throw new Error("the server runs only within a test");
    return opened;
  };
  const client = (): FaultClient => createFaultClient(server().url, server().admin);
  /** All at once; the statuses in the order of the numbers. */
  const publishAll = (path: (number: number) => string, content: (number: number) => Buffer<ArrayBuffer>) =>
    Promise.all(numbers.map((number) => client().put(path(number), content(number))));

  it(
    "of one name and different bytes: one succeeds, the others meet a conflict, and its bytes are served",
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const path = `different/${round}.0/file.bin`;
        const statuses = await publishAll(() => path, (number) => contentOf(`round ${round} publisher ${number}`));
        expect(statuses.filter((status) => status === 201)).toHaveLength(1);
        expect(statuses.filter((status) => status === 409)).toHaveLength(publishers - 1);
        const winner = contentOf(`round ${round} publisher ${statuses.indexOf(201)}`);
        expect(await client().read(path)).toEqual({ kind: "content", sizeBytes, sha256: sha256Of(winner) });
      }
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(rounds);
    },
    timeoutMs,
  );

  it(
    "of one name and the same bytes: one succeeds, the others meet a conflict, and one object is stored",
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const path = `same/${round}.0/file.bin`;
        const content = contentOf(`round ${round}`);
        const statuses = await publishAll(() => path, () => content);
        expect(statuses.filter((status) => status === 201)).toHaveLength(1);
        expect(statuses.filter((status) => status === 409)).toHaveLength(publishers - 1);
        expect(await client().read(path)).toEqual({ kind: "content", sizeBytes, sha256: sha256Of(content) });
      }
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(rounds);
    },
    timeoutMs,
  );

  it(
    "of different files in one new version: all succeed",
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const statuses = await publishAll(
          (number) => `files/${round}.0/file-${number}.bin`,
          (number) => contentOf(`round ${round} file ${number}`),
        );
        expect(statuses).toEqual(numbers.map(() => 201));
        const listed = await fetch(`${server().url}/api/v1/packages/root/generic/files/${round}.0/files`, {
          headers: { authorization: `token ${server().admin.token}` },
          signal: AbortSignal.timeout(10_000),
        });
        const files: readonly unknown[] = JSON.parse(await listed.text());
        expect(files).toHaveLength(publishers);
      }
    },
    timeoutMs,
  );

  it(
    "of the same bytes under different names: all succeed, and one object is stored",
    async () => {
      const content = contentOf("one content");
      const statuses = await publishAll((number) => `shared/${number}.0/file.bin`, () => content);
      expect(statuses).toEqual(numbers.map(() => 201));
      for (const number of numbers)
        expect(await client().read(`shared/${number}.0/file.bin`)).toMatchObject({ sha256: sha256Of(content) });
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(1);
    },
    timeoutMs,
  );

  it(
    "each find what they published in their very next request, on another connection, a thousand times",
    async () => {
      const turns = Array.from({ length: 1000 }, (_, number) => number);
      let hits = 0;
      await inParallel(8, turns, async (number) => {
        const path = `next/${number % 40}.0/file-${number}.bin`;
        const content = contentOf(`turn ${number}`);
        expect(await client().put(path, content)).toBe(201);
        expect(await client().read(path)).toEqual({ kind: "content", sizeBytes, sha256: sha256Of(content) });
        hits += 1;
      });
      expect(hits).toBe(1000);
    },
    timeoutMs,
  );
});
