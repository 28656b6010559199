import type { BlobRecord, Digests } from "../domain.ts";
import type { BlobRecordStore } from "../ports/blob-record-store.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { EventSink } from "../ports/event-sink.ts";
import { RegistryError } from "../registry-error.ts";
import { furtherAlgorithms, furtherDigests, inspectBlob, type BlobFinding } from "./inspect-blob.ts";
import { createWokenWork } from "./woken-work.ts";

/** Blobs hashed before their results are written together. */
const batchSize = 64;
/** Blobs read at the same time. */
const parallel = 4;
const defaultRetryMs = 60_000;

/**
 * Computes the digests that uploads do not wait for (md5, sha1, sha512), and stores them only where the bytes turn out
 * to be the ones recorded; others are marked as damaged. The records that lack them are the queue, so nothing is lost
 * when the process ends.
 */
export interface DigestQueue {
  /** There may be something to do. Returns at once. */
  wake(): void;
  /**
   * The digests of one blob, computed now unless they are known; null when its bytes are not the ones recorded or cannot
   * be read, which is reported. Throws `storage_busy` when it was removed or replaced meanwhile, the system lacks
   * something for a while, or the queue is stopped.
   */
  digestsOf(blob: Pick<BlobRecord, "id" | "storageName" | "digests">): Promise<Digests | null>;
  /** Returns when nothing is left to do but what could not be read: that is tried again later. */
  idle(): Promise<void>;
  /** Gives up what is being read, whoever waits for it, writes what is found already, and ends. */
  stop(): Promise<void>;
}

export function createDigestQueue(parts: {
  readonly records: BlobRecordStore;
  readonly blobs: BlobStore;
  readonly events: EventSink;
  /** After how long blobs that could not be read are tried again. */
  readonly retryMs?: number;
}): DigestQueue {
  const { records, blobs, events, retryMs = defaultRetryMs } = parts;
  const inspections = createInspections(blobs);
  /** Could not be read: left alone until the next retry. */
  const postponed = new Set<number>();
  let isStopped = false;

  const noteFailure = (cause: unknown): void =>
    events.record({ kind: "background_failure", task: "computing of digests", cause });
  const pass = async (isRetry: boolean): Promise<"done" | "left_over"> => {
    if (isRetry) postponed.clear();
    let afterId = 0;
    let wasReported = false;
    while (!isStopped) {
      const batch = await records.listWithoutDigests(afterId, batchSize);
      const last = batch.at(-1);
      if (last === undefined) break;
      afterId = last.id;
      const wanted = batch.filter((blob) => !postponed.has(blob.id));
      const found = await inspectInParallel(wanted, inspections.inspect, () => isStopped);
      const unreadable = await applyFindings(records, events, found);
      for (const { blob } of unreadable) postponed.add(blob.id);
      if (unreadable[0] === undefined || wasReported) continue;
      // One report for all: they are likely to have the same reason.
      wasReported = true;
      noteFailure(unreadable[0].cause);
    }
    return postponed.size > 0 ? "left_over" : "done";
  };
  const work = createWokenWork({ pass, retryMs, onFailure: noteFailure });
  return {
    wake: work.wake,
    idle: work.idle,
    digestsOf: async (blob) => {
      if (blob.digests !== null) return blob.digests;
      return digestsNow(records, events, inspections.inspect, blob.storageName);
    },
    stop: async () => {
      isStopped = true;
      inspections.stop();
      await work.stop();
    },
  };
}

type Inspect = (blob: BlobRecord) => Promise<BlobFinding>;
type Found = { readonly blob: BlobRecord; readonly finding: BlobFinding };

