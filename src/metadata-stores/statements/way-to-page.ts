import type { SqlConnection, SqlValue } from "./connection.ts";
import { createListMarks, type WholeList } from "./list-marks.ts";

const listMarks = createListMarks();

/** A page of a list of versions (`v`) in the order of their time. */
export interface TimedPage {
  readonly offset: number;
  readonly limit: number;
  readonly direction: "ASC" | "DESC";
}

/** How such a page is reached. Its rows come in this direction, not always that of the list. */
export interface WayToPage {
  readonly direction: "ASC" | "DESC";
  /** A condition on where to begin, with its values; nothing for an end of the list. */
  readonly from: string;
  readonly values: readonly SqlValue[];
  /** Rows between there and the page, and rows of the page. */
  readonly passedOver: number;
  readonly limit: number;
}

/**
 * From the nearer end of the list, or from a mark where that is far; `whole` is null for a list that can have no marks. A page
 * that is reached from the list's own beginning owes nothing to `total`, which may be that of a moment before: what was just
 * published is on it. Others are what they were at that moment.
 */
export async function wayToPage(sql: SqlConnection, whole: WholeList | null, page: TimedPage, total: number): Promise<WayToPage> {
  const { offset, direction } = page;
  const limit = Math.max(0, Math.min(page.limit, total - offset));
  const rest = total - offset - limit;
  // Marks are counted from the oldest.
  const position = direction === "ASC" ? offset : rest;
  const mark = whole !== null && Math.min(offset, rest) > listMarks.spacing ? await listMarks.before(sql, whole, position, total) : null;
  if (mark !== null)
    return {
      direction: "ASC",
      from: " AND (v.created_at_ms, v.id) >= (?, ?)",
      values: [mark.mark.created_at_ms, mark.mark.id],
      passedOver: mark.passedOver,
      limit,
    };
  const end = { from: "", values: [] } as const;
  if (offset <= rest || rest < 0) return { ...end, direction, passedOver: offset, limit: page.limit };
  return { ...end, direction: direction === "ASC" ? "DESC" : "ASC", passedOver: rest, limit };
}
