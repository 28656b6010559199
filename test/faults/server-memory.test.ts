import { describe, expect, it } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createContents } from "../support/fault-content.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { createJournaledSite } from "../support/full-disk-site.ts";
import { admin, sourceCommand, temporaryFolder, until } from "../support/server-process.ts";

const timeoutMs = 180_000;
const limitBytes = 256 * 1024 * 1024;
const uploads = 20;
const uploadBytes = 64 * 1024 * 1024;
/** The process stands still for so long in the middle; a night's run takes half a minute. */
const pauseMs = 5000;
/** A share of one core, in microseconds of each 100,000. */
const quotaMicroseconds = 80_000;
const memoryRoot = "/sys/fs/cgroup/memory";
const cpuRoot = "/sys/fs/cgroup/cpu";
const isSkipped = process.env["CI"] === undefined && !(process.getuid?.() === 0 && existsSync(join(memoryRoot, "memory.limit_in_bytes")));

/** Control groups that bound memory and processor time of who enters them. */
function createBounds() {
  const name = `stowage-${process.pid}-${Date.now()}`;
  const memory = join(memoryRoot, name);
  const cpu = join(cpuRoot, name);
  for (const folder of [memory, cpu]) mkdirSync(folder);
  writeFileSync(join(memory, "memory.limit_in_bytes"), String(limitBytes));
  writeFileSync(join(cpu, "cpu.cfs_quota_us"), String(quotaMicroseconds));
  const read = (file: string): string => readFileSync(join(memory, file), "utf8");
  return {
    enter: `echo $$ > ${memory}/cgroup.procs && echo $$ > ${cpu}/cgroup.procs && exec "$@"`,
    killedForMemory: (): number => Number(/oom_kill (\d+)/.exec(read("memory.oom_control"))?.[1]),
    [Symbol.dispose]: () => {
      for (const folder of [memory, cpu]) rmdirSync(folder);
    },
  };
}

/** Resident at most so far, in bytes. */
function peakBytes(pid: number): number {
  return 1024 * Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Content that is told from others by its number, made a piece at a time. */
function upload(number: number): { readonly sha256: string; readonly stream: () => ReadableStream<Uint8Array> } {
  const piece = (at: number): Uint8Array<ArrayBuffer> => Buffer.alloc(1024 * 1024, `upload ${number} piece ${at} `);
  const pieces = uploadBytes / (1024 * 1024);
  const hash = new Bun.CryptoHasher("sha256");
  for (let at = 0; at < pieces; at += 1) hash.update(piece(at));
  return {
    sha256: hash.digest("hex"),
    stream: () => {
      let at = 0;
      return new ReadableStream({
        pull: (controller) => {
          if (at === pieces) return controller.close();
          controller.enqueue(piece(at));
          at += 1;
        },
      });
    },
  };
}

async function readDigest(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  if (response.status !== 200 || response.body === null) return `status ${response.status}`;
  const hash = new Bun.CryptoHasher("sha256");
  for await (const piece of response.body) hash.update(piece);
  return hash.digest("hex");
}

describe("a server that may take 256 MB of memory", () => {
  it.skipIf(isSkipped)(
    `receives ${uploads} files of 64 MiB at once, stopped in between and short of processor time (skipped without root and control groups, version 1)`,
    async () => {
      const beganAtMs = performance.now();
      using folder = temporaryFolder();
      using bounds = createBounds();
      const command = ["/bin/sh", "-c", bounds.enter, "sh", ...sourceCommand, "serve"];
      const dataDirectory = join(folder.path, "data");
      const site = createJournaledSite({ dataDirectory, contents: createContents(createRandom(seedOfRun())), command });
      try {
        const server = await site.start();
        const files = Array.from({ length: uploads }, (_, number) => ({ url: `${server.url}/api/packages/${admin.name}/generic/large/${number}/file.bin`, ...upload(number) }));
        const publishing = Promise.all(
          files.map(async ({ url, stream }) => {
            const headers = { authorization: `token ${admin.token}` };
            return (await fetch(url, { method: "PUT", headers, body: stream(), signal: AbortSignal.timeout(150_000) })).status;
          }),
        );
        publishing.catch(() => undefined);
        const inProgress = async (): Promise<boolean> => (await (await fetch(`${server.url}/metrics`)).text()).includes(`stowage_uploads_in_progress ${uploads}`);
        await until(inProgress, 30_000, "all uploads under way");
        server.signal("SIGSTOP");
        await Bun.sleep(pauseMs);
        server.signal("SIGCONT");
        expect(await publishing).toEqual(Array.from({ length: uploads }, () => 201));
        const residentBytes = peakBytes(server.pid);
        for (const { url, sha256 } of files) expect(await readDigest(url)).toBe(sha256);
        expect(bounds.killedForMemory()).toBe(0);
        expect(residentBytes).toBeLessThan(limitBytes);
        expect(await site.verify()).toMatchObject({ problems: [], blobs: uploads, stagingEntries: 0 });
        console.log(JSON.stringify({ uploads, residentMiB: Math.round(residentBytes / 2 ** 20), seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
      } finally {
        await site.end();
      }
    },
    timeoutMs,
  );
});
