import type { Limits } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import { effectiveLimits } from "../../core/ports/namespace-store.ts";
import type { DownloadCount, PublishCommand, PublishResult } from "../../core/ports/publish-store.ts";
import type { SqlConnection } from "./connection.ts";
import { parseLimits } from "./namespaces.ts";
import { findFileInVersion, findPackage, findVersionId } from "./packages.ts";
import { recordBlob } from "./blobs.ts";

interface ChainLink {
  readonly id: number;
  readonly parent_id: number | null;
  readonly limits: string;
  readonly version_count: number;
  readonly stored_bytes: number;
}

/** The namespace and everything above it, itself first; empty when it does not exist. */
async function namespaceChain(sql: SqlConnection, namespaceId: number): Promise<readonly ChainLink[]> {
  const chain: ChainLink[] = [];
  let next: number | null = namespaceId;
  while (next !== null) {
    const link: ChainLink | null = await sql.get<ChainLink>(
      "SELECT id, parent_id, limits, version_count, stored_bytes FROM namespaces WHERE id = ?",
      next,
    );
    if (link === null) return [];
    chain.push(link);
    next = link.parent_id;
  }
  return chain;
}

/** The first limit that this upload would break on any level of the path: count, then file size, then owner's bytes. */
function brokenLimit(
  chain: readonly ChainLink[],
  instance: Limits,
  upload: { readonly isNewVersion: boolean; readonly sizeBytes: number },
): PublishResult | null {
  const levels = chain.map((link) => ({ link, limits: effectiveLimits(parseLimits(link.limits), instance) }));
  for (const { link, limits } of levels)
    if (upload.isNewVersion && limits.ownerVersions !== null && link.version_count + 1 > limits.ownerVersions)
      return { outcome: "limit_owner_versions", limit: limits.ownerVersions };
  for (const { limits } of levels)
    if (limits.fileBytes !== null && upload.sizeBytes > limits.fileBytes)
      return { outcome: "limit_file_bytes", limit: limits.fileBytes };
  for (const { link, limits } of levels)
    if (limits.ownerBytes !== null && link.stored_bytes + upload.sizeBytes > limits.ownerBytes)
      return { outcome: "limit_owner_bytes", limit: limits.ownerBytes };
  return null;
}

/** See PublishStore.publish. Everything that can refuse is looked at before the first row is written. */
export async function publish(sql: SqlConnection, command: PublishCommand): Promise<PublishResult> {
  const chain = await namespaceChain(sql, command.namespaceId);
  if (chain.length === 0) return { outcome: "namespace_absent" };
  const claimed = await sql.get(
    "SELECT 1 AS claimed FROM unrecorded_objects WHERE storage_name = ? AND is_claimed = 1",
    command.blob.storageName,
  );
  if (claimed !== null) return { outcome: "blob_claimed" };
  const within = await findPackage(sql, command.namespaceId, command.packageName, command.match);
  const versionId = within === null ? null : await findVersionId(sql, within.id, command.version, command.match);
  if (command.limits !== null) {
    const upload = { isNewVersion: versionId === null, sizeBytes: command.blob.sizeBytes };
    const broken = brokenLimit(chain, command.limits, upload);
    if (broken !== null) return broken;
  }
  if (versionId !== null && (await findFileInVersion(sql, versionId, command.path, command.match)) !== null)
    return { outcome: "file_exists" };
  const blob = await recordBlob(sql, command);
  const packageId = within?.id ?? (await insertPackage(sql, command));
  const target = versionId ?? (await insertVersion(sql, packageId, command));
  const fileId = await insertFile(sql, target, blob.id, command);
  await countInChain(sql, chain, { versions: versionId === null ? 1 : 0, bytes: command.blob.sizeBytes });
  return {
    outcome: "published",
    file: {
      id: fileId,
      versionId: target,
      path: command.path,
      sizeBytes: command.blob.sizeBytes,
      sha256: command.blob.sha256,
      blobId: blob.id,
      storageName: blob.storageName,
      isDamaged: false,
      createdAtMs: command.nowMs,
    },
    isBlobUsed: blob.storageName === command.blob.storageName,
    isNewVersion: versionId === null,
  };
}

async function insertPackage(sql: SqlConnection, command: PublishCommand): Promise<number> {
  return insertedId(
    await sql.get<{ id: number }>(
      "INSERT INTO packages (namespace_id, name, name_folded, created_at_ms) VALUES (?, ?, ?, ?) RETURNING id",
      command.namespaceId,
      command.packageName,
      foldName(command.packageName),
      command.nowMs,
    ),
  );
}

