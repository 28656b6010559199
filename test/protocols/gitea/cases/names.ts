import { badFile, badName, badVersion, bytes, conflict, created, noFile, noPackage, removed } from '../answers.ts';
import { del, get, put, type ProtocolCase } from '../protocol-case.ts';

const letters = (count: number): string => 'n'.repeat(count);

export const names: readonly ProtocolCase[] = [
  {
    row: 'name.characters',
    it: 'takes ASCII letters, digits, and - _ + .',
    steps: ['{p}Az09_-+.x', '{p}_', '{p}+', '{p}.'].map((name) => put(`${name}/1.0/f`, created)),
  },
  {
    row: 'name.characters.refused',
    it: 'takes nothing else',
    steps: ['a b', 'é', 'e\u0301', 'a~', 'a@b', 'a!', 'a:b', 'a,b', 'a(b)', 'a?b', ' ', 'a%', "a'", 'a*', 'ſ', 'а', 'a=b', 'a\u00A0'].map(
      (name) => put(`${encodeURIComponent(name)}/1.0/f`, badName),
    ),
  },
  {
    row: 'name.dots',
    it: 'takes names of dots and dashes that are no dot segment',
    steps: ['...', '--', '-a', 'a-', '.x', '....', '-.', '+1'].flatMap((name) => [
      put(`${name}/{p}/f`, created),
      get(`${name}/{p}/f`, bytes('hello')),
    ]),
  },
  {
    row: 'name.single',
    it: 'wants a letter or digit when it is one character',
    steps: [
      ...['-', '_', '+', '%2B'].map((name) => put(`${name}/1.0/f`, badName)),
      ...['a', 'Z', '7'].map((name) => put(`${name}/{p}/f`, created)),
    ],
  },
  {
    row: 'file.characters',
    it: 'takes letters, digits, space and the signs of the list',
    steps: ['Az09_', 'a b', ...'-+=:;.()[]{}~!@#$%^&'].filter((name) => name !== '.').flatMap((name) => [
      put(`{p}/1.0/x${encodeURIComponent(name)}`, created),
      get(`{p}/1.0/x${encodeURIComponent(name)}`, bytes('hello')),
    ]),
  },
  {
    row: 'file.characters',
    it: 'takes them as the whole name, a dash alone included',
    steps: ['-', '_', '=', '...', '.x', '%23', '%25', '~'].map((name) => put(`{p}/1.0/${name}`, created)),
  },
  {
    row: 'file.characters.raw',
    it: 'takes them unescaped where a request line can hold them',
    steps: ['a(b)', 'a[b]', "a!@$&=:;", 'a~^b'].flatMap((name) => [
      put(`{p}/1.0/${name}`, created),
      get(`{p}/1.0/${encodeURIComponent(name)}`, bytes('hello')),
    ]),
  },
  {
    row: 'file.characters.refused',
    it: 'takes nothing else',
    steps: ['a/b', 'a\\b', 'a?', 'a*', 'a<b', 'a>b', 'a"', "a'", 'a,b', 'a|b', 'a`', 'é', '日本', 'a\tb', 'a\u00A0b', 'a\u2028b'].map(
      (name) => put(`{p}/1.0/${encodeURIComponent(name).replaceAll("'", '%27')}`, badFile),
    ),
  },
  {
    row: 'file.space',
    it: 'takes no white space at either end',
    steps: ['%20', '%20a', 'a%20', '%20%20a%20', '%C2%A0a'].map((name) => put(`{p}/1.0/${name}`, badFile)),
  },
  {
    row: 'version.any',
    it: 'takes any text',
    steps: ['1.0', 'v1', 'a b', 'é', '日本', 'a|b', 'a?b', 'a%b', '1.0+build', '...', '-', 'a*"<>\'`,;', '\u{1F4E6}', 'a\u00A0b', 'a\u0085b'].flatMap(
      (version) => [
        put(`{p}/${encodeURIComponent(version)}/f`, created),
        get(`{p}/${encodeURIComponent(version)}/f`, bytes('hello')),
      ],
    ),
  },
  {
    row: 'version.space',
    it: 'takes no Unicode white space at either end',
    steps: ['%20', '%201', '1%20', '%C2%A01', '1%C2%A0', '%E3%80%801', '1%E2%80%89', '%E2%80%A81', '%C2%851', '1%C2%85'].map((version) =>
      put(`{p}/${version}/f`, badVersion),
    ),
  },
  {
    row: 'version.space.mark',
    it: 'does not count the byte order mark as white space',
    steps: [put('{p}/%EF%BB%BF1/f', created), get('{p}/%EF%BB%BF1/f', bytes('hello')), get('{p}/1/f', noPackage)],
  },
  {
    row: 'names.order',
    it: 'looks at the name, then the file, then the version',
    steps: [
      put('a%20b/%20/%3F', badName),
      put('{p}/%20/%3F', badFile),
      put('{p}/%20/f', badVersion),
    ],
  },
  {
    row: 'names.read',
    it: 'finds nothing under an illegal name, rather than refusing it',
    steps: [
      put('{p}/1.0/f', created),
      get('a%20b/1.0/f', noPackage),
      get('{p}/%201.0/f', noPackage),
      get('{p}/1.0/a%3Fb', noFile),
      del('a%20b/1.0', noPackage),
      del('a%20b/1.0/f', noPackage),
      del('{p}/1.0/a%3Fb', noFile),
    ],
  },
  {
    row: 'names.length',
    it: 'takes 255 bytes of UTF-8 in each place and no more',
    steps: [
      put(`{p}${letters(256)}/1.0/f`, badName),
      put(`{p}/${letters(256)}/f`, badVersion),
      put(`{p}/1.0/${letters(256)}`, badFile),
      put(`{p}/${'%C3%A9'.repeat(128)}/f`, badVersion),
      put(`${letters(255)}/{p}/f`, created),
      put(`{p}/${letters(255)}/f`, created),
      put(`{p}/${'%C3%A9'.repeat(127)}x/f`, created),
      put(`{p}/1.0/${letters(255)}`, created),
      get(`{p}/1.0/${letters(255)}`, bytes('hello')),
    ],
  },
  {
    row: 'names.length.read',
    it: 'finds nothing under a longer one',
    steps: [
      put('{p}/1.0/f', created),
      get(`${letters(256)}/1.0/f`, noPackage),
      get(`{p}/${letters(300)}/f`, noPackage),
      get(`{p}/1.0/${letters(4000)}`, noFile),
      del(`{p}/${letters(256)}`, noPackage),
    ],
  },
  {
    row: 'names.case',
    it: 'compares package, version and file without case',
    steps: [
      put('{p}Pkg/1.0-RC/A.bin', created),
      get('{p}pkg/1.0-rc/a.BIN', bytes('hello')),
      put('{p}PKG/1.0-rc/a.bin', conflict),
      put('{p}pkG/1.0-Rc/b.bin', created, 'other'),
      get('{p}Pkg/1.0-RC/b.bin', bytes('other')),
      del('{p}PKG/1.0-rC/B.BIN', removed),
      del('{p}PKG/1.0-rC', removed),
      get('{p}Pkg/1.0-RC/A.bin', noPackage),
    ],
  },
  {
    row: 'names.case.unicode',
    it: 'folds letters outside ASCII too',
    steps: [put('{p}/%C3%89/f', created), put('{p}/%C3%A9/f', conflict), get('{p}/%C3%A9/f', bytes('hello')), put('{p}/%D0%96/f', created), get('{p}/%D0%B6/f', bytes('hello'))],
  },
  {
    row: 'names.case.first',
    it: 'shows the spelling that came first',
    steps: [
      put('{p}Pkg/1.0-RC/Ab.bin', created),
      get('{p}pkg/1.0-rc/aB.bin', bytes('hello', { 'content-disposition': 'attachment; filename=Ab.bin' })),
      put('{p}PKG/1.0-rc/c.bin', created),
      get('/api/v1/packages/alice/generic/{p}pkg/1.0-rc', {
        status: 200,
        jsonLike: { name: '{p}Pkg', version: '1.0-RC' },
      }),
      get('/api/v1/packages/alice/generic/{p}pkg', { status: 200, jsonLike: [{ name: '{p}Pkg', version: '1.0-RC' }] }),
    ],
  },
  {
    row: 'names.exact',
    it: 'changes nothing else: no composition, no dropped v',
    steps: [
      put('{p}/e%CC%81/f', created, 'two'),
      put('{p}/%C3%A9/f', created, 'one'),
      get('{p}/e%CC%81/f', bytes('two')),
      put('{p}/v1/f', created, 'v1'),
      put('{p}/1/f', created, '1'),
      get('{p}/v1/f', bytes('v1')),
    ],
  },
];
