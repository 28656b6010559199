/**
 * The length that a request announces for its body, in bytes; null without one. Repeated headers arrive joined: they are
 * malformed even where they agree.
 */
export function announcedLength(headers: Headers): number | null | "malformed" {
  const text = headers.get("content-length");
  if (text === null) return null;
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : "malformed";
}
