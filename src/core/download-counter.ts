import type { FileRevision } from "./domain.ts";
import type { Clock } from "./ports/clock.ts";
import type { EventSink } from "./ports/event-sink.ts";
import type { DownloadCount, PublishStore } from "./ports/publish-store.ts";

const dayMs = 86_400_000;
/** Distinct files waiting; beyond, the counts are written before their time. */
const waitingLimit = 10_000;

/** Counts downloads in memory and writes them in batches; a crash loses at most what waits. */
export interface DownloadCounter {
  count(file: FileRevision): void;
  /**
   * What is counted but not written yet, for one version; not what a flush is writing at this moment. Looks through
   * everything that waits (up to 10,000 entries) at each call: for an exact figure now and then, not for lists.
   */
  waiting(versionId: number): number;
  /** When a file of this version was last downloaded, what is being written at this moment included; null for not. Cheap. */
  lastWaitingAtMs(versionId: number): number | null;
  /** Writes what waits; on failure it goes on waiting. */
  flush(): Promise<void>;
}

/**
 * A flush before its time that fails is reported to `events`, and none is tried again before a regular one has
 * succeeded; without `events` only the regular one tells.
 */
export function createDownloadCounter(store: PublishStore, clock: Clock, events?: EventSink): DownloadCounter {
  let counts = new Map<string, DownloadCount>();
  let isFailing = false;
  /** By version, until it is written. */
  const lastAtMs = new Map<number, number>();

  const add = (entry: DownloadCount): void => {
    const key = `${entry.fileId}:${entry.day}`;
    const known = counts.get(key);
    if (known === undefined) return void counts.set(key, entry);
    counts.set(key, { ...entry, count: known.count + entry.count, lastAtMs: Math.max(known.lastAtMs, entry.lastAtMs) });
  };
  const flush = async (): Promise<void> => {
    if (counts.size === 0) return;
    const batch = [...counts.values()];
    counts = new Map();
    try {
      await store.addDownloads(batch);
      isFailing = false;
      for (const entry of batch) if ((lastAtMs.get(entry.versionId) ?? Infinity) <= entry.lastAtMs) lastAtMs.delete(entry.versionId);
    } catch (error) {
      isFailing = true;
      for (const entry of batch) add(entry);
      throw error;
    }
  };
  const flushEarly = (): void => {
    flush().catch((cause: unknown) => events?.record({ kind: "background_failure", task: "writing of counters", cause }));
  };
  return {
    count: (file) => {
      const nowMs = clock.nowMs();
      const day = Math.floor(nowMs / dayMs);
      lastAtMs.set(file.versionId, Math.max(nowMs, lastAtMs.get(file.versionId) ?? 0));
      add({ fileId: file.id, versionId: file.versionId, day, count: 1, lastAtMs: nowMs });
      if (counts.size >= waitingLimit && !isFailing) flushEarly();
    },
    waiting: (versionId) => {
      let sum = 0;
      for (const entry of counts.values()) if (entry.versionId === versionId) sum += entry.count;
      return sum;
    },
    lastWaitingAtMs: (versionId) => lastAtMs.get(versionId) ?? null,
    flush,
  };
}
