import type { Exchange } from "../../http/exchange.ts";
import { parseHttpDate } from "../../http/http-date.ts";

/** When the caller last saw what it deletes; null without the header, or with one that is no time (as GitLab). */
export function unmodifiedSince(exchange: Exchange): number | null {
  const text = exchange.request.headers.get("if-unmodified-since");
  if (text === null) return null;
  const ms = parseHttpDate(text) ?? Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
