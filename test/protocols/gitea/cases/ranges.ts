import { createHash } from 'node:crypto';
import { expect } from 'bun:test';
import { bytes, created, middleware, partial } from '../answers.ts';
import { get, head, put, type Exchange, type Expectation, type ProtocolCase } from '../protocol-case.ts';

const digits = '0123456789';
const etag = `"${createHash('sha256').update(digits).digest('hex')}"`;
const old = 'Mon, 01 Jan 2024 00:00:00 GMT';

const seed: Exchange = put('{p}/1.0/f', created, digits);
const modified: Exchange = head('{p}/1.0/f', { status: 200 }, { keep: { modified: 'last-modified' } });
const ask = (headers: Record<string, string>, wanted: Expectation): Exchange => get('{p}/1.0/f', wanted, { headers });
const range = (value: string, wanted: Expectation): Exchange => ask({ Range: value }, wanted);

const whole = bytes(digits, { 'content-range': null });
const unchanged: Expectation = {
  status: 304,
  body: '',
  headers: { 'content-type': null, 'content-length': null, etag },
};
const failed: Expectation = { status: 412, body: '' };
const without = { 'cache-control': null, 'last-modified': null };
const malformed = middleware(416, 'invalid range\n', without);
const beyond = middleware(416, 'invalid range: failed to overlap\n', { 'content-range': 'bytes */10', ...without });

/** One case of requests against the ten digits. */
const onDigits = (row: string, it: string, ...steps: readonly Exchange[]): ProtocolCase => ({
  row,
  it,
  steps: [seed, modified, ...steps],
});

