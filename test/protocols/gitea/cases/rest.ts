import { createHash } from 'node:crypto';
import { expect } from 'bun:test';
import { created, noPackage, problem, removed, wrongMethod } from '../answers.ts';
import { fields, rows } from '../setup.ts';
import { del, get, head, put, request, type Expectation, type ProtocolCase } from '../protocol-case.ts';
import { packageShape } from './json-shapes.ts';

const api = '/api/v1/packages/alice';
const hash = (name: string): string => createHash(name).update('hello').digest('hex');
const json = (value: unknown, headers: Expectation['headers'] = {}): Expectation => ({ status: 200, json: value, headers });
const like = (value: object): Expectation => ({ status: 200, jsonLike: value });
const fileShape = (name: string): object => ({
  id: expect.any(Number),
  size: 5,
  Size: 5,
  name,
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha256: hash('sha256'),
  sha512: hash('sha512'),
});
const three = [put('{p}/1.0/f', created), put('{p}/0.9/f', created), put('{p}x/2.0/f', created)];

export const rest: readonly ProtocolCase[] = [
  {
    row: 'rest.owner.list',
    it: 'lists one entry a version, newest first',
    steps: [
      ...three,
      get(`${api}?q={p}`, json([
        packageShape('alice', '{p}x', '2.0'),
        packageShape('alice', '{p}', '0.9'),
        packageShape('alice', '{p}', '1.0'),
      ])),
    ],
  },
  {
    row: 'rest.owner.list.type',
    it: 'lists every type for all and for nothing, none for one it does not know',
    steps: [
      ...three,
      ...['type=generic&', 'type=all&', 'type=&', ''].map((query) => get(`${api}?${query}q={p}x`, like([{ version: '2.0' }]))),
      ...['maven', 'nonsense', 'container'].map((type) => get(`${api}?type=${type}&q={p}`, json([], { 'x-total-count': '0' }))),
    ],
  },
  {
    row: 'rest.owner.list.q',
    it: 'finds a part of the name in any case, and takes no wildcard',
    steps: [
      put('{p}-Alpha_Beta/1.0/f', created),
      get(`${api}?q={p}-aLPHA`, like([{ name: '{p}-Alpha_Beta' }])),
      get(`${api}?q=-alpha_b`, { status: 200 }, { check: (answer) => expect(rows(answer).length).toBeGreaterThan(0) }),
      get(`${api}?q={p}%25`, json([])),
      get(`${api}?q={p}_alpha`, json([])),
      get(`${api}?q={p}-alphaXbeta`, json([])),
    ],
  },
  {
    row: 'rest.owner.unknown',
    it: 'is not found',
    steps: [get('/api/v1/packages/nobody-here', problem(404)), get('/api/v1/packages/nobody-here/generic/p/1', problem(404))],
  },
  {
    row: 'rest.package.list',
    it: 'lists the versions of one package, newest first, found in any case',
    steps: [
      ...three,
      get(`${api}/generic/{p}`, json([packageShape('alice', '{p}', '0.9'), packageShape('alice', '{p}', '1.0')])),
      put('{p}Y/1.0/f', created),
      get(`${api}/generic/{p}y`, like([{ name: '{p}Y' }])),
    ],
  },
  {
    row: 'rest.package.unknown',
    it: 'is not found, nor is one of another type',
    steps: [
      put('{p}/1.0/f', created),
      get(`${api}/generic/{p}none`, problem(404, 'GetPackageByName: package does not exist')),
      get(`${api}/maven/{p}`, problem(404)),
    ],
  },
  {
    row: 'rest.package.delete',
    it: 'deletes every version, and the package itself',
    steps: [
      put('{p}/1.0/f', created),
      put('{p}/2.0/f', created),
      del(`${api}/generic/{p}`, removed),
      get('{p}/1.0/f', noPackage),
      get('{p}/2.0/f', noPackage),
      get(`${api}/generic/{p}`, problem(404, 'GetPackageByName: package does not exist')),
      del(`${api}/generic/{p}`, problem(404)),
    ],
  },
  {
    row: 'rest.latest',
    it: 'answers the version made last, not the highest',
    steps: [
      put('{p}/2.0/f', created),
      put('{p}/1.0/f', created),
      put('{p}/2.0/g', created),
      get(`${api}/generic/{p}/-/latest`, json(packageShape('alice', '{p}', '1.0'))),
    ],
  },
  {
    row: 'rest.latest.none',
    it: 'is not found without a version',
    steps: [get(`${api}/generic/{p}/-/latest`, problem(404))],
  },
  {
    row: 'rest.version.get',
    it: 'answers the version with the id that lists show',
    steps: [
      put('{p}/1.0/f', created),
      get(`${api}/generic/{p}/1.0`, json(packageShape('alice', '{p}', '1.0')), {
        check: async (answer, world) => {
          const listed = await world.must(200, 'GET', `/packages/alice/generic/${String(fields(answer)['name'])}`);
          expect(rows(listed)[0]?.['id']).toBe(fields(answer)['id']);
        },
      }),
    ],
  },
  {
    row: 'rest.version.unknown',
    it: 'is not found',
    steps: [
      put('{p}/1.0/f', created),
      get(`${api}/generic/{p}/2.0`, problem(404, 'GetVersionByNameAndVersion: package does not exist')),
      del(`${api}/generic/{p}/2.0`, problem(404, 'GetVersionByNameAndVersion: package does not exist')),
      get(`${api}/generic/{p}/2.0/files`, problem(404, 'GetVersionByNameAndVersion: package does not exist')),
    ],
  },
  {
    row: 'rest.version.delete',
    it: 'deletes a version with its files',
    steps: [put('{p}/1.0/f', created), put('{p}/2.0/f', created), del(`${api}/generic/{p}/1.0`, removed), get('{p}/1.0/f', noPackage), get('{p}/2.0/f', { status: 200 })],
  },
  {
    row: 'rest.files',
    it: 'lists the files by name without case, with both spellings of the size and four hashes',
    steps: [
      ...['b', 'A', 'c'].map((name) => put(`{p}/1.0/${name}`, created)),
      get(`${api}/generic/{p}/1.0/files`, json([fileShape('A'), fileShape('b'), fileShape('c')])),
    ],
  },
  {
    row: 'rest.files.all',
    it: 'lists them all on one page',
    steps: [
      ...Array.from({ length: 60 }, (_, index) => put(`{p}/1.0/f${100 + index}`, created, '')),
      get(`${api}/generic/{p}/1.0/files?limit=5`, { status: 200, headers: { link: null } }, { check: (answer) => expect(rows(answer)).toHaveLength(60) }),
    ],
  },
  {
    row: 'rest.link',
    it: 'knows no repository to link to',
    steps: [
      put('{p}/1.0/f', created),
      request('POST', `${api}/generic/{p}/-/link/some-repository`, problem(404)),
      request('POST', `${api}/generic/{p}/-/unlink`, problem(404)),
    ],
  },
  {
    row: 'rest.head',
    it: 'answers HEAD wherever GET is answered',
    steps: [
      put('{p}/1.0/f', created),
      ...['', '/generic/{p}', '/generic/{p}/1.0', '/generic/{p}/1.0/files', '/generic/{p}/-/latest'].map((path) =>
        head(`${api}${path}`, { status: 200, headers: { 'content-type': 'application/json;charset=utf-8' } }),
      ),
      head(`${api}?q={p}`, { status: 200, headers: { 'x-total-count': '1' } }),
    ],
  },
  {
    row: 'rest.methods',
    it: 'refuses other methods before credentials',
    steps: [
      put(api, wrongMethod('GET', 'HEAD')),
      request('PATCH', `${api}/generic/{p}`, wrongMethod('GET', 'HEAD', 'DELETE'), { as: 'anonymous' }),
      request('POST', `${api}/generic/{p}/1.0`, wrongMethod('GET', 'HEAD', 'DELETE')),
      del(`${api}/generic/{p}/1.0/files`, wrongMethod('GET', 'HEAD')),
      del(`${api}/generic/{p}/-/latest`, wrongMethod('GET', 'HEAD')),
    ],
  },
  {
    row: 'rest.anonymous',
    it: 'reads public owners',
    steps: [
      put('{p}/1.0/f', created),
      ...['', '/generic/{p}', '/generic/{p}/1.0', '/generic/{p}/1.0/files', '/generic/{p}/-/latest'].map((path) => get(`${api}${path}`, { status: 200 }, { as: 'anonymous' })),
    ],
  },
  {
    row: 'rest.anonymous.write',
    it: 'is asked for a token to change anything',
    steps: [
      put('{p}/1.0/f', created),
      del(`${api}/generic/{p}/1.0`, problem(401, 'token is required'), { as: 'anonymous' }),
      del(`${api}/generic/{p}`, problem(401, 'token is required'), { as: 'anonymous' }),
      get('{p}/1.0/f', { status: 200 }),
    ],
  },
  {
    row: 'rest.encoded',
    it: 'takes each segment percent-encoded, and shows addresses so',
    steps: [
      put('{p}-X%2BY/a%20b%2Fc%C3%89/f', created),
      get(`${api}/generic/{p}-x%2By/a%20b%2Fc%C3%89`, like({ name: '{p}-X+Y', version: 'a b/cÉ' }), {
        check: async (answer, world) => {
          const shown = String(fields(answer)['html_url']);
          expect(shown.startsWith(`${world.url}/alice/-/packages/generic/`)).toBe(true);
          expect(decodeURIComponent(shown)).toEndWith('-x+y/a b/cé');
          expect(shown).toMatch(/\/a%20b%2Fc%C3%A9$/i);
        },
      }),
      del(`${api}/generic/{p}-x%2By/a%20b%2Fc%C3%89`, removed),
    ],
  },
  {
    row: 'rest.format',
    it: 'answers JSON with a newline, not to be cached',
    steps: [
      put('{p}/1.0/f', created),
      get(`${api}/generic/{p}/1.0`, { status: 200, body: /\n$/, headers: {
        'content-type': 'application/json;charset=utf-8',
        'cache-control': 'max-age=0, private, must-revalidate',
      } }),
    ],
  },
  {
    row: 'rest.creator',
    it: 'names who published, and the owner beside',
    steps: [
      put('/api/packages/alice/generic/{p}/1.0/f', created, 'hello', { as: 'root' }),
      get(`${api}/generic/{p}/1.0`, like({ owner: { login: 'alice' }, creator: { login: 'root' } })),
    ],
  },
];
