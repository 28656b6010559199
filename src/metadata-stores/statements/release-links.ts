import type { ReleaseLink, ReleaseLinkType } from "../../core/domain.ts";
import type { ReleaseLinkChanges, UniqueLinkField } from "../../core/ports/release-link-store.ts";
import type { NewReleaseLink } from "../../core/ports/release-store.ts";
import { placeholders, type SqlConnection } from "./connection.ts";

interface LinkRow {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly filepath: string | null;
  readonly link_type: ReleaseLinkType;
}

const columns = "id, name, url, filepath, link_type";

function toLink({ id, name, url, filepath, link_type }: LinkRow): ReleaseLink {
  return { id, name, url, filepath, type: link_type };
}

/** The links of some releases by the release's id, newest first. */
export async function linksOf(sql: SqlConnection, releaseIds: readonly number[]): Promise<ReadonlyMap<number, readonly ReleaseLink[]>> {
  const links = new Map<number, ReleaseLink[]>(releaseIds.map((id) => [id, []]));
  const rows = await sql.all<LinkRow & { readonly release_id: number }>(
    `SELECT release_id, ${columns} FROM release_links WHERE release_id IN (${placeholders(releaseIds.length)}) ORDER BY id DESC`,
    ...releaseIds,
  );
  for (const row of rows) links.get(row.release_id)?.push(toLink(row));
  return links;
}

export async function findLinkByPath(
  sql: SqlConnection,
  namespaceId: number,
  tag: string,
  filepath: string,
): Promise<ReleaseLink | null> {
  const row = await sql.get<LinkRow>(
    `SELECT ${columns} FROM release_links
     WHERE release_id = (SELECT id FROM releases WHERE namespace_id = ? AND tag = ?) AND filepath = ?`,
    namespaceId,
    tag,
    filepath,
  );
  return row === null ? null : toLink(row);
}

type Conflict = { outcome: "taken"; field: UniqueLinkField } | { outcome: "absent" };

export async function createReleaseLink(
  sql: SqlConnection,
  releaseId: number,
  link: NewReleaseLink,
  limit: number,
): Promise<{ outcome: "created"; link: ReleaseLink } | Conflict | { outcome: "too_many" }> {
  if ((await sql.get("SELECT id FROM releases WHERE id = ?", releaseId)) === null) return { outcome: "absent" };
  const field = await takenField(sql, releaseId, link, 0);
  if (field !== null) return { outcome: "taken", field };
  const count = await sql.get<{ total: number }>("SELECT count(*) AS total FROM release_links WHERE release_id = ?", releaseId);
  if ((count?.total ?? 0) >= limit) return { outcome: "too_many" };
  return { outcome: "created", link: await insertLink(sql, releaseId, link) };
}

/** Adds a link of which is known that nothing stands against it. */
export async function insertLink(sql: SqlConnection, releaseId: number, { name, url, filepath, type }: NewReleaseLink): Promise<ReleaseLink> {
  const row = await sql.get<LinkRow>(
    `INSERT INTO release_links (release_id, name, url, filepath, link_type) VALUES (?, ?, ?, ?, ?) RETURNING ${columns}`,
    releaseId,
    name,
    url,
    filepath,
    type,
  );
  if (row === null) throw new Error("an insert returned no row");
  return toLink(row);
}

export async function updateReleaseLink(
  sql: SqlConnection,
  releaseId: number,
  linkId: number,
  changes: ReleaseLinkChanges,
): Promise<{ outcome: "updated"; link: ReleaseLink } | Conflict> {
  const current = await findLink(sql, releaseId, linkId);
  if (current === null) return { outcome: "absent" };
  const link = { ...current, ...changes };
  const field = await takenField(sql, releaseId, link, linkId);
  if (field !== null) return { outcome: "taken", field };
  await sql.run(
    "UPDATE release_links SET name = ?, url = ?, filepath = ?, link_type = ? WHERE id = ?",
    link.name,
    link.url,
    link.filepath,
    link.type,
    linkId,
  );
  return { outcome: "updated", link };
}

export async function deleteReleaseLink(sql: SqlConnection, releaseId: number, linkId: number): Promise<ReleaseLink | null> {
  const link = await findLink(sql, releaseId, linkId);
  if (link !== null) await sql.run("DELETE FROM release_links WHERE id = ?", linkId);
  return link;
}

async function findLink(sql: SqlConnection, releaseId: number, linkId: number): Promise<ReleaseLink | null> {
  const row = await sql.get<LinkRow>(`SELECT ${columns} FROM release_links WHERE id = ? AND release_id = ?`, linkId, releaseId);
  return row === null ? null : toLink(row);
}

/** The field that another link of the release has already. */
async function takenField(sql: SqlConnection, releaseId: number, link: NewReleaseLink, ownId: number): Promise<UniqueLinkField | null> {
  for (const field of ["name", "url", "filepath"] as const) {
    const other = await sql.get(
      `SELECT id FROM release_links WHERE release_id = ? AND ${field} = ? AND id <> ?`,
      releaseId,
      link[field],
      ownId,
    );
    if (other !== null) return field;
  }
  return null;
}
