import type { BlobRecord, Digests, Sha256, StorageName } from "../../core/domain.ts";
import type { BlobTotals, DamageMark } from "../../core/ports/blob-record-store.ts";
import type { PublishCommand } from "../../core/ports/publish-store.ts";
import type { SqlConnection } from "./connection.ts";

interface BlobRow {
  readonly id: number;
  readonly sha256: Sha256;
  readonly storage_name: StorageName;
  readonly size_bytes: number;
  readonly md5: string | null;
  readonly sha1: string | null;
  readonly sha512: string | null;
  readonly state: "live" | "deleting";
  readonly is_damaged: number;
}

const columns = "id, sha256, storage_name, size_bytes, md5, sha1, sha512, state, is_damaged";

function toBlob(row: BlobRow): BlobRecord {
  return {
    id: row.id,
    sha256: row.sha256,
    storageName: row.storage_name,
    sizeBytes: row.size_bytes,
    digests:
      row.md5 === null || row.sha1 === null || row.sha512 === null
        ? null
        : { md5: row.md5, sha1: row.sha1, sha512: row.sha512 },
    state: row.state,
    isDamaged: row.is_damaged === 1,
  };
}

export async function findLiveBlob(sql: SqlConnection, sha256: Sha256): Promise<BlobRecord | null> {
  const row = await sql.get<BlobRow>(`SELECT ${columns} FROM blobs WHERE sha256 = ? AND state = 'live'`, sha256);
  return row === null ? null : toBlob(row);
}

export async function findBlobByStorageName(sql: SqlConnection, storageName: StorageName): Promise<BlobRecord | null> {
  const row = await sql.get<BlobRow>(`SELECT ${columns} FROM blobs WHERE storage_name = ?`, storageName);
  return row === null ? null : toBlob(row);
}

/** Whether the new bytes would be dropped in favour of a record that their publisher has not looked at. */
export async function hasOtherTwin(sql: SqlConnection, { blob, expectedTwin, replaceTwin }: PublishCommand): Promise<boolean> {
  if (expectedTwin === undefined || replaceTwin === true) return false;
  const live = await findLiveBlob(sql, blob.sha256);
  return live !== null && !live.isDamaged && live.storageName !== expectedTwin;
}

/**
 * The record that a file just published will name: the live one of the same content if there is one (unless its bytes
 * were found damaged, or are to be replaced: then it takes over the new ones), otherwise a new one. A record that is
 * being deleted is never taken up again.
 */
export async function recordBlob(
  sql: SqlConnection,
  command: PublishCommand,
): Promise<{ readonly id: number; readonly storageName: StorageName }> {
  const { blob } = command;
  const live = await findLiveBlob(sql, blob.sha256);
  if (live !== null) {
    const isReplaced = live.isDamaged || command.replaceTwin === true || live.storageName === command.replaceDamaged;
    await sql.run("UPDATE blobs SET unreferenced_since_ms = NULL WHERE id = ?", live.id);
    if (!isReplaced) return { id: live.id, storageName: live.storageName };
    // From now on, not from when it was made: somebody may have found it a moment ago and be about to open it.
    await sql.run(
      `INSERT INTO unrecorded_objects (storage_name, first_seen_ms) VALUES (?, ?)
       ON CONFLICT (storage_name) DO UPDATE SET first_seen_ms = excluded.first_seen_ms`,
      live.storageName,
      command.nowMs,
    );
    // Digests may have been taken from the damaged bytes: those of the new ones count, now or when they are computed.
    await sql.run(
      "UPDATE blobs SET storage_name = ?, is_damaged = 0, md5 = ?, sha1 = ?, sha512 = ? WHERE id = ?",
      blob.storageName,
      ...digestColumns(blob.digests),
      live.id,
    );
    return { id: live.id, storageName: blob.storageName };
  }
  const row = await sql.get<{ id: number }>(
    "INSERT INTO blobs (sha256, storage_name, size_bytes, created_at_ms, md5, sha1, sha512) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
    blob.sha256,
    blob.storageName,
    blob.sizeBytes,
    command.nowMs,
    ...digestColumns(blob.digests),
  );
  if (row === null) throw new Error("an insert returned no row");
  return { id: row.id, storageName: blob.storageName };
}

