import { RegistryError } from "../core/registry-error.ts";
import type { Query, QueryName, QueryResult } from "./queries.ts";
import type { ReaderAnswer, ReaderMessage } from "./reader-thread.ts";

/** Queries waiting at most; beyond, callers are told `storage_busy`. */
const queueLimit = 500;

interface Waiting {
  readonly name: QueryName;
  readonly values: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread that answers queries one after another, in the order they were asked, on a connection of its own; started at
 * its first use. One that is asked after a command has returned sees that command.
 */
export function createReaderThread(path: string): { readonly query: Query; close(): Promise<void> } {
  const waiting: Waiting[] = [];
  let worker: Worker | null = null;
  let running: Waiting | null = null;
  let isClosed = false;

  const next = (): void => {
    if (running !== null) return;
    running = waiting.shift() ?? null;
    if (running === null) return;
    worker ??= start();
    const { name, values } = running;
    worker.postMessage({ kind: "query", path, name, values } satisfies ReaderMessage);
  };
  const settle = (end: (call: Waiting) => void): void => {
    const call = running;
    running = null;
    if (call !== null) end(call);
    next();
  };
  const start = (): Worker => {
    const started = new Worker(new URL("./reader-thread.ts", import.meta.url).href);
    started.onmessage = ({ data }: MessageEvent<ReaderAnswer>) =>
      settle((call) => (data.ok ? call.resolve(data.value) : call.reject(toError(data))));
    started.onerror = (event) => {
      // The next query starts another one.
      started.terminate();
      worker = null;
      settle((call) => call.reject(new Error(`the thread that reads the records has failed: ${event.message}`)));
    };
    return started;
  };
  const query: Query = (name, ...values) => {
    if (isClosed) return Promise.reject(closed());
    if (waiting.length >= queueLimit)
      return Promise.reject(new RegistryError("storage_busy", "too many lists wait to be read: try again later"));
    return new Promise<QueryResult<typeof name>>((resolve, reject) => {
      // What comes back is this query's own result: the thread runs it by the same name.
      waiting.push({ name, values, resolve: resolve as (value: unknown) => void, reject });
      next();
    });
  };
  const finishRunning = async (): Promise<void> => {
    const call = running;
    if (call === null) return;
    await new Promise<void>((resolve) => {
      running = {
        ...call,
        resolve: (value) => resolve(call.resolve(value)),
        reject: (error) => resolve(call.reject(error)),
      };
    });
  };
  return {
    query,
    close: async () => {
      isClosed = true;
      for (const call of waiting.splice(0)) call.reject(closed());
      await finishRunning();
      if (worker !== null) await closeWorker(worker);
      worker = null;
    },
  };
}

/** Has the file closed before the thread ends. */
async function closeWorker(worker: Worker): Promise<void> {
  await new Promise<void>((resolve) => {
    worker.onmessage = () => resolve();
    worker.onerror = () => resolve();
    worker.postMessage({ kind: "close" } satisfies ReaderMessage);
  });
  worker.terminate();
}

function closed(): RegistryError {
  return new RegistryError("storage_busy", "the store is closed");
}

/** As the engine threw it in the other thread. */
function toError(failure: ReaderAnswer & { ok: false }): Error {
  if (failure.code?.startsWith("SQLITE_BUSY") === true)
    return new RegistryError("storage_busy", `the records could not be read: ${failure.message}`);
  return Object.assign(new Error(failure.message), failure.code === null ? {} : { code: failure.code });
}
