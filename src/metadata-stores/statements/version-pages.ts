import type { Version } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type { VersionFilter } from "../../core/ports/package-store.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";
import { createListMarks } from "./list-marks.ts";
import { ownVersionCount } from "./namespaces.ts";
import { escapeLike, toVersion, versionColumns, type VersionRow } from "./packages.ts";

/** Ids are chosen by index alone, whatever the page; only the rows of the page are then read. */
export async function listVersions(sql: SqlConnection, filter: VersionFilter, page: PageRequest): Promise<Page<Version>> {
  const chosen = await chooseVersions(sql, filter);
  const source = `FROM versions v WHERE ${chosen.condition}`;
  const counted = chosen.total ?? (await sql.get<{ total: number }>(`SELECT count(*) AS total ${source}`, ...chosen.values))?.total;
  const total = counted ?? 0;
  if (page.offset >= total) return { items: [], total };
  const limit = Math.min(page.limit, total - page.offset);
  const way = await wayToPage(sql, filter.namespaceId, chosen.total !== null, { offset: page.offset, limit }, total);
  const rows = await sql.all<VersionRow>(
    `SELECT ${versionColumns} FROM (SELECT v.id ${source}${way.from} ORDER BY v.created_at_ms ${way.direction}, v.id ${way.direction} LIMIT ? OFFSET ?) chosen
     JOIN versions v ON v.id = chosen.id JOIN packages p ON p.id = v.package_id ORDER BY v.created_at_ms DESC, v.id DESC`,
    ...chosen.values,
    ...way.values,
    limit,
    way.passedOver,
  );
  return { items: rows.map(toVersion), total };
}

const listMarks = createListMarks();

interface WayToPage {
  readonly direction: "ASC" | "DESC";
  /** A condition on where to begin, with its values; nothing for an end of the list. */
  readonly from: string;
  readonly values: readonly SqlValue[];
  /** Rows between there and the page. */
  readonly passedOver: number;
}

/** From the nearer end of the list, or from a mark where that is far; there are marks in whole lists of a namespace alone. */
async function wayToPage(sql: SqlConnection, namespaceId: number, isWhole: boolean, { offset, limit }: PageRequest, total: number): Promise<WayToPage> {
  const position = total - offset - limit;
  const mark = isWhole && Math.min(offset, position) > listMarks.spacing ? await listMarks.before(sql, namespaceId, position, total) : null;
  if (mark !== null)
    return {
      direction: "ASC",
      from: " AND (v.created_at_ms, v.id) >= (?, ?)",
      values: [mark.mark.created_at_ms, mark.mark.id],
      passedOver: mark.passedOver,
    };
  return offset * 2 <= total
    ? { direction: "DESC", from: "", values: [], passedOver: offset }
    : { direction: "ASC", from: "", values: [], passedOver: position };
}

interface ChosenVersions {
  readonly condition: string;
  readonly values: readonly SqlValue[];
  /** How many they are, where a counter says it; null where they have to be counted. */
  readonly total: number | null;
}

async function chooseVersions(sql: SqlConnection, filter: VersionFilter): Promise<ChosenVersions> {
  const { namespaceId, packageId, nameContains = "" } = filter;
  const search = nameContains === "" ? "" : String.raw` AND name_folded LIKE ? ESCAPE '\'`;
  const searched: readonly SqlValue[] = nameContains === "" ? [] : [`%${escapeLike(foldName(nameContains))}%`];
  // No index holds the status: it is asked for only where it makes a difference.
  const isPlain = filter.status === "any" || (filter.status === "default" && !(await hasHiddenVersions(sql, namespaceId)));
  const status = isPlain ? "" : " AND v.status = ?";
  const states: readonly SqlValue[] = isPlain ? [] : [filter.status];
  if (packageId !== undefined)
    return {
      condition: `v.package_id = ? AND EXISTS (SELECT 1 FROM packages WHERE id = ? AND namespace_id = ?${search})${status}`,
      values: [packageId, packageId, namespaceId, ...searched, ...states],
      total: null,
    };
  if (search !== "")
    return {
      condition: `v.package_id IN (SELECT id FROM packages WHERE namespace_id = ?${search})${status}`,
      values: [namespaceId, ...searched, ...states],
      total: null,
    };
  const total = isPlain ? await ownVersionCount(sql, namespaceId) : null;
  return { condition: `v.namespace_id = ?${status}`, values: [namespaceId, ...states], total };
}

async function hasHiddenVersions(sql: SqlConnection, namespaceId: number): Promise<boolean> {
  const row = await sql.get<{ total: number }>(
    "SELECT count(*) AS total FROM versions WHERE namespace_id = ? AND status = 'hidden'",
    namespaceId,
  );
  return (row?.total ?? 0) > 0;
}
