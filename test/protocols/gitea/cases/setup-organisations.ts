import { expect } from 'bun:test';
import { created, noRights, problem } from '../answers.ts';
import { del, get, put, request, type ProtocolCase } from '../protocol-case.ts';
import { fields } from '../setup.ts';
import { organisationShape } from './json-shapes.ts';
import { gone, made, patch, post } from './setup-words.ts';

const root = { as: 'root' } as const;
const api = '/api/v1';

export const setupOrganisations: readonly ProtocolCase[] = [
  {
    row: 'setup.orgs.create',
    it: 'makes an organisation that its maker owns',
    steps: [
      post('/orgs', { status: 201, json: organisationShape('o-{p}', { full_name: 'Some', description: 'Text', visibility: 'limited' }) }, {
        username: 'o-{p}', full_name: 'Some', description: 'Text', visibility: 'limited',
      }, 'alice'),
      put('/api/packages/o-{p}/generic/{p}/1.0/f', created),
      post('/orgs', { status: 201, json: organisationShape('p-{p}') }, { username: 'p-{p}' }, 'alice'),
    ],
  },
  {
    row: 'setup.orgs.taken',
    it: 'refuses a taken name',
    steps: [post('/orgs', problem(422), { username: 'Alice' }), post('/orgs', problem(401), { username: 'o-{p}' }, 'anonymous')],
  },
  {
    row: 'setup.orgs.get',
    it: 'shows it to those who may see it',
    steps: [
      post('/orgs', made, { username: 'o-{p}', visibility: 'private' }, 'alice'),
      get(`${api}/orgs/o-{p}`, { status: 200, json: organisationShape('o-{p}', { visibility: 'private' }) }),
      get(`${api}/orgs/o-{p}`, problem(404), { as: 'bob' }),
      get(`${api}/orgs/none-{p}`, problem(404)),
      get(`${api}/orgs/alice`, problem(404)),
    ],
  },
  {
    row: 'setup.orgs.change',
    it: 'lets its owners change it',
    steps: [
      post('/orgs', made, { username: 'o-{p}' }, 'alice'),
      patch('/orgs/o-{p}', problem(403), { visibility: 'private' }, 'bob'),
      patch('/orgs/o-{p}', { status: 200, json: organisationShape('o-{p}', { visibility: 'private', full_name: 'New' }) }, { visibility: 'private', full_name: 'New' }, 'alice'),
      patch('/orgs/o-{p}', problem(404), { visibility: 'public' }, 'bob'),
      patch('/orgs/none-{p}', problem(404), { visibility: 'public' }),
    ],
  },
  {
    row: 'setup.orgs.delete',
    it: 'lets its owners remove it once it owns no package',
    steps: [
      post('/orgs', made, { username: 'o-{p}' }, 'alice'),
      put('/api/packages/o-{p}/generic/{p}/1.0/f', created),
      del(`${api}/orgs/o-{p}`, problem(403), { as: 'bob' }),
      del(`${api}/orgs/o-{p}`, problem(422)),
      del(`${api}/packages/o-{p}/generic/{p}`, gone),
      del(`${api}/orgs/o-{p}`, gone),
      get(`${api}/orgs/o-{p}`, problem(404)),
      del(`${api}/orgs/o-{p}`, problem(404)),
    ],
  },
  {
    row: 'setup.teams',
    it: 'makes a team with a right on packages',
    steps: [
      post('/orgs', made, { username: 'o-{p}' }, 'alice'),
      post('/orgs/o-{p}/teams', {
        status: 201,
        json: {
          id: expect.any(Number),
          name: 'crew',
          description: expect.any(String),
          organization: expect.anything(),
          includes_all_repositories: expect.any(Boolean),
          permission: 'read',
          units: ['repo.packages'],
          units_map: { 'repo.packages': 'write' },
          can_create_org_repo: expect.any(Boolean),
        },
      }, { name: 'crew', permission: 'read', units: ['repo.packages'], units_map: { 'repo.packages': 'write' } }, 'alice'),
      post('/orgs/o-{p}/teams', problem(422), { name: 'Crew', permission: 'read', units_map: { 'repo.packages': 'read' } }, 'alice'),
      post('/orgs/o-{p}/teams', problem(403), { name: 'other', permission: 'read' }, 'bob'),
      post('/orgs/none-{p}/teams', problem(404), { name: 'crew', permission: 'read' }),
    ],
  },
  {
    row: 'setup.teams.members',
    it: 'adds and removes members',
    steps: [
      post('/orgs', made, { username: 'o-{p}', visibility: 'private' }, 'alice'),
      async (world, names) => {
        await world.token('bob');
        const team = { name: 'crew', permission: 'read', units_map: { 'repo.packages': 'write' } };
        const answer = await world.must(201, 'POST', `/orgs/o-${names.get('p') ?? ''}/teams`, team, 'alice');
        names.set('team', String(fields(answer)['id']));
      },
      request('PUT', `${api}/teams/{team}/members/bob`, problem(403), { as: 'carol' }),
      request('PUT', `${api}/teams/{team}/members/bob`, gone),
      request('PUT', `${api}/teams/{team}/members/bob`, gone),
      put('/api/packages/o-{p}/generic/{p}/1.0/f', created, 'hello', { as: 'bob' }),
      del(`${api}/teams/{team}/members/bob`, gone),
      get('/api/packages/o-{p}/generic/{p}/1.0/f', noRights, { as: 'bob' }),
      request('PUT', `${api}/teams/{team}/members/nobody-here`, problem(404)),
      request('PUT', `${api}/teams/999999/members/bob`, problem(404), root),
    ],
  },
];
