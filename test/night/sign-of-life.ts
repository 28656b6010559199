import type { SignAnswer, SignQuestion, SignsOfLife } from "./sign-of-life-thread.ts";

/** A watch over how long a server takes to say that it is alive: how late its event loop is, and what the system adds. */
export interface LifeWatch extends Disposable {
  /** Ends it, when the last answer has come; only once. */
  end(): Promise<SignsOfLife>;
}

/**
 * Asks ten times a second, each time on a new connection, from a thread of its own: beside a load in the same thread it
 * would be the client's own lateness that is measured.
 */
export function watchLife(url: string): LifeWatch {
  const thread = new Worker(new URL("./sign-of-life-thread.ts", import.meta.url).href);
  const answer = Promise.withResolvers<SignAnswer>();
  thread.onmessage = ({ data }: MessageEvent<SignAnswer>) => answer.resolve(data);
  thread.onerror = ({ message }) => answer.resolve({ failure: message });
  const tell = (question: SignQuestion): void => thread.postMessage(question);
  tell({ kind: "begin", url });
  return {
    end: async () => {
      tell({ kind: "end" });
      const signs = await answer.promise;
      if ("failure" in signs) throw new Error(`the thread that asks for signs of life has failed: ${signs.failure}`);
      return signs;
    },
    [Symbol.dispose]: () => void thread.terminate(),
  };
}
