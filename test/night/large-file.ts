import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedOfRun } from "../support/fault-random.ts";
import { delay } from "../support/fault-waiting.ts";
import { admin } from "../support/server-process.ts";
import { blockBytes, createBigContents, partOf, type BigContent } from "./big-content.ts";
import type { DownloadOrder } from "./large-download.ts";
import { mountCompressedDisk, type LoopDisk } from "./loop-disk.ts";
import { bun, startNightServer, verifyData, type NightServer } from "./night-server.ts";
import type { PartResult } from "./part-result.ts";
import { residentMib } from "./process-memory.ts";
import { transfer } from "./raw-transfer.ts";

const hundred = 100;
const mostResidentMib = 200;
/** Of what the file took on the disk, what the file system may keep for itself after everything is gone. */
const leftOverShare = 0.05;
const collectionDeadlineMs = 900_000;
const stagingDeadlineMs = 30_000;
const idleMs = 600_000;
const path = `/api/packages/${admin.name}/generic/large/1.0.0/file.bin`;
const authorization = { authorization: `token ${admin.token}` };
const serverCommand = [...bun, join(import.meta.dir, "soak-server.ts")];

/** One file of 100 GB through the whole of its life, with the client and the server killed in the middle. */
export async function largeFile(options: { readonly gigabytes: number | null }): Promise<PartResult> {
  const seed = seedOfRun();
  const beganAtMs = performance.now();
  const gigabytes = options.gigabytes ?? hundred;
  const folder = mkdtempSync(join(tmpdir(), "stowage-large-"));
  const problems: string[] = [];
  const run = { server: null as NightServer | null, mostMib: 0 };
  try {
    using disk = mountCompressedDisk(folder, gigabytes * 1.3e9 + 2 ** 33);
    try {
      const figures = await runLife({ seed, gigabytes, disk, problems, run });
      if (run.mostMib >= mostResidentMib) problems.push(`resident memory was ${run.mostMib} MiB`);
      return {
        part: "large",
        done: `one file of ${gigabytes} GB on a compressing btrfs: an upload whose client is killed, the upload, a download whose client is killed after a third and whose server is killed after two thirds, each time resumed by Range and If-Range, every block compared; ranges around 2^31 and 2^32; delete; space back after collection`,
        passed: problems.length === 0,
        figures: { ...figures, residentMostMib: run.mostMib },
        problems,
        seconds: Math.round((performance.now() - beganAtMs) / 1000),
        seed,
      };
    } finally {
      await run.server?.kill();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Life {
  readonly seed: number;
  readonly gigabytes: number;
  readonly disk: LoopDisk;
  readonly problems: string[];
  readonly run: { server: NightServer | null; mostMib: number };
}

async function runLife({ seed, gigabytes, disk, problems, run }: Life): Promise<Record<string, number>> {
  const dataDirectory = join(disk.path, "data");
  const content = createBigContents(seed, "rows").content(0, gigabytes * 1e9);
  const start = async (): Promise<NightServer> => (run.server = await startNightServer({ dataDirectory, command: serverCommand }));
  const noteMemory = (server: NightServer): number => (run.mostMib = Math.max(run.mostMib, residentMib(server.pid).most));
  const timed = async <Result>(action: () => Promise<Result>): Promise<{ readonly result: Result; readonly seconds: number }> => {
    const beganAtMs = performance.now();
    const result = await action();
    return { result, seconds: Math.max(1, Math.round((performance.now() - beganAtMs) / 1000)) };
  };
  let server = await start();
  const usedBefore = disk.usedBytes();
  await cutUpload(server, content, dataDirectory, problems);
  const up = await timed(() => upload(server, content));
  if (up.result.status !== 201) problems.push(`the upload was answered ${up.result.status ?? "not at all"}`);
  const usedFull = disk.usedBytes();
  noteMemory(server);
  await compareHead(server, content, up.result.sha256, problems);
  const down = await timed(() =>
    downloadWithKills(content, {
      order: { url: server.url, path, headers: { ...authorization, "if-range": `"${up.result.sha256}"` }, seed, sizeBytes: content.sizeBytes, fromBlock: 0 },
      killServer: async () => {
        noteMemory(server);
        await server.kill();
        server = await start();
        return server.url;
      },
      problems,
    }),
  );
  await readEdges(server, content, problems);
  const deleted = await transfer({ url: server.url, method: "DELETE", path, headers: authorization, idleMs });
  if (deleted.status !== 204) problems.push(`the delete was answered ${deleted.status ?? "not at all"}`);
  const back = await timed(() => awaitSpace(disk, usedBefore + (usedFull - usedBefore) * leftOverShare, problems));
  noteMemory(server);
  const exitCode = await server.stop();
  if (exitCode !== 0) problems.push(`SIGTERM ended the server with ${exitCode}`);
  problems.push(...server.faults());
  const verified = await verifyData(dataDirectory);
  if (!verified.ok || verified.blobs > 0) problems.push(`after the delete: ${JSON.stringify(verified).slice(0, 1000)}`);
  return {
    bytes: content.sizeBytes,
    uploadSeconds: up.seconds,
    uploadMbPerSecond: Math.round(content.sizeBytes / 1e6 / up.seconds),
    downloadSeconds: down.seconds,
    downloadMbPerSecond: Math.round(content.sizeBytes / 1e6 / down.seconds),
    downloadsResumed: down.result,
    diskUsedGb: Math.round((usedFull - usedBefore) / 1e8) / 10,
    spaceBackSeconds: back.seconds,
    leftOnDiskMb: Math.round((disk.usedBytes() - usedBefore) / 1e6),
  };
}

async function upload(server: NightServer, content: BigContent): Promise<{ readonly status: number | null; readonly sha256: string }> {
  const hash = new Bun.CryptoHasher("sha256");
  function* blocks(): Iterable<Uint8Array> {
    for (let number = 0; number < content.blocks; number += 1) {
      const block = content.block(number);
      hash.update(block);
      yield block;
    }
  }
  const { status } = await transfer({ url: server.url, method: "PUT", path, headers: authorization, body: { sizeBytes: content.sizeBytes, chunks: blocks() }, idleMs });
  return { status, sha256: hash.digest("hex") };
}

/** An upload whose client goes away after a hundredth leaves nothing. */
async function cutUpload(server: NightServer, content: BigContent, dataDirectory: string, problems: string[]): Promise<void> {
  const cutAt = Math.ceil(content.blocks / 100);
  function* blocks(): Iterable<Uint8Array> {
    for (let number = 0; number < cutAt; number += 1) yield content.block(number);
    throw new Error("the client is gone");
  }
  try {
    await transfer({ url: server.url, method: "PUT", path, headers: authorization, body: { sizeBytes: content.sizeBytes, chunks: blocks() }, idleMs });
  } catch {
    // As planned.
  }
  const { status } = await transfer({ url: server.url, method: "GET", path, headers: authorization, idleMs });
  if (status !== 404) problems.push(`after a cut upload the file is answered with ${status ?? "nothing"}`);
  const deadlineMs = performance.now() + stagingDeadlineMs;
  const staged = (): number => readdirSync(join(dataDirectory, "staging")).length;
  while (staged() > 0 && performance.now() < deadlineMs) await delay(100);
  if (staged() > 0) problems.push("a cut upload stays in staging");
}

async function compareHead(server: NightServer, content: BigContent, sha256: string, problems: string[]): Promise<void> {
  const { head } = await transfer({ url: server.url, method: "HEAD", path, headers: authorization, idleMs });
  const told = /^x-checksum-sha256: *(\S+)/im.exec(head)?.[1];
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? -1);
  if (told !== sha256 || length !== content.sizeBytes) problems.push(`HEAD tells ${length} bytes with the hash ${told ?? "none"}, sent were ${content.sizeBytes} with ${sha256}`);
}

/** Kills the client after a third and the server after two thirds; gives how often the download was resumed. */
async function downloadWithKills(
  content: BigContent,
  plan: { readonly order: DownloadOrder; readonly killServer: () => Promise<string>; readonly problems: string[] },
): Promise<number> {
  let { order } = plan;
  let resumed = 0;
  const killClientAt = Math.floor(content.blocks / 3);
  const killServerAt = Math.floor((content.blocks * 2) / 3);
  for (;;) {
    const from = order.fromBlock;
    const { exitCode, verified, newUrl } = await runClient(order, async (block, child) => {
      if (from < killClientAt && block >= killClientAt) child.kill("SIGKILL");
      else if (from >= killClientAt && from < killServerAt && block >= killServerAt) return plan.killServer();
      return null;
    });
    if (exitCode === 0) return resumed;
    if (exitCode === 1 || (verified === from && resumed > 5)) {
      plan.problems.push(`the download is wrong or stands still at block ${verified} of ${content.blocks}`);
      return resumed;
    }
    resumed += 1;
    order = { ...order, fromBlock: verified, url: newUrl ?? order.url };
  }
}

/** Runs one client to its end; `watch` is told how far it has come, and gives another address of the server when it has one. */
async function runClient(order: DownloadOrder, watch: (block: number, child: { kill(signal: "SIGKILL"): void }) => Promise<string | null>) {
  const child = Bun.spawn([...bun, join(import.meta.dir, "large-download.ts"), JSON.stringify(order)], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  let verified = order.fromBlock;
  let newUrl: string | null = null;
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) verified = Number(line);
    newUrl ??= await watch(verified, child);
  }
  return { exitCode: await child.exited, verified, newUrl };
}

/** Ranges whose ends lie around the numbers at which counters overflow. */
async function readEdges(server: NightServer, content: BigContent, problems: string[]): Promise<void> {
  for (const edge of [2 ** 31, 2 ** 32, 2 ** 33, content.sizeBytes]) {
    if (edge > content.sizeBytes) continue;
    const [from, to] = [edge - blockBytes - 1, Math.min(edge + 1, content.sizeBytes)];
    const parts: Buffer[] = [];
    const answer = await transfer({ url: server.url, method: "GET", path, headers: { ...authorization, range: `bytes=${from}-${to - 1}` }, onData: (chunk) => void parts.push(chunk), idleMs });
    if (answer.status !== 206 || !Buffer.concat(parts).equals(partOf(content, from, to))) problems.push(`the range ${from}-${to - 1} was answered ${answer.status ?? "not at all"} or with wrong bytes`);
  }
}

async function awaitSpace(disk: LoopDisk, most: number, problems: string[]): Promise<void> {
  const deadlineMs = performance.now() + collectionDeadlineMs;
  while (disk.usedBytes() > most) {
    if (performance.now() > deadlineMs) return void problems.push(`${disk.usedBytes()} bytes are still used after the delete`);
    await delay(2000);
  }
}
