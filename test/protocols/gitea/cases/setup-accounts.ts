import { expect } from 'bun:test';
import { badCredentials, bytes, created, noRights, problem } from '../answers.ts';
import { del, get, head, put, request, type ProtocolCase } from '../protocol-case.ts';
import { userShape } from './json-shapes.ts';
import { asTheirs, gone, made, patch, person, post } from './setup-words.ts';

const root = { as: 'root' } as const;
const api = '/api/v1';
const same = (login_name: string, more: object): object => ({ login_name, source_id: 0, ...more });

export const setupAccounts: readonly ProtocolCase[] = [
  {
    row: 'setup.version',
    it: 'tells a version to anyone',
    steps: [get(`${api}/version`, { status: 200, json: { version: expect.stringMatching(/^\d+\.\d+/) } }, { as: 'anonymous' }), head(`${api}/version`, { status: 200 })],
  },
  {
    row: 'setup.user',
    it: 'shows the caller',
    steps: [
      get(`${api}/user`, { status: 200, json: userShape('alice') }),
      get(`${api}/user`, { status: 200, jsonLike: { login: 'root', is_admin: true } }, root),
      get(`${api}/user`, problem(401, 'token is required'), { as: 'anonymous' }),
    ],
  },
  {
    row: 'setup.users.get',
    it: 'shows a user to those who may see it',
    steps: [
      get(`${api}/users/alice`, { status: 200, json: userShape('alice') }, { as: 'bob' }),
      get(`${api}/users/nobody-here`, problem(404)),
      post('/admin/users', made, person('hid-{p}', { visibility: 'private' })),
      get(`${api}/users/hid-{p}`, problem(404), { as: 'bob' }),
      get(`${api}/users/hid-{p}`, { status: 200, jsonLike: { visibility: 'private' } }, root),
    ],
  },
  {
    row: 'setup.admin.users.create',
    it: 'makes an account that works at once',
    steps: [
      post('/admin/users', {
        status: 201,
        json: userShape('u-{p}', { email: 'u-{p}@example.com', full_name: 'Some One', visibility: 'limited', active: true, is_admin: false }),
      }, person('u-{p}', { full_name: 'Some One', visibility: 'limited' })),
      put('/api/packages/u-{p}/generic/{p}/1.0/f', created, 'hello', asTheirs),
    ],
  },
  {
    row: 'setup.admin.users.taken',
    it: 'refuses a name or an address that is taken',
    steps: [
      post('/admin/users', made, person('u-{p}')),
      post('/admin/users', problem(422), person('U-{p}', { email: 'other-{p}@example.com' })),
      post('/admin/users', problem(422), person('v-{p}', { email: 'u-{p}@example.com' })),
      get(`${api}/users/v-{p}`, problem(404)),
    ],
  },
  {
    row: 'setup.admin.users.password',
    it: 'wants a password',
    steps: [
      post('/admin/users', problem(400, 'PasswordIsRequired'), { username: 'u-{p}', email: 'u-{p}@example.com' }),
      post('/admin/users', problem(400, 'PasswordIsRequired'), person('u-{p}', { password: '' })),
    ],
  },
  {
    row: 'setup.admin.users.forbidden',
    it: 'is for administrators',
    steps: [
      post('/admin/users', problem(403), person('u-{p}'), 'bob'),
      post('/admin/users', problem(401, 'token is required'), person('u-{p}'), 'anonymous'),
      patch('/admin/users/alice', problem(403), same('alice', { admin: true }), 'alice'),
      del(`${api}/admin/users/alice`, problem(403), { as: 'bob' }),
      get(`${api}/users/u-{p}`, problem(404)),
    ],
  },
  {
    row: 'setup.admin.users.scope',
    it: 'wants write:admin of a token',
    steps: [post('/admin/users', problem(403), person('u-{p}'), 'root/write:package')],
  },
  {
    row: 'setup.admin.users.change',
    it: 'changes what is named and nothing else',
    steps: [
      post('/admin/users', made, person('u-{p}')),
      patch('/admin/users/u-{p}', { status: 200, json: userShape('u-{p}', { visibility: 'private', email: 'u-{p}@example.com' }) }, same('u-{p}', { visibility: 'private' })),
      patch('/admin/users/u-{p}', { status: 200, jsonLike: { is_admin: true, visibility: 'private' } }, same('u-{p}', { admin: true })),
      patch('/admin/users/u-{p}', { status: 200, jsonLike: { active: false, is_admin: true } }, same('u-{p}', { active: false })),
      put('/api/packages/u-{p}/generic/{p}/1.0/f', noRights, 'x', asTheirs),
      patch('/admin/users/u-{p}', { status: 200, jsonLike: { active: true } }, same('u-{p}', { active: true })),
      put('/api/packages/u-{p}/generic/{p}/1.0/f', created, 'x', asTheirs),
      patch('/admin/users/u-{p}', { status: 200 }, same('u-{p}', { password: 'Marker-another-long-one' })),
      put('/api/packages/u-{p}/generic/{p}/1.0/g', badCredentials, 'x', asTheirs),
      put('/api/packages/u-{p}/generic/{p}/1.0/g', created, 'x', { basic: ['u-{p}', 'Marker-another-long-one'] }),
    ],
  },
  {
    row: 'setup.admin.users.change.refused',
    it: 'refuses an unknown account and a request without login_name or source_id',
    steps: [
      patch('/admin/users/nobody-here', problem(404), same('nobody-here', { active: true })),
      patch('/admin/users/alice', problem(422), { active: true }),
      get(`${api}/users/alice`, { status: 200, jsonLike: { active: true } }),
    ],
  },
  {
    row: 'setup.admin.users.delete',
    it: 'removes an account, and with it what it could do',
    steps: [
      post('/admin/users', made, person('u-{p}')),
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', bytes('hello'), asTheirs),
      del(`${api}/admin/users/u-{p}`, gone, root),
      get('{p}/1.0/f', badCredentials, asTheirs),
      get(`${api}/users/u-{p}`, problem(404)),
      del(`${api}/admin/users/u-{p}`, problem(404), root),
    ],
  },
  {
    row: 'setup.admin.users.delete.refused',
    it: 'refuses oneself, an organisation, and an account that owns packages',
    steps: [
      del(`${api}/admin/users/root`, problem(422), root),
      post('/orgs', made, { username: 'o-{p}' }),
      del(`${api}/admin/users/o-{p}`, problem(422), root),
      post('/admin/users', made, person('u-{p}')),
      put('/api/packages/u-{p}/generic/{p}/1.0/f', created, 'hello', asTheirs),
      del(`${api}/admin/users/u-{p}`, problem(422), root),
      get('/api/packages/u-{p}/generic/{p}/1.0/f', bytes('hello')),
    ],
  },
  {
    row: 'setup.body',
    it: 'refuses a body that is no JSON object, in one sentence',
    steps: ['', '{', '[]', '"x"', '{"username":5}', '\u0000'].map((body) =>
      request('POST', `${api}/orgs`, { status: 400, jsonLike: { message: expect.stringMatching(/^[^\n]+$/), url: '{url}/api/swagger' } }, {
        ...root,
        headers: { 'Content-Type': 'application/json' },
        body,
      }),
    ),
  },
  {
    row: 'setup.methods',
    it: 'refuses other methods, and knows no other route',
    steps: [
      request('DELETE', `${api}/version`, { status: 405, body: '', allow: ['GET', 'HEAD'] }),
      request('GET', `${api}/nothing-here`, { status: 404 }),
    ],
  },
];
