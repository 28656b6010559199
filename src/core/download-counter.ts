import type { FileRevision } from "./domain.ts";
import type { Clock } from "./ports/clock.ts";
import type { DownloadCount, PublishStore } from "./ports/publish-store.ts";

const dayMs = 86_400_000;
/** Distinct files waiting at most; beyond, the counts are written before their time. */
const waitingLimit = 10_000;

/** Counts downloads in memory and writes them in batches; a crash loses at most what waits. */
export interface DownloadCounter {
  count(file: FileRevision): void;
  /** What is counted but not written yet, for one version. */
  waiting(versionId: number): number;
  /** Writes what waits; on failure it goes on waiting. */
  flush(): Promise<void>;
}

export function createDownloadCounter(store: PublishStore, clock: Clock): DownloadCounter {
  let counts = new Map<string, DownloadCount>();

  const add = (entry: DownloadCount): void => {
    const key = `${entry.fileId}:${entry.day}`;
    const known = counts.get(key);
    counts.set(key, known === undefined ? entry : { ...entry, count: known.count + entry.count });
  };
  const flush = async (): Promise<void> => {
    if (counts.size === 0) return;
    const batch = [...counts.values()];
    counts = new Map();
    try {
      await store.addDownloads(batch);
    } catch (error) {
      for (const entry of batch) add(entry);
      throw error;
    }
  };
  return {
    count: (file) => {
      const nowMs = clock.nowMs();
      const day = Math.floor(nowMs / dayMs);
      add({ fileId: file.id, versionId: file.versionId, day, count: 1, lastAtMs: nowMs });
      if (counts.size >= waitingLimit) void flush().catch(() => undefined);
    },
    waiting: (versionId) => {
      let sum = 0;
      for (const entry of counts.values()) if (entry.versionId === versionId) sum += entry.count;
      return sum;
    },
    flush,
  };
}
