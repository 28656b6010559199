import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { setPriority } from "node:os";
import type { HashAlgorithm } from "../core/ports/blob-store.ts";
import { codeOf } from "./disk-error.ts";

/** A file to hash, or one that nobody waits for any more (which is answered no more). */
export type HashMessage = HashRequest | { readonly kind: "give_up"; readonly id: number };

interface HashRequest {
  readonly kind: "hash";
  readonly id: number;
  readonly path: string;
  readonly algorithms: readonly HashAlgorithm[];
  /** What all requests that name a bound may read together in a second; null for as fast as it goes. */
  readonly bytesPerSecond: number | null;
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
/** A slow reading takes no more in one read than it may in this part of a second. */
const readsPerSecond = 8;
/** What opening a file counts for at least. */
const leastBytesPerFile = 64 * 1024;
/** Follows no symbolic link, and does not wait for the other end of a pipe that stands in a file's place. */
const plainFileOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface Job {
  readonly request: HashRequest;
  readonly descriptor: number;
  readonly hashers: ReadonlyMap<HashAlgorithm, Bun.CryptoHasher>;
  isBegun: boolean;
}

declare const self: Worker;

/** Of 19; 0 is what everything else runs with. */
const niceness = 10;

giveWay();

const buffer = new Uint8Array(readBytes);
let jobs: Job[] = [];
/** Before this time no reading with a bound goes on, in milliseconds of `performance.now()`. */
let boundedFromMs = 0;
let nextTurn: { cancel(): void } | null = null;

self.onmessage = ({ data }: MessageEvent<HashMessage>) => {
  if (data.kind === "hash") begin(data);
  else giveUp(data.id);
};

/**
 * Where cores are scarce, requests come before digests that nobody waits for yet. Linux keeps a priority for each thread, and
 * tells its number there; elsewhere the thread is like any other.
 */
function giveWay(): void {
  try {
    setPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1)), niceness);
  } catch {
    // It would only have been slower.
  }
}

function begin(request: HashRequest): void {
  let descriptor: number | null = null;
  try {
    const hashers = new Map(request.algorithms.map((name) => [name, new Bun.CryptoHasher(name)] as const));
    descriptor = openSync(request.path, plainFileOnly);
    if (!fstatSync(descriptor).isFile()) {
      closeSync(descriptor);
      return answer({ id: request.id, failure: { code: "not_plain", message: "it is no plain file" } });
    }
    jobs.push({ request, descriptor, hashers, isBegun: false });
    plan();
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    answer({ id: request.id, failure: describe(error) });
  }
}

function giveUp(id: number): void {
  const job = jobs.find(({ request }) => request.id === id);
  if (job === undefined) return;
  jobs = jobs.filter((other) => other !== job);
  closeSync(job.descriptor);
}

/** Sees to it that the next turn is taken as soon as one of the files may be read. */
function plan(): void {
  nextTurn?.cancel();
  nextTurn = null;
  if (jobs.length === 0) return;
  const waitMs = jobs.some((job) => job.request.bytesPerSecond === null) ? 0 : boundedFromMs - performance.now();
  if (waitMs <= 0) {
    const timer = setImmediate(takeTurn);
    nextTurn = { cancel: () => clearImmediate(timer) };
  } else {
    const timer = setTimeout(takeTurn, Math.ceil(waitMs));
    nextTurn = { cancel: () => clearTimeout(timer) };
  }
}

/** One file after the other; one that has to wait is passed over. */
function takeTurn(): void {
  nextTurn = null;
  const isFree = performance.now() >= boundedFromMs;
  const job = jobs.find(({ request }) => isFree || request.bytesPerSecond === null);
  if (job !== undefined) {
    jobs = jobs.filter((other) => other !== job);
    const result = readSome(job);
    if (result === "more") jobs.push(job);
    else {
      closeSync(job.descriptor);
      answer({ id: job.request.id, ...result });
    }
  }
  plan();
}

/** The digests at the end of the file, `more` before it. */
function readSome(job: Job): "more" | { digests: Partial<Record<HashAlgorithm, string>> } | { failure: HashFailure } {
  const { bytesPerSecond } = job.request;
  const [reads, size] =
    bytesPerSecond === null ? [readsPerTurn, readBytes] : [1, Math.max(1, Math.min(readBytes, Math.floor(bytesPerSecond / readsPerSecond)))];
  try {
    for (let read = 0; read < reads; read += 1) {
      const count = readSync(job.descriptor, buffer, 0, size, null);
      if (bytesPerSecond !== null) hold(job, count, bytesPerSecond);
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

/** Puts off the next reading with a bound for as long as what was read is worth. */
function hold(job: Job, count: number, bytesPerSecond: number): void {
  const counted = job.isBegun ? count : Math.max(count, Math.min(leastBytesPerFile, bytesPerSecond));
  job.isBegun = true;
  boundedFromMs = Math.max(boundedFromMs, performance.now()) + (counted / bytesPerSecond) * 1000;
}

function describe(error: unknown): HashFailure {
  return { code: codeOf(error), message: String(error) };
}

function answer(message: HashAnswer): void {
  self.postMessage(message);
}
