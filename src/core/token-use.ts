import type { Clock } from "./ports/clock.ts";
import type { TokenStore } from "./ports/token-store.ts";

/** Notes when tokens were last used, in memory, written in batches; a crash loses at most what waits. */
export interface TokenUse {
  note(tokenId: number): void;
  /** Writes what waits; on failure it goes on waiting. */
  flush(): Promise<void>;
}

export function createTokenUse(store: TokenStore, clock: Clock): TokenUse {
  let lastUse = new Map<number, number>();
  return {
    note: (tokenId) => void lastUse.set(tokenId, clock.nowMs()),
    flush: async () => {
      if (lastUse.size === 0) return;
      const batch = lastUse;
      lastUse = new Map();
      try {
        await store.touch([...batch].map(([tokenId, atMs]) => ({ tokenId, atMs })));
      } catch (error) {
        // What was noted meanwhile is later.
        lastUse = new Map([...batch, ...lastUse]);
        throw error;
      }
    },
  };
}
