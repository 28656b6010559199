import type { HashAlgorithm } from "../core/ports/blob-store.ts";
import type { HashAnswer, HashRequest } from "./hash-thread.ts";

type Digests = Partial<Record<HashAlgorithm, string>>;

interface Waiting {
  readonly resolve: (digests: Digests) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that reads and hashes files, started at its first use. All calls may run at the same time. */
export function createHashThread() {
  let worker: Worker | null = null;
  let nextId = 1;
  const waiting = new Map<number, Waiting>();

  const failAll = (message: string): void => {
    for (const call of waiting.values()) call.reject(new Error(message));
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
      else call?.reject(new Error(answer.failure));
    };
    started.onerror = (event) => failAll(`the hashing thread has failed: ${event.message}`);
    return started;
  };
  return {
    /** Rejects when the file cannot be read. */
    hash: (path: string, algorithms: readonly HashAlgorithm[]): Promise<Digests> =>
      new Promise((resolve, reject) => {
        worker ??= start();
        const request: HashRequest = { id: nextId++, path, algorithms };
        waiting.set(request.id, { resolve, reject });
        worker.postMessage(request);
      }),
    close: async (): Promise<void> => {
      worker?.terminate();
      failAll("the hashing thread is closed");
    },
  };
}
