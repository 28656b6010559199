import { expect } from 'bun:test';
import { problem } from '../answers.ts';
import { del, get, request, type ProtocolCase } from '../protocol-case.ts';
import { fields, rows } from '../setup.ts';
import { instant } from './json-shapes.ts';
import { asTheirs, gone, made, person, post } from './setup-words.ts';

const tokens = '/api/v1/users/u-{p}/tokens';
const tokenShape = (name: string, more: object = {}): object => ({
  id: expect.any(Number),
  name,
  token_last_eight: expect.stringMatching(/^\S{8}$/),
  scopes: ['read:package'],
  created_at: expect.stringMatching(instant),
  last_used_at: expect.any(String),
  ...more,
});

export const setupTokens: readonly ProtocolCase[] = [
  {
    row: 'setup.tokens.create',
    it: 'makes a token and shows it once',
    steps: [
      post('/admin/users', made, person('u-{p}')),
      request('POST', tokens, { status: 201, json: tokenShape('one', { sha1: expect.stringMatching(/^[0-9a-f]{40}$/) }) }, {
        ...asTheirs,
        send: { name: 'one', scopes: ['read:package'] },
        check: (answer) => {
          const token = fields(answer);
          expect(String(token['sha1']).endsWith(String(token['token_last_eight']))).toBe(true);
        },
      }),
      get(tokens, { status: 200, json: [tokenShape('one')] }, {
        ...asTheirs,
        check: (answer) => expect(rows(answer)[0]).not.toHaveProperty('sha1'),
      }),
    ],
  },
  {
    row: 'setup.tokens.refused',
    it: 'refuses a name twice, no scope, and an unknown one',
    steps: [
      post('/admin/users', made, person('u-{p}')),
      request('POST', tokens, made, { ...asTheirs, send: { name: 'one', scopes: ['all'] } }),
      request('POST', tokens, problem(400, 'access token name has been used already'), { ...asTheirs, send: { name: 'one', scopes: ['all'] } }),
      request('POST', tokens, problem(400), { ...asTheirs, send: { name: 'two' } }),
      request('POST', tokens, problem(400), { ...asTheirs, send: { name: 'two', scopes: [] } }),
      request('POST', tokens, problem(400), { ...asTheirs, send: { name: 'two', scopes: ['delete:package'] } }),
      request('POST', tokens, problem(400), { ...asTheirs, send: { name: 'two', scopes: ['read:package', 'nonsense'] } }),
    ],
  },
  {
    row: 'setup.tokens.password',
    it: 'wants the password, not a token',
    steps: [
      post('/users/alice/tokens', problem(401), { name: 'x', scopes: ['all'] }, 'alice'),
      post('/users/alice/tokens', problem(401), { name: 'x', scopes: ['all'] }, 'anonymous'),
      post('/users/alice/tokens', problem(403), { name: 'x', scopes: ['all'] }, 'bob/password'),
    ],
  },
  {
    row: 'setup.tokens.scopes',
    it: 'takes each scope that Gitea has',
    steps: [
      post('/admin/users', made, person('u-{p}')),
      ...['activitypub', 'admin', 'issue', 'misc', 'notification', 'organization', 'package', 'repository', 'user'].flatMap((category) =>
        ['read', 'write'].map((kind) =>
          request('POST', tokens, made, { ...asTheirs, send: { name: `${kind} ${category}`, scopes: [`${kind}:${category}`] } }),
        ),
      ),
      request('POST', tokens, made, { ...asTheirs, send: { name: 'public', scopes: ['read:package', 'public-only'] } }),
    ],
  },
  {
    row: 'setup.tokens.delete',
    it: 'removes a token by id or name',
    steps: [
      post('/admin/users', made, person('u-{p}')),
      ...['one', 'two'].map((name) =>
        request('POST', tokens, made, { ...asTheirs, send: { name, scopes: ['read:package'] } }),
      ),
      del(`${tokens}/one`, gone, asTheirs),
      async (world, names) => {
        const path = `/users/u-${names.get('p') ?? ''}/tokens`;
        const listed = rows(await world.must(200, 'GET', path));
        expect(listed.map((token) => token['name'])).toEqual(['two']);
        names.set('id', String(listed[0]?.['id']));
      },
      del(`${tokens}/{id}`, gone, asTheirs),
      del(`${tokens}/{id}`, problem(404), asTheirs),
      del(`${tokens}/one`, problem(404), asTheirs),
      get(tokens, { status: 200, json: [] }, asTheirs),
    ],
  },
];
