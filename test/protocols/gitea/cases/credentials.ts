import { expect } from 'bun:test';
import { rawRequest } from '../../../support/raw-http.ts';
import { badCredentials, bytes, created, noRights, problem, removed } from '../answers.ts';
import { basic } from '../setup.ts';
import { del, get, head, put, type Exchange, type ProtocolCase } from '../protocol-case.ts';

type Credential = Pick<Exchange, 'as' | 'basic' | 'headers'> & { query?: string };

/** Publishes, reads and deletes with one form of credential; reading is of a private owner's, so that it matters. */
const works = (row: string, it: string, { query = '', ...credential }: Credential): ProtocolCase => ({
  row,
  it,
  owner: 'paul',
  steps: [
    put(`{p}/1.0/f${query}`, created, 'hello', credential),
    get(`{p}/1.0/f${query}`, bytes('hello'), credential),
    head(`{p}/1.0/f${query}`, { status: 200 }, credential),
    del(`{p}/1.0/f${query}`, removed, credential),
  ],
});

/** A credential that is refused on a public owner's file too. */
const refused = (row: string, it: string, ...credentials: readonly Credential[]): ProtocolCase => ({
  row,
  it,
  steps: [
    put('{p}/1.0/f', created),
    ...credentials.flatMap(({ query = '', ...credential }) => [
      get(`{p}/1.0/f${query}`, badCredentials, credential),
      head(`{p}/1.0/f${query}`, badCredentials, credential),
      put(`{p}/1.0/g${query}`, badCredentials, 'x', credential),
      del(`{p}/1.0${query}`, badCredentials, credential),
    ]),
    get('{p}/1.0/f', bytes('hello')),
  ],
});

const authorization = (value: string): Credential => ({ headers: { Authorization: value } });
const header = (name: string, value: string): Credential => ({ as: 'anonymous', headers: { [name]: value } });
const token = '{token:paul}';
const zeros = '0'.repeat(40);

