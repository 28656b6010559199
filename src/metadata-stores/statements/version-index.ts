import type { FileRevision, Version, VersionStatus } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type {
  IndexFilter,
  IndexOrder,
  IndexPage,
  IndexPageRequest,
  revisionOrders,
  versionOrders,
} from "../../core/ports/index-store.ts";
import { placeholders, type SqlConnection, type SqlValue } from "./connection.ts";
import { escapeLike, fileColumns, findVersionById, toFile, toVersion, versionColumns, type FileRow, type VersionRow } from "./packages.ts";

/** The column that each order sorts by; the id decides between equals. */
const versionKeys = {
  created_at: "v.created_at_ms",
  name: "p.name",
  version: "v.name",
  project_path: "n.path_folded",
  id: "v.id",
} as const satisfies Record<(typeof versionOrders)[number], string>;

const revisionKeys = {
  id: "f.id",
  created_at: "f.created_at_ms",
  file_name: "f.path",
} as const satisfies Record<(typeof revisionOrders)[number], string>;

const directions = { asc: "ASC", desc: "DESC" } as const;
const beyond = { asc: ">", desc: "<" } as const;

/** Where the page begins, as a condition and its values; nothing for an offset. */
function startCondition(key: string, id: string, order: IndexOrder<string>, { start }: IndexPageRequest): { readonly text: string; readonly values: readonly SqlValue[] } {
  if ("offset" in start) return { text: "", values: [] };
  return { text: ` AND (${key}, ${id}) ${beyond[order.direction]} (?, ?)`, values: [start.afterValue, start.afterId] };
}

type Keyed<Row> = Row & { readonly sort_key: string | number };

/** One row more than asked for tells whether there are more. */
function toPage<Row, Item>(rows: readonly Keyed<Row>[], page: IndexPageRequest, total: number | null, convert: (row: Row) => Item): IndexPage<Item> {
  const shown = rows.slice(0, page.limit);
  return { items: shown.map(convert), total, hasMore: rows.length > page.limit, lastValue: shown.at(-1)?.sort_key ?? null };
}

/** More rows than this are not counted: no list names a greater total (GitLab stops there too). */
const countLimit = 10_001;

interface Chosen {
  readonly source: string;
  readonly where: string;
  readonly values: readonly SqlValue[];
}

/** Only the tables that filter and order look at take part in choosing: most lists then follow one index. */
function chooseIndexed(filter: IndexFilter, by: (typeof versionOrders)[number]): Chosen {
  const [first] = filter.namespaceIds;
  const isOne = filter.namespaceIds.length === 1 && first !== undefined;
  const conditions = [
    isOne ? "v.namespace_id = ?" : "v.namespace_id IN (SELECT value FROM json_each(?))",
    `v.status IN (${placeholders(filter.statuses.length)})`,
  ];
  const values: SqlValue[] = [isOne ? first : JSON.stringify(filter.namespaceIds), ...filter.statuses];
  if (filter.version !== null) {
    conditions.push("v.name = ?");
    values.push(filter.version);
  }
  for (const text of filter.nameContains) {
    conditions.push(String.raw`p.name_folded LIKE ? ESCAPE '\'`);
    values.push(`%${escapeLike(foldName(text))}%`);
  }
  const packages = by === "name" || filter.nameContains.length > 0 ? " JOIN packages p ON p.id = v.package_id" : "";
  const namespaces = by === "project_path" ? " JOIN namespaces n ON n.id = v.namespace_id" : "";
  return { source: `FROM versions v${packages}${namespaces}`, where: `WHERE ${conditions.join(" AND ")}`, values };
}

