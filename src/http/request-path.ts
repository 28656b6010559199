/**
 * The path of a request's URL as the runtime gives it, still encoded. Does not parse the URL: without a Host header the
 * runtime gives a bare path, which is no URL. Good for building links; never for deciding what a request acts on.
 */
export function requestPath(url: string): string {
  const authority = url.indexOf("//");
  const start = url.startsWith("/") ? 0 : url.indexOf("/", authority + 2);
  const end = url.indexOf("?", start);
  return start === -1 ? "/" : url.slice(start, end === -1 ? undefined : end);
}
