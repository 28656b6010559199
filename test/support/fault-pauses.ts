import type { BlobStore } from "../../src/core/ports/blob-store.ts";
import type { Random } from "./fault-random.ts";

const pausedShare = 0.3;
const releaseEveryMs = 3;

/** Holds steps of a store back at random moments, until others have had time to get in between. */
export interface Pauses {
  /** A store whose `place` and `remove` may be held back before and after they take effect. */
  around(blobs: BlobStore): BlobStore;
  /** How many steps were held back so far. */
  held(): number;
  /** Lets everything pass from now on. */
  end(): void;
}

/** One step held back goes on every few milliseconds, in random order. */
export function createPauses(random: Random): Pauses {
  const waiting: (() => void)[] = [];
  let held = 0;
  let isEnded = false;
  const pass = async (): Promise<void> => {
    if (isEnded || random.fraction() >= pausedShare) return;
    held += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
  };
  const release = (): void => {
    const [next] = waiting.splice(random.whole(0, waiting.length), 1);
    next?.();
  };
  const timer = setInterval(release, releaseEveryMs);
  return {
    around: (blobs) => ({
      ...blobs,
      place: async (staged) => {
        await pass();
        await blobs.place(staged);
        await pass();
      },
      remove: async (storageName) => {
        await pass();
        await blobs.remove(storageName);
        await pass();
      },
    }),
    held: () => held,
    end: () => {
      isEnded = true;
      clearInterval(timer);
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
