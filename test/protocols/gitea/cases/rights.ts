import { addOrganisation, addTeam, changeUser, type World } from '../setup.ts';
import { bytes, created, noOwner, noRights, problem, removed } from '../answers.ts';
import { del, get, put, type Exchange, type ProtocolCase } from '../protocol-case.ts';

const owners = ['alice', 'lena', 'paul', 'open', 'half', 'shut'] as const;
type Right = 'none' | 'read' | 'write';

/** The accounts and organisations of the matrix, one published file in each. */
export async function prepareRights(world: World): Promise<void> {
  for (const name of ['lena', 'paul', 'bob', 'rita']) await world.token(name);
  await addOrganisation(world, 'open', 'public');
  await addOrganisation(world, 'half', 'limited');
  await addOrganisation(world, 'shut', 'private');
  for (const organisation of ['open', 'half', 'shut']) {
    await addTeam(world, organisation, 'read', ['reader', 'both']);
    await addTeam(world, organisation, 'write', ['writer', 'both']);
    await addTeam(world, organisation, 'admin', ['chief']);
    await addTeam(world, organisation, null, ['idle']);
  }
  for (const name of ['gone', 'barred']) await world.token(name);
  await changeUser(world, 'gone', { active: false });
  await changeUser(world, 'barred', { prohibit_login: true });
}

/** What a caller may do with each owner of the matrix, in the order of `owners`. */
const may = (row: string, it: string, as: string, ...rights: readonly Right[]): ProtocolCase => ({
  row,
  it,
  steps: owners.flatMap((owner, index): Exchange[] => {
    const right = rights[index];
    const file = `/api/packages/${owner}/generic/{p}`;
    return [
      put(`${file}/1.0/f`, created, 'hello', { as: 'root' }),
      get(`${file}/1.0/f`, right === 'none' ? noRights : bytes('hello'), { as }),
      get(`/api/v1/packages/${owner}/generic/{p}/1.0`, right === 'none' ? { status: 403 } : { status: 200 }, { as }),
      put(`${file}/2.0/f`, right === 'write' ? created : noRights, 'x', { as }),
      del(`${file}/1.0/f`, right === 'write' ? removed : noRights, { as }),
    ];
  }),
});

