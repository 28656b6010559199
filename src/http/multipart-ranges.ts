import type { ByteRange } from './byte-ranges.ts';

type Representation = {
  /** Length of the whole, in bytes. */
  sizeBytes: number;
  /** Media type of the whole, repeated in each part. */
  contentType: string;
  /** 1 to 70 letters, digits, `-` or `_` that the content does not hold. */
  boundary: string;
  /** The bytes from `start` to `end`, `end` inclusive. */
  readRange: (start: number, end: number) => AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;
};

type MultipartAnswer = {
  contentLength: number;
  body: AsyncIterable<Uint8Array>;
  contentType: string;
};

/**
 * The body of a 206 answer to several ranges (RFC 9110 section 14.6), laid out as Go's net/http
 * does. Parts are read one after the other, each only when it is its turn. `contentLength` is in
 * bytes and exact; the body throws, rather than break it, when `readRange` gives another number of
 * bytes than asked for. Throws `RangeError` when the boundary is none.
 */
export function multipartByteranges(
  ranges: readonly ByteRange[],
  representation: Representation,
): MultipartAnswer {
  const { sizeBytes, contentType, boundary, readRange } = representation;
  if (!/^[A-Za-z0-9_-]{1,70}$/.test(boundary)) {
    throw new RangeError(`"${boundary}" cannot be a multipart boundary`);
  }
  const parts = ranges.map((range, index) => ({
    range,
    lengthBytes: range.end - range.start + 1,
    head: Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\n` +
        `Content-Range: bytes ${range.start}-${range.end}/${sizeBytes}\r\n` +
        `Content-Type: ${contentType}\r\n\r\n`,
    ),
  }));
  const closing = Buffer.from(`\r\n--${boundary}--\r\n`);

  async function* write(): AsyncGenerator<Uint8Array> {
    for (const { range, lengthBytes, head } of parts) {
      yield head;
      let sentBytes = 0;
      for await (const chunk of readRange(range.start, range.end)) {
        sentBytes += chunk.byteLength;
        if (sentBytes > lengthBytes) break;
        yield chunk;
      }
      if (sentBytes !== lengthBytes) {
        const gave = sentBytes > lengthBytes ? 'more' : `only ${sentBytes}`;
        throw new Error(`bytes ${range.start}-${range.end} are ${lengthBytes}, the source gave ${gave}`);
      }
    }
    yield closing;
  }

  return {
    contentLength: parts.reduce(
      (sum, { head, lengthBytes }) => sum + head.byteLength + lengthBytes,
      closing.byteLength,
    ),
    body: write(),
    contentType: `multipart/byteranges; boundary=${boundary}`,
  };
}
