import { addOrganisation } from '../setup.ts';
import {
  badCredentials, badFile, badName, badVersion, bytes, conflict, created, generic, noFile, noOwner, noPackage, noRights,
} from '../answers.ts';
import { del, get, put, type Exchange, type ProtocolCase } from '../protocol-case.ts';

const typed = (type: string): Pick<Exchange, 'headers'> => ({ headers: { 'Content-Type': type } });
const form = typed('multipart/form-data; boundary=XX');
const wrong = { headers: { Authorization: 'token wrong' } };

/** A multipart body of these parts: [disposition, content]. */
const parts = (...of: readonly (readonly [string, string])[]): string =>
  [
    ...of.map(([what, content]) => `--XX\r\nContent-Disposition: form-data; ${what}\r\n\r\n${content}\r\n`),
    '--XX--\r\n',
  ].join('');

const every = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7 + (index >> 8)) % 256);
const sameBytes = (of: Uint8Array): Pick<Exchange, 'check'> => ({
  check: (answer) => {
    if (!Buffer.from(answer.body).equals(Buffer.from(of))) throw new Error('other bytes came back than were sent');
  },
});

export const uploads: readonly ProtocolCase[] = [
  {
    row: 'order.credentials-before-owner',
    it: 'refuses wrong credentials before it says that the owner is unknown',
    steps: [put('/api/packages/nobody-here/generic/{p}/1.0/f', badCredentials, 'x', wrong)],
  },
  {
    row: 'order.owner-before-rights',
    it: 'says that the owner is unknown before it asks who may write',
    steps: [put('/api/packages/nobody-here/generic/{p}/1.0/f', noOwner, 'x', { as: 'anonymous' })],
  },
  {
    row: 'order.rights-before-names',
    it: 'does not look at names for a caller without rights',
    steps: [put('{p}/1.0/a%3Fb', noRights, 'x', { as: 'anonymous' }), put('a%20b/1.0/f', noRights, 'x', { as: 'bob' })],
  },
  {
    row: 'order.names-before-body',
    it: 'refuses a name whatever the body is',
    steps: [
      put('{p}/1.0/a%3Fb', badFile, 'no form at all', form),
      put('a%20b/1.0/f', badName, ''),
      put('{p}/%20/f', badVersion, 'x'.repeat(300_000)),
    ],
  },
  {
    row: 'put.409',
    it: 'refuses a file that exists, identical or not, in any case of its names',
    steps: [
      put('{p}/1.0/f', created),
      put('{p}/1.0/f', conflict, 'other'),
      put('{p}/1.0/f', conflict),
      put('{p}/1.0/F', conflict, ''),
      get('{p}/1.0/f', bytes('hello')),
    ],
  },
  {
    row: 'put.409.whole-body',
    it: 'lets a client that sends a megabyte first see the refusal',
    steps: [
      put('{p}/1.0/f', created),
      put('{p}/1.0/f', conflict, 'x'.repeat(1_048_576)),
      put('{p}/1.0/f', conflict, 'x'.repeat(1_048_576), { chunkBytes: 65_536 }),
    ],
  },
  {
    row: 'put.preconditions',
    it: 'passes over preconditions',
    steps: [
      put('{p}/1.0/f', created, 'x', { headers: { 'If-Match': '"x"', 'If-Unmodified-Since': 'Mon, 01 Jan 2024 00:00:00 GMT' } }),
      put('{p}/1.0/f', conflict, 'y', { headers: { 'If-None-Match': '*' } }),
    ],
  },
  {
    row: 'put.digests',
    it: 'passes over checksums that the client sends',
    steps: [
      put('{p}/1.0/f', created, 'hello', {
        headers: { 'Content-MD5': 'AAAA', Digest: 'sha-256=AAAA', 'Repr-Digest': 'sha-256=:AAAA:', 'X-Checksum-Sha256': '00' },
      }),
      get('{p}/1.0/f', bytes('hello')),
    ],
  },
  {
    row: 'put.content-range',
    it: 'stores what was sent as the whole file',
    steps: [
      put('{p}/1.0/f', created, 'part', { headers: { 'Content-Range': 'bytes 0-3/10' } }),
      get('{p}/1.0/f', bytes('part')),
    ],
  },
  {
    row: 'put.refused',
    it: 'leaves nothing behind when it refuses',
    steps: [
      put('{p}/1.0/f', noRights, 'x', { as: 'bob' }),
      put('{p}/1.0/a%3F', badFile),
      get('{p}/1.0/f', noPackage),
      get('/api/v1/packages/alice?q={p}', { status: 200, json: [] }),
    ],
  },
  {
    row: 'body.raw',
    it: 'stores the bytes as they are, whatever type they are called',
    steps: [
      put('{p}/1.0/none', created, every),
      get('{p}/1.0/none', { status: 200 }, sameBytes(every)),
      ...['application/octet-stream', 'text/plain', 'application/json', 'text/html', 'nonsense', 'multipart/mixed; boundary=XX'].flatMap(
        (type, index) => [put(`{p}/1.0/${index}`, created, '{"a":', typed(type)), get(`{p}/1.0/${index}`, bytes('{"a":'))],
      ),
    ],
  },
  {
    row: 'body.encoding',
    it: 'does not unpack an encoded body',
    steps: [
      put('{p}/1.0/f', created, Bun.gzipSync('hello'), { headers: { 'Content-Encoding': 'gzip' } }),
      get('{p}/1.0/f', { status: 200, headers: { 'content-encoding': null } }, sameBytes(Bun.gzipSync('hello'))),
    ],
  },
  {
    row: 'body.chunked',
    it: 'needs no length',
    steps: [
      put('{p}/1.0/f', created, every, { chunkBytes: 8000 }),
      get('{p}/1.0/f', { status: 200, headers: { 'content-length': '70000' } }, sameBytes(every)),
      put('{p}/1.0/empty', created, '', { chunkBytes: 10 }),
      get('{p}/1.0/empty', bytes('')),
    ],
  },
  {
    row: 'body.empty',
    it: 'stores a file of no bytes',
    steps: [put('{p}/1.0/f', created, ''), get('{p}/1.0/f', bytes(''))],
  },
  {
    row: 'body.empty',
    it: 'takes a request without a body for an empty file',
    steps: [{ method: 'PUT', target: '{p}/1.0/f', expect: created }, get('{p}/1.0/f', bytes(''))],
  },
  {
    row: 'body.multipart',
    it: 'stores the file part, under the name of the URL',
    steps: [
      put('{p}/1.0/f', created, parts(['name="whatever"; filename="other.txt"', 'hello']), form),
      get('{p}/1.0/f', bytes('hello', { 'content-disposition': 'attachment; filename=f' })),
      get('{p}/1.0/other.txt', noFile),
      put('{p}/1.0/g', created, parts(['name="x"; filename="a"', 'line\r\n--X\r\n\r\n--XY']), form),
      get('{p}/1.0/g', bytes('line\r\n--X\r\n\r\n--XY')),
      put('{p}/1.0/q', created, parts(['name="x"; filename="a"', 'hello']), typed('Multipart/Form-Data; boundary="XX"')),
      get('{p}/1.0/q', bytes('hello')),
      put('{p}/1.0/c', created, parts(['name="x"; filename="a"', 'hello']), { ...form, chunkBytes: 3 }),
      get('{p}/1.0/c', bytes('hello')),
      put('{p}/1.0/e', created, parts(['name="x"; filename="a"', '']), form),
      get('{p}/1.0/e', bytes('')),
    ],
  },
  {
    row: 'body.multipart.first',
    it: 'takes the first part that is a file',
    steps: [
      put('{p}/1.0/f', created, parts(['name="note"', 'text'], ['name="b"; filename="b"', 'bee'], ['name="c"; filename="c"', 'sea']), form),
      get('{p}/1.0/f', bytes('bee')),
    ],
  },
  {
    row: 'body.multipart.no-file',
    it: 'refuses a form without a file part',
    steps: [
      put('{p}/1.0/f', generic(400, 'http: no such file'), parts(['name="note"', 'text']), form),
      put('{p}/1.0/f', generic(400, 'http: no such file'), '--XX--\r\n', form),
      get('{p}/1.0/f', noPackage),
    ],
  },
  {
    row: 'body.multipart.no-boundary',
    it: 'refuses a form that names no boundary',
    steps: [
      put('{p}/1.0/f', generic(400, 'no multipart boundary param in Content-Type'), 'x', typed('multipart/form-data')),
      get('{p}/1.0/f', noPackage),
    ],
  },
  {
    row: 'body.multipart.cut',
    it: 'refuses a form that ends before its last boundary',
    steps: [
      put('{p}/1.0/f', generic(400, /^[^\n]+$/), '--XX\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nhel', form),
      put('{p}/1.0/f', generic(400, /^[^\n]+$/), 'no part at all', form),
      get('{p}/1.0/f', noPackage),
    ],
  },
  {
    row: 'body.form',
    it: 'stores a body of form type raw, as curl --data-binary sends it',
    steps: [
      put('{p}/1.0/f', created, 'a=b&c=%20', typed('application/x-www-form-urlencoded')),
      get('{p}/1.0/f', bytes('a=b&c=%20')),
    ],
  },
  {
    row: 'body.expect',
    it: 'takes the body after 100 Continue, and refuses in the usual words',
    steps: [
      put('{p}/1.0/f', created, 'hello', { headers: { Expect: '100-continue' } }),
      get('{p}/1.0/f', bytes('hello')),
      put('{p}/1.0/f', conflict, 'hello', { headers: { Expect: '100-continue' } }),
      put('{p}/1.0/g', noRights, 'hello', { headers: { Expect: '100-continue' }, as: 'anonymous' }),
    ],
  },
  {
    row: 'body.cut',
    it: 'stores nothing of a body that ends before its length',
    steps: [
      put('{p}/1.0/f', { status: 400 }, 'hello', { promisedBytes: 10 }),
      put('{p}/1.0/g', { status: 400 }, 'x'.repeat(200_000), { promisedBytes: 10_000_000 }),
      get('{p}/1.0/f', noPackage),
      get('{p}/1.0/g', noPackage),
      put('{p}/1.0/f', created, 'retried'),
      get('{p}/1.0/f', bytes('retried')),
    ],
  },
  {
    row: 'body.cut',
    it: 'stores nothing of a chunked body without its last chunk',
    steps: [
      put('{p}/1.0/f', { status: 400 }, 'hello', { chunkBytes: 2, promisedBytes: 0 }),
      get('{p}/1.0/f', noPackage),
      put('{p}/1.0/f', created, 'retried'),
    ],
  },
  {
    row: 'body.shared',
    it: 'gives the same bytes under two owners a life of their own',
    steps: [
      async (world, names) => await addOrganisation(world, `org-${names.get('p') ?? ''}`),
      put('{p}/1.0/f', created, 'the same'),
      put('/api/packages/org-{p}/generic/{p}/1.0/f', created, 'the same', { as: 'root' }),
      del('{p}/1.0', { status: 204 }),
      get('/api/packages/org-{p}/generic/{p}/1.0/f', bytes('the same')),
    ],
  },
  {
    row: 'error.generic',
    it: 'answers in text without a newline',
    steps: [get('{p}/1.0/f', noPackage), put('a%20b/1.0/f', badName), get('/api/packages/nobody-here/generic/p/1/f', noOwner)],
  },
  {
    row: 'error.middleware',
    it: 'answers one word and a newline',
    steps: [put('{p}/1.0/f', noRights, 'x', { as: 'anonymous' }), get('{p}/1.0/f', badCredentials, wrong)],
  },
  {
    row: 'error.not-found',
    it: 'tells a missing package or version from a missing file',
    steps: [
      get('{p}/1.0/f', noPackage),
      put('{p}/1.0/f', created),
      get('{p}/2.0/f', noPackage),
      get('{p}/1.0/g', noFile),
      del('{p}/2.0', noPackage),
      del('{p}/2.0/f', noPackage),
      del('{p}/1.0/g', noFile),
    ],
  },
];
