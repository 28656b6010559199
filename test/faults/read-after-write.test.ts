import { describe, expect, it } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { openStores } from "../../src/open-stores.ts";
import { administrator, startServerProcess } from "../support/fault-process.ts";
import { inParallel } from "../support/fault-waiting.ts";
import { openConnection } from "../support/keep-alive-connection.ts";

const turns = 10_000;
const publishers = 32;
const filesPerVersion = 5;
const timeoutMs = 400_000;

const root = administrator.name;
const headers = { Authorization: `Bearer ${administrator.token}` };

/** Where the file of a turn is, how it is published and read, and a list that has to show it. */
function placeOf(turn: number): { readonly path: string; readonly list: string; readonly shown: string } {
  const version = `${Math.floor(turn / filesPerVersion)}.0`;
  const file = `file-${turn}.bin`;
  // Few versions for each package, so that the newest one is on the first page of every list.
  const name = `next-${Math.floor(turn / (filesPerVersion * 10))}`;
  const gitea = `/api/packages/${root}/generic/${name}/${version}/${file}`;
  const gitlab = `/api/v4/projects/${root}/packages/generic/${name}/${version}/${file}`;
  const path = turn % 2 === 0 ? gitea : gitlab;
  switch (turn % 3) {
    case 0:
      return { path, list: `/api/v1/packages/${root}/generic/${name}/${version}/files`, shown: `"${file}"` };
    case 1:
      return { path, list: `/api/v1/packages/${root}/generic/${name}`, shown: `"${version}"` };
    default:
      return { path, list: `/api/v4/projects/${root}/packages?package_name=${name}&package_version=${version}`, shown: `"${version}"` };
  }
}

describe("what was published", () => {
  it(
    "is read and listed by the very next request on another connection, ten thousand times",
    async () => {
      const beganAtMs = performance.now();
      const dataDirectory = mkdtempSync(join(tmpdir(), "stowage-next-"));
      const server = await startServerProcess("server-entry.ts", dataDirectory);
      let hits = 0;
      const publish = async (numbers: readonly number[]): Promise<void> => {
        const [writing, reading] = await Promise.all([openConnection(server.port), openConnection(server.port)]);
        try {
          for (const turn of numbers) {
            const { path, list, shown } = placeOf(turn);
            const content = Buffer.from(`what was published at turn ${turn}`);
            expect((await writing.ask("PUT", path, headers, content)).status).toBe(201);
            const read = await reading.ask("GET", path, headers);
            const listed = await reading.ask("GET", list, headers);
            expect([turn, read.status, read.body.equals(content)]).toEqual([turn, 200, true]);
            expect([turn, listed.status, listed.body.includes(shown)]).toEqual([turn, 200, true]);
            hits += 1;
          }
        } finally {
          writing.close();
          reading.close();
        }
      };
      try {
        const shares = Array.from({ length: publishers }, (_, number) =>
          Array.from({ length: Math.ceil((turns - number) / publishers) }, (__, at) => number + at * publishers),
        );
        await inParallel(publishers, shares, publish);
        expect(hits).toBe(turns);
        expect(server.errors()).toEqual([]);
        expect(await server.stop()).toBe(0);
        const stores = await openStores({
          database: { scheme: "sqlite", path: join(dataDirectory, "stowage.db") },
          blobs: { scheme: "file", directory: dataDirectory },
        });
        const report = await verifyStores({ ...stores, clock: systemClock }, { graceMs: 0, isServerRunning: false });
        await stores.close();
        expect(report).toMatchObject({ problems: [], blobs: turns, youngObjects: 0, stagingEntries: 0 });
      } finally {
        console.log(JSON.stringify({ test: "read after write", hits, publishers, seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
        await server.kill();
        rmSync(dataDirectory, { recursive: true, force: true });
      }
    },
    timeoutMs,
  );
});
