import type { BlobRecord } from "../domain.ts";
import type { BlobRecordStore } from "../ports/blob-record-store.ts";
import type { HashAlgorithm } from "../ports/blob-store.ts";
import { furtherAlgorithms, furtherDigests, type BlobFinding } from "./inspect-blob.ts";

/** What is wrong with a stored object that a record names. */
export interface BlobProblem {
  readonly kind:
    | "blob_missing_or_cut"
    | "blob_corrupt"
    /** It could not be read, so nothing is known of its bytes: its record stays as it was. */
    | "blob_unreadable"
    /** Its bytes are right; the further digests recorded with it were not, and are now. */
    | "digests_wrong";
  readonly detail: string;
  /** Why, where something was thrown. */
  readonly cause: unknown;
}

/**
 * Brings a record in line with what was found of its bytes: marked as damaged, so that they are out of service, or as
 * sound again. The problem, if it is one; a blob that was collected or replaced while it was read is none.
 */
export async function settleFinding(records: BlobRecordStore, record: BlobRecord, finding: BlobFinding): Promise<BlobProblem | null> {
  const { id: blobId, storageName } = record;
  const wrong = finding.outcome === "sound" ? wrongDigests(record, finding.digests) : [];
  if (finding.outcome === "sound" && wrong.length === 0 && !record.isDamaged) return null;
  const current = await records.findByStorageName(storageName);
  // Collected or replaced while it was read: no damage.
  if (current?.state !== "live") return null;
  switch (finding.outcome) {
    case "unreadable":
      return { kind: "blob_unreadable", detail: messageOf(finding.cause), cause: finding.cause };
    case "missing_or_cut":
    case "corrupt":
      if (!current.isDamaged) await records.setDamaged({ blobId, storageName, isDamaged: true });
      return { kind: `blob_${finding.outcome}`, detail: finding.cause.message, cause: finding.cause };
    case "sound":
      if (current.isDamaged) await records.setDamaged({ blobId, storageName, isDamaged: false });
      if (wrong.length === 0) return null;
      await records.setDigests([{ blobId, digests: furtherDigests(finding) }]);
      return { kind: "digests_wrong", detail: `${storageName} had a wrong ${wrong.join(", ")} recorded; set right`, cause: null };
  }
}

/** Those that were taken, and are recorded otherwise. */
function wrongDigests({ digests }: BlobRecord, found: Partial<Record<HashAlgorithm, string>>) {
  return digests === null ? [] : furtherAlgorithms.filter((name) => found[name] !== undefined && digests[name] !== found[name]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