/** The versions of these namespaces. Ids are chosen first; the rest is read for the rows of the page alone. */
export async function listIndexedVersions(
  sql: SqlConnection,
  filter: IndexFilter,
  order: IndexOrder<(typeof versionOrders)[number]>,
  page: IndexPageRequest,
): Promise<IndexPage<Version>> {
  const key = versionKeys[order.by];
  const { source, where, values } = chooseIndexed(filter, order.by);
  const isByOffset = "offset" in page.start;
  const counted = isByOffset
    ? await sql.get<{ total: number }>(`SELECT count(*) AS total FROM (SELECT 1 ${source} ${where} LIMIT ${countLimit})`, ...values)
    : null;
  const start = startCondition(key, "v.id", order, page);
  const direction = directions[order.direction];
  const rows = await sql.all<Keyed<VersionRow>>(
    `SELECT ${versionColumns}, chosen.sort_key
     FROM (SELECT v.id, ${key} AS sort_key ${source} ${where}${start.text}
           ORDER BY ${key} ${direction}, v.id ${direction} LIMIT ? OFFSET ?) chosen
     JOIN versions v ON v.id = chosen.id JOIN packages p ON p.id = v.package_id
     ORDER BY chosen.sort_key ${direction}, v.id ${direction}`,
    ...values,
    ...start.values,
    page.limit + 1,
    "offset" in page.start ? page.start.offset : 0,
  );
  return toPage(rows, page, isByOffset ? (counted?.total ?? 0) : null, toVersion);
}

export async function listSiblingVersions(
  sql: SqlConnection,
  version: Version,
  statuses: readonly VersionStatus[],
  limit: number,
): Promise<readonly Version[]> {
  const rows = await sql.all<VersionRow>(
    `SELECT ${versionColumns} FROM versions v JOIN packages p ON p.id = v.package_id
     WHERE v.package_id = ? AND v.id <> ? AND v.status IN (${placeholders(statuses.length)}) ORDER BY v.id LIMIT ?`,
    version.packageId,
    version.id,
    ...statuses,
    limit,
  );
  return rows.map(toVersion);
}

export async function listRevisions(
  sql: SqlConnection,
  versionId: number,
  order: IndexOrder<(typeof revisionOrders)[number]>,
  page: IndexPageRequest,
): Promise<IndexPage<FileRevision>> {
  const key = revisionKeys[order.by];
  const start = startCondition(key, "f.id", order, page);
  const direction = directions[order.direction];
  const isByOffset = "offset" in page.start;
  const counted = isByOffset ? await sql.get<{ total: number }>("SELECT count(*) AS total FROM files WHERE version_id = ?", versionId) : null;
  const rows = await sql.all<Keyed<FileRow>>(
    `SELECT ${fileColumns}, ${key} AS sort_key FROM files f JOIN blobs b ON b.id = f.blob_id WHERE f.version_id = ?${start.text}
     ORDER BY ${key} ${direction}, f.id ${direction} LIMIT ? OFFSET ?`,
    versionId,
    ...start.values,
    page.limit + 1,
    "offset" in page.start ? page.start.offset : 0,
  );
  return toPage(rows, page, isByOffset ? (counted?.total ?? 0) : null, toFile);
}

export async function findRevision(sql: SqlConnection, versionId: number, fileId: number): Promise<FileRevision | null> {
  const row = await sql.get<FileRow>(
    `SELECT ${fileColumns} FROM files f JOIN blobs b ON b.id = f.blob_id WHERE f.id = ? AND f.version_id = ?`,
    fileId,
    versionId,
  );
  return row === null ? null : toFile(row);
}

export async function findRevisionById(
  sql: SqlConnection,
  fileId: number,
): Promise<{ readonly version: Version; readonly file: FileRevision } | null> {
  const row = await sql.get<FileRow>(
    `SELECT ${fileColumns} FROM files f JOIN blobs b ON b.id = f.blob_id WHERE f.id = ?`,
    fileId,
  );
  const version = row === null ? null : await findVersionById(sql, row.version_id);
  return row === null || version === null ? null : { version, file: toFile(row) };
}

/** See IndexStore.listSuperfluous. */
export async function listSuperfluousVersions(
  sql: SqlConnection,
  { namespaceId, kept, afterVersionId, limit }: { namespaceId: number; kept: number; afterVersionId: number; limit: number },
): Promise<readonly { readonly versionId: number; readonly packageName: string }[]> {
  return sql.all(
    `SELECT v.id AS versionId, p.name AS packageName FROM versions v JOIN packages p ON p.id = v.package_id
     WHERE v.namespace_id = ? AND v.id > ?
       AND EXISTS (SELECT 1 FROM files f WHERE f.version_id = v.id GROUP BY f.path HAVING count(*) > ?)
     ORDER BY v.id LIMIT ?`,
    namespaceId,
    afterVersionId,
    kept,
    limit,
  );
}
