import type { FileRevision } from "./domain.ts";
import type { Clock } from "./ports/clock.ts";
import type { EventSink } from "./ports/event-sink.ts";
import type { DownloadCount, PublishStore } from "./ports/publish-store.ts";

const dayMs = 86_400_000;
/** Distinct files waiting; beyond, the counts are written before their time. */
const waitingLimit = 10_000;
/** Distinct files of a day waiting at most, some 10 MB. */
const mostWaiting = 50_000;
/** So many in one command: uploads wait behind it for some milliseconds, whatever has piled up. */
const sliceSize = 1000;

/**
 * Counts downloads in memory and writes them in batches; a crash loses at most what waits. While they cannot be written at
 * most 50,000 files of a day wait: downloads of those go on being counted, downloads of others are not.
 */
export interface DownloadCounter {
  count(file: FileRevision): void;
  /**
   * What is counted but not written yet, for one version; not what a flush is writing at this moment. Looks through
   * everything that waits (up to 50,000 entries) at each call: for an exact figure now and then, not for lists.
   */
  waiting(versionId: number): number;
  /** When a file of this version was last downloaded, what is being written at this moment included; null for not. Cheap. */
  lastWaitingAtMs(versionId: number): number | null;
  /** Writes what waits, a part at a time; on failure the rest goes on waiting. */
  flush(): Promise<void>;
}

/**
 * A flush before its time that fails is reported to `events`, and none is tried again before a regular one has
 * succeeded; without `events` only the regular one tells.
 */
export function createDownloadCounter(store: PublishStore, clock: Clock, events?: EventSink): DownloadCounter {
  const counts = new Map<string, DownloadCount>();
  let isFailing = false;
  let flushes = 0;
  /** By version, until it is written. */
  const lastAtMs = new Map<number, number>();

  const add = (entry: DownloadCount): void => {
    const key = keyOf(entry);
    const known = counts.get(key);
    if (known === undefined) return void counts.set(key, entry);
    counts.set(key, { ...entry, count: known.count + entry.count, lastAtMs: Math.max(known.lastAtMs, entry.lastAtMs) });
  };
  /** Those that wait the longest; they do not wait any more. */
  const takeSlice = (): readonly DownloadCount[] => {
    const slice = [...counts.values().take(sliceSize)];
    for (const entry of slice) counts.delete(keyOf(entry));
    return slice;
  };
  const writeSlice = async (slice: readonly DownloadCount[]): Promise<void> => {
    try {
      await store.addDownloads(slice);
      for (const entry of slice) if ((lastAtMs.get(entry.versionId) ?? Infinity) <= entry.lastAtMs) lastAtMs.delete(entry.versionId);
    } catch (error) {
      isFailing = true;
      for (const entry of slice) add(entry);
      throw error;
    }
  };
  const flush = async (): Promise<void> => {
    if (counts.size === 0) return;
    flushes += 1;
    try {
      // What is counted meanwhile may wait for the next time.
      for (let slices = Math.ceil(counts.size / sliceSize); slices > 0 && counts.size > 0; slices -= 1) await writeSlice(takeSlice());
      isFailing = false;
    } finally {
      flushes -= 1;
    }
  };
  const flushEarly = (): void => {
    flush().catch((cause: unknown) => events?.record({ kind: "background_failure", task: "writing of counters", cause }));
  };
  return {
    count: (file) => {
      const nowMs = clock.nowMs();
      const entry: DownloadCount = { fileId: file.id, versionId: file.versionId, day: Math.floor(nowMs / dayMs), count: 1, lastAtMs: nowMs };
      if (counts.size >= mostWaiting && !counts.has(keyOf(entry))) return;
      lastAtMs.set(file.versionId, Math.max(nowMs, lastAtMs.get(file.versionId) ?? 0));
      add(entry);
      if (counts.size >= waitingLimit && !isFailing && flushes === 0) flushEarly();
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

function keyOf({ fileId, day }: DownloadCount): string {
  return `${fileId}:${day}`;
}
