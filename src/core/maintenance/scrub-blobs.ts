import type { BlobRecord } from "../domain.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import { inspectBlob } from "./inspect-blob.ts";
import { settleFinding } from "./settle-finding.ts";

/** Records read at a time. */
const batchSize = 64;
/** A restart reads again what was read in this time at most. */
const noteIntervalMs = 10_000;
/** Objects that one run reports as unreadable; they are likely to have the same reason. */
const unreadableLimit = 20;

interface Needs {
  readonly metadata: Pick<MetadataStore, "blobs" | "upkeep">;
  readonly blobs: Pick<BlobStore, "hash" | "open">;
  readonly clock: Clock;
  readonly events: EventSink;
}

export interface ScrubOptions {
  /** Time from the begin of one pass over all blobs to the begin of the next. */
  readonly intervalMs: number;
  /** Bytes read in a second at most, within a large blob too; null for as fast as it goes. */
  readonly bytesPerSecond: number | null;
  readonly signal: AbortSignal;
}

/** What one run did. */
export interface ScrubReport {
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: number;
  readonly unreadable: number;
  /** False where it was aborted: the next run goes on behind the last blob. */
  readonly isComplete: boolean;
}

/**
 * Reads all live blobs again, one at a time by id, and compares them with their records; null when no pass is under way
 * and none is due. Damaged ones are taken out of service (their bytes stay where they are), reported, and heal when the
 * same bytes are published; what cannot be read is reported and left as it was. How far it came is kept in the store, so
 * that a restart goes on there. Publishes and collection may run at the same time. Ends at once when the signal is
 * aborted.
 */
export async function runDueScrub(needs: Needs, options: ScrubOptions): Promise<ScrubReport | null> {
  const { upkeep } = needs.metadata;
  const { scrubBeganAtMs, scrubAfterBlobId, lastScrubBeganAtMs } = await upkeep.read();
  const nowMs = needs.clock.nowMs();
  const isDue = lastScrubBeganAtMs === null || nowMs - lastScrubBeganAtMs >= options.intervalMs || lastScrubBeganAtMs > nowMs;
  if (scrubBeganAtMs === null && !isDue) return null;
  if (scrubBeganAtMs === null) await upkeep.write({ scrubBeganAtMs: nowMs, scrubAfterBlobId: 0 });
  const report = await scrubFrom(needs, options, scrubAfterBlobId ?? 0);
  if (report.isComplete)
    await upkeep.write({
      scrubBeganAtMs: null,
      scrubAfterBlobId: null,
      lastScrubBeganAtMs: scrubBeganAtMs ?? nowMs,
      lastScrubEndedAtMs: needs.clock.nowMs(),
    });
  return report;
}

async function scrubFrom(needs: Needs, options: ScrubOptions, startId: number): Promise<ScrubReport> {
  const { metadata, clock } = needs;
  const tally = { blobs: 0, bytes: 0, damaged: 0, unreadable: 0 };
  let [doneId, notedId, notedAtMs] = [startId, startId, clock.nowMs()];
  const note = async (): Promise<void> => {
    if (doneId !== notedId) await metadata.upkeep.write({ scrubAfterBlobId: doneId });
    [notedId, notedAtMs] = [doneId, clock.nowMs()];
  };
  for (;;) {
    const batch = options.signal.aborted ? [] : await metadata.blobs.list(doneId, batchSize);
    for (const record of batch) {
      if (record.state === "live") await scrubOne(needs, options, record, tally);
      if (options.signal.aborted) break;
      doneId = record.id;
      if (Math.abs(clock.nowMs() - notedAtMs) >= noteIntervalMs) await note();
    }
    if (options.signal.aborted) {
      await note();
      return { ...tally, isComplete: false };
    }
    if (batch.length === 0) return { ...tally, isComplete: true };
  }
}

type Tally = { -readonly [Name in keyof Omit<ScrubReport, "isComplete">]: number };

async function scrubOne(needs: Needs, { bytesPerSecond, signal }: ScrubOptions, record: BlobRecord, tally: Tally): Promise<void> {
  const { metadata, blobs, events } = needs;
  const { storageName, sizeBytes } = record;
  const finding = await inspectBlob(blobs, record, [], bytesPerSecond === null ? { signal } : { bytesPerSecond, signal });
  if (signal.aborted) return;
  const problem = await settleFinding(metadata.blobs, record, finding);
  if (problem?.kind === "blob_unreadable") {
    tally.unreadable += 1;
    if (tally.unreadable <= unreadableLimit) events.record({ kind: "blob_unreadable", storageName, cause: problem.cause });
    return;
  }
  tally.blobs += 1;
  tally.bytes += sizeBytes;
  events.record({ kind: "blob_scrubbed", sizeBytes });
  if (problem === null) return;
  tally.damaged += 1;
  events.record({ kind: "blob_damaged", storageName, fileCount: await metadata.blobs.countFiles(record.id), cause: problem.cause });
}
