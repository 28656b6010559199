import type { BlobStore } from "../../src/core/ports/blob-store.ts";
import type { Random } from "./fault-random.ts";

/** How often a step is held back. Collection removes one thing after the other: held back too often, it meets nobody. */
const pausedShare = { place: 0.3, remove: 0.04 } as const;
/** Of the steps held back, how many for so long that collection comes by more than once. */
const longShare = 0.1;
const shortMs = { from: 0, below: 30 } as const;
const longMs = { from: 300, below: 900 } as const;

/** Holds steps of a store back at random moments, until others have had time to get in between. */
export interface Pauses {
  /** A store whose `place` and `remove` may be held back before and after they take effect. */
  around(blobs: BlobStore): BlobStore;
  /** How many steps were held back so far. */
  held(): number;
  /** Lets everything pass from now on. */
  end(): void;
}

export function createPauses(random: Random): Pauses {
  const waiting = new Set<() => void>();
  let held = 0;
  let isEnded = false;
  const pass = async (step: keyof typeof pausedShare): Promise<void> => {
    if (isEnded || random.fraction() >= pausedShare[step]) return;
    held += 1;
    const { from, below } = random.fraction() < longShare ? longMs : shortMs;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, random.whole(from, below));
    waiting.add(resolve);
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
  };
  return {
    around: (blobs) => ({
      ...blobs,
      place: async (staged) => {
        await pass("place");
        await blobs.place(staged);
        await pass("place");
      },
      remove: async (storageName) => {
        await pass("remove");
        await blobs.remove(storageName);
        await pass("remove");
      },
    }),
    held: () => held,
    end: () => {
      isEnded = true;
      for (const resolve of waiting) resolve();
    },
  };
}
