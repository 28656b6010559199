import { badFile, badName, badVersion, bytes, created, noFile, noPackage, noRoute, removed, unescapable, wrongMethod } from '../answers.ts';
import { del, get, head, put, request, type Exchange, type ProtocolCase } from '../protocol-case.ts';

/** Each way to write a dot segment. */
const dots = ['.', '..', '%2E', '%2e', '%2E%2E', '%2e%2e', '.%2e', '%2E.'];

const seed: Exchange = put('{p}/1.0/f.bin', created);
/** The seeded file is still what it was: nothing else acted on it. */
const untouched: Exchange = get('{p}/1.0/f.bin', bytes('hello'));

/** A target is read, asked for, and deleted; each must answer the same. */
const others = (target: string, expect: Exchange['expect']): Exchange[] => [
  get(target, expect),
  head(target, expect),
  del(target, expect),
];

export const paths: readonly ProtocolCase[] = [
  {
    row: 'path.escapes',
    it: 'decodes each segment once, after the path was cut into segments',
    steps: [
      put('{p}/1.0/%66%2ebin', created),
      get('{p}/1.0/f.bin', bytes('hello')),
      put('{p}/2.0/100%2525', created, 'twice'),
      get('{p}/2.0/100%2525', bytes('twice', { 'content-disposition': 'attachment; filename=100%25' })),
      get('{p}/2.0/100%25', noFile),
    ],
  },
  {
    row: 'path.plus',
    it: 'takes a plus as a plus',
    steps: [
      put('{p}/1.0+b/a+b', created),
      get('{p}/1.0%2Bb/a%2Bb', bytes('hello')),
      get('{p}/1.0%20b/a+b', noPackage),
      get('{p}/1.0+b/a%20b', noFile),
    ],
  },
  {
    row: 'path.slash.encoded',
    it: 'keeps an encoded slash inside a version',
    steps: [
      put('{p}/a%2Fb/f.bin', created),
      get('{p}/a%2fb/f.bin', bytes('hello')),
      get('{p}/a/f.bin', noPackage),
      del('{p}/a%2Fb', removed),
      get('{p}/a%2Fb/f.bin', noPackage),
    ],
  },
  {
    row: 'path.slash.encoded.name',
    it: 'refuses an encoded slash in a package or file name, and finds none',
    steps: [
      put('{p}%2Fx/1.0/f.bin', badName),
      put('{p}/1.0/a%2Fb', badFile),
      put('{p}/1.0/%2Ff.bin', badFile),
      seed,
      ...others('{p}/1.0/x%2F..%2Ff.bin', noFile),
      ...others('{p}%2F1.0/x/f.bin', noPackage),
      untouched,
    ],
  },
  {
    row: 'path.slash.repeated',
    it: 'collapses two slashes',
    steps: [
      put('/api//packages/alice//generic/{p}/1.0/f.bin', created),
      get('/api/packages/alice/generic/{p}/1.0//f.bin', bytes('hello')),
      get('/api/packages/alice/generic//{p}/1.0/f.bin', bytes('hello')),
    ],
  },
  {
    row: 'path.slash.repeated',
    it: 'reads an empty segment as no segment: the version is the last one named',
    steps: [
      seed,
      get('{p}//f.bin', wrongMethod('DELETE')),
      put('{p}//f.bin', wrongMethod('DELETE')),
      del('{p}//f.bin', noPackage),
      untouched,
      del('{p}//1.0', removed),
      get('{p}/1.0/f.bin', noPackage),
    ],
  },
  {
    row: 'path.slash.more',
    it: 'knows no path with more than two superfluous slashes',
    steps: [
      seed,
      get('{p}///1.0/f.bin', bytes('hello')),
      ...others('{p}/1.0////f.bin', noRoute),
      del('{p}////1.0', noRoute),
      del('/api//packages/alice//generic/{p}//1.0', noRoute),
      put('{p}/1.0////g.bin', noRoute),
      untouched,
    ],
  },
  {
    row: 'path.slash.trailing',
    it: 'drops a trailing slash',
    steps: [
      put('{p}/1.0/f.bin/', created),
      get('{p}/1.0/f.bin/', bytes('hello')),
      get('{p}/1.0/f.bin', bytes('hello')),
      del('{p}/1.0/', removed),
      get('{p}/1.0/f.bin', noPackage),
    ],
  },
  ...(
    [
      ['package name', (dot) => `${dot}/1.0/f.bin`, badName],
      ['version', (dot) => `{p}/${dot}/f.bin`, badVersion],
      ['file name', (dot) => `{p}/1.0/${dot}`, badFile],
    ] satisfies [string, (dot: string) => string, Exchange['expect']][]
  ).map(([what, target, expect]): ProtocolCase => ({
    row: 'path.dot-segment.put',
    it: `refuses each writing of a dot segment as ${what}`,
    steps: [seed, ...dots.map((dot) => put(target(dot), expect)), untouched],
  })),
  {
    row: 'path.dot-segment.put.length',
    it: 'refuses a PUT with too many or too few segments as well',
    steps: [
      seed,
      ...dots.flatMap((dot) => [
        put(`{p}/x/${dot}/1.0/g.bin`, badFile),
        put(`{p}/1.0/x/${dot}/g.bin`, badFile),
        put(`{p}/${dot}`, badVersion),
        put(`/api/packages/alice/generic/${dot}/generic/{p}/1.0/g.bin`, badName),
      ]),
      get('{p}/1.0/g.bin', noFile),
      untouched,
    ],
  },
  {
    row: 'path.dot-segment.other',
    it: 'finds nothing by any other method, and deletes nothing',
    steps: [
      seed,
      ...dots.flatMap((dot) => [
        ...others(`{p}/1.0/${dot}`, noRoute),
        ...others(`{p}/1.0/x/${dot}/f.bin`, noRoute),
        ...others(`{p}/${dot}/f.bin`, noRoute),
        ...others(`x/${dot}/{p}/1.0`, noRoute),
        ...others(`{p}/1.0/f.bin/${dot}`, noRoute),
        del(`{p}/${dot}`, noRoute),
      ]),
      request('POST', '{p}/1.0/..', noRoute),
      untouched,
    ],
  },
  {
    row: 'path.dot-segment.owner',
    it: 'does not walk between owners or out of the routes',
    steps: [
      seed,
      ...dots.flatMap((dot) => [
        ...others(`/api/packages/${dot}/generic/{p}/1.0/f.bin`, noRoute),
        ...others(`/api/packages/bob/${dot}/alice/generic/{p}/1.0`, noRoute),
        ...others(`/x/${dot}/api/packages/alice/generic/{p}/1.0`, noRoute),
      ]),
      untouched,
    ],
  },
  {
    row: 'path.dot-segment.rest',
    it: 'does not let a version "." or ".." delete the package in the REST API',
    steps: [
      seed,
      ...dots.flatMap((dot) => [
        del(`/api/v1/packages/alice/generic/{p}/${dot}`, noRoute),
        del(`/api/v1/packages/alice/generic/{p}/1.0/${dot}`, noRoute),
        get(`/api/v1/packages/alice/generic/{p}/1.0/${dot}`, noRoute),
      ]),
      untouched,
    ],
  },
  {
    row: 'path.backslash.put',
    it: 'refuses a raw backslash by the segment that holds it',
    steps: [
      put('{p}\\x/1.0/f.bin', badName),
      put('{p}/1\\0/f.bin', badVersion),
      put('{p}/1.0/a\\b', badFile),
      put('{p}/1.0/\\', badFile),
      put('{p}\\1.0\\f.bin', badName),
      put('{p}/1.0/a\\b/c', badFile),
      get('{p}/1.0/f.bin', noPackage),
    ],
  },
  {
    row: 'path.backslash.other',
    it: 'finds nothing, and deletes nothing',
    steps: [
      seed,
      ...others('{p}/1.0\\f.bin', noRoute),
      ...others('{p}\\1.0', noRoute),
      ...others('{p}/1.0/x\\..\\f.bin', noRoute),
      ...others('{p}/1.0/f.bin\\..', noRoute),
      ...others('/api\\packages\\alice\\generic\\{p}\\1.0', noRoute),
      untouched,
    ],
  },
  {
    row: 'path.backslash.encoded',
    it: 'is text in a version, and illegal in a name',
    steps: [
      put('{p}/1%5C0/f.bin', created),
      get('{p}/1%5c0/f.bin', bytes('hello')),
      put('{p}%5Cx/1.0/f.bin', badName),
      put('{p}/1.0/a%5Cb', badFile),
      ...others('{p}/1%5C0/..%5Cf.bin', noFile),
      ...others('{p}%5Cx/1.0/f.bin', noPackage),
      del('{p}/1%5C0', removed),
    ],
  },
  {
    row: 'path.hash',
    it: 'never drops what follows a raw number sign',
    steps: [seed, get('{p}/1.0/f.bin#x', { status: 404 }), del('{p}/1.0/f.bin#x', { status: 404 }), del('{p}/1.0#x', { status: 404 }), untouched],
  },
  {
    row: 'path.escape.broken',
    it: 'refuses escapes that are none',
    steps: [
      seed,
      ...['%', '%4', '%zz', 'a%2', '%g0', 'x%'].flatMap((broken) => [
        put(`{p}/1.0/${broken}`, unescapable),
        put(`{p}/${broken}/f.bin`, unescapable),
        put(`${broken}/1.0/f.bin`, unescapable),
        ...others(`{p}/1.0/${broken}`, unescapable),
        del(`{p}/${broken}`, unescapable),
      ]),
      untouched,
    ],
  },
  {
    row: 'path.escape.utf8',
    it: 'refuses escapes that are no UTF-8, and raw bytes that are none',
    steps: [
      seed,
      ...['%ff', '%C3%28', '%C3', '%ED%A0%80', '%c0%ae', '%C0%AE%C0%AE', '\u00FF', 'a\u00C3'].flatMap((broken) => [
        put(`{p}/1.0/${broken}`, unescapable),
        put(`{p}/${broken}/f.bin`, unescapable),
        ...others(`{p}/1.0/${broken}`, unescapable),
        del(`{p}/${broken}`, unescapable),
      ]),
      untouched,
    ],
  },
  {
    row: 'path.escape.replacement',
    it: 'refuses U+FFFD itself',
    steps: [put('{p}/%EF%BF%BD/f.bin', unescapable), get('{p}/%EF%BF%BD/f.bin', unescapable), del('{p}/%ef%bf%bd', unescapable)],
  },
  {
    row: 'path.control',
    it: 'refuses NUL and control characters by the segment that holds them, and finds none',
    steps: [
      seed,
      ...['%00', '%01', '%09', '%0A', '%0D', '%1F', '%7F'].flatMap((control) => [
        put(`{p}${control}/1.0/f.bin`, badName),
        put(`{p}/1${control}0/f.bin`, badVersion),
        put(`{p}/1.0/f${control}.bin`, badFile),
        ...others(`{p}/1.0/f.bin${control}`, noFile),
        ...others(`{p}/1.0${control}/f.bin`, noPackage),
        del(`{p}/1.0${control}`, noPackage),
      ]),
      untouched,
    ],
  },
];
