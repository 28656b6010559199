import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFaultClient } from "../support/fault-client.ts";
import { seedOfRun } from "../support/fault-random.ts";
import { delay, inParallel } from "../support/fault-waiting.ts";
import { searchStored } from "../support/marker-search.ts";
import { admin } from "../support/server-process.ts";
import { blockBytes, createBigContents, type BigContent } from "./big-content.ts";
import { createControlGroup, type ControlGroup } from "./control-group.ts";
import { createLatency } from "./latency.ts";
import { serveCommand, startNightServer, endVerified, type NightServer } from "./night-server.ts";
import { runOpenLoop } from "./open-loop.ts";
import type { PartResult } from "./part-result.ts";
import { residentMib } from "./process-memory.ts";
import { transfer } from "./raw-transfer.ts";

const uploads = 20;
const limitMib = 256;
const stoppedMs = 30_000;
const idleMs = 600_000;
const slowPerSecond = 4;
const authorization = { authorization: `token ${admin.token}` };

/** How much is done. */
export interface MemoryPlan {
  readonly uploadMib: number;
  /** The kernel lets none of its threads run for so long; the standstill by a signal is always half a minute. */
  readonly frozenMs: number;
  readonly slowSeconds: number;
}

const nightPlan: MemoryPlan = { uploadMib: 1024, frozenMs: 30_000, slowSeconds: 60 };

/**
 * Twenty uploads at once within 256 MiB, through one standstill of 30 seconds by a signal and one by the kernel's freezer,
 * then on a tenth of a core. Needs root, and control groups of version 1.
 */
