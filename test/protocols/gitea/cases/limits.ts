import { created, conflict, generic, noPackage } from '../answers.ts';
import { addOrganisation, addTeam, type World } from '../setup.ts';
import { del, get, put, type ProtocolCase } from '../protocol-case.ts';

/** The server of these cases. */
export const limitSettings = {
  STOWAGE_LIMIT_FILE_BYTES: '1000',
  STOWAGE_LIMIT_OWNER_BYTES: '2500',
  STOWAGE_LIMIT_OWNER_VERSIONS: '2',
  STOWAGE_MAX_UPLOAD_BYTES: '5000',
};

/** Each case has an organisation of its own, where alice and bob write. */
export async function prepareLimits(world: World): Promise<void> {
  for (const organisation of ['file', 'bytes', 'versions', 'order', 'boss', 'max', 'free']) {
    await addOrganisation(world, organisation);
    await addTeam(world, organisation, 'write', ['alice', 'bob']);
  }
}

const tooBig = generic(403, 'maximum allowed package type size exceeded');
const ownerFull = generic(403, 'maximum allowed package storage quota exceeded');
const tooMany = generic(403, 'maximum allowed package count exceeded');
const overMaximum = generic(413, 'upload exceeds the limit of 5000 bytes');
const of = (count: number): string => 'x'.repeat(count);

export const limits: readonly ProtocolCase[] = [
  {
    row: 'limit.file',
    it: 'takes a file of exactly the limit, and refuses a larger one, with or without a length',
    owner: 'file',
    steps: [
      put('{p}/1.0/a', created, of(1000)),
      put('{p}/1.0/b', tooBig, of(1001)),
      put('{p}/1.0/b', tooBig, of(1001), { chunkBytes: 100 }),
      get('{p}/1.0/b', { status: 404 }),
      put('{p}/2.0/b', tooBig, of(1001)),
      get('{p}/2.0/b', noPackage),
    ],
  },
  {
    row: 'limit.owner.bytes',
    it: 'counts every file of the owner, the same bytes again too',
    owner: 'bytes',
    steps: [
      put('{p}/1.0/a', created, of(1000)),
      put('{p}/1.0/b', created, of(1000)),
      put('{p}/1.0/c', ownerFull, of(501)),
      put('{p}/1.0/c', ownerFull, of(501), { as: 'bob', chunkBytes: 100 }),
      put('{p}/1.0/c', created, of(500)),
      put('{p}/1.0/d', ownerFull, of(1)),
      put('{p}/1.0/e', created, ''),
    ],
  },
  {
    row: 'limit.owner.versions',
    it: 'counts versions when one is made, and not files',
    owner: 'versions',
    steps: [
      put('{p}/1.0/a', created, 'x'),
      put('{p}/2.0/a', created, 'x'),
      put('{p}/3.0/a', tooMany, 'x'),
      put('{p}other/1.0/a', tooMany, 'x'),
      put('{p}/2.0/b', created, 'x'),
      get('{p}/3.0/a', noPackage),
    ],
  },
  {
    row: 'limit.order',
    it: 'looks at the count, then the file, then the owner, then at what exists',
    owner: 'order',
    steps: [
      put('{p}/1.0/a', created, of(1000)),
      put('{p}/2.0/a', created, of(1000)),
      put('{p}/3.0/a', tooMany, of(1001)),
      put('{p}/1.0/b', tooBig, of(1001)),
      put('{p}/1.0/a', tooBig, of(1001)),
      put('{p}/1.0/a', ownerFull, of(501)),
      put('{p}/1.0/a', conflict, of(500)),
    ],
  },
  {
    row: 'limit.administrator',
    it: 'exempts administrators from the three limits, whoever owns the packages',
    owner: 'boss',
    steps: ['1', '2', '3'].map((version) => put(`{p}/${version}/a`, created, of(1500), { as: 'root' })),
  },
  {
    row: 'limit.freed',
    it: 'gives back what a deletion frees',
    owner: 'free',
    steps: [
      put('{p}/1.0/a', created, of(1000)),
      put('{p}/2.0/a', created, of(1000)),
      put('{p}/3.0/a', tooMany, of(1000)),
      del('{p}/1.0', { status: 204 }),
      put('{p}/3.0/a', created, of(1000)),
      put('{p}/3.0/b', ownerFull, of(1000)),
      del('{p}/2.0/a', { status: 204 }),
      put('{p}/3.0/b', created, of(1000)),
    ],
  },
  {
    row: 'limit.upload',
    it: 'refuses more than the server takes from anyone, with or without a length',
    owner: 'max',
    steps: [
      put('{p}/1.0/a', overMaximum, of(5001), { as: 'root' }),
      put('{p}/1.0/a', overMaximum, of(5001)),
      put('{p}/1.0/a', overMaximum, of(50_000), { as: 'root', chunkBytes: 1000 }),
      get('{p}/1.0/a', noPackage),
      put('{p}/1.0/a', created, of(5000), { as: 'root' }),
    ],
  },
];
