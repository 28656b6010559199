import type { Creator, FileRevision, Sha256, StorageName, Version, VersionStatus } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type {
  FileName,
  FindFileResult,
  ListedFile,
  NameMatch,
  VersionName,
} from "../../core/ports/package-store.ts";
import type { SqlConnection } from "./connection.ts";

export interface VersionRow {
  readonly id: number;
  readonly package_id: number;
  readonly namespace_id: number;
  readonly package_name: string;
  readonly name: string;
  readonly status: VersionStatus;
  readonly creator_kind: Creator["kind"];
  readonly creator_id: number;
  readonly creator_name: string;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  readonly last_downloaded_at_ms: number | null;
}

/** Columns of a version in a statement that joins `versions v` with `packages p`. */
export const versionColumns =
  "v.id, v.package_id, v.namespace_id, p.name AS package_name, v.name, v.status, v.creator_kind, v.creator_id, v.creator_name, " +
  "v.created_at_ms, v.updated_at_ms, v.last_downloaded_at_ms";

export function toVersion(row: VersionRow): Version {
  return {
    id: row.id,
    packageId: row.package_id,
    namespaceId: row.namespace_id,
    packageName: row.package_name,
    name: row.name,
    status: row.status,
    creator: { kind: row.creator_kind, id: row.creator_id, name: row.creator_name },
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    lastDownloadedAtMs: row.last_downloaded_at_ms,
  };
}

export interface FileRow {
  readonly id: number;
  readonly version_id: number;
  readonly path: string;
  readonly created_at_ms: number;
  readonly blob_id: number;
  readonly sha256: Sha256;
  readonly size_bytes: number;
  readonly storage_name: StorageName;
  readonly is_damaged: number;
}

/** Columns of a revision in a statement that joins `files f` with `blobs b`. */
export const fileColumns =
  "f.id, f.version_id, f.path, f.created_at_ms, f.blob_id, b.sha256, b.size_bytes, b.storage_name, b.is_damaged";

export function toFile(row: FileRow): FileRevision {
  return {
    id: row.id,
    versionId: row.version_id,
    path: row.path,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    blobId: row.blob_id,
    storageName: row.storage_name,
    isDamaged: row.is_damaged === 1,
    createdAtMs: row.created_at_ms,
  };
}

/** A package by name, also one without versions. */
export async function findPackage(
  sql: SqlConnection,
  namespaceId: number,
  name: string,
  match: NameMatch,
): Promise<{ id: number; name: string } | null> {
  const exact = await sql.get<{ id: number; name: string }>(
    "SELECT id, name FROM packages WHERE namespace_id = ? AND name = ?",
    namespaceId,
    name,
  );
  if (exact !== null || match === "exact") return exact;
  return sql.get("SELECT id, name FROM packages WHERE namespace_id = ? AND name_folded = ? ORDER BY id LIMIT 1", namespaceId, foldName(name));
}

/** The id of a version within a package. */
export async function findVersionId(
  sql: SqlConnection,
  packageId: number,
  name: string,
  match: NameMatch,
): Promise<number | null> {
  const exact = await sql.get<{ id: number }>("SELECT id FROM versions WHERE package_id = ? AND name = ?", packageId, name);
  if (exact !== null || match === "exact") return exact?.id ?? null;
  const folded = await sql.get<{ id: number }>(
    "SELECT id FROM versions WHERE package_id = ? AND name_folded = ? ORDER BY id LIMIT 1",
    packageId,
    foldName(name),
  );
  return folded?.id ?? null;
}

/** The id of a version by all its names: one statement where the package is spelled as it was published. */
async function findNamedVersionId(sql: SqlConnection, { namespaceId, packageName, version, match }: VersionName): Promise<number | null> {
  const inExact = await sql.get<{ exact: number | null; folded: number | null }>(
    `SELECT (SELECT id FROM versions WHERE package_id = p.id AND name = ?) AS exact,
       (SELECT id FROM versions WHERE package_id = p.id AND name_folded = ? ORDER BY id LIMIT 1) AS folded
     FROM packages p WHERE p.namespace_id = ? AND p.name = ?`,
    version,
    foldName(version),
    namespaceId,
    packageName,
  );
  if (inExact !== null) return inExact.exact ?? (match === "exact" ? null : inExact.folded);
  const within = match === "exact" ? null : await findPackage(sql, namespaceId, packageName, match);
  return within === null ? null : findVersionId(sql, within.id, version, match);
}

