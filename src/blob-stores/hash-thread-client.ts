import type { StorageName } from "../core/domain.ts";
import type { HashAlgorithm, HashOptions } from "../core/ports/blob-store.ts";
import type { HashAnswer, HashFailure, HashMessage } from "./hash-thread.ts";
import { readingError } from "./reading-error.ts";

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

/** What a failed reading by the thread says of a stored object. */
export function hashingError(storageName: StorageName, cause: unknown): Error {
  return readingError(storageName, cause instanceof HashError ? cause.code : "", cause);
}