/** Reads each blob once for all who wait for it at the same time. */
function createInspections(blobs: BlobStore) {
  const underWay = new Map<string, { readonly finding: Promise<BlobFinding>; readonly giveUp: () => void }>();
  let isStopped = false;
  const inspect: Inspect = (blob) => {
    if (isStopped) return Promise.resolve(givenUp());
    const known = underWay.get(blob.storageName);
    if (known !== undefined) return known.finding;
    const { promise: finding, resolve } = Promise.withResolvers<BlobFinding>();
    underWay.set(blob.storageName, { finding, giveUp: () => resolve(givenUp()) });
    void inspectBlob(blobs, blob, furtherAlgorithms).then((found) => {
      underWay.delete(blob.storageName);
      resolve(found);
    });
    return finding;
  };
  return {
    inspect,
    /** Everybody who waits is told at once that nothing is known; whatever the store is reading is its own to end. */
    stop: (): void => {
      isStopped = true;
      for (const { giveUp } of underWay.values()) giveUp();
    },
  };
}

function givenUp(): BlobFinding {
  return { outcome: "unreadable", cause: new RegistryError("storage_busy", "the server is stopping: ask again later") };
}

async function digestsNow(
  records: BlobRecordStore,
  events: EventSink,
  inspect: Inspect,
  storageName: BlobRecord["storageName"],
): Promise<Digests | null> {
  const replaced = () => new RegistryError("storage_busy", "the file was removed or replaced meanwhile: ask again");
  const blob = await records.findByStorageName(storageName);
  if (blob === null) throw replaced();
  if (blob.digests !== null) return blob.digests;
  if (blob.isDamaged) return null;
  const finding = await inspect(blob);
  switch (finding.outcome) {
    case "sound": {
      const digests = furtherDigests(finding);
      // Whoever asks needs them; on a full disk they are computed again the next time.
      await records.setDigests([{ blobId: blob.id, digests }]).catch(ignoreFullDisk);
      return digests;
    }
    case "missing_or_cut":
    case "corrupt":
      if (!(await reportDamage(records, events, blob, finding.cause))) throw replaced();
      return null;
    case "unreadable":
      if (finding.cause instanceof RegistryError) throw finding.cause;
      events.record({ kind: "blob_unreadable", storageName, cause: finding.cause });
      return null;
  }
}

function ignoreFullDisk(error: unknown): void {
  if (!(error instanceof RegistryError && error.code === "storage_full")) throw error;
}

/** Writes what was found; gives what could not be read. */
async function applyFindings(records: BlobRecordStore, events: EventSink, found: readonly Found[]) {
  const results = [];
  const unreadable = [];
  for (const { blob, finding } of found) {
    if (finding.outcome === "sound") results.push({ blobId: blob.id, digests: furtherDigests(finding) });
    else if (finding.outcome === "unreadable") unreadable.push({ blob, cause: finding.cause });
    else await reportDamage(records, events, blob, finding.cause);
  }
  if (results.length > 0) await records.setDigests(results);
  return unreadable;
}

/** False when the blob was collected or replaced while it was read, which is no damage. */
async function reportDamage(records: BlobRecordStore, events: EventSink, blob: BlobRecord, cause: RegistryError): Promise<boolean> {
  const { storageName } = blob;
  const current = await records.findByStorageName(storageName);
  if (current?.state !== "live") return false;
  // Somebody else who met it at the same time has reported it.
  if (current.isDamaged) return true;
  events.record({ kind: "blob_damaged", storageName, cause });
  await records.setDamaged({ blobId: blob.id, storageName, isDamaged: true });
  return true;
}

/** Begins no further one once it is stopped; what was given up is left out. */
async function inspectInParallel(
  wanted: readonly BlobRecord[],
  inspect: Inspect,
  isStopped: () => boolean,
): Promise<Found[]> {
  const found: Found[] = [];
  const rest = wanted.values();
  const worker = async (): Promise<void> => {
    for (const blob of rest) {
      if (isStopped()) return;
      const finding = await inspect(blob);
      if (finding.outcome !== "unreadable" || !isStopped()) found.push({ blob, finding });
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return found;
}
