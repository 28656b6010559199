import type { Unchanged } from "../../core/ports/publish-store.ts";
import type { SqlConnection } from "./connection.ts";
import { countInChain, namespaceChain } from "./namespace-chain.ts";

export async function deleteVersion(
  sql: SqlConnection,
  target: { namespaceId: number; versionId: number; nowMs: number } & Unchanged,
): Promise<"deleted" | "absent" | "changed"> {
  const found = await sql.get<{ changed_at_ms: number }>(
    "SELECT updated_at_ms AS changed_at_ms FROM versions WHERE id = ? AND namespace_id = ?",
    target.versionId,
    target.namespaceId,
  );
  if (found === null) return "absent";
  if (isChanged(found.changed_at_ms, target)) return "changed";
  const freed = await removeFiles(sql, target.nowMs, "version_id = ?", [target.versionId]);
  await sql.run("DELETE FROM versions WHERE id = ?", target.versionId);
  const chain = await namespaceChain(sql, target.namespaceId);
  await countInChain(sql, chain, { versions: -1, bytes: -freed });
  return "deleted";
}

export async function deleteFile(
  sql: SqlConnection,
  target: { versionId: number; path: string; nowMs: number } & Unchanged,
): Promise<"deleted" | "absent" | "changed"> {
  const found = await sql.get<{ namespace_id: number; changed_at_ms: number }>(
    `SELECT v.namespace_id, f.created_at_ms AS changed_at_ms FROM files f JOIN versions v ON v.id = f.version_id
     WHERE f.version_id = ? AND f.path = ? ORDER BY f.id DESC LIMIT 1`,
    target.versionId,
    target.path,
  );
  if (found === null) return "absent";
  if (isChanged(found.changed_at_ms, target)) return "changed";
  const freed = await removeFiles(sql, target.nowMs, "version_id = ? AND path = ?", [target.versionId, target.path]);
  await finishVersion(sql, found.namespace_id, target.versionId, freed);
  return "deleted";
}

function isChanged(changedAtMs: number, { changedBeforeMs = null }: Unchanged): boolean {
  return changedBeforeMs !== null && changedAtMs >= changedBeforeMs;
}

/** A version without files goes; what it held is no longer counted. */
async function finishVersion(sql: SqlConnection, namespaceId: number, versionId: number, freedBytes: number): Promise<void> {
  const isEmpty = (await sql.get("SELECT id FROM files WHERE version_id = ? LIMIT 1", versionId)) === null;
  if (isEmpty) await sql.run("DELETE FROM versions WHERE id = ?", versionId);
  await countInChain(sql, await namespaceChain(sql, namespaceId), { versions: isEmpty ? -1 : 0, bytes: -freedBytes });
}

export async function deleteRevision(
  sql: SqlConnection,
  target: { namespaceId: number; versionId: number; fileId: number; nowMs: number },
): Promise<"deleted" | "absent"> {
  const found = await sql.get(
    "SELECT f.id FROM files f JOIN versions v ON v.id = f.version_id WHERE f.id = ? AND f.version_id = ? AND v.namespace_id = ?",
    target.fileId,
    target.versionId,
    target.namespaceId,
  );
  if (found === null) return "absent";
  const freed = await removeFiles(sql, target.nowMs, "id = ?", [target.fileId]);
  await finishVersion(sql, target.namespaceId, target.versionId, freed);
  return "deleted";
}

/** Never the newest of a name, so no version loses its last file. */
export async function trimRevisions(
  sql: SqlConnection,
  { versionId, kept, limit, nowMs }: { versionId: number; kept: number; limit: number; nowMs: number },
): Promise<number> {
  const version = await sql.get<{ namespace_id: number }>("SELECT namespace_id FROM versions WHERE id = ?", versionId);
  if (version === null) return 0;
  const superfluous = await sql.all<{ id: number }>(
    `SELECT id FROM (
       SELECT id, row_number() OVER (PARTITION BY path ORDER BY id DESC) AS place FROM files WHERE version_id = ?)
     WHERE place > ? ORDER BY id LIMIT ?`,
    versionId,
    Math.max(1, kept),
    limit,
  );
  if (superfluous.length === 0) return 0;
  const freed = await removeFiles(
    sql,
    nowMs,
    "id IN (SELECT value FROM json_each(?))",
    [JSON.stringify(superfluous.map(({ id }) => id))],
  );
  await countInChain(sql, await namespaceChain(sql, version.namespace_id), { versions: 0, bytes: -freed });
  return superfluous.length;
}

