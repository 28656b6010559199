import { createParameterReader } from "./parameter-reader.ts";
import type { ParameterMap } from "./parameter-value.ts";
import { secretNames } from "./token-credentials.ts";

/** A page of a numbered list. */
export interface PageRequest {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
  /** How many entries come before the page; less than 2^50. */
  readonly offset: number;
}

interface OffsetPage {
  /** Of the request, as clients see it. */
  readonly url: URL;
  readonly page: number;
  readonly perPage: number;
  /** How many entries there are; null where they are too many to count, more than `maxCountedEntries`. */
  readonly total: number | null;
  /** Whether an entry comes after the page. */
  readonly hasNext: boolean;
}

/** Above this many entries GitLab names no totals and no last page. */
export const maxCountedEntries = 10_000;

const defaultPerPage = 20;
const maxPerPage = 100;
const maxPage = 2 ** 43;

/**
 * The page that a query asks for: `page` from 1, `per_page` 20 by default and 100 at most, of equal names the last. Throws
 * `ParameterError` for what is no number or out of range.
 */
export function pageOf(query: URLSearchParams): PageRequest {
  const given = ["page", "per_page"].flatMap((name) => query.getAll(name).slice(-1).map((value) => [name, value] as const));
  const parameters: ParameterMap = Object.fromEntries(given);
  const reader = createParameterReader(parameters);
  const page = reader.integer("page", 1, { min: 1, max: maxPage });
  const perPage = Math.min(maxPerPage, reader.integer("per_page", defaultPerPage, { min: 1 }));
  reader.finish();
  return { page, perPage, offset: (page - 1) * perPage };
}

/**
 * GitLab's headers for a numbered page (doc/api/rest, offset-based pagination). Links come in the order prev, next, first,
 * last and keep the request's parameters, but for credentials. A page past the end has neither next nor prev.
 */
export function offsetPageHeaders({ url, page, perPage, total, hasNext }: OffsetPage): Record<string, string> {
  const totalPages = total === null ? null : Math.max(1, Math.ceil(total / perPage));
  const isPastEnd = totalPages !== null && page > totalPages;
  const next = hasNext ? page + 1 : null;
  const prev = page > 1 && !isPastEnd ? page - 1 : null;
  const links = ([["prev", prev], ["next", next], ["first", 1], ["last", totalPages]] as const).flatMap(([rel, target]) =>
    target === null ? [] : [linkTo(url, rel, { page: String(target), per_page: String(perPage) })],
  );
  return {
    ...(total === null ? {} : { "x-total": String(total), "x-total-pages": String(totalPages) }),
    "x-page": String(page),
    "x-per-page": String(perPage),
    "x-next-page": next === null ? "" : String(next),
    "x-prev-page": prev === null ? "" : String(prev),
    link: links.join(", "),
  };
}

/** GitLab's headers for a page of a list that goes by keys: a link with these parameters to the next, null on the last. */
export function keysetPageHeaders(page: {
  readonly url: URL;
  readonly next: Readonly<Record<string, string>> | null;
}): Record<string, string> {
  return page.next === null ? {} : { link: linkTo(page.url, "next", page.next) };
}

function linkTo(url: URL, rel: string, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(url.search);
  for (const name of secretNames) query.delete(name);
  for (const [name, value] of Object.entries(parameters)) query.set(name, value);
  return `<${url.origin}${url.pathname}?${query.toString()}>; rel="${rel}"`;
}
