type Paging = { url: URL; page: number; limit: number; total: number };

/**
 * The paging headers of Gitea's REST API: `link` is the value of Link (RFC 8288), null when
 * everything fits on one page, and `totalCount` that of X-Total-Count.
 *
 * `url` is the absolute address of the request as clients see it; its query is kept, re-encoded
 * with sorted keys as Go's `url.Values.Encode` does, and any `page` in it replaced. `page` counts
 * from 1; one past the end is treated as the last, one below as the first. `limit` is the number
 * of entries on a page: `RangeError` when it is below 1.
 */
export function pageLinks({ url, page, limit, total }: Paging): {
  link: string | null;
  totalCount: string;
} {
  if (!(limit >= 1)) throw new RangeError(`a page cannot hold ${limit} entries`);
  const lastPage = Math.max(1, Math.ceil(total / limit));
  const currentPage = Math.min(Math.max(1, page), lastPage);

  const links: string[] = [];
  const add = (rel: string, target: number): void => {
    links.push(`<${url.origin}${url.pathname}?${encodeQuery(url, target)}>; rel="${rel}"`);
  };
  if (currentPage < lastPage) {
    add('next', currentPage + 1);
    add('last', lastPage);
  }
  if (currentPage > 1) {
    add('first', 1);
    add('prev', currentPage - 1);
  }
  return { link: links.length === 0 ? null : links.join(','), totalCount: String(total) };
}

/** Keys in the order of their UTF-8 bytes, values of one key in the order given. */
function encodeQuery(url: URL, page: number): string {
  const query = new URLSearchParams(url.search);
  query.set('page', String(page));
  return [...query]
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, value]) => `${escapeQuery(key)}=${escapeQuery(value)}`)
    .join('&');
}

/** Go's `url.QueryEscape`: everything but letters, digits and `-_.~`; a space is a plus sign. */
function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
