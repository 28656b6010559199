import { randomBytes } from "node:crypto";
import { mkdir, open, rename, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { BareCommitAnswer, BareCommitTask } from "./bare-commits.ts";
import { answerSpec } from "./load-program.ts";

/**
 * What a durable store of small files costs in this runtime when nothing but the disk's work is done: no HTTP, no hash, no
 * rights, one table. So many files in flight: write, sync, rename into one of 256 folders, sync that folder, and a commit
 * with a sync that is shared by all that wait for it, in a thread of its own.
 */
export interface BareWritesSpec {
  readonly folder: string;
  readonly inFlight: number;
  readonly sizeBytes: number;
  readonly seconds: number;
}

export interface BareWritesResult {
  readonly files: number;
  readonly seconds: number;
  readonly cpuMicroseconds: number;
}

async function run({ folder, inFlight, sizeBytes, seconds }: BareWritesSpec): Promise<BareWritesResult> {
  const shards = await openShards(folder);
  const commit = startCommits(join(folder, "bare.db"));
  const content = randomBytes(sizeBytes);
  const before = process.cpuUsage();
  const beganAtMs = performance.now();
  const endsAtMs = beganAtMs + seconds * 1000;
  let files = 0;
  const writer = async (): Promise<void> => {
    while (performance.now() < endsAtMs) {
      const number = files++;
      await store(folder, shards[number % shards.length], content, String(number));
      await commit(String(number));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, writer));
  const { user, system } = process.cpuUsage(before);
  return { files, seconds: (performance.now() - beganAtMs) / 1000, cpuMicroseconds: user + system };
}

interface Shard {
  readonly path: string;
  readonly handle: FileHandle;
}

async function openShards(folder: string): Promise<readonly Shard[]> {
  await mkdir(join(folder, "staging"), { recursive: true });
  const shards: Shard[] = [];
  for (let number = 0; number < 256; number += 1) {
    const path = join(folder, number.toString(16).padStart(2, "0"));
    await mkdir(path);
    shards.push({ path, handle: await open(path, "r") });
  }
  return shards;
}

async function store(folder: string, shard: Shard | undefined, content: Uint8Array, name: string): Promise<void> {
  if (shard === undefined) throw new Error("there is no folder to store in");
  const staged = join(folder, "staging", name);
  const handle = await open(staged, "wx", 0o600);
  await handle.write(content, 0, content.byteLength);
  await handle.sync();
  await handle.close();
  await rename(staged, join(shard.path, name));
  await shard.handle.sync();
}

/** Gives a function that returns when its row is committed; rows that wait together share one commit. */
function startCommits(path: string): (name: string) => Promise<void> {
  const worker = new Worker(new URL("./bare-commits.ts", import.meta.url).href);
  let waiting: { readonly name: string; readonly resolve: () => void }[] = [];
  let committing: readonly { readonly resolve: () => void }[] = [];
  let isBusy = false;
  const ask = (task: BareCommitTask): void => worker.postMessage(task);
  const commitWaiting = (): void => {
    if (isBusy || waiting.length === 0) return;
    isBusy = true;
    committing = waiting;
    ask({ path, names: waiting.map(({ name }) => name) });
    waiting = [];
  };
  worker.onmessage = (_event: MessageEvent<BareCommitAnswer>) => {
    isBusy = false;
    for (const { resolve } of committing) resolve();
    commitWaiting();
  };
  worker.onerror = (event) => {
    throw new Error(event.message);
  };
  return (name) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ name, resolve });
    commitWaiting();
    return promise;
  };
}

await answerSpec(run);