export async function littleMemory(plan: MemoryPlan = nightPlan): Promise<PartResult> {
  const { uploadMib, frozenMs, slowSeconds } = plan;
  const seed = seedOfRun();
  const beganAtMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "stowage-memory-"));
  const dataDirectory = join(folder, "data");
  const problems: string[] = [];
  await using group = createControlGroup(`stowage-night-${process.pid}`);
  group.set("memory.limit_in_bytes", `${limitMib}M`);
  const server = await startNightServer({ dataDirectory, command: [...group.prefix, ...serveCommand] });
  try {
    const contents = createBigContents(seed, "noise");
    const files = Array.from({ length: uploads }, (_, number) => contents.content(number, uploadMib * 2 ** 20));
    const { hashes, ...uploaded } = await uploadAll({ server, group, files, frozenMs, problems });
    await readAll(server, hashes, problems);
    const slow = await runSlowly(server, group, slowSeconds, problems);
    const { most } = residentMib(server.pid);
    const kernelMostMib = Math.round(Number(group.read("memory.max_usage_in_bytes")) / 2 ** 20);
    const killed = Number(/oom_kill (\d+)/.exec(group.read("memory.oom_control"))?.[1] ?? 0);
    if (killed > 0) problems.push(`the kernel ended ${killed} processes for want of memory`);
    if (most >= limitMib) problems.push(`resident memory was ${most} MiB`);
    const verified = await endVerified(server, dataDirectory, problems);
    return {
      part: "memory",
      done: `${uploads} uploads of ${uploadMib} MiB at once to a server that the kernel holds to ${limitMib} MiB, stopped for ${stoppedMs / 1000} s by SIGSTOP and frozen for ${frozenMs / 1000} s meanwhile; all read again by hash; then ${slowSeconds} s of small requests on a tenth of a core; stores verified`,
      passed: problems.length === 0,
      figures: { ...uploaded, ...slow, residentMostMib: most, kernelMostMib, outOfMemoryKills: killed, blobsVerified: verified.blobs },
      problems,
      seconds: Math.round((performance.now() - beganAtMs) / 1000),
      seed,
    };
  } finally {
    await server.kill();
    searchStored(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

function pathOf(number: number): string {
  return `/api/packages/${admin.name}/generic/large/1.${number}/file.bin`;
}

interface UploadParts {
  readonly server: NightServer;
  readonly group: ControlGroup;
  readonly files: readonly BigContent[];
  readonly frozenMs: number;
  readonly problems: string[];
}

async function uploadAll({ server, group, files, frozenMs, problems }: UploadParts) {
  const beganAtMs = performance.now();
  let sentBlocks = 0;
  // Hashed while they are sent: to hash a whole one at once would hold up every other connection of this client.
  const hashers = files.map(() => new Bun.CryptoHasher("sha256"));
  function* blocksOf(file: BigContent, hasher: Bun.CryptoHasher | undefined): Iterable<Uint8Array> {
    for (let number = 0; number < file.blocks; number += 1) {
      sentBlocks += 1;
      const block = file.block(number);
      hasher?.update(block);
      yield block;
    }
  }
  const running = Promise.all(
    files.map((file, number) =>
      transfer({ url: server.url, method: "PUT", path: pathOf(number), headers: authorization, body: { sizeBytes: file.sizeBytes, chunks: blocksOf(file, hashers[number]) }, idleMs }),
    ),
  );
  let isOver = false;
  void running.finally(() => (isOver = true));
  const total = files.reduce((sum, file) => sum + file.blocks, 0);
  const standstill = async (share: number, ms: number, begin: () => void, end: () => void): Promise<void> => {
    while (sentBlocks < total * share && !isOver) await delay(10);
    if (isOver) problems.push("the uploads ended before the server stood still");
    begin();
    await delay(ms);
    end();
  };
  await standstill(0.3, stoppedMs, () => server.signal("SIGSTOP"), () => server.signal("SIGCONT"));
  await standstill(0.6, frozenMs, () => group.set("freezer.state", "FROZEN"), () => group.set("freezer.state", "THAWED"));
  const answers = await running;
  for (const [number, { status }] of answers.entries()) if (status !== 201) problems.push(`upload ${number}: ${status ?? "no answer"}`);
  const seconds = (performance.now() - beganAtMs) / 1000;
  const hashes = hashers.map((hasher) => hasher.digest("hex"));
  return { hashes, uploadsAnswered201: answers.filter(({ status }) => status === 201).length, uploadSeconds: Math.round(seconds), uploadMibPerSecond: Math.round((total * blockBytes) / 2 ** 20 / seconds) };
}

async function readAll(server: NightServer, hashes: readonly string[], problems: string[]): Promise<void> {
  await inParallel(2, [...hashes.entries()], async ([number, sha256]) => {
    const hash = new Bun.CryptoHasher("sha256");
    const answer = await transfer({ url: server.url, method: "GET", path: pathOf(number), headers: authorization, onData: (chunk) => void hash.update(chunk), idleMs });
    if (answer.status === 200 && hash.digest("hex") === sha256) return;
    const { status, bodyBytes, totalMs, error } = answer;
    problems.push(`read of upload ${number}: ${status ?? "no answer"}, ${bodyBytes} bytes in ${Math.round(totalMs)} ms (${error ?? "no error"}), not what was sent`);
  });
}

/** On a tenth of a core, in slices of 10 ms. */
async function runSlowly(server: NightServer, group: ControlGroup, seconds: number, problems: string[]) {
  group.set("cpu.cfs_period_us", "100000");
  group.set("cpu.cfs_quota_us", "10000");
  const client = createFaultClient(server.url, admin);
  const latency = createLatency();
  let number = 0;
  const counts = await runOpenLoop({
    perSecond: slowPerSecond,
    seconds,
    act: async (dueMs) => {
      number += 1;
      const path = `small/1.${number}/file.bin`;
      const bytes = Buffer.alloc(10_240, `content ${number} `);
      const status = await client.put(path, bytes);
      const reading = await client.read(path);
      latency.note(performance.now() - dueMs);
      if (status !== 201 || reading.kind !== "content" || reading.sizeBytes !== bytes.byteLength) problems.push(`${path}: PUT ${status ?? "no answer"}, then GET ${reading.kind}`);
    },
  });
  group.set("cpu.cfs_quota_us", "-1");
  return { slowPublishesAndReads: counts.arrivals, slowP50Ms: latency.percentile(0.5), slowP99Ms: latency.percentile(0.99) };
}
