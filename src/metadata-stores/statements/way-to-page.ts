import type { PageRequest } from "../../core/ports/page.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";
import { createListMarks, type WholeList } from "./list-marks.ts";

const listMarks = createListMarks();

/** How a page of a list of versions (`v`), newest first, is reached. Its rows come in this direction, not always that of the list. */
export interface WayToPage {
  readonly direction: "ASC" | "DESC";
  /** A condition on where to begin, with its values; nothing for an end of the list. */
  readonly from: string;
  readonly values: readonly SqlValue[];
  /** Rows between there and the page. */
  readonly passedOver: number;
}

/** From the nearer end of the list, or from a mark where that is far; `whole` is null for a list that can have no marks. */
export async function wayToPage(sql: SqlConnection, whole: WholeList | null, { offset, limit }: PageRequest, total: number): Promise<WayToPage> {
  const position = total - offset - limit;
  const mark = whole !== null && Math.min(offset, position) > listMarks.spacing ? await listMarks.before(sql, whole, position, total) : null;
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
