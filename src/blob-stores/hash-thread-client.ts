import type { StorageName } from "../core/domain.ts";
import type { HashAlgorithm, HashOptions } from "../core/ports/blob-store.ts";
import { RegistryError } from "../core/registry-error.ts";
import type { HashAnswer, HashFailure, HashMessage } from "./hash-thread.ts";

type Digests = Partial<Record<HashAlgorithm, string>>;

interface Waiting {
  readonly resolve: (digests: Digests) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that reads and hashes files, started at its first use. All calls may run at the same time. */
export function createHashThread() {
  let worker: Worker | null = null;
  let nextId = 1;
  let isClosed = false;
  const waiting = new Map<number, Waiting>();

  const failAll = (failure: HashFailure): void => {
    for (const call of waiting.values()) call.reject(new HashError(failure));
    waiting.clear();
    worker = null;
  };
  const start = (): Worker => {
    const started = new Worker(new URL("./hash-thread.ts", import.meta.url).href);
    started.onmessage = (event: MessageEvent<HashAnswer>) => {
      const answer = event.data;
      const call = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("digests" in answer) call?.resolve(answer.digests);
      else call?.reject(new HashError(answer.failure));
    };
    started.onerror = (event) => failAll({ code: "", message: `the hashing thread has failed: ${event.message}` });
    return started;
  };
  return {
    /** Rejects with a HashError when the file cannot be read, or at once when the signal is aborted. */
    hash: (path: string, algorithms: readonly HashAlgorithm[], options: HashOptions = {}): Promise<Digests> => {
      if (isClosed) return Promise.reject(new HashError(closed));
      if (options.signal?.aborted === true) return Promise.reject(new HashError(givenUp));
      const { promise, resolve, reject } = Promise.withResolvers<Digests>();
      const id = nextId++;
      const tell = (message: HashMessage): void => (worker ??= start()).postMessage(message);
      const giveUp = (): void => {
        if (!waiting.delete(id)) return;
        if (!isClosed) tell({ kind: "give_up", id });
        reject(new HashError(givenUp));
      };
      waiting.set(id, { resolve, reject });
      options.signal?.addEventListener("abort", giveUp);
      tell({ kind: "hash", id, path, algorithms, bytesPerSecond: options.bytesPerSecond ?? null });
      return promise.finally(() => options.signal?.removeEventListener("abort", giveUp));
    },
    /** Ends the thread at once; files that are being read are given up. */
    close: async (): Promise<void> => {
      isClosed = true;
      worker?.terminate();
      failAll(closed);
    },
  };
}

const givenUp: HashFailure = { code: "given_up", message: "the reading was given up" };
const closed: HashFailure = { code: "closed", message: "the hashing thread is closed" };

/** A file that could not be read to its end. */
class HashError extends Error {
  readonly code: string;

  constructor(failure: HashFailure) {
    super(failure.message);
    this.name = "HashError";
    this.code = failure.code;
  }
}

/** The file is not there (its folder may be missing too), or something else stands in its place. */
const gone: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EISDIR", "not_plain"]);
/** Nothing is known of the file: the system lacks something, or nobody reads any more. */
const passing: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EINTR", "closed", "given_up"]);

/**
 * What a failed reading says of a stored object: `blob_damaged` only where its bytes are surely not there; a passing
 * lack is `storage_busy`; anything else (no right to read, an input error) is an error without a code.
 */
export function hashingError(storageName: StorageName, cause: unknown): Error {
  const code = cause instanceof HashError ? cause.code : "";
  const subject = storageName;
  if (gone.has(code)) {
    const what = code === "ENOENT" || code === "ENOTDIR" ? "its bytes are missing" : "something that is no plain file stands in its place";
    return new RegistryError("blob_damaged", `the stored object ${storageName} is damaged: ${what}`, { subject, cause });
  }
  if (passing.has(code))
    return new RegistryError("storage_busy", `the stored object ${storageName} cannot be read now (${code})`, { subject, cause });
  return new Error(`the stored object ${storageName} cannot be read (${code || "unknown error"})`, { cause });
}
