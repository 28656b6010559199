import { describe, expect, it } from 'bun:test';
import { formatHttpDate, parseHttpDate } from '../../src/http/http-date.ts';

// The instant RFC 9110 section 5.6.7 writes in all three forms.
const exampleMs = Date.UTC(1994, 10, 6, 8, 49, 37);
const nowMs = Date.UTC(2030, 0, 1);

describe('formatHttpDate', () => {
  it('writes an IMF-fixdate', () => {
    expect(formatHttpDate(exampleMs)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
  });
  it('drops milliseconds', () => {
    expect(formatHttpDate(exampleMs + 999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
  });
  it('writes four digits for an early year', () => {
    expect(formatHttpDate(Date.parse('0099-01-02T00:00:00Z'))).toBe('Fri, 02 Jan 0099 00:00:00 GMT');
  });
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(10_000, 0, 1), -1e14]) {
    it(`refuses ${ms}`, () => {
      expect(() => formatHttpDate(ms)).toThrow(RangeError);
    });
  }
});

describe('parseHttpDate', () => {
  for (const text of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ]) {
    it(`reads "${text}"`, () => {
      expect(parseHttpDate(text, nowMs)).toBe(exampleMs);
    });
  }

  for (const text of [
    '',
    'garbage',
    '0',
    '1994-11-06T08:49:37Z',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 31 Nov 1994 08:49:37 GMT',
    'Wed, 29 Feb 2023 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
  ]) {
    it(`finds no date in "${text}"`, () => {
      expect(parseHttpDate(text, nowMs)).toBeNull();
    });
  }

  it('takes a two-digit year up to 50 years ahead as it stands', () => {
    expect(parseHttpDate('Wednesday, 01-Jan-80 00:00:00 GMT', nowMs)).toBe(Date.UTC(2080, 0, 1));
  });
  it('takes a two-digit year further ahead to be past', () => {
    expect(parseHttpDate('Wednesday, 02-Jan-80 00:00:00 GMT', nowMs)).toBe(Date.UTC(1980, 0, 2));
  });
  it('counts a leap second as the next minute', () => {
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT')).toBe(Date.UTC(2017, 0, 1));
  });
  it('reads what formatHttpDate wrote', () => {
    for (let ms = 0; ms < 4e12; ms += 86_400_000 * 37 + 61_000) {
      expect(parseHttpDate(formatHttpDate(ms))).toBe(ms);
    }
  });
});