export const rights: readonly ProtocolCase[] = [
  may('rights.anonymous', 'reads public owners', 'anonymous', 'read', 'none', 'none', 'read', 'none', 'none'),
  may('rights.signed-in', 'reads public and limited owners', 'bob', 'read', 'read', 'none', 'read', 'read', 'none'),
  may('rights.own', 'has all rights in the own account', 'alice', 'write', 'read', 'none', 'read', 'read', 'none'),
  may('rights.own', 'has them in a limited account', 'lena', 'read', 'write', 'none', 'read', 'read', 'none'),
  may('rights.own', 'has them in a private account', 'paul', 'read', 'read', 'write', 'read', 'read', 'none'),
  may('rights.member.read', 'reads', 'reader', 'read', 'read', 'none', 'read', 'read', 'read'),
  may('rights.member.write', 'writes and deletes', 'writer', 'read', 'read', 'none', 'write', 'write', 'write'),
  may('rights.member.admin', 'writes and deletes', 'chief', 'read', 'read', 'none', 'write', 'write', 'write'),
  may('rights.member.highest', 'has the highest right of all teams', 'both', 'read', 'read', 'none', 'write', 'write', 'write'),
  may('rights.member.other-unit', 'reads without any right on packages', 'idle', 'read', 'read', 'none', 'read', 'read', 'read'),
  may('rights.administrator', 'has all rights', 'root', 'write', 'write', 'write', 'write', 'write', 'write'),
  may('rights.restricted', 'reads public owners only', 'rita', 'read', 'none', 'none', 'read', 'none', 'none'),
  {
    row: 'rights.inactive',
    it: 'gives a deactivated or barred account nothing, of its own neither',
    steps: ['gone', 'barred'].flatMap((as) => [
      put(`/api/packages/${as}/generic/{p}/1.0/f`, noRights, 'x', { as }),
      get(`/api/packages/${as}/generic/{p}/1.0/f`, noRights, { as }),
      get('/api/packages/open/generic/{p}/1.0/f', noRights, { as }),
      put('/api/packages/open/generic/{p}/1.0/f', noRights, 'x', { as }),
    ]),
  },
  {
    row: 'rights.inactive.owner',
    it: 'leaves the packages of a deactivated account readable',
    steps: [
      put('/api/packages/gone/generic/{p}/1.0/f', created, 'hello', { as: 'root' }),
      get('/api/packages/gone/generic/{p}/1.0/f', bytes('hello'), { as: 'anonymous' }),
    ],
  },
  {
    row: 'rights.none.generic',
    it: 'asks for credentials, and does not tell what exists',
    steps: [
      put('/api/packages/shut/generic/{p}/1.0/f', created, 'hello', { as: 'root' }),
      ...['anonymous', 'bob'].flatMap((as) => [
        get('/api/packages/shut/generic/{p}/1.0/f', noRights, { as }),
        get('/api/packages/shut/generic/{p}/9.9/f', noRights, { as }),
      ]),
      get('/api/packages/shutter/generic/{p}/1.0/f', noOwner),
    ],
  },
  {
    row: 'rights.none.rest',
    it: 'forbids, and does not tell what exists',
    steps: [
      put('/api/packages/shut/generic/{p}/1.0/f', created, 'hello', { as: 'root' }),
      ...['', '/generic/{p}', '/generic/{p}/1.0', '/generic/{p}/9.9', '/generic/{p}/1.0/files', '/generic/{p}/-/latest', '/generic/none'].flatMap(
        (path) => ['anonymous', 'bob'].map((as) =>
          get(`/api/v1/packages/shut${path}`, problem(403, 'user should have specific permission or be a site admin'), { as }),
        ),
      ),
      del('/api/v1/packages/shut/generic/{p}', problem(403, 'user should have specific permission or be a site admin'), { as: 'reader' }),
      del('/api/v1/packages/shut/generic/{p}/9.9', problem(403, 'user should have specific permission or be a site admin'), { as: 'reader' }),
    ],
  },
  {
    row: 'rights.current',
    it: 'judges by the rights of this moment, not of sign-in',
    steps: [
      async (world, names) => {
        names.set('team', String(await addTeam(world, 'shut', 'write', ['temp'])));
      },
      put('/api/packages/shut/generic/{p}/1.0/f', created, 'hello', { as: 'temp' }),
      del('/api/v1/teams/{team}/members/temp', { status: 204 }, { as: 'root' }),
      put('/api/packages/shut/generic/{p}/1.0/g', noRights, 'x', { as: 'temp' }),
      get('/api/packages/shut/generic/{p}/1.0/f', noRights, { as: 'temp' }),
      async (world) => {
        await world.token('shy');
      },
      put('/api/packages/shy/generic/{p}/1.0/f', created, 'hello', { as: 'shy' }),
      get('/api/packages/shy/generic/{p}/1.0/f', bytes('hello'), { as: 'anonymous' }),
      async (world) => await changeUser(world, 'shy', { visibility: 'private' }),
      get('/api/packages/shy/generic/{p}/1.0/f', noRights, { as: 'anonymous' }),
    ],
  },
];

/** For a server with STOWAGE_REQUIRE_SIGN_IN. */
export const requireSignIn: readonly ProtocolCase[] = [
  {
    row: 'rights.require-sign-in',
    it: 'gives the anonymous nothing, of public owners neither',
    steps: [
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', noRights, { as: 'anonymous' }),
      get('{p}/1.0/f', bytes('hello'), { as: 'bob' }),
    ],
  },
  {
    row: 'rights.require-sign-in.rest',
    it: 'forbids them the REST routes',
    steps: [
      get('/api/v1/packages/alice', { status: 403, jsonLike: { message: 'Only signed in user is allowed to call APIs.' } }, { as: 'anonymous' }),
      get('/api/v1/packages/alice', { status: 200 }, { as: 'bob' }),
    ],
  },
];
