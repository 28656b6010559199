/** Time that passes only when nothing else can happen, in steps that a seed decides. */
export interface VirtualTime {
  /** Milliseconds since its beginning. */
  nowMs(): number;
  /** Returns later, by a time that the seed and the key decide; equal keys wait equally long in every run. */
  pause(key: string): Promise<void>;
  /** Returns when so much time has passed. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until the work is done. Throws when the work waits for something that never comes. */
  run(work: Promise<unknown>): Promise<void>;
}

interface Waiting {
  readonly dueMs: number;
  readonly resume: () => void;
}

/** Most pauses are short, some so long that many others get in between. */
const spans = [3, 10, 40, 400] as const;

export function createVirtualTime(seed: number): VirtualTime {
  const waiting: Waiting[] = [];
  let nowMs = 0;
  const pass = (ms: number): Promise<void> => new Promise((resume) => waiting.push({ dueMs: nowMs + ms, resume }));
  return {
    nowMs: () => Math.floor(nowMs),
    pass,
    pause: (key) => {
      const lot = Bun.hash.xxHash32(key, seed);
      const span = spans[lot % 16 < 8 ? 0 : lot % 16 < 13 ? 1 : lot % 16 < 15 ? 2 : 3];
      return pass(1 + (span * (lot >>> 4)) / 0x1000_0000);
    },
    run: async (work) => {
      let isDone = false;
      const finished = work.finally(() => {
        isDone = true;
      });
      finished.catch(() => undefined);
      for (;;) {
        // Everything that can go on without time passing has done so when the queue of the runtime comes to this.
        await new Promise((resolve) => setImmediate(resolve));
        if (isDone) break;
        const next = waiting.reduce<Waiting | null>((first, one) => (first === null || one.dueMs < first.dueMs ? one : first), null);
        if (next === null) throw new Error("nothing waits for time to pass, and the work is not done");
        waiting.splice(waiting.indexOf(next), 1);
        nowMs = next.dueMs;
        next.resume();
      }
      await finished;
    },
  };
}
