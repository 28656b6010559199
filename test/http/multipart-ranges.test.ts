import { describe, expect, it } from 'bun:test';
import { multipartByteranges } from '../../src/http/multipart-ranges.ts';

const content = '0123456789';
async function* readRange(start: number, end: number): AsyncGenerator<Uint8Array> {
  for (const character of content.slice(start, end + 1)) yield Buffer.from(character);
}
const representation = {
  sizeBytes: 10,
  contentType: 'application/octet-stream',
  boundary: 'abc123',
  readRange,
};
async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString();
}
const twoRanges = [
  { start: 2, end: 4 },
  { start: 9, end: 9 },
];

describe('multipartByteranges', () => {
  it("is laid out as Go's net/http does", async () => {
    const answer = multipartByteranges(twoRanges, representation);
    expect(answer.contentType).toBe('multipart/byteranges; boundary=abc123');
    expect(await textOf(answer.body)).toBe(
      '--abc123\r\nContent-Range: bytes 2-4/10\r\nContent-Type: application/octet-stream\r\n\r\n234' +
        '\r\n--abc123\r\nContent-Range: bytes 9-9/10\r\nContent-Type: application/octet-stream\r\n\r\n9' +
        '\r\n--abc123--\r\n',
    );
  });
  it('knows its exact length beforehand', async () => {
    for (let count = 1; count <= 12; count++) {
      const ranges = Array.from({ length: count }, (_, at) => ({ start: at % 10, end: 9 }));
      const answer = multipartByteranges(ranges, representation);
      expect(Buffer.byteLength(await textOf(answer.body))).toBe(answer.contentLength);
    }
  });
  it('reads from streams as well', async () => {
    const answer = multipartByteranges(twoRanges, {
      ...representation,
      readRange: (start, end) => new Blob([content]).slice(start, end + 1).stream(),
    });
    expect((await textOf(answer.body)).length).toBe(answer.contentLength);
  });
  it('reads a range only when its turn has come, and closes it when the reader leaves', async () => {
    const events: string[] = [];
    const answer = multipartByteranges(twoRanges, {
      ...representation,
      async *readRange(start, end) {
        events.push(`open ${start}`);
        try {
          yield* readRange(start, end);
        } finally {
          events.push(`close ${start}`);
        }
      },
    });
    expect(events).toEqual([]);
    let chunks = 0;
    for await (const _ of answer.body) if (++chunks === 2) break;
    expect(events).toEqual(['open 2', 'close 2']);
  });
  for (const [what, given] of [['less', '23'], ['more', '2345']] as const) {
    it(`breaks off when the source gives ${what} than asked for`, async () => {
      const answer = multipartByteranges(twoRanges, {
        ...representation,
        readRange: () => new Blob([given]).stream(),
      });
      expect(await textOf(answer.body).catch(String)).toContain('bytes 2-4 are 3, the source gave');
    });
  }
  for (const boundary of ['', 'a b', 'a\r\nb', 'a'.repeat(71)]) {
    it(`refuses the boundary ${JSON.stringify(boundary.slice(0, 9))}`, () => {
      expect(() => multipartByteranges(twoRanges, { ...representation, boundary })).toThrow(RangeError);
    });
  }
});
