import type { Limits } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import { effectiveLimits } from "../../core/ports/namespace-store.ts";
import type { DownloadCount, PublishCommand, PublishResult } from "../../core/ports/publish-store.ts";
import type { SqlConnection } from "./connection.ts";
import { namespaceChain, countInChain, type ChainLink } from "./namespace-chain.ts";
import { parseLimits } from "./namespaces.ts";
import { findFileInVersion, findPackage, findVersionId } from "./packages.ts";
import { hasOtherTwin, recordBlob } from "./blobs.ts";
import { isHeldByAnother, noteVersionNumber } from "./reservations.ts";

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
export async function publish(sql: SqlConnection, asked: PublishCommand): Promise<PublishResult> {
  const chain = await namespaceChain(sql, asked.namespaceId);
  // The account of an access token has a namespace by name only: it goes with the token's project.
  if (chain.length === 0 || (chain.length === 1 && (await isBot(sql, asked.namespaceId)))) return { outcome: "namespace_absent" };
  const claimed = await sql.get(
    "SELECT 1 AS claimed FROM unrecorded_objects WHERE storage_name = ? AND is_claimed = 1",
    asked.blob.storageName,
  );
  if (claimed !== null) return { outcome: "blob_claimed" };
  const within = await findPackage(sql, asked.namespaceId, asked.packageName, asked.match);
  const command = { ...asked, packageName: within?.name ?? asked.packageName };
  const versionId = within === null ? null : await findVersionId(sql, within.id, command.version, command.match);
  if (command.limits !== null) {
    const upload = { isNewVersion: versionId === null, sizeBytes: command.blob.sizeBytes };
    const broken = brokenLimit(chain, command.limits, upload);
    if (broken !== null) return broken;
  }
  const existing = versionId === null ? null : await findFileInVersion(sql, versionId, command.path, command.match);
  const isTaken = existing !== null && command.onDuplicate !== "allow";
  if (isTaken && (command.onDuplicate === "reject" || existing.sha256 !== command.blob.sha256)) return { outcome: "file_exists" };
  if (await hasOtherTwin(sql, command)) return { outcome: "twin_changed" };
  // Somebody else has published it here meanwhile: then its bytes are looked at like any of this namespace's.
  if (isTaken && !existing.isDamaged && command.replaceTwin === true) return { outcome: "twin_changed" };
  if (isTaken && !existing.isDamaged && command.replaceDamaged === null) {
    await setStatus(sql, existing.versionId, command);
    return { outcome: "identical", file: existing };
  }
  if (await isHeldByAnother(sql, command)) return { outcome: "version_reserved" };
  const blob = await recordBlob(sql, command);
  const packageId = within?.id ?? (await insertPackage(sql, command));
  const target = versionId ?? (await insertVersion(sql, packageId, command));
  if (versionId !== null) {
    await setStatus(sql, versionId, command);
    await noteUpload(sql, versionId, command);
  }
  // A revision of a file that is there already keeps its spelling: the two are one name.
  const path = existing?.path ?? command.path;
  const fileId = await insertFile(sql, target, blob.id, { ...command, path });
  await countInChain(sql, chain, { versions: versionId === null ? 1 : 0, bytes: command.blob.sizeBytes });
  return {
    outcome: "published",
    file: {
      id: fileId,
      versionId: target,
      path,
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

async function isBot(sql: SqlConnection, userId: number): Promise<boolean> {
  return (await sql.get("SELECT 1 AS found FROM users WHERE id = ? AND bot_of_namespace_id IS NOT NULL", userId)) !== null;
}

/** Any later upload that names a status changes it for the whole version (GitLab). */
async function setStatus(sql: SqlConnection, versionId: number, { status, nowMs }: PublishCommand): Promise<void> {
  if (status === null) return;
  await sql.run("UPDATE versions SET status = ?, updated_at_ms = ? WHERE id = ? AND status <> ?", status, nowMs, versionId, status);
}

/** Who deletes what it saw earlier is told when there is more to it now. */
async function noteUpload(sql: SqlConnection, versionId: number, { nowMs }: PublishCommand): Promise<void> {
  await sql.run("UPDATE versions SET updated_at_ms = ? WHERE id = ? AND updated_at_ms < ?", nowMs, versionId, nowMs);
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
  await noteVersionNumber(sql, command);
  return insertedId(
    await sql.get<{ id: number }>(
      `INSERT INTO versions
         (namespace_id, package_id, name, name_folded, status, creator_kind, creator_id, creator_name, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      command.namespaceId,
      packageId,
      command.version,
      foldName(command.version),
      command.status ?? "default",
      command.creator.kind,
      command.creator.id,
      command.creator.name,
      command.nowMs,
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
