import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { HashAlgorithm } from "../core/ports/blob-store.ts";

/** A file to hash. */
export interface HashRequest {
  readonly id: number;
  readonly path: string;
  readonly algorithms: readonly HashAlgorithm[];
}

/** Why a file could not be read: the system's own code (`EMFILE`), or `not_plain` for what is no plain file. */
export interface HashFailure {
  readonly code: string;
  readonly message: string;
}

/** Its digests, lower-case hexadecimal, or why it could not be read. */
export type HashAnswer =
  | { readonly id: number; readonly digests: Partial<Record<HashAlgorithm, string>> }
  | { readonly id: number; readonly failure: HashFailure };

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
  let descriptor: number | null = null;
  try {
    const hashers = new Map(request.algorithms.map((name) => [name, new Bun.CryptoHasher(name)] as const));
    descriptor = openSync(request.path, plainFileOnly);
    if (!fstatSync(descriptor).isFile()) {
      closeSync(descriptor);
      return answer({ id: request.id, failure: { code: "not_plain", message: "it is no plain file" } });
    }
    jobs.push({ request, descriptor, hashers });
    if (jobs.length === 1) setImmediate(takeTurn);
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    answer({ id: request.id, failure: describe(error) });
  }
};

function takeTurn(): void {
  const job = jobs.shift();
  if (job === undefined) return;
  const result = readSome(job);
  if (result === "more") jobs.push(job);
  else {
    closeSync(job.descriptor);
    answer({ id: job.request.id, ...result });
  }
  if (jobs.length > 0) setImmediate(takeTurn);
}

/** The digests at the end of the file, `more` before it. */
function readSome(job: Job): "more" | { digests: Partial<Record<HashAlgorithm, string>> } | { failure: HashFailure } {
  try {
    for (let reads = 0; reads < readsPerTurn; reads += 1) {
      const count = readSync(job.descriptor, buffer, 0, readBytes, null);
      if (count === 0) {
        const digests: Partial<Record<HashAlgorithm, string>> = {};
        for (const [name, hasher] of job.hashers) digests[name] = hasher.digest("hex");
        return { digests };
      }
      for (const hasher of job.hashers.values()) hasher.update(buffer.subarray(0, count));
    }
    return "more";
  } catch (error) {
    return { failure: describe(error) };
  }
}

function describe(error: unknown): HashFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return { code, message: String(error) };
}

function answer(message: HashAnswer): void {
  self.postMessage(message);
}
