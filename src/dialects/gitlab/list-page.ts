import type { IndexPage, IndexPageRequest } from "../../core/ports/index-store.ts";
import { decodeCursor, encodeCursor } from "../../http/cursor.ts";
import type { Exchange } from "../../http/exchange.ts";
import { keysetPageHeaders, maxCountedEntries, offsetPageHeaders, pageOf } from "../../http/numbered-pages.ts";
import { ParameterError } from "../../http/parameter-reader.ts";
import { requestPath } from "../../http/request-path.ts";

/** The page of a list that goes by numbers or, with `pagination=keyset`, by keys (doc/api/rest, pagination). */
export interface ListPage {
  readonly request: IndexPageRequest;
  /** The headers that lead to the other pages. */
  headersFor<Item extends { readonly id: number }>(found: IndexPage<Item>): Record<string, string>;
}

/** Rows that an offset may pass over; more cost too much, and keys lead there as well (doc/api/rest, offset limit). */
const maxOffset = 50_000;
const tooDeep =
  `Offset pagination has a maximum allowed offset of ${maxOffset} for requests that return objects of type Packages. ` +
  "Remaining records can be retrieved using keyset pagination.";

/** Reads page, per_page, pagination and cursor. A cursor only fits the order it was made for. Throws `ParameterError`. */
export function listPageOf(exchange: Exchange, order: { readonly by: string; readonly direction: string }): ListPage {
  const { query } = exchange;
  const { page, perPage, offset } = pageOf(query);
  if (query.get("pagination") !== "keyset") {
    if (offset > maxOffset) throw new ParameterError(tooDeep, 405);
    return {
      request: { start: { offset }, limit: perPage },
      headersFor: (found) => {
        const total = found.total !== null && found.total <= maxCountedEntries ? found.total : null;
        return offsetPageHeaders({ url: urlOf(exchange), page, perPage, total, hasNext: found.hasMore });
      },
    };
  }
  const cursor = query.get("cursor");
  return {
    request: { start: cursor === null || cursor === "" ? { offset: 0 } : startOf(cursor, order), limit: perPage },
    headersFor: (found) => {
      const last = found.items.at(-1);
      const hasNext = found.hasMore && last !== undefined;
      const next = hasNext ? { cursor: encodeCursor([order.by, order.direction, found.lastValue, last.id]) } : null;
      return keysetPageHeaders({ url: urlOf(exchange), next });
    },
  };
}

function startOf(cursor: string, order: { readonly by: string; readonly direction: string }): IndexPageRequest["start"] {
  const value = decodeCursor(cursor);
  if (Array.isArray(value) && value.length === 4) {
    const [by, direction, afterValue, afterId] = value as readonly unknown[];
    const isKey = typeof afterValue === "string" || typeof afterValue === "number";
    if (by === order.by && direction === order.direction && isKey && typeof afterId === "number") return { afterValue, afterId };
  }
  throw new ParameterError("cursor is invalid");
}

/** The address of a request as its client sees it. */
export function urlOf(exchange: Exchange): URL {
  const url = new URL(exchange.publicUrl() + requestPath(exchange.request.url));
  url.search = exchange.query.toString();
  return url;
}
