import type { Clock } from "./ports/clock.ts";
import type { TokenStore } from "./ports/token-store.ts";

/** Notes when tokens were last used, in memory, written in batches; a crash loses at most what waits. */
export interface TokenUse {
  note(tokenId: number): void;
  flush(): Promise<void>;
}

export function createTokenUse(store: TokenStore, clock: Clock): TokenUse {
  const lastUse = new Map<number, number>();
  return {
    note: (tokenId) => void lastUse.set(tokenId, clock.nowMs()),
    flush: async () => {
      if (lastUse.size === 0) return;
      const uses = [...lastUse].map(([tokenId, atMs]) => ({ tokenId, atMs }));
      lastUse.clear();
      await store.touch(uses);
    },
  };
}
