import type { Creator, Release } from "../../core/domain.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { NewRelease, ReleaseChanges, ReleaseOrder } from "../../core/ports/release-store.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";
import { insertLink, linksOf } from "./release-links.ts";

interface ReleaseRow {
  readonly id: number;
  readonly namespace_id: number;
  readonly tag: string;
  readonly name: string;
  readonly description: string | null;
  readonly ref: string | null;
  readonly author_kind: Creator["kind"];
  readonly author_id: number;
  readonly author_name: string;
  readonly created_at_ms: number;
  readonly released_at_ms: number;
}

const columns =
  "id, namespace_id, tag, name, description, ref, author_kind, author_id, author_name, created_at_ms, released_at_ms";

function toRelease(row: ReleaseRow, links: Release["links"]): Release {
  return {
    id: row.id,
    namespaceId: row.namespace_id,
    tag: row.tag,
    name: row.name,
    description: row.description,
    ref: row.ref,
    author: { kind: row.author_kind, id: row.author_id, name: row.author_name },
    createdAtMs: row.created_at_ms,
    releasedAtMs: row.released_at_ms,
    links,
  };
}

export async function findRelease(sql: SqlConnection, namespaceId: number, tag: string): Promise<Release | null> {
  return firstRelease(sql, "WHERE namespace_id = ? AND tag = ?", namespaceId, tag);
}

export async function latestRelease(sql: SqlConnection, namespaceId: number, nowMs: number): Promise<Release | null> {
  const latest = "WHERE namespace_id = ? AND released_at_ms <= ? ORDER BY released_at_ms DESC, id DESC LIMIT 1";
  return firstRelease(sql, latest, namespaceId, nowMs);
}

const columnOf = { released_at: "released_at_ms", created_at: "created_at_ms" } as const;
const directionOf = { asc: "ASC", desc: "DESC" } as const;

export async function listReleases(
  sql: SqlConnection,
  namespaceId: number,
  order: ReleaseOrder,
  page: PageRequest,
): Promise<Page<Release>> {
  const direction = directionOf[order.direction];
  const rows = await sql.all<ReleaseRow>(
    `SELECT ${columns} FROM releases WHERE namespace_id = ?
     ORDER BY ${columnOf[order.by]} ${direction}, id ${direction} LIMIT ? OFFSET ?`,
    namespaceId,
    page.limit,
    page.offset,
  );
  const links = await linksOf(sql, rows.map(({ id }) => id));
  const count = await sql.get<{ total: number }>("SELECT count(*) AS total FROM releases WHERE namespace_id = ?", namespaceId);
  return { items: rows.map((row) => toRelease(row, links.get(row.id) ?? [])), total: count?.total ?? 0 };
}

export async function createRelease(
  sql: SqlConnection,
  release: NewRelease,
): Promise<{ outcome: "created"; release: Release } | { outcome: "tag_taken" | "absent" }> {
  const { namespaceId, tag, author } = release;
  if ((await sql.get("SELECT id FROM namespaces WHERE id = ?", namespaceId)) === null) return { outcome: "absent" };
  if ((await sql.get("SELECT id FROM releases WHERE namespace_id = ? AND tag = ?", namespaceId, tag)) !== null)
    return { outcome: "tag_taken" };
  const row = await sql.get<ReleaseRow>(
    `INSERT INTO releases (namespace_id, tag, name, description, ref, author_kind, author_id, author_name, created_at_ms, released_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${columns}`,
    namespaceId,
    tag,
    release.name,
    release.description,
    release.ref,
    author.kind,
    author.id,
    author.name,
    release.nowMs,
    release.releasedAtMs,
  );
  if (row === null) throw new Error("an insert returned no row");
  const links: Release["links"][number][] = [];
  for (const link of release.links) links.unshift(await insertLink(sql, row.id, link));
  return { outcome: "created", release: toRelease(row, links) };
}

export async function updateRelease(
  sql: SqlConnection,
  namespaceId: number,
  tag: string,
  changes: ReleaseChanges,
): Promise<Release | null> {
  const release = await findRelease(sql, namespaceId, tag);
  if (release === null) return null;
  const changed = { ...release, ...changes };
  await sql.run(
    "UPDATE releases SET name = ?, description = ?, released_at_ms = ? WHERE id = ?",
    changed.name,
    changed.description,
    changed.releasedAtMs,
    changed.id,
  );
  return changed;
}

export async function deleteRelease(sql: SqlConnection, namespaceId: number, tag: string): Promise<Release | null> {
  const release = await findRelease(sql, namespaceId, tag);
  if (release !== null) await sql.run("DELETE FROM releases WHERE id = ?", release.id);
  return release;
}

async function firstRelease(sql: SqlConnection, condition: string, ...values: readonly SqlValue[]): Promise<Release | null> {
  const row = await sql.get<ReleaseRow>(`SELECT ${columns} FROM releases ${condition}`, ...values);
  return row === null ? null : toRelease(row, (await linksOf(sql, [row.id])).get(row.id) ?? []);
}
