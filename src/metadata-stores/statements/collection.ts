import type { BlobRecord, StorageName } from "../../core/domain.ts";
import { listDeletingBlobs } from "./blobs.ts";
import { placeholders, type SqlConnection } from "./connection.ts";

export async function claimUnreferenced(sql: SqlConnection, unreferencedBeforeMs: number, limit: number): Promise<number> {
  // The reference count is looked at again here, in the same transaction: a publish that took the record up meanwhile wins.
  return sql.run(
    `UPDATE blobs SET state = 'deleting' WHERE id IN (
       SELECT id FROM blobs WHERE state = 'live' AND unreferenced_since_ms IS NOT NULL AND unreferenced_since_ms < ?
         AND NOT EXISTS (SELECT 1 FROM files WHERE blob_id = blobs.id)
       ORDER BY id LIMIT ?)`,
    unreferencedBeforeMs,
    limit,
  );
}

export async function listDeleting(sql: SqlConnection, limit: number): Promise<readonly BlobRecord[]> {
  // One statement: what it gives is about to lose its bytes, so nothing may change between finding and reading it.
  return listDeletingBlobs(sql, limit);
}

export async function forgetBlobs(sql: SqlConnection, blobIds: readonly number[]): Promise<void> {
  if (blobIds.length === 0) return;
  await sql.run(`DELETE FROM blobs WHERE state = 'deleting' AND id IN (${placeholders(blobIds.length)})`, ...blobIds);
}

export async function claimUnrecorded(
  sql: SqlConnection,
  names: readonly StorageName[],
  times: { readonly nowMs: number; readonly firstSeenBeforeMs: number },
): Promise<readonly StorageName[]> {
  const claimed: StorageName[] = [];
  for (const name of names) {
    if ((await sql.get("SELECT id FROM blobs WHERE storage_name = ?", name)) !== null) {
      await sql.run("DELETE FROM unrecorded_objects WHERE storage_name = ?", name);
      continue;
    }
    await sql.run(
      "INSERT INTO unrecorded_objects (storage_name, first_seen_ms) VALUES (?, ?) ON CONFLICT (storage_name) DO NOTHING",
      name,
      times.nowMs,
    );
    const isClaimed = await sql.run(
      "UPDATE unrecorded_objects SET is_claimed = 1 WHERE storage_name = ? AND first_seen_ms < ?",
      name,
      times.firstSeenBeforeMs,
    );
    if (isClaimed > 0) claimed.push(name);
  }
  return claimed;
}

export async function unrecordedSince(sql: SqlConnection, name: StorageName): Promise<number | null> {
  const row = await sql.get<{ first_seen_ms: number }>(
    "SELECT first_seen_ms FROM unrecorded_objects WHERE storage_name = ? AND NOT EXISTS (SELECT 1 FROM blobs WHERE storage_name = ?)",
    name,
    name,
  );
  return row?.first_seen_ms ?? null;
}

export async function sampleLive(sql: SqlConnection, limit: number): Promise<readonly StorageName[]> {
  const rows = await sql.all<{ storage_name: StorageName }>(
    `SELECT storage_name FROM (SELECT storage_name FROM blobs WHERE state = 'live' ORDER BY id LIMIT ?)
     UNION SELECT storage_name FROM (SELECT storage_name FROM blobs WHERE state = 'live' ORDER BY id DESC LIMIT ?)`,
    limit,
    limit,
  );
  return rows.map((row) => row.storage_name);
}

export async function recordsSince(sql: SqlConnection): Promise<number | null> {
  const first = await sql.get<{ created_at_ms: number }>("SELECT created_at_ms FROM namespaces ORDER BY id LIMIT 1");
  return first?.created_at_ms ?? null;
}

export async function forgetClaims(sql: SqlConnection): Promise<void> {
  await sql.run(
    `DELETE FROM unrecorded_objects WHERE is_claimed = 1
       OR EXISTS (SELECT 1 FROM blobs WHERE storage_name = unrecorded_objects.storage_name)`,
  );
}

export async function findInconsistencies(sql: SqlConnection, limit: number): Promise<readonly string[]> {
  const found = await sql.all<{ problem: string }>(
    `SELECT 'file revision ' || f.id || ' names blob ' || f.blob_id || ', which is absent or being deleted' AS problem
       FROM files f LEFT JOIN blobs b ON b.id = f.blob_id WHERE b.id IS NULL OR b.state <> 'live'
     UNION ALL
     SELECT 'blob ' || id || ' is in use but marked as unreferenced' FROM blobs
       WHERE unreferenced_since_ms IS NOT NULL AND EXISTS (SELECT 1 FROM files WHERE blob_id = blobs.id)
     UNION ALL
     SELECT 'blob ' || id || ' is named by no file but not marked as unreferenced' FROM blobs
       WHERE unreferenced_since_ms IS NULL AND NOT EXISTS (SELECT 1 FROM files WHERE blob_id = blobs.id)
     UNION ALL
     SELECT 'version ' || id || ' has no file' FROM versions WHERE NOT EXISTS (SELECT 1 FROM files WHERE version_id = versions.id)
     UNION ALL
     SELECT 'namespace ' || n.id || ' counts ' || n.version_count || ' versions and ' || n.stored_bytes || ' bytes, but holds others'
       FROM namespaces n
       LEFT JOIN (SELECT v.namespace_id, count(DISTINCT v.id) AS versions, sum(b.size_bytes) AS bytes
                  FROM versions v JOIN files f ON f.version_id = v.id JOIN blobs b ON b.id = f.blob_id GROUP BY v.namespace_id) held
         ON held.namespace_id = n.id
       LEFT JOIN (SELECT parent_id, sum(version_count) AS versions, sum(stored_bytes) AS bytes FROM namespaces GROUP BY parent_id) below
         ON below.parent_id = n.id
       WHERE n.version_count <> coalesce(held.versions, 0) + coalesce(below.versions, 0)
          OR n.stored_bytes <> coalesce(held.bytes, 0) + coalesce(below.bytes, 0)
     UNION ALL
     SELECT 'package ' || p.id || ' counts ' || p.version_count || ' versions, but has others' FROM packages p
       WHERE p.version_count <> (SELECT count(*) FROM versions WHERE package_id = p.id)
     LIMIT ?`,
    limit,
  );
  return found.map((row) => row.problem);
}
