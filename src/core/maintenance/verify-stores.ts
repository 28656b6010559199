import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import { furtherAlgorithms, inspectBlob } from "./inspect-blob.ts";
import { settleFinding, type BlobProblem } from "./settle-finding.ts";

const batchSize = 256;
const problemLimit = 1000;

/** What was found wrong: which kind of damage, and where. */
export interface StoreProblem {
  readonly kind: "records" | BlobProblem["kind"] | "object_unrecorded" | "staging_left_over";
  readonly detail: string;
}

export interface VerifyReport {
  readonly blobs: number;
  readonly bytes: number;
  /** Objects without a record that are younger than the grace time: running publishes, or work for collection. */
  readonly youngObjects: number;
  readonly stagingEntries: number;
  /** At most 1,000 of them. */
  readonly problems: readonly StoreProblem[];
}

/**
 * Re-reads everything and checks every invariant: the records are consistent, every live record has its bytes with the
 * right hash (a record is marked as damaged, or as sound again; one whose bytes could not be read stays as it was) and
 * the right further digests where they are known (wrong ones are set right), no object lacks a record for longer than
 * the grace time, and nothing is left in staging. May run beside a server, which then owns what is in staging
 * (`isServerRunning`).
 */
export async function verifyStores(
  stores: { readonly metadata: MetadataStore; readonly blobs: BlobStore; readonly clock: Clock },
  options: { readonly graceMs: number; readonly isServerRunning: boolean },
): Promise<VerifyReport> {
  const { metadata, blobs, clock } = stores;
  const problems: StoreProblem[] = [];
  for (const detail of await metadata.checkIntegrity()) problems.push({ kind: "records", detail });
  for (const detail of await metadata.blobs.collection.findInconsistencies(problemLimit))
    problems.push({ kind: "records", detail });
  const read = await verifyBlobs(stores, problems);
  let youngObjects = 0;
  const beforeMs = clock.nowMs() - options.graceMs;
  for await (const object of blobs.list()) {
    if ((await metadata.blobs.findByStorageName(object.storageName)) !== null) continue;
    // One that gave way to other bytes may be old, and has had no record for a moment only.
    const sinceMs = (await metadata.blobs.collection.unrecordedSince(object.storageName)) ?? object.modifiedAtMs;
    if (Math.max(sinceMs, object.modifiedAtMs) >= beforeMs) youngObjects += 1;
    else problems.push({ kind: "object_unrecorded", detail: `${object.storageName} has no record: run stowage gc` });
  }
  const stagingEntries = await blobs.staging("count");
  if (stagingEntries > 0 && !options.isServerRunning)
    problems.push({ kind: "staging_left_over", detail: `${stagingEntries} entries in staging: run stowage gc` });
  return { ...read, youngObjects, stagingEntries, problems: problems.slice(0, problemLimit) };
}

async function verifyBlobs(
  { metadata, blobs }: { readonly metadata: MetadataStore; readonly blobs: BlobStore },
  problems: StoreProblem[],
): Promise<{ blobs: number; bytes: number }> {
  let count = 0;
  let bytes = 0;
  let afterId = 0;
  for (;;) {
    const batch = await metadata.blobs.list(afterId, batchSize);
    const last = batch.at(-1);
    if (last === undefined) return { blobs: count, bytes };
    afterId = last.id;
    for (const record of batch) {
      if (record.state !== "live") continue;
      count += 1;
      bytes += record.sizeBytes;
      const finding = await inspectBlob(blobs, record, record.digests === null ? [] : furtherAlgorithms);
      const problem = await settleFinding(metadata.blobs, record, finding);
      if (problem !== null) problems.push({ kind: problem.kind, detail: problem.detail });
    }
  }
}