/** Removes some revisions of a namespace that is gone, and the versions they leave empty; false when there were none. */
export async function deleteSomeFiles(sql: SqlConnection, namespaceId: number, limit: number, nowMs: number): Promise<boolean> {
  const some = await sql.all<{ id: number; version_id: number }>(
    "SELECT f.id, f.version_id FROM versions v JOIN files f ON f.version_id = v.id WHERE v.namespace_id = ? LIMIT ?",
    namespaceId,
    limit,
  );
  if (some.length === 0) return false;
  const freed = await removeFiles(sql, nowMs, "id IN (SELECT value FROM json_each(?))", [JSON.stringify(some.map(({ id }) => id))]);
  const versions = await sql.run(
    `DELETE FROM versions WHERE id IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM files WHERE version_id = versions.id)`,
    JSON.stringify([...new Set(some.map((file) => file.version_id))]),
  );
  await countInChain(sql, [{ id: namespaceId }], { versions: -versions, bytes: -freed });
  return true;
}

/** All its versions in a few statements, however many they are: everybody's commands wait for it. */
export async function deletePackage(
  sql: SqlConnection,
  target: { namespaceId: number; packageId: number; nowMs: number },
): Promise<"deleted" | "absent"> {
  const found = await sql.get("SELECT id FROM packages WHERE id = ? AND namespace_id = ?", target.packageId, target.namespaceId);
  if (found === null) return "absent";
  const freed = await removeFiles(sql, target.nowMs, "version_id IN (SELECT id FROM versions WHERE package_id = ?)", [target.packageId]);
  const versions = await sql.run("DELETE FROM versions WHERE package_id = ?", target.packageId);
  await countInChain(sql, await namespaceChain(sql, target.namespaceId), { versions: -versions, bytes: -freed });
  await sql.run("DELETE FROM packages WHERE id = ?", target.packageId);
  return "deleted";
}

/** Conditions on `files`, for where no other table is joined: names of columns are not qualified. */
type FileCondition =
  | "version_id = ?"
  | "version_id IN (SELECT id FROM versions WHERE package_id = ?)"
  | "version_id = ? AND path = ?"
  | "id = ?"
  | "id IN (SELECT value FROM json_each(?))";

/** Removes revisions, noting which blobs nothing names any more; how many bytes they had. */
async function removeFiles(
  sql: SqlConnection,
  nowMs: number,
  condition: FileCondition,
  values: readonly (string | number)[],
): Promise<number> {
  const freed = await sql.get<{ bytes: number }>(
    `SELECT coalesce(sum(b.size_bytes), 0) AS bytes
     FROM (SELECT blob_id FROM files WHERE ${condition}) removed JOIN blobs b ON b.id = removed.blob_id`,
    ...values,
  );
  await releaseBlobs(sql, nowMs, condition, values);
  await sql.run(`DELETE FROM files WHERE ${condition}`, ...values);
  return freed?.bytes ?? 0;
}

/** Notes which blobs no file outside the ones about to be deleted names; run before those are deleted. */
async function releaseBlobs(
  sql: SqlConnection,
  nowMs: number,
  condition: FileCondition,
  values: readonly (string | number)[],
): Promise<void> {
  await sql.run(
    `UPDATE blobs SET unreferenced_since_ms = ?
     WHERE id IN (SELECT blob_id FROM files WHERE ${condition})
       AND NOT EXISTS (SELECT 1 FROM files other WHERE other.blob_id = blobs.id AND NOT (${condition}))`,
    nowMs,
    ...values,
    ...values,
  );
}
