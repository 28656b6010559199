import { RegistryError } from "../core/registry-error.ts";
import type { CheckAnswer, CheckRequest } from "./check-thread.ts";

/**
 * Looks through a SQLite file in a thread of its own, which reads for as long as the file is large; what it finds wrong.
 * Throws `storage_busy` at once when the signal is aborted: the thread cannot be cut short within the engine, it is left
 * to itself, and keeps no process from ending.
 */
export function checkInThread(path: string, signal: AbortSignal): Promise<readonly string[]> {
  if (signal.aborted) return Promise.reject(givenUp());
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./check-thread.ts", import.meta.url).href);
    const end = (): void => {
      signal.removeEventListener("abort", onAbort);
      worker.unref();
      worker.terminate();
    };
    const onAbort = (): void => {
      end();
      reject(givenUp());
    };
    signal.addEventListener("abort", onAbort);
    worker.onmessage = ({ data }: MessageEvent<CheckAnswer>) => {
      end();
      if ("problems" in data) resolve(data.problems);
      else reject(new Error(`the records could not be checked: ${data.failure}`));
    };
    worker.onerror = (event) => {
      end();
      reject(new Error(`the thread that checks the records has failed: ${event.message}`));
    };
    worker.postMessage({ path } satisfies CheckRequest);
  });
}

function givenUp(): RegistryError {
  return new RegistryError("storage_busy", "the check of the records was given up");
}
