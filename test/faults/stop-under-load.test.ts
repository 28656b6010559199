import { describe, expect, it } from "bun:test";
import { join } from "node:path";
import { createContents } from "../support/fault-content.ts";
import { openRequest } from "../support/fault-cut.ts";
import type { JournalEntry } from "../support/fault-journal.ts";
import { createRandom, seedOfRun, type Random } from "../support/fault-random.ts";
import { createJournaledSite, heldEntries, type JournaledSite } from "../support/full-disk-site.ts";
import { admin, adminSettings, sourceCommand, startProcess, temporaryFolder, type ServerProcess } from "../support/server-process.ts";

const timeoutMs = 240_000;
const rounds = 20;
const writers = 8;
/** What a running request gets; a cut one is over right after. */
const shutdownSeconds = 2;
const longestEndMs = 10_000;
/** Answers that promise nothing: the server takes no more, or the connection is cut. */
const refusals = [503, null];

/** Publishes and deletes until the server takes no more. */
async function write(site: JournaledSite, random: Random, contents: ReturnType<typeof createContents>): Promise<void> {
  for (;;) {
    const held = random.fraction() < 0.2 ? random.pick(heldEntries(site)) : null;
    const content = contents.window(random.whole(0, 1_000_000), random.whole(1, 200_000));
    const status = held === null ? await site.publish(content, random.fraction() < 0.2 ? "chunked" : "announced") : await site.delete(held);
    if (refusals.includes(status)) return;
    // Two writers may have picked the same name to delete.
    expect(held === null ? [201] : [204, 404]).toContain(status ?? 0);
  }
}

/** An upload that would last longer than the server waits; its name must hold nothing afterwards. */
async function beginEndlessUpload(server: ServerProcess, round: number) {
  const path = `endless/${round}/file.bin`;
  const request = await openRequest(server.port);
  await request.write(
    `PUT /api/packages/${admin.name}/generic/${path} HTTP/1.1\r\nHost: stowage\r\nAuthorization: token ${admin.token}\r\nContent-Length: 1000000\r\n\r\n`,
  );
  await request.write(Buffer.alloc(10_000));
  const entry: JournalEntry = { path, possible: [null], pending: null };
  return { request, entry };
}

/** A second server on the same folder: how it ends, and what it says. */
async function startSecond(dataDirectory: string): Promise<{ readonly exitCode: number; readonly errors: string }> {
  const environment = { ...adminSettings, STOWAGE_DATA: dataDirectory, STOWAGE_LISTEN: "127.0.0.1:0" };
  await using second = startProcess([...sourceCommand, "serve"], { environment });
  return { exitCode: await second.exitCode(30_000), errors: second.errors() };
}

describe("a server that is told to stop under load", () => {
  it(
    `finishes what runs or cuts it without having acknowledged it, ${rounds} times, and ends with 0`,
    async () => {
      const seed = seedOfRun();
      console.log(`FAULT_SEED=${seed}`);
      const random = createRandom(seed);
      const contents = createContents(random);
      using folder = temporaryFolder();
      const dataDirectory = join(folder.path, "data");
      const site = createJournaledSite({ dataDirectory, contents, settings: { STOWAGE_SHUTDOWN_SECONDS: String(shutdownSeconds) } });
      const beganAtMs = performance.now();
      const endless: JournalEntry[] = [];
      let slowestEndMs = 0;
      let cut = 0;
      try {
        for (let round = 0; round < rounds; round += 1) {
          const server = await site.start();
          await site.readAll();
          if (round === 0) {
            const { exitCode, errors } = await startSecond(dataDirectory);
            expect([exitCode, errors.includes("is in use by another Stowage server")]).toEqual([3, true]);
          }
          // Most rounds end as soon as their last request has; some have to cut one.
          const slow = round % 5 === 4 ? await beginEndlessUpload(server, round) : null;
          const writing = Promise.all(Array.from({ length: writers }, (_, number) => write(site, createRandom(seed + 100 * round + number), contents)));
          writing.catch(() => undefined);
          await Bun.sleep(random.whole(100, 600));
          const toldAtMs = performance.now();
          server.signal("SIGTERM");
          expect(await server.exitCode(longestEndMs + 5000)).toBe(0);
          slowestEndMs = Math.max(slowestEndMs, performance.now() - toldAtMs);
          await writing;
          if (slow === null) continue;
          expect([503, null]).toContain(await slow.request.answer(5000));
          slow.request.close();
          endless.push(slow.entry);
          cut += 1;
        }
        await site.start();
        await site.readAll();
        for (const { path } of endless) expect(await site.client().read(path)).toEqual({ kind: "absent" });
        expect(await site.verify()).toMatchObject({ problems: [], stagingEntries: 0 });
        expect(site.violations).toEqual([]);
        expect(slowestEndMs).toBeLessThan(longestEndMs);
        console.log(JSON.stringify({ rounds, cut, slowestEndMs: Math.round(slowestEndMs), ...Object.fromEntries(site.answers), seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
      } finally {
        await site.end();
      }
    },
    timeoutMs,
  );
});
