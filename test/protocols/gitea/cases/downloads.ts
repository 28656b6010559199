import { createHash } from 'node:crypto';
import { expect } from 'bun:test';
import { bytes, created } from '../answers.ts';
import { fields } from '../setup.ts';
import { get, head, put, type Expectation, type ProtocolCase } from '../protocol-case.ts';

const hash = createHash('sha256').update('hello').digest();
const hex = hash.toString('hex');

const checksums = {
  etag: `"${hex}"`,
  'repr-digest': `sha-256=:${hash.toString('base64')}:`,
  'x-checksum-sha256': hex,
};

const all: Expectation = bytes('hello', {
  'accept-ranges': 'bytes',
  'access-control-expose-headers': 'Content-Disposition',
  'cache-control': 'max-age=0, private, must-revalidate',
  'content-disposition': 'attachment; filename=f.html',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'last-modified': /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  'x-content-type-options': 'nosniff',
  ...checksums,
});

const named = (name: string, shown: string) => [
  put(`{p}/1.0/${encodeURIComponent(name)}`, created),
  get(`{p}/1.0/${encodeURIComponent(name)}`, bytes('hello', { 'content-disposition': `attachment; filename=${shown}` })),
];

export const downloads: readonly ProtocolCase[] = [
  {
    row: 'get.200',
    it: 'sends the bytes with all its headers',
    steps: [put('{p}/1.0/f.html', created), get('{p}/1.0/f.html', all)],
  },
  {
    row: 'head.200',
    it: 'sends the same headers, the length included, and no body',
    steps: [put('{p}/1.0/f.html', created), head('{p}/1.0/f.html', all)],
  },
  {
    row: 'head.404',
    it: 'sends the status and type of the error alone',
    steps: [head('{p}/1.0/f', { status: 404, headers: { 'content-type': 'text/plain;charset=utf-8' } })],
  },
  {
    row: 'get.type',
    it: 'never guesses a type, from the name, the upload or the bytes',
    steps: [
      put('{p}/1.0/f.html', created, '<html>', { headers: { 'Content-Type': 'text/html' } }),
      get('{p}/1.0/f.html', bytes('<html>'), { headers: { Accept: 'text/html' } }),
      put('{p}/1.0/f.png', created, '\u0089PNG'),
      get('{p}/1.0/f.png', bytes('\u0089PNG')),
    ],
  },
  {
    row: 'get.disposition.plain',
    it: 'names the file without quotes where a token can say it',
    steps: ['fi-le_na.me', 'a+b', 'x!#$%&^~1'].flatMap((name) => named(name, name)),
  },
  {
    row: 'get.disposition.quoted',
    it: 'quotes it otherwise',
    steps: ['a b.bin', 'x(1).txt', 'a;b', 'a:b', 'a@b', '[1]', 'a=b'].flatMap((name) => named(name, `"${name}"`)),
  },
  {
    row: 'get.last-modified',
    it: 'gives the time at which the file was published',
    steps: [
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', bytes('hello'), {
        check: (answer) => {
          const age = Date.now() - Date.parse(answer.headers.get('last-modified')?.[0] ?? '');
          expect(age).toBeGreaterThanOrEqual(-1000);
          expect(age).toBeLessThan(20_000);
        },
      }),
    ],
  },
  {
    row: 'get.checksums',
    it: 'names the sha256 in three headers, on GET, HEAD and 206',
    steps: [
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', { status: 200, headers: checksums }),
      head('{p}/1.0/f', { status: 200, headers: checksums }),
      get('{p}/1.0/f', { status: 206, headers: checksums }, { headers: { Range: 'bytes=0-1' } }),
    ],
  },
  {
    row: 'get.identity',
    it: 'never compresses',
    steps: [
      put('{p}/1.0/f.txt', created, 'a'.repeat(5000)),
      get('{p}/1.0/f.txt', bytes('a'.repeat(5000), { 'content-encoding': null, 'transfer-encoding': null }), {
        headers: { 'Accept-Encoding': 'gzip, br, zstd' },
      }),
    ],
  },
  {
    row: 'get.gzip-hint',
    it: 'keeps the hint to itself',
    steps: [put('{p}/1.0/f.gz', created), get('{p}/1.0/f.gz', bytes('hello', { 'no-gzip-compression': null }))],
  },
  {
    row: 'get.count',
    it: 'counts each GET of any file of the version, whole, in part or unchanged, and no HEAD',
    steps: [
      put('{p}/1.0/a', created),
      put('{p}/1.0/b', created),
      get('{p}/1.0/a', { status: 200 }),
      get('{p}/1.0/b', { status: 200 }, { as: 'anonymous' }),
      get('{p}/1.0/a', { status: 206 }, { headers: { Range: 'bytes=0-1' } }),
      get('{p}/1.0/a', { status: 304 }, { headers: { 'If-None-Match': '*' } }),
      head('{p}/1.0/a', { status: 200 }),
      get('{p}/1.0/c', { status: 404 }),
      get('/api/v1/packages/alice/generic/{p}/1.0', { status: 200 }, {
        check: async (answer, world) => {
          expect(await world.server.downloadCount(Number(fields(answer)['id']))).toBe(4);
        },
      }),
    ],
  },
];
