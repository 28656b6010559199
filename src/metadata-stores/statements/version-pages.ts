import type { Version } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type { VersionFilter } from "../../core/ports/package-store.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";
import type { WholeList } from "./list-marks.ts";
import { ownVersionCount } from "./namespaces.ts";
import { toVersion, versionColumns, type VersionRow } from "./packages.ts";
import { wayToPage } from "./way-to-page.ts";

/** Ids are chosen by index alone, whatever the page; only the rows of the page are then read. */
export async function listVersions(sql: SqlConnection, filter: VersionFilter, page: PageRequest): Promise<Page<Version>> {
  const chosen = await chooseVersions(sql, filter);
  const source = `FROM versions v WHERE ${chosen.condition}`;
  const counted = chosen.total ?? (await sql.get<{ total: number }>(`SELECT count(*) AS total ${source}`, ...chosen.values))?.total;
  const total = counted ?? 0;
  if (page.offset >= total) return { items: [], total };
  const way = await wayToPage(sql, chosen.whole, { ...page, direction: "DESC" }, total);
  const rows = await sql.all<VersionRow>(
    `SELECT ${versionColumns} FROM (SELECT v.id ${source}${way.from} ORDER BY v.created_at_ms ${way.direction}, v.id ${way.direction} LIMIT ? OFFSET ?) chosen
     JOIN versions v ON v.id = chosen.id JOIN packages p ON p.id = v.package_id ORDER BY v.created_at_ms DESC, v.id DESC`,
    ...chosen.values,
    ...way.values,
    way.limit,
    way.passedOver,
  );
  return { items: rows.map(toVersion), total };
}

interface ChosenVersions {
  readonly condition: string;
  readonly values: readonly SqlValue[];
  /** How many they are, where counters say it; null where they have to be counted. */
  readonly total: number | null;
  /** What they are all the versions of; null where they are not, or of several packages. */
  readonly whole: WholeList | null;
}

async function chooseVersions(sql: SqlConnection, filter: VersionFilter): Promise<ChosenVersions> {
  const { namespaceId, packageId, nameContains = "" } = filter;
  // No index holds the status: it is asked for only where it makes a difference.
  const isPlain = filter.status === "any" || (filter.status === "default" && !(await hasHiddenVersions(sql, namespaceId)));
  const status = isPlain ? "" : " AND v.status = ?";
  const states: readonly SqlValue[] = isPlain ? [] : [filter.status];
  if (packageId === undefined && nameContains === "") {
    const total = isPlain ? await ownVersionCount(sql, namespaceId) : null;
    const whole: WholeList | null = total === null ? null : { of: "namespace_id", id: namespaceId };
    return { condition: `v.namespace_id = ?${status}`, values: [namespaceId, ...states], total, whole };
  }
  const conditions = ["namespace_id = ?"];
  const searched: SqlValue[] = [namespaceId];
  if (packageId !== undefined) {
    conditions.push("id = ?");
    searched.push(packageId);
  }
  if (nameContains !== "") {
    conditions.push("instr(name_folded, ?) > 0");
    searched.push(foldName(nameContains));
  }
  const source = `FROM packages WHERE ${conditions.join(" AND ")}`;
  const found = await sql.get<FoundPackages>(`SELECT count(*) AS total, coalesce(sum(version_count), 0) AS versions, min(id) AS first ${source}`, ...searched);
  const total = isPlain ? (found?.versions ?? 0) : null;
  // Of one package an index holds the versions in the order of the list; of several they are put in order first.
  if (found?.total === 1)
    return { condition: `v.package_id = ?${status}`, values: [found.first, ...states], total, whole: isPlain ? { of: "package_id", id: found.first } : null };
  return { condition: `v.package_id IN (SELECT id ${source})${status}`, values: [...searched, ...states], total, whole: null };
}

/** Packages whose versions a list shows. */
interface FoundPackages {
  /** Of packages. So named, it is kept with other totals: a search looks at every name (`keepTotals`). */
  readonly total: number;
  readonly versions: number;
  /** The least id; of no use where there is none. */
  readonly first: number;
}

export async function hasHiddenVersions(sql: SqlConnection, namespaceId: number): Promise<boolean> {
  const row = await sql.get<{ total: number }>(
    "SELECT count(*) AS total FROM versions WHERE namespace_id = ? AND status = 'hidden'",
    namespaceId,
  );
  return (row?.total ?? 0) > 0;
}