async function insertVersion(sql: SqlConnection, packageId: number, command: PublishCommand): Promise<number> {
  return insertedId(
    await sql.get<{ id: number }>(
      `INSERT INTO versions (namespace_id, package_id, name, name_folded, creator_kind, creator_id, creator_name, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      command.namespaceId,
      packageId,
      command.version,
      foldName(command.version),
      command.creator.kind,
      command.creator.id,
      command.creator.name,
      command.nowMs,
    ),
  );
}

async function insertFile(sql: SqlConnection, versionId: number, blobId: number, command: PublishCommand): Promise<number> {
  return insertedId(
    await sql.get<{ id: number }>(
      "INSERT INTO files (version_id, path, path_folded, blob_id, created_at_ms) VALUES (?, ?, ?, ?, ?) RETURNING id",
      versionId,
      command.path,
      foldName(command.path),
      blobId,
      command.nowMs,
    ),
  );
}

function insertedId(row: { readonly id: number } | null): number {
  if (row === null) throw new Error("an insert returned no row");
  return row.id;
}

async function countInChain(
  sql: SqlConnection,
  chain: readonly { readonly id: number }[],
  change: { readonly versions: number; readonly bytes: number },
): Promise<void> {
  for (const link of chain)
    await sql.run(
      "UPDATE namespaces SET version_count = version_count + ?, stored_bytes = stored_bytes + ? WHERE id = ?",
      change.versions,
      change.bytes,
      link.id,
    );
}

export async function deleteVersion(
  sql: SqlConnection,
  target: { namespaceId: number; versionId: number; nowMs: number },
): Promise<"deleted" | "absent"> {
  const found = await sql.get(
    "SELECT id FROM versions WHERE id = ? AND namespace_id = ?",
    target.versionId,
    target.namespaceId,
  );
  if (found === null) return "absent";
  const freed = await sumBytes(sql, "f.version_id = ?", [target.versionId]);
  await releaseBlobs(sql, target.nowMs, "version_id = ?", [target.versionId]);
  await sql.run("DELETE FROM versions WHERE id = ?", target.versionId);
  const chain = await namespaceChain(sql, target.namespaceId);
  await countInChain(sql, chain, { versions: -1, bytes: -freed });
  return "deleted";
}

export async function deleteFile(
  sql: SqlConnection,
  target: { versionId: number; path: string; nowMs: number },
): Promise<"deleted" | "absent"> {
  const version = await sql.get<{ namespace_id: number }>("SELECT namespace_id FROM versions WHERE id = ?", target.versionId);
  const freed = await sumBytes(sql, "f.version_id = ? AND f.path = ?", [target.versionId, target.path]);
  await releaseBlobs(sql, target.nowMs, "version_id = ? AND path = ?", [target.versionId, target.path]);
  const removed = await sql.run("DELETE FROM files WHERE version_id = ? AND path = ?", target.versionId, target.path);
  if (version === null || removed === 0) return "absent";
  const isEmpty = (await sql.get("SELECT id FROM files WHERE version_id = ? LIMIT 1", target.versionId)) === null;
  if (isEmpty) await sql.run("DELETE FROM versions WHERE id = ?", target.versionId);
  const chain = await namespaceChain(sql, version.namespace_id);
  await countInChain(sql, chain, { versions: isEmpty ? -1 : 0, bytes: -freed });
  return "deleted";
}

export async function deletePackage(
  sql: SqlConnection,
  target: { namespaceId: number; packageId: number; nowMs: number },
): Promise<"deleted" | "absent"> {
  const found = await sql.get("SELECT id FROM packages WHERE id = ? AND namespace_id = ?", target.packageId, target.namespaceId);
  if (found === null) return "absent";
  const versions = await sql.all<{ id: number }>("SELECT id FROM versions WHERE package_id = ?", target.packageId);
  for (const version of versions)
    await deleteVersion(sql, { namespaceId: target.namespaceId, versionId: version.id, nowMs: target.nowMs });
  await sql.run("DELETE FROM packages WHERE id = ?", target.packageId);
  return "deleted";
}

type FileCondition = "version_id = ?" | "version_id = ? AND path = ?";

async function sumBytes(sql: SqlConnection, condition: `f.${string}`, values: readonly (string | number)[]): Promise<number> {
  const row = await sql.get<{ bytes: number }>(
    `SELECT coalesce(sum(b.size_bytes), 0) AS bytes FROM files f JOIN blobs b ON b.id = f.blob_id WHERE ${condition}`,
    ...values,
  );
  return row?.bytes ?? 0;
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

export async function addDownloads(sql: SqlConnection, counts: readonly DownloadCount[]): Promise<void> {
  for (const { fileId, versionId, day, count, lastAtMs } of counts) {
    await sql.run(
      `INSERT INTO downloads (file_id, day, count) SELECT id, ?, ? FROM files WHERE id = ?
       ON CONFLICT (file_id, day) DO UPDATE SET count = count + excluded.count`,
      day,
      count,
      fileId,
    );
    await sql.run(
      "UPDATE versions SET downloads = downloads + ?, last_downloaded_at_ms = max(coalesce(last_downloaded_at_ms, 0), ?) WHERE id = ?",
      count,
      lastAtMs,
      versionId,
    );
  }
}

export async function removeEmptyPackages(sql: SqlConnection, createdBeforeMs: number): Promise<number> {
  return sql.run(
    "DELETE FROM packages WHERE created_at_ms < ? AND NOT EXISTS (SELECT 1 FROM versions WHERE package_id = packages.id)",
    createdBeforeMs,
  );
}
