import { describe, expect, it } from 'bun:test';
import { parseByteRanges, type RequestedRanges } from '../../src/http/byte-ranges.ts';

const whole: RequestedRanges = { kind: 'whole' };
const malformed: RequestedRanges = { kind: 'unsatisfiable', reason: 'malformed' };
const noOverlap: RequestedRanges = { kind: 'unsatisfiable', reason: 'no_overlap' };
function ranges(...pairs: [number, number][]): RequestedRanges {
  return { kind: 'ranges', ranges: pairs.map(([start, end]) => ({ start, end })) };
}

// Every row was answered the same by http.ServeContent of Go 1.26, except where it says otherwise.
const rows: [header: string | null, sizeBytes: number, expected: RequestedRanges][] = [
  [null, 10, whole],
  ['', 10, whole],
  ['bytes=', 10, whole],
  ['bytes= , ,', 10, whole],
  ['bytes=2-4', 10, ranges([2, 4])],
  ['bytes=-3', 10, ranges([7, 9])],
  ['bytes=5-', 10, ranges([5, 9])],
  ['bytes=0-9', 10, ranges([0, 9])],
  ['bytes=5-99', 10, ranges([5, 9])],
  ['bytes=-99', 10, ranges([0, 9])],
  ['bytes=-0', 10, ranges([10, 9])],
  ['bytes= 2 - 4 ,\t6-6', 10, ranges([2, 4], [6, 6])],
  ['bytes=7-8,0-1', 10, ranges([7, 8], [0, 1])],
  ['bytes=0-4,5-9', 10, ranges([0, 4], [5, 9])],
  ['bytes=+1-+2', 10, ranges([1, 2])],
  ['bytes=0--0', 10, ranges([0, 0])],
  ['bytes=1-9223372036854775807', 10, ranges([1, 9])],
  ['bytes=99-,1-2', 10, ranges([1, 2])],
  ['bytes=0-9,0-0', 10, whole],
  ['bytes=0-,-1', 10, whole],
  ['bytes=10-', 10, noOverlap],
  ['bytes=99-x', 10, noOverlap],
  ['bytes=10-12,99-', 10, noOverlap],
  ['items=0-1', 10, malformed],
  ['Bytes=0-1', 10, malformed],
  ['bytes =0-1', 10, malformed],
  ['bytes=5', 10, malformed],
  ['bytes=-', 10, malformed],
  ['bytes=--1', 10, malformed],
  ['bytes=4-2', 10, malformed],
  ['bytes=a-2', 10, malformed],
  ['bytes=1-2-3', 10, malformed],
  ['bytes=0x1-2', 10, malformed],
  ['bytes=1-9223372036854775808', 10, malformed],
  ['bytes=0-1,x', 10, malformed],
  ['bytes=0-0', 0, whole],
  ['bytes=5-', 0, whole],
  ['bytes=-5', 0, whole], // Go: 206 with the impossible `bytes 0--1/0`
  ['bytes=x', 0, malformed],
];

describe('parseByteRanges', () => {
  for (const [header, sizeBytes, expected] of rows) {
    it(`reads ${JSON.stringify(header)} of ${sizeBytes} bytes as ${JSON.stringify(expected)}`, () => {
      expect(parseByteRanges(header, sizeBytes)).toEqual(expected);
    });
  }

  it('obeys a list of 1,000 ranges', () => {
    const header = `bytes=${Array.from({ length: 1000 }, (_, at) => `${at * 2}-${at * 2}`).join()}`;
    const found = parseByteRanges(header, 10_000);
    expect(found.kind === 'ranges' && found.ranges.length).toBe(1000);
  });

  it('answers a list of more than 1,000 ranges with the whole', () => {
    const header = `bytes=${Array.from({ length: 1001 }, (_, at) => `${at * 2}-${at * 2}`).join()}`;
    expect(parseByteRanges(header, 10_000)).toEqual(whole);
  });
});
