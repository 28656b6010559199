import { closeSync, constants, openSync, readSync } from "node:fs";
import type { HashAlgorithm } from "../core/ports/blob-store.ts";

/** A file to hash. */
export interface HashRequest {
  readonly id: number;
  readonly path: string;
  readonly algorithms: readonly HashAlgorithm[];
}

/** Its digests, lower-case hexadecimal, or why it could not be read. */
export type HashAnswer =
  | { readonly id: number; readonly digests: Partial<Record<HashAlgorithm, string>> }
  | { readonly id: number; readonly failure: string };

/** Read at once; a turn of one file takes this many reads, so that a small file never waits for all of a large one. */
const readBytes = 1024 * 1024;
const readsPerTurn = 16;
/** Follows no symbolic link, and does not wait for the other end of a pipe that stands in a file's place. */
const plainFileOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface Job {
  readonly request: HashRequest;
  readonly descriptor: number;
  readonly hashers: ReadonlyMap<HashAlgorithm, Bun.CryptoHasher>;
}

declare const self: Worker;

const buffer = new Uint8Array(readBytes);
const jobs: Job[] = [];

self.onmessage = (event: MessageEvent<HashRequest>) => {
  const request = event.data;
  try {
    const hashers = new Map(request.algorithms.map((name) => [name, new Bun.CryptoHasher(name)] as const));
    jobs.push({ request, descriptor: openSync(request.path, plainFileOnly), hashers });
    if (jobs.length === 1) setImmediate(takeTurn);
  } catch (error) {
    answer({ id: request.id, failure: String(error) });
  }
};

function takeTurn(): void {
  const job = jobs.shift();
  if (job === undefined) return;
  try {
    if (readSome(job)) jobs.push(job);
    else {
      closeSync(job.descriptor);
      const digests: Partial<Record<HashAlgorithm, string>> = {};
      for (const [name, hasher] of job.hashers) digests[name] = hasher.digest("hex");
      answer({ id: job.request.id, digests });
    }
  } catch (error) {
    closeSync(job.descriptor);
    answer({ id: job.request.id, failure: String(error) });
  }
  if (jobs.length > 0) setImmediate(takeTurn);
}

/** False at the end of the file. */
function readSome(job: Job): boolean {
  for (let reads = 0; reads < readsPerTurn; reads += 1) {
    const count = readSync(job.descriptor, buffer, 0, readBytes, null);
    if (count === 0) return false;
    for (const hasher of job.hashers.values()) hasher.update(buffer.subarray(0, count));
  }
  return true;
}

function answer(message: HashAnswer): void {
  self.postMessage(message);
}