/** The newest revision of a file within a version. */
export async function findFileInVersion(
  sql: SqlConnection,
  versionId: number,
  path: string,
  match: NameMatch,
): Promise<FileRevision | null> {
  const newest = `SELECT ${fileColumns} FROM files f JOIN blobs b ON b.id = f.blob_id
    WHERE f.version_id = ? AND f.path = ? ORDER BY f.id DESC LIMIT 1`;
  const exact = await sql.get<FileRow>(newest, versionId, path);
  if (exact !== null || match === "exact") return exact === null ? null : toFile(exact);
  const spelling = await sql.get<{ path: string }>(
    "SELECT path FROM files WHERE version_id = ? AND path_folded = ? ORDER BY id LIMIT 1",
    versionId,
    foldName(path),
  );
  if (spelling === null) return null;
  const folded = await sql.get<FileRow>(newest, versionId, spelling.path);
  return folded === null ? null : toFile(folded);
}

export async function findFile(sql: SqlConnection, name: FileName): Promise<FindFileResult> {
  // The spelling that was published is by far the usual one, and one statement answers it.
  const exact = await sql.get<FileRow>(
    `SELECT ${fileColumns} FROM packages p
     JOIN versions v ON v.package_id = p.id AND v.name = ?
     JOIN files f ON f.version_id = v.id AND f.path = ?
     JOIN blobs b ON b.id = f.blob_id
     WHERE p.namespace_id = ? AND p.name = ? ORDER BY f.id DESC LIMIT 1`,
    name.version,
    name.path,
    name.namespaceId,
    name.packageName,
  );
  if (exact !== null) return { found: "file", file: toFile(exact) };
  const versionId = await findNamedVersionId(sql, name);
  if (versionId === null) return { found: "nothing" };
  const file = await findFileInVersion(sql, versionId, name.path, name.match);
  return file === null ? { found: "version" } : { found: "file", file };
}

export async function findVersionById(sql: SqlConnection, versionId: number): Promise<Version | null> {
  const row = await sql.get<VersionRow>(
    `SELECT ${versionColumns} FROM versions v JOIN packages p ON p.id = v.package_id WHERE v.id = ?`,
    versionId,
  );
  return row === null ? null : toVersion(row);
}

export async function findVersion(sql: SqlConnection, name: VersionName): Promise<Version | null> {
  const versionId = await findNamedVersionId(sql, name);
  return versionId === null ? null : findVersionById(sql, versionId);
}

/** The newest version of a package if it is one that is shown, as it nearly always is: one step, however many there are. */
export async function newestIfShown(sql: SqlConnection, packageId: number): Promise<Version | null> {
  const row = await sql.get<{ id: number; status: VersionStatus }>(
    "SELECT id, status FROM versions WHERE package_id = ? ORDER BY id DESC LIMIT 1",
    packageId,
  );
  return row?.status === "default" ? findVersionById(sql, row.id) : null;
}

/** Looks past those that are not shown, of which there may be many. */
export async function latestVersion(sql: SqlConnection, packageId: number): Promise<Version | null> {
  const row = await sql.get<{ id: number }>(
    "SELECT id FROM versions WHERE package_id = ? AND status = 'default' ORDER BY id DESC LIMIT 1",
    packageId,
  );
  return row === null ? null : findVersionById(sql, row.id);
}

interface ListedFileRow extends FileRow {
  readonly md5: string | null;
  readonly sha1: string | null;
  readonly sha512: string | null;
}

export async function listFiles(sql: SqlConnection, versionId: number, limit: number): Promise<readonly ListedFile[]> {
  const rows = await sql.all<ListedFileRow>(
    `SELECT ${fileColumns}, b.md5, b.sha1, b.sha512 FROM files f JOIN blobs b ON b.id = f.blob_id
     WHERE f.version_id = ?
       AND NOT EXISTS (SELECT 1 FROM files newer WHERE newer.version_id = f.version_id AND newer.path = f.path AND newer.id > f.id)
     ORDER BY f.path_folded, f.id LIMIT ?`,
    versionId,
    limit,
  );
  return rows.map((row) => ({
    ...toFile(row),
    digests:
      row.md5 === null || row.sha1 === null || row.sha512 === null
        ? null
        : { md5: row.md5, sha1: row.sha1, sha512: row.sha512 },
  }));
}

export async function versionDownloads(sql: SqlConnection, versionId: number): Promise<number> {
  const row = await sql.get<{ downloads: number }>("SELECT downloads FROM versions WHERE id = ?", versionId);
  return row?.downloads ?? 0;
}
