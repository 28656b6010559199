import type { SqlConnection } from "./connection.ts";

/** Rows between two marks: passing over so many takes a tenth of a millisecond. */
const defaultSpacing = 5000;
/** Lists whose marks are kept; most are too short to have any. */
const mostLists = 64;
/** More that are new are not counted: their list is marked anew. */
const mostNew = 100_000;

/** All versions of a namespace, or all of a package. */
export interface WholeList {
  readonly of: "namespace_id" | "package_id";
  readonly id: number;
}

/** Where a version stands in a list, oldest first. */
interface Mark {
  readonly created_at_ms: number;
  readonly id: number;
}

/** A version not far before a place in the list, and how many stand between the two. */
export interface MarkBefore {
  readonly mark: Mark;
  readonly passedOver: number;
}

interface MarkedList {
  readonly marks: Mark[];
  readonly files: number;
  total: number;
  newest: Mark;
}

/**
 * Remembers, for long lists of versions, which version stands at every so many thousandth place: an index knows its rows by
 * key only, and would be followed from an end to a page in the middle. Counted from the oldest, so that new versions move
 * none; whatever else could (a delete, another time, a version that is new but not the newest) ends them. Nothing here is
 * relied on but the order at the time of the look: at worst a page is one that was right a commit earlier.
 */
export function createListMarks(spacing = defaultSpacing) {
  const known = new WeakMap<SqlConnection, Map<string, MarkedList>>();
  const listOf = async (sql: SqlConnection, whole: WholeList, total: number): Promise<MarkedList | null> => {
    const name = `${whole.of} ${whole.id}`;
    const lists = known.get(sql) ?? new Map<string, MarkedList>();
    known.set(sql, lists);
    const files = (await sql.get<{ files: number }>("SELECT files FROM change_counts"))?.files ?? 0;
    const newest = await sql.get<Mark>(`SELECT created_at_ms, id FROM versions WHERE ${whole.of} = ? ORDER BY created_at_ms DESC, id DESC LIMIT 1`, whole.id);
    if (newest === null) return null;
    const kept = lists.get(name);
    lists.delete(name);
    const isSame = kept !== undefined && kept.files === files && (await hasOnlyNewer(sql, whole, kept, total));
    const list = isSame ? kept : { marks: [], files, total, newest };
    [list.total, list.newest] = [total, newest];
    lists.set(name, list);
    for (const oldest of lists.keys()) {
      if (lists.size <= mostLists) break;
      lists.delete(oldest);
    }
    return list;
  };
  return {
    /** Places nearer to an end than this are found from there. */
    spacing,
    /** Of the place `position` (0 is the oldest) in a list of `total` versions; null where there is none before it. */
    before: async (sql: SqlConnection, whole: WholeList, position: number, total: number): Promise<MarkBefore | null> => {
      const list = await listOf(sql, whole, total);
      if (list === null) return null;
      const wanted = Math.floor(position / spacing);
      while (list.marks.length < wanted) {
        const next = await nextMark(sql, whole, list.marks.at(-1), spacing);
        if (next === null) return null;
        list.marks.push(next);
      }
      const mark = list.marks[wanted - 1];
      return mark === undefined ? null : { mark, passedOver: position - wanted * spacing };
    },
  };
}

/** Whether all that came since stands behind what was the newest: then every place before it is what it was. */
async function hasOnlyNewer(sql: SqlConnection, whole: WholeList, { total, newest }: MarkedList, totalNow: number): Promise<boolean> {
  const added = totalNow - total;
  if (added === 0) return true;
  if (added < 0 || added > mostNew) return false;
  const row = await sql.get<{ newer: number }>(
    `SELECT count(*) AS newer FROM versions WHERE ${whole.of} = ? AND (created_at_ms, id) > (?, ?)`,
    whole.id,
    newest.created_at_ms,
    newest.id,
  );
  return row?.newer === added;
}

/** The version that stands so many places behind a mark, or behind the beginning. */
async function nextMark(sql: SqlConnection, whole: WholeList, last: Mark | undefined, spacing: number): Promise<Mark | null> {
  const after = last === undefined ? "" : " AND (created_at_ms, id) > (?, ?)";
  return sql.get<Mark>(
    `SELECT created_at_ms, id FROM versions WHERE ${whole.of} = ?${after} ORDER BY created_at_ms, id LIMIT 1 OFFSET ?`,
    whole.id,
    ...(last === undefined ? [] : [last.created_at_ms, last.id]),
    last === undefined ? spacing : spacing - 1,
  );
}
