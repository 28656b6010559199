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
  /** Objects without a record that are younger than the grace time, or that collection knows of: running publishes, or its work. */
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
 * (`isServerRunning`). Where the engine has found the records damaged, what they do not answer any more is one problem
 * more; else it is thrown.
 */
export async function verifyStores(
  stores: Stores,
  options: { readonly graceMs: number; readonly isServerRunning: boolean },
): Promise<VerifyReport> {
  const { metadata, blobs, clock } = stores;
  const problems: StoreProblem[] = [];
  const note: Note = (kind, detail) => {
    if (problems.length < problemLimit) problems.push({ kind, detail });
  };
  const damage = await metadata.checkIntegrity();
  for (const detail of damage) note("records", detail);
  const look = async (what: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (damage.length === 0) throw error;
      note("records", `${what} could not be looked at to the end: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const tally: Tally = { blobs: 0, bytes: 0, youngObjects: 0 };
  await look("what the records say of each other", async () => {
    for (const detail of await metadata.blobs.collection.findInconsistencies(problemLimit)) note("records", detail);
  });
  await look("the contents that the records name", () => verifyBlobs(stores, tally, note));
  // What damaged records do not name may be all that is left of it: nobody is told to remove that.
  const noteObject: Note = (kind, detail) => note(kind, damage.length === 0 ? `${detail}: run stowage gc` : detail);
  await look("the contents that have no record", () => verifyObjects(stores, clock.nowMs() - options.graceMs, tally, noteObject));
  const stagingEntries = await blobs.staging("count");
  if (stagingEntries > 0 && !options.isServerRunning) note("staging_left_over", `${stagingEntries} entries in staging: run stowage gc`);
  return { ...tally, stagingEntries, problems };
}

interface Stores {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
}

type Note = (kind: StoreProblem["kind"], detail: string) => void;
/** What was counted so far: it stays where a look breaks off. */
type Tally = { -readonly [Name in "blobs" | "bytes" | "youngObjects"]: number };

async function verifyBlobs({ metadata, blobs }: Stores, tally: Tally, note: Note): Promise<void> {
  let afterId = 0;
  for (;;) {
    const batch = await metadata.blobs.list(afterId, batchSize);
    const last = batch.at(-1);
    if (last === undefined) return;
    afterId = last.id;
    for (const record of batch) {
      if (record.state !== "live") continue;
      tally.blobs += 1;
      tally.bytes += record.sizeBytes;
      const finding = await inspectBlob(blobs, record, record.digests === null ? [] : furtherAlgorithms);
      const problem = await settleFinding(metadata.blobs, record, finding);
      if (problem !== null) note(problem.kind, problem.detail);
    }
  }
}

/** What collection has noted it removes by itself: told is what it has left for longer, a day of grace included. */
const collectionMs = 2 * 24 * 3600 * 1000;

async function verifyObjects({ metadata, blobs, clock }: Stores, beforeMs: number, tally: Tally, note: Note): Promise<void> {
  const notedBeforeMs = Math.min(beforeMs, clock.nowMs() - collectionMs);
  for await (const object of blobs.list()) {
    if ((await metadata.blobs.findByStorageName(object.storageName)) !== null) continue;
    // One that gave way to other bytes may be old, and has had no record since then only.
    const notedAtMs = await metadata.blobs.collection.unrecordedSince(object.storageName);
    const isExpected = object.modifiedAtMs >= beforeMs || (notedAtMs !== null && notedAtMs >= notedBeforeMs);
    if (isExpected) tally.youngObjects += 1;
    else note("object_unrecorded", `${object.storageName} has no record`);
  }
}
