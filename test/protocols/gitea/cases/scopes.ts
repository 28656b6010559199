import { bytes, created, noRights, problem, publicOnly, removed } from '../answers.ts';
import { del, get, head, put, type ProtocolCase } from '../protocol-case.ts';

const lacks = (scope: string, has: string) =>
  problem(403, `token does not have at least one of required scope(s), required=[${scope}], token scope=${has}`);

export const scopes: readonly ProtocolCase[] = [
  {
    row: 'scope.none',
    it: 'gives nothing without a package scope, of a public owner neither',
    steps: [
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', noRights, { as: 'alice/read:user' }),
      head('{p}/1.0/f', noRights, { as: 'alice/read:user' }),
      put('{p}/1.0/g', noRights, 'x', { as: 'alice/write:repository' }),
      del('{p}/1.0', noRights, { as: 'alice/write:user,write:organization' }),
      get('{p}/1.0/f', noRights, { basic: ['alice', '{token:alice/read:user}'] }),
    ],
  },
  {
    row: 'scope.read',
    it: 'reads and does not write',
    owner: 'paul',
    steps: [
      put('{p}/1.0/f', created, 'hello', { as: 'paul' }),
      get('{p}/1.0/f', bytes('hello'), { as: 'paul/read:package' }),
      head('{p}/1.0/f', { status: 200 }, { as: 'paul/read:package' }),
      put('{p}/1.0/g', noRights, 'x', { as: 'paul/read:package' }),
      del('{p}/1.0/f', noRights, { as: 'paul/read:package' }),
      del('{p}/1.0', noRights, { as: 'paul/read:package' }),
    ],
  },
  {
    row: 'scope.write',
    it: 'writes, deletes and reads',
    owner: 'paul',
    steps: [
      put('{p}/1.0/f', created, 'hello', { as: 'paul/write:package' }),
      get('{p}/1.0/f', bytes('hello'), { as: 'paul/write:package' }),
      del('{p}/1.0', removed, { as: 'paul/write:package' }),
    ],
  },
  {
    row: 'scope.write',
    it: 'gives no more than its owner may do',
    steps: [put('{p}/1.0/f', noRights, 'x', { as: 'bob/write:package' })],
  },
  {
    row: 'scope.all',
    it: 'gives what the owner may do',
    owner: 'paul',
    steps: [
      put('{p}/1.0/f', created, 'hello', { as: 'paul/all' }),
      get('{p}/1.0/f', bytes('hello'), { as: 'paul/all' }),
      del('{p}/1.0', removed, { as: 'paul/all' }),
    ],
  },
  {
    row: 'scope.public-only',
    it: 'reaches public owners only: not limited ones, not private ones, not the own account',
    steps: [
      put('{p}/1.0/f', created, 'hello', { as: 'alice/write:package,public-only' }),
      get('{p}/1.0/f', bytes('hello'), { as: 'paul/read:package,public-only' }),
      put('/api/packages/lena/generic/{p}/1.0/f', created, 'hello', { as: 'lena' }),
      put('/api/packages/paul/generic/{p}/1.0/f', created, 'hello', { as: 'paul' }),
      ...['lena', 'paul'].flatMap((owner) =>
        [`${owner}/write:package,public-only`, `${owner}/all,public-only`].flatMap((as) => [
          get(`/api/packages/${owner}/generic/{p}/1.0/f`, publicOnly, { as }),
          put(`/api/packages/${owner}/generic/{p}/1.0/g`, publicOnly, 'x', { as }),
          del(`/api/packages/${owner}/generic/{p}/1.0`, publicOnly, { as }),
        ]),
      ),
      get('/api/packages/lena/generic/{p}/1.0/f', publicOnly, { as: 'alice/read:package,public-only' }),
    ],
  },
  {
    row: 'scope.rest',
    it: 'wants read:package to read and write:package to change, and names what is missing',
    steps: [
      put('{p}/1.0/f', created),
      get('/api/v1/packages/alice', lacks('read:package', 'read:user'), { as: 'alice/read:user' }),
      get('/api/v1/packages/alice/generic/{p}', lacks('read:package', 'read:user'), { as: 'alice/read:user' }),
      get('/api/v1/packages/alice/generic/{p}/1.0/files', lacks('read:package', 'read:user'), { as: 'alice/read:user' }),
      get('/api/v1/packages/alice/generic/{p}/-/latest', lacks('read:package', 'read:user'), { as: 'alice/read:user' }),
      del('/api/v1/packages/alice/generic/{p}/1.0', lacks('write:package', 'read:package'), { as: 'alice/read:package' }),
      del('/api/v1/packages/alice/generic/{p}', lacks('write:package', 'read:package'), { as: 'alice/read:package' }),
      get('/api/v1/packages/alice/generic/{p}/1.0', { status: 200 }, { as: 'alice/write:package' }),
      del('/api/v1/packages/alice/generic/{p}/1.0', { status: 204 }, { as: 'alice/write:package' }),
    ],
  },
  {
    row: 'scope.rest.public-only',
    it: 'reaches public owners only on the REST routes too',
    steps: [
      put('/api/packages/lena/generic/{p}/1.0/f', created, 'hello', { as: 'lena' }),
      ...['lena', 'paul'].flatMap((owner) =>
        ['', '/generic/{p}', '/generic/{p}/1.0', '/generic/{p}/1.0/files', '/generic/{p}/-/latest'].map((path) =>
          get(`/api/v1/packages/${owner}${path}`, problem(403, 'token scope is limited to public packages'), {
            as: `${owner}/read:package,public-only`,
          }),
        ),
      ),
      del('/api/v1/packages/lena/generic/{p}', problem(403, 'token scope is limited to public packages'), {
        as: 'lena/write:package,public-only',
      }),
      get('/api/v1/packages/alice', { status: 200 }, { as: 'alice/read:package,public-only' }),
    ],
  },
];