export const credentials: readonly ProtocolCase[] = [
  works('auth.basic.password', 'takes name and password', { basic: ['paul', '{password:paul}'] }),
  works('auth.basic.password', 'takes the name in any case, and the scheme', { basic: ['PAUL', '{password:paul}'] }),
  works('auth.basic.token-as-password', 'takes a token as password under the own name', { basic: ['paul', token] }),
  works('auth.basic.token-as-password', 'passes over another user\'s name beside a token', { basic: ['bob', token] }),
  works('auth.basic.token-as-password', 'passes over a name that nobody has', { basic: ['nobody-here', token] }),
  works('auth.basic.token-as-user', 'takes a token as user with an empty password', { basic: [token, ''] }),
  works('auth.basic.token-as-user', 'takes a token as user with x-oauth-basic', { basic: [token, 'x-oauth-basic'] }),
  works('auth.token', 'takes the scheme token', authorization(`token ${token}`)),
  works('auth.bearer', 'takes the scheme Bearer', authorization(`Bearer ${token}`)),
  works('auth.scheme.case', 'takes the scheme token in any case', authorization(`TOKEN ${token}`)),
  works('auth.scheme.case', 'takes the scheme Bearer in any case', authorization(`bEARER ${token}`)),
  works('auth.query.token', 'takes ?token=', { as: 'anonymous', query: `?token=${token}` }),
  works('auth.query.access-token', 'takes ?access_token=', { as: 'anonymous', query: `?access_token=${token}` }),
  works('auth.nuget', 'takes X-NuGet-ApiKey', header('X-NuGet-ApiKey', token)),
  {
    row: 'auth.scheme.case',
    it: 'takes the scheme Basic in any case',
    owner: 'paul',
    steps: [
      async (world, names) => {
        names.set('sent', basic('paul', await world.password('paul')).slice('Basic '.length));
      },
      put('{p}/1.0/f', created, 'x', authorization('bAsIc {sent}')),
    ],
  },
  {
    row: 'auth.none',
    it: 'reads a public owner\'s files and is asked for credentials to write',
    steps: [
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', bytes('hello'), { as: 'anonymous' }),
      put('{p}/1.0/g', noRights, 'x', { as: 'anonymous' }),
      del('{p}/1.0', noRights, { as: 'anonymous' }),
    ],
  },
  {
    row: 'auth.cookie',
    it: 'passes over cookies',
    steps: [put('{p}/1.0/f', noRights, 'x', header('Cookie', 'session={token:alice}; stowage={token:alice}; i_like_gitea={token:alice}'))],
  },
  refused('auth.wrong.password', 'refuses a wrong password and an unknown name alike', { basic: ['alice', 'wrong'] }, { basic: ['nobody-here', 'wrong'] }, { basic: ['', ''] }),
  refused('auth.wrong.token', 'refuses an unknown token in each form',
    authorization(`token ${zeros}`),
    authorization(`Bearer ${zeros}`),
    { basic: [zeros, 'x-oauth-basic'] },
    { as: 'anonymous', query: `?token=${zeros}` },
    { as: 'anonymous', query: `?access_token=${zeros}` },
    header('X-NuGet-ApiKey', zeros),
  ),
  refused('auth.wrong.challenge', 'asks for nothing when it refuses a credential', authorization('token wrong')),
  refused(
    'auth.malformed',
    'refuses an Authorization header that it cannot read',
    ...['Basic', 'Basic !!!', `Basic ${Buffer.from('no colon').toString('base64')}`, 'token', 'Bearer', 'Digest username="alice"', 'nonsense', 'Negotiate YII='].map(authorization),
  ),
  refused('auth.duplicate', 'refuses two Authorization headers, right as they may be', {
    headers: [
      ['Authorization', 'token {token:alice}'],
      ['Authorization', 'token {token:alice}'],
    ],
  }, {
    as: 'anonymous',
    headers: [
      ['X-NuGet-ApiKey', '{token:alice}'],
      ['X-NuGet-ApiKey', '{token:alice}'],
    ],
  }),
  {
    row: 'auth.two',
    it: 'takes the first that works, and refuses when none does',
    steps: [
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', bytes('hello'), { headers: { Authorization: 'token nonsense', 'X-NuGet-ApiKey': '{token:alice}' } }),
      get('{p}/1.0/f?token=nonsense', bytes('hello'), { headers: { Authorization: 'token {token:alice}' } }),
      get('{p}/1.0/f?token={token:alice}', bytes('hello'), { headers: { Authorization: 'token nonsense' } }),
      get('{p}/1.0/f?token=nonsense', badCredentials, { headers: { Authorization: 'token nonsense', 'X-NuGet-ApiKey': 'nonsense' } }),
    ],
  },
  {
    row: 'auth.revoked',
    it: 'refuses a token from the moment it is revoked',
    steps: [
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', bytes('hello'), { as: 'carol' }),
      async (world) => {
        await world.must(204, 'DELETE', '/users/carol/tokens/for%20all', undefined, 'carol/password');
      },
      get('{p}/1.0/f', badCredentials, { as: 'carol' }),
    ],
  },
  {
    row: 'auth.rest',
    it: 'takes every form on the REST routes too',
    owner: 'paul',
    steps: [
      { basic: ['paul', '{password:paul}'] as const },
      { basic: ['x', token] as const },
      { basic: [token, ''] as const },
      authorization(`token ${token}`),
      authorization(`Bearer ${token}`),
    ].map((credential) => get('/api/v1/packages/paul', { status: 200, json: expect.any(Array) }, credential)).concat([
      get(`/api/v1/packages/paul?token=${token}`, { status: 200 }, { as: 'anonymous' }),
      get(`/api/v1/packages/paul?access_token=${token}`, { status: 200 }, { as: 'anonymous' }),
    ]),
  },
  {
    row: 'auth.rest.wrong',
    it: 'answers JSON to wrong credentials on the REST routes, without asking for others',
    steps: [authorization(`token ${zeros}`), { basic: ['alice', 'wrong'] as const }, authorization('Basic !!!')].map((credential) =>
      get('/api/v1/packages/alice', { ...problem(401, 'invalid username, password or token'), headers: { 'www-authenticate': null } }, credential),
    ),
  },
  {
    row: 'auth.throttle',
    it: 'slows a guesser down, and lets a token pass meanwhile',
    steps: [
      async (world) => {
        await world.token('throttled');
        const statuses: number[] = [];
        for (let index = 0; index < 14; index += 1) {
          const answer = await rawRequest(
            world.port,
            `GET /api/packages/alice/generic/a/1/f HTTP/1.1\r\nHost: h\r\nAuthorization: ${basic('throttled', `guess ${index}`)}\r\n\r\n`,
          );
          statuses.push(answer.status);
          if (answer.status !== 429) continue;
          expect(answer.text).toBe('too many failed sign-ins\n');
          expect(answer.headers.get('retry-after')?.[0]).toMatch(/^[1-9]\d*$/);
        }
        expect(statuses.slice(0, 10)).toEqual(Array<number>(10).fill(401));
        expect(statuses).toContain(429);
      },
      get('{p}/1.0/f', { status: 404 }, { as: 'throttled' }),
    ],
  },
];
