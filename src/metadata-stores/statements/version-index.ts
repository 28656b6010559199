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
import { fileColumns, findVersionById, toFile, toVersion, versionColumns, type FileRow, type VersionRow } from "./packages.ts";
import type { WholeList } from "./list-marks.ts";
import { ownVersionCount } from "./namespaces.ts";
import { hasHiddenVersions } from "./version-pages.ts";
import { wayToPage } from "./way-to-page.ts";

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
  const sign = beyond[order.direction];
  // Said twice: of a pair from two tables SQLite does not see that its first half bounds the walk through an index.
  return { text: ` AND ${key} ${sign}= ? AND (${key}, ${id}) ${sign} (?, ?)`, values: [start.afterValue, start.afterValue, start.afterId] };
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

/** Up to so many packages are looked into one by one; with more that match, a walk through all versions meets enough of them. */
const fewPackages = 200;

/** The packages whose names hold what the filter looks for; null where it looks for nothing, or finds more than a few. */
async function findFewPackages(sql: SqlConnection, filter: IndexFilter): Promise<readonly number[] | null> {
  if (filter.nameContains.length === 0) return null;
  const { text, values } = namespaceCondition("p", filter.namespaceIds);
  const names = nameCondition(filter.nameContains);
  const rows = await sql.all<{ id: number }>(
    `SELECT p.id FROM packages p WHERE ${[text, ...names.texts].join(" AND ")} LIMIT ${fewPackages + 1}`,
    ...values,
    ...names.values,
  );
  return rows.length > fewPackages ? null : rows.map(({ id }) => id);
}

function namespaceCondition(table: "v" | "p", namespaceIds: readonly number[]): { readonly text: string; readonly values: readonly SqlValue[] } {
  const [first] = namespaceIds;
  if (namespaceIds.length === 1 && first !== undefined) return { text: `${table}.namespace_id = ?`, values: [first] };
  return { text: `${table}.namespace_id IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(namespaceIds)] };
}

function nameCondition(contained: readonly string[]): { readonly texts: readonly string[]; readonly values: readonly SqlValue[] } {
  return {
    texts: contained.map(() => "instr(p.name_folded, ?) > 0"),
    values: contained.map(foldName),
  };
}

/**
 * Only the tables that filter and order look at take part in choosing: most lists then follow one index. A list of one
 * namespace by name follows the index of package names, so it asks those for the namespace: their versions are in it too.
 */
function chooseIndexed(filter: IndexFilter, few: readonly number[] | null, by: (typeof versionOrders)[number] | null): Chosen {
  const names = nameCondition(few === null ? filter.nameContains : []);
  const hasPackages = by === "name" || names.texts.length > 0;
  const conditions = [`v.status IN (${placeholders(filter.statuses.length)})`];
  const values: SqlValue[] = [...filter.statuses];
  if (few === null) {
    const followsNames = by === "name" && filter.namespaceIds.length === 1;
    const { text, values: namespaces } = namespaceCondition(followsNames ? "p" : "v", filter.namespaceIds);
    conditions.push(text);
    values.push(...namespaces);
  } else {
    const [only] = few;
    const isOne = few.length === 1 && only !== undefined;
    // Of one package an index holds the versions in the order of their time.
    conditions.push(`${hasPackages ? "p.id" : "v.package_id"} ${isOne ? "= ?" : "IN (SELECT value FROM json_each(?))"}`);
    values.push(isOne ? only : JSON.stringify(few));
  }
  if (filter.version !== null) {
    conditions.push("v.name = ?");
    values.push(filter.version);
  }
  conditions.push(...names.texts);
  values.push(...names.values);
  const packages = hasPackages ? " JOIN packages p ON p.id = v.package_id" : "";
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
  // The sign keeps SQLite from walking in this order past all versions of other names: those of one name are few.
  const key = filter.version === null ? versionKeys[order.by] : `+${versionKeys[order.by]}`;
  const few = await findFewPackages(sql, filter);
  const { source, where, values } = chooseIndexed(filter, few, order.by);
  const start = startCondition(key, "v.id", order, page);
  const offset = "offset" in page.start ? page.start.offset : null;
  const whole = offset === null ? null : await countWhole(sql, filter, few);
  const total = offset === null ? null : (whole?.total ?? (await countIndexed(sql, chooseIndexed(filter, few, null))));
  const direction = directions[order.direction];
  const limit = page.limit + 1;
  const way =
    whole !== null && offset !== null && order.by === "created_at"
      ? await wayToPage(sql, whole.list, { offset, limit, direction }, whole.total)
      : { direction, from: start.text, values: start.values, passedOver: offset ?? 0, limit };
  const rows = await sql.all<Keyed<VersionRow>>(
    `SELECT ${versionColumns}, chosen.sort_key
     FROM (SELECT v.id, ${key} AS sort_key ${source} ${where}${way.from}
           ORDER BY ${key} ${way.direction}, v.id ${way.direction} LIMIT ? OFFSET ?) chosen
     JOIN versions v ON v.id = chosen.id JOIN packages p ON p.id = v.package_id
     ORDER BY chosen.sort_key ${direction}, v.id ${direction}`,
    ...values,
    ...way.values,
    way.limit,
    way.passedOver,
  );
  return toPage(rows, page, total, toVersion);
}

interface CountedList {
  readonly list: WholeList;
  readonly total: number;
}

/** What a filter shows where that is all versions of one namespace or package, which counters tell; otherwise null. */
async function countWhole(sql: SqlConnection, filter: IndexFilter, few: readonly number[] | null): Promise<CountedList | null> {
  const [namespaceId] = filter.namespaceIds;
  if (namespaceId === undefined || filter.namespaceIds.length > 1 || filter.version !== null || !filter.statuses.includes("default")) return null;
  if (!filter.statuses.includes("hidden") && (await hasHiddenVersions(sql, namespaceId))) return null;
  if (filter.nameContains.length === 0) {
    const total = await ownVersionCount(sql, namespaceId);
    return total === null ? null : { list: { of: "namespace_id", id: namespaceId }, total };
  }
  const [packageId] = few ?? [];
  if (packageId === undefined || few?.length !== 1) return null;
  const row = await sql.get<{ total: number }>("SELECT version_count AS total FROM packages WHERE id = ?", packageId);
  return { list: { of: "package_id", id: packageId }, total: row?.total ?? 0 };
}

async function countIndexed(sql: SqlConnection, { source, where, values }: Chosen): Promise<number> {
  const counted = await sql.get<{ total: number }>(`SELECT count(*) AS total FROM (SELECT 1 ${source} ${where} LIMIT ${countLimit})`, ...values);
  return counted?.total ?? 0;
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
