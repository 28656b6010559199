import type { Exchange } from "../../http/exchange.ts";
import { pageLinks } from "../../http/page-links.ts";
import { requestPath } from "../../http/request-path.ts";

const defaultLimit = 30;
const maxLimit = 50;
/** Pages beyond answer like an empty one; offsets stay small enough for any engine. */
const maxPage = 1_000_000_000;

/** Page and limit as Gitea reads them (modules/setting/api.go): anything that is no positive number means the default. */
export function pageOf(query: URLSearchParams) {
  const page = Math.min(positive(query.get("page")) ?? 1, maxPage);
  const limit = Math.min(positive(query.get("limit")) ?? defaultLimit, maxLimit);
  return { page, limit, request: { offset: (page - 1) * limit, limit } };
}

function positive(digits: string | null): number | null {
  if (digits === null || !/^[+]?\d{1,18}$/.test(digits)) return null;
  return Number(digits) || null;
}

/** How many rows there are, and where the neighbouring pages are. A token in the query does not belong into the answer. */
export function pagingHeaders(
  exchange: Exchange,
  { page, limit }: { readonly page: number; readonly limit: number },
  total: number,
): Readonly<Record<string, string>> {
  const url = new URL(exchange.publicUrl() + requestPath(exchange.request.url));
  const query = new URLSearchParams(exchange.query);
  for (const secret of ["token", "access_token"]) query.delete(secret);
  url.search = query.toString();
  const { link, totalCount } = pageLinks({ url, page, limit, total });
  return {
    "x-total-count": totalCount,
    "access-control-expose-headers": link === null ? "X-Total-Count" : "Link, X-Total-Count",
    ...(link === null ? {} : { link }),
  };
}
