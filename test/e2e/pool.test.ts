import { describe, expect, it } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  admin, adminHeaders, adminSettings, projectFolder, runCommand, sourceCommand, startServerProcess, temporaryFolder, verifyFolder,
} from "../support/server-process.ts";

const strace = "/usr/bin/strace";
const syncDelayMs = 300;
const publishers = 8;
const downloads = 500;
/** Far below the time of a sync, and far above what a busy machine adds. */
const longestMs = 60;
const packageUrl = `/api/packages/${admin.name}/generic/pool`;

/** Every sync of the server takes 300 ms longer; the tracer stands aside, so that the server is the process started. */
const slowSyncs = [
  strace, "-D", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null",
  "-e", "trace=fsync,fdatasync", "-e", `inject=fsync,fdatasync:delay_enter=${syncDelayMs * 1000}`,
] as const;

// Outside CI a machine may lack the tracer; there its absence is a failure.
const isSkipped = !existsSync(strace) && process.env["CI"] === undefined;

function percentile(times: readonly number[], part: number): number {
  return times.toSorted((left, right) => left - right).at(Math.floor(times.length * part)) ?? Infinity;
}

describe("downloads beside slow syncs", () => {
  const name = `have a 99th percentile under ${longestMs} ms with ${publishers} publishers`;
  it.skipIf(isSkipped)(`${name} (skipped without ${strace})`, () => downloadBesidePublishers(sourceCommand));

  it.skipIf(isSkipped)(`${name}, from the executable (skipped without ${strace})`, async () => {
    using built = temporaryFolder();
    const executable = join(built.path, "stowage");
    const [bun = "", ...options] = sourceCommand;
    const build = await runCommand([executable], { command: [bun, ...options.slice(0, -1), join(projectFolder, "scripts/build.ts")] });
    expect(build).toMatchObject({ exitCode: 0, errors: "" });
    await downloadBesidePublishers([executable]);
  });

  async function downloadBesidePublishers(program: readonly string[]): Promise<void> {
    using folder = temporaryFolder();
    const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data") };
    await using server = await startServerProcess({ environment, command: [...slowSyncs, ...program, "serve"] });
    const publish = async (version: string, body: string): Promise<number> => {
      const url = `${server.url}${packageUrl}/${version}/file.bin`;
      return (await fetch(url, { method: "PUT", headers: adminHeaders, body })).status;
    };
    const content = "x".repeat(10_240);
    const begunMs = performance.now();
    expect(await publish("fetched", content)).toBe(201);
    expect(performance.now() - begunMs).toBeGreaterThan(syncDelayMs);

    let isOver = false;
    const statuses = new Set<number>();
    let published = 0;
    const keepPublishing = async (publisher: number): Promise<void> => {
      while (!isOver) {
        published += 1;
        statuses.add(await publish(`1.${publisher}.${published}`, `content ${published} `.repeat(500)));
      }
    };
    const publishing = Array.from({ length: publishers }, (_, publisher) => keepPublishing(publisher));
    const url = `${server.url}${packageUrl}/fetched/file.bin`;
    const times: number[] = [];
    const readiness: number[] = [];
    for (let count = 0; count < downloads; count += 1) {
      const startMs = performance.now();
      const answer = await fetch(url);
      const bytes = (await answer.arrayBuffer()).byteLength;
      times.push(performance.now() - startMs);
      expect([answer.status, bytes]).toEqual([200, content.length]);
      if (count % 25 === 0) {
        const askedMs = performance.now();
        expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
        readiness.push(performance.now() - askedMs);
      }
      // Spread over many syncs.
      await Bun.sleep(5);
    }
    isOver = true;
    await Promise.all(publishing);
    expect([...statuses]).toEqual([201]);
    expect(published).toBeGreaterThan(publishers);
    expect(percentile(times, 0.99)).toBeLessThan(longestMs);
    // It reads a folder, which the runtime leaves to its pool: with as few threads as cores it would wait for syncs.
    expect(percentile(readiness, 0.5)).toBeLessThan(longestMs);

    expect(await server.stop()).toBe(0);
    expect(await verifyFolder(environment.STOWAGE_DATA)).toMatchObject({ ok: true });
    console.log(JSON.stringify({ published, downloads, p99Ms: Math.round(10 * percentile(times, 0.99)) / 10, seconds: Math.round((performance.now() - begunMs) / 1000) }));
  }
});