function digestColumns(digests: Digests | null | undefined): readonly [string | null, string | null, string | null] {
  return [digests?.md5 ?? null, digests?.sha1 ?? null, digests?.sha512 ?? null];
}

export async function listBlobs(sql: SqlConnection, afterId: number, limit: number): Promise<readonly BlobRecord[]> {
  const rows = await sql.all<BlobRow>(`SELECT ${columns} FROM blobs WHERE id > ? ORDER BY id LIMIT ?`, afterId, limit);
  return rows.map(toBlob);
}

export async function listDeletingBlobs(sql: SqlConnection, limit: number): Promise<readonly BlobRecord[]> {
  const rows = await sql.all<BlobRow>(`SELECT ${columns} FROM blobs WHERE state = 'deleting' ORDER BY id LIMIT ?`, limit);
  return rows.map(toBlob);
}

export async function listBlobsWithoutDigests(
  sql: SqlConnection,
  afterId: number,
  limit: number,
): Promise<readonly BlobRecord[]> {
  const rows = await sql.all<BlobRow>(
    `SELECT ${columns} FROM blobs WHERE md5 IS NULL AND state = 'live' AND is_damaged = 0 AND id > ? ORDER BY id LIMIT ?`,
    afterId,
    limit,
  );
  return rows.map(toBlob);
}

export async function setDigests(
  sql: SqlConnection,
  results: readonly { readonly blobId: number; readonly digests: Digests }[],
): Promise<void> {
  for (const { blobId, digests } of results)
    await sql.run(
      "UPDATE blobs SET md5 = ?, sha1 = ?, sha512 = ? WHERE id = ?",
      digests.md5,
      digests.sha1,
      digests.sha512,
      blobId,
    );
}

export async function setDamaged(sql: SqlConnection, mark: DamageMark): Promise<void> {
  await sql.run(
    "UPDATE blobs SET is_damaged = ? WHERE id = ? AND storage_name = ?",
    mark.isDamaged ? 1 : 0,
    mark.blobId,
    mark.storageName,
  );
}

/** A content that millions of files have is not looked for among all of them. */
const namersLookedAt = 1000;

export async function isNamedElsewhereOnly(sql: SqlConnection, blobId: number, namespaceId: number): Promise<boolean> {
  const row = await sql.get<{ is_named: number; is_own: number }>(
    `SELECT EXISTS (SELECT 1 FROM files WHERE blob_id = ?) AS is_named,
       EXISTS (SELECT 1 FROM (SELECT version_id FROM files WHERE blob_id = ? ORDER BY id DESC LIMIT ${namersLookedAt}) newest
         JOIN versions v ON v.id = newest.version_id WHERE v.namespace_id = ?) AS is_own`,
    blobId,
    blobId,
    namespaceId,
  );
  return row !== null && row.is_named === 1 && row.is_own === 0;
}

export async function countBlobFiles(sql: SqlConnection, blobId: number): Promise<number> {
  const row = await sql.get<{ n: number }>("SELECT count(*) AS n FROM files WHERE blob_id = ?", blobId);
  return row?.n ?? 0;
}

export async function countDamagedBlobs(sql: SqlConnection): Promise<number> {
  const row = await sql.get<{ n: number }>("SELECT count(*) AS n FROM blobs WHERE is_damaged = 1 AND state = 'live'");
  return row?.n ?? 0;
}

export async function blobTotals(sql: SqlConnection): Promise<BlobTotals> {
  const row = await sql.get<BlobTotals>(
    "SELECT count(*) AS blobs, coalesce(sum(size_bytes), 0) AS bytes FROM blobs WHERE state = 'live'",
  );
  return row ?? { blobs: 0, bytes: 0 };
}