export const ranges: readonly ProtocolCase[] = [
  onDigits('range.first-last', 'sends the bytes asked for', range('bytes=2-4', partial('234', '2-4/10', { 'accept-ranges': 'bytes' })), range('bytes=0-0', partial('0', '0-0/10'))),
  onDigits('range.suffix', 'sends the last bytes', range('bytes=-3', partial('789', '7-9/10')), range('bytes=-100', partial(digits, '0-9/10'))),
  onDigits('range.open', 'sends the rest from a byte on', range('bytes=5-', partial('56789', '5-9/10')), range('bytes=0-', partial(digits, '0-9/10'))),
  onDigits('range.clamped', 'ends a range at the end of the file', range('bytes=8-100', partial('89', '8-9/10'))),
  onDigits(
    'range.several',
    'sends several ranges as multipart/byteranges',
    get('{p}/1.0/f', { status: 206, headers: { 'content-type': /^multipart\/byteranges; boundary=\S+$/, 'content-range': null } }, {
      headers: { Range: 'bytes=0-1, 4-5,-1' },
      check: (answer) => {
        const boundary = answer.headers.get('content-type')?.[0]?.split('boundary=')[1] ?? '';
        const one = (where: string, content: string): string =>
          `--${boundary}\r\nContent-Range: bytes ${where}/10\r\nContent-Type: application/octet-stream\r\n\r\n${content}\r\n`;
        const text = `${one('0-1', '01')}${one('4-5', '45')}${one('9-9', '9')}--${boundary}--\r\n`;
        expect(answer.text.replace(/^\r\n/, '')).toBe(text);
        expect(answer.headers.get('content-length')).toEqual([String(answer.body.length)]);
      },
    }),
  ),
  onDigits('range.several.one', 'leaves out ranges beyond the end, and sends a single one plainly', range('bytes=2-4,100-110', partial('234', '2-4/10'))),
  onDigits('range.several.excess', 'sends the whole file when the ranges add up to more', range('bytes=0-6,2-8', whole), range('bytes=0-9,0-9', whole), range(`bytes=${Array(200).fill('0-1').join(',')}`, whole)),
  onDigits('range.beyond', 'refuses a range that starts beyond the end', range('bytes=10-', beyond), range('bytes=20-30', beyond), range('bytes=20-30,40-50', beyond)),
  onDigits(
    'range.malformed',
    'refuses what is no range, and other units',
    ...['bytes=4-2', 'bytes=a-b', 'bytes=2', 'bytes=-', 'bytes=--1', 'lines=0-1', 'nonsense', 'bytes=1-2,x', 'bytes=0x1-2'].map((value) => range(value, malformed)),
  ),
  {
    row: 'range.empty-file',
    it: 'sends the whole of an empty file',
    steps: [put('{p}/1.0/f', created, ''), range('bytes=0-4', bytes('')), range('bytes=5-', bytes(''))],
  },
  onDigits('range.head', 'answers HEAD with the headers of the part', head('{p}/1.0/f', partial('234', '2-4/10'), { headers: { Range: 'bytes=2-4' } })),
  onDigits('range.huge', 'does not stumble over numbers beyond any file', range('bytes=99999999999999999999-', malformed), range('bytes=0-9223372036854775807', partial(digits, '0-9/10'))),
  onDigits('if-range.date', 'sends the part while the date is the file\'s own', ask({ Range: 'bytes=2-4', 'If-Range': '{modified}' }, partial('234', '2-4/10')), ask({ Range: 'bytes=2-4', 'If-Range': old }, whole)),
  onDigits(
    'if-range.tag',
    'sends the part while the tag is the file\'s own, compared strongly',
    ask({ Range: 'bytes=2-4', 'If-Range': etag }, partial('234', '2-4/10')),
    ask({ Range: 'bytes=2-4', 'If-Range': '"other"' }, whole),
    ask({ Range: 'bytes=2-4', 'If-Range': `W/${etag}` }, whole),
    ask({ Range: 'bytes=2-4', 'If-Range': 'nonsense' }, whole),
  ),
  onDigits(
    'if-modified-since',
    'says unchanged from the file\'s own date on',
    ask({ 'If-Modified-Since': '{modified}' }, unchanged),
    ask({ 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, unchanged),
    ask({ 'If-Modified-Since': old }, whole),
    ask({ 'If-Modified-Since': 'nonsense' }, whole),
  ),
  onDigits(
    'if-unmodified-since',
    'fails when the file is newer',
    ask({ 'If-Unmodified-Since': old }, failed),
    ask({ 'If-Unmodified-Since': '{modified}' }, whole),
    ask({ 'If-Unmodified-Since': 'nonsense' }, whole),
  ),
  onDigits('if-none-match.any', 'says unchanged', ask({ 'If-None-Match': '*' }, unchanged)),
  onDigits(
    'if-none-match.tag',
    'says unchanged for the file\'s own tag, compared weakly, also in a list',
    ask({ 'If-None-Match': etag }, unchanged),
    ask({ 'If-None-Match': `W/${etag}` }, unchanged),
    ask({ 'If-None-Match': `"a,b", W/"c" , ${etag}` }, unchanged),
  ),
  onDigits(
    'if-none-match.other',
    'sends the file for any other tag, and does not look at the date then',
    ask({ 'If-None-Match': '"other"' }, whole),
    ask({ 'If-None-Match': '"other"', 'If-Modified-Since': '{modified}' }, whole),
    ask({ 'If-None-Match': etag.slice(1, -1) }, whole),
  ),
  onDigits('if-match.other', 'fails', ask({ 'If-Match': '"x"' }, failed), ask({ 'If-Match': `W/${etag}` }, failed)),
  onDigits(
    'if-match.tag',
    'holds for the file\'s own tag and for *, and the date is not looked at then',
    ask({ 'If-Match': etag }, whole),
    ask({ 'If-Match': `"x", ${etag}` }, whole),
    ask({ 'If-Match': '*' }, whole),
    ask({ 'If-Match': etag, 'If-Unmodified-Since': old }, whole),
  ),
  onDigits(
    'condition.before-range',
    'decides conditions before ranges',
    ask({ Range: 'bytes=2-4', 'If-None-Match': etag }, unchanged),
    ask({ Range: 'bytes=20-', 'If-None-Match': '*' }, unchanged),
    ask({ Range: 'bytes=2-4', 'If-Match': '"x"' }, failed),
    ask({ Range: 'bytes=2-4', 'If-Match': etag }, partial('234', '2-4/10')),
  ),
  onDigits(
    'condition.head',
    'decides them for HEAD too',
    head('{p}/1.0/f', unchanged, { headers: { 'If-None-Match': etag } }),
    head('{p}/1.0/f', failed, { headers: { 'If-Match': '"x"' } }),
  ),
];
