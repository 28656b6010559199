import { bytes, created, noFile, noPackage, noRights, problem, removed } from '../answers.ts';
import { del, get, put, type ProtocolCase } from '../protocol-case.ts';

const rest = '/api/v1/packages/alice/generic';

export const deletes: readonly ProtocolCase[] = [
  {
    row: 'delete.file.204',
    it: 'removes one file and leaves the others',
    steps: [
      put('{p}/1.0/a', created),
      put('{p}/1.0/b', created),
      del('{p}/1.0/a', removed),
      get('{p}/1.0/a', noFile),
      get('{p}/1.0/b', bytes('hello')),
    ],
  },
  {
    row: 'delete.file.last',
    it: 'removes the version with its last file',
    steps: [
      put('{p}/1.0/a', created),
      put('{p}/2.0/a', created),
      del('{p}/1.0/a', removed),
      get('{p}/1.0/a', noPackage),
      get(`${rest}/{p}/1.0`, problem(404)),
      get(`${rest}/{p}`, { status: 200, jsonLike: [{ version: '2.0' }] }),
    ],
  },
  {
    row: 'delete.version.204',
    it: 'removes a version with all its files, and no other version',
    steps: [
      put('{p}/1.0/a', created),
      put('{p}/1.0/b', created),
      put('{p}/2.0/a', created, 'kept'),
      del('{p}/1.0', removed),
      get('{p}/1.0/a', noPackage),
      get('{p}/1.0/b', noPackage),
      get('{p}/2.0/a', bytes('kept')),
    ],
  },
  {
    row: 'delete.version.last',
    it: 'keeps the package, without versions, when its last version goes',
    steps: [
      put('{p}/1.0/a', created),
      del('{p}/1.0', removed),
      get(`${rest}/{p}`, { status: 200, json: [], headers: { 'x-total-count': '0' } }),
      get(`${rest}/{p}/-/latest`, problem(404)),
    ],
  },
  {
    row: 'delete.second',
    it: 'finds nothing the second time',
    steps: [
      put('{p}/1.0/a', created),
      put('{p}/1.0/b', created),
      del('{p}/1.0/a', removed),
      del('{p}/1.0/a', noFile),
      del('{p}/1.0', removed),
      del('{p}/1.0', noPackage),
      del('{p}/1.0/b', noPackage),
    ],
  },
  {
    row: 'delete.again',
    it: 'frees the name at once, for other bytes',
    steps: [
      put('{p}/1.0/a', created, 'first'),
      del('{p}/1.0/a', removed),
      put('{p}/1.0/A', created, 'second'),
      get('{p}/1.0/a', bytes('second', { 'content-disposition': 'attachment; filename=A' })),
      del('{p}/1.0', removed),
      put('{p}/1.0/a', created, 'third'),
      get('{p}/1.0/a', bytes('third')),
    ],
  },
  {
    row: 'delete.rights',
    it: 'refuses a caller who may only read, whether there is something or not',
    steps: [
      put('{p}/1.0/a', created),
      ...['bob', 'anonymous', 'alice/read:package'].flatMap((as) => [
        del('{p}/1.0/a', noRights, { as }),
        del('{p}/1.0', noRights, { as }),
        del('{p}/9.9', noRights, { as }),
      ]),
      get('{p}/1.0/a', bytes('hello')),
    ],
  },
];
