import { parseByteRanges, type ByteRange } from "./byte-ranges.ts";
import { evaluateConditions } from "./conditional-request.ts";
import { formatHttpDate } from "./http-date.ts";
import { multipartByteranges } from "./multipart-ranges.ts";

/** Bytes to serve, with what conditions are judged by. */
export interface Download {
  readonly content: Blob;
  readonly sizeBytes: number;
  /** Strong, with quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** Headers of every answer that stands for the content. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Several ranges are sent from memory up to this size: the runtime sends a generated body without its length, and
 * clients that fetch differences ask for many small ranges.
 */
const bufferedBytes = 64 * 1024;

const contentType = "application/octet-stream";

/** Answers GET and HEAD for content: conditions and ranges as RFC 9110 and Go's http.ServeContent have them. */
export async function downloadResponse(request: Request, download: Download): Promise<Response> {
  const { method, headers } = request;
  const { sizeBytes, etag, lastModifiedMs } = download;
  const verdict = evaluateConditions({ method, headers }, { etag, lastModifiedMs });
  if (verdict.outcome === "precondition_failed") return new Response(null, { status: 412 });
  const common = new Headers(download.headers);
  common.set("etag", etag);
  common.set("last-modified", formatHttpDate(lastModifiedMs));
  if (verdict.outcome === "not_modified") return new Response(null, { status: 304, headers: common });
  common.set("accept-ranges", "bytes");
  const rangeHeader = headers.get("range");
  const requested = verdict.useRange ? parseByteRanges(rangeHeader, sizeBytes) : { kind: "whole" as const };
  switch (requested.kind) {
    case "unsatisfiable":
      return unsatisfiable(requested.reason, sizeBytes);
    case "ranges":
      return partial(method, download, common, requested.ranges);
    case "whole":
      return whole(method, download, common, rangeHeader !== null);
  }
}

function unsatisfiable(reason: "no_overlap" | "malformed", sizeBytes: number): Response {
  const headers = new Headers({ "content-type": "text/plain; charset=utf-8" });
  if (reason === "malformed") return new Response("invalid range\n", { status: 416, headers });
  headers.set("content-range", `bytes */${sizeBytes}`);
  return new Response("invalid range: failed to overlap\n", { status: 416, headers });
}

function whole(method: string, { content, sizeBytes }: Download, headers: Headers, hasRange: boolean): Response {
  headers.set("content-type", contentType);
  headers.set("content-length", String(sizeBytes));
  if (method === "HEAD" || sizeBytes === 0) return new Response(null, { headers });
  // The runtime answers a Range over a whole file by itself; a slice of it is sent as it is.
  return new Response(hasRange ? content.slice(0, sizeBytes, contentType) : content, { headers });
}

async function partial(
  method: string,
  download: Download,
  headers: Headers,
  ranges: readonly ByteRange[],
): Promise<Response> {
  const { content, sizeBytes } = download;
  const [only] = ranges;
  if (only !== undefined && ranges.length === 1) {
    headers.set("content-type", contentType);
    headers.set("content-range", `bytes ${only.start}-${only.end}/${sizeBytes}`);
    const length = only.end - only.start + 1;
    headers.set("content-length", String(length));
    if (method === "HEAD" || length === 0) return new Response(null, { status: 206, headers });
    return new Response(content.slice(only.start, only.end + 1, contentType), { status: 206, headers });
  }
  const parts = multipartByteranges(ranges, {
    sizeBytes,
    contentType,
    boundary: crypto.randomUUID().replaceAll("-", ""),
    readRange: (start, end) => readInSteps(content, start, end + 1),
  });
  headers.set("content-type", parts.contentType);
  headers.set("content-length", String(parts.contentLength));
  if (method === "HEAD") return new Response(null, { status: 206, headers });
  const body = parts.contentLength <= bufferedBytes ? await Array.fromAsync(parts.body).then(Buffer.concat) : parts.body;
  // The runtime takes an async generator, which the types do not say.
  return new Response(body as ConstructorParameters<typeof Response>[0], { status: 206, headers });
}

/** Small steps, each read when the client has taken the one before: slow readers of many ranges hold little memory. */
async function* readInSteps(content: Blob, start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = start; offset < end; offset += bufferedBytes)
    yield await content.slice(offset, Math.min(offset + bufferedBytes, end)).bytes();
}
