import { expect } from 'bun:test';
import { NoAnswerError, rawRequest } from '../../../support/raw-http.ts';
import { badCredentials, bytes, created, noOwner, noRights, noRoute, removed, wrongMethod } from '../answers.ts';
import { del, get, head, put, request, type ProtocolCase } from '../protocol-case.ts';

const file = wrongMethod('GET', 'HEAD', 'PUT', 'DELETE');
const version = wrongMethod('DELETE');

export const routes: readonly ProtocolCase[] = [
  {
    row: 'put.201',
    it: 'stores a file and makes package and version',
    steps: [put('{p}/1.0/f.bin', created), get('{p}/1.0/f.bin', bytes('hello'))],
  },
  {
    row: 'put.201',
    it: 'adds a second file to the version',
    steps: [
      put('{p}/1.0/a.bin', created, 'first'),
      put('{p}/1.0/b.bin', created, 'second'),
      get('{p}/1.0/a.bin', bytes('first')),
      get('{p}/1.0/b.bin', bytes('second')),
    ],
  },
  {
    row: 'route.methods.file',
    it: 'lists the four methods of a file when another is used',
    steps: ['POST', 'PATCH', 'OPTIONS'].map((method) => request(method, '{p}/1.0/f.bin', file)),
  },
  {
    row: 'route.methods.version',
    it: 'lists DELETE as the only method of a version',
    steps: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'OPTIONS'].map((method) => request(method, '{p}/1.0', version)),
  },
  {
    row: 'route.methods.before-credentials',
    it: 'refuses the method whoever asks, and of whichever owner',
    steps: [
      request('POST', '{p}/1.0/f.bin', file, { as: 'anonymous' }),
      request('POST', '{p}/1.0/f.bin', file, { headers: { Authorization: 'token wrong' } }),
      request('POST', '/api/packages/nobody-here/generic/{p}/1.0/f.bin', file, { as: 'anonymous' }),
      get('{p}/1.0', version, { headers: { Authorization: 'token wrong' } }),
    ],
  },
  {
    row: 'route.methods.odd',
    it: 'answers TRACE and PROPFIND like any wrong method',
    steps: ['TRACE', 'PROPFIND'].map((method) => request(method, '{p}/1.0/f.bin', file)),
  },
  {
    row: 'route.methods.unknown',
    it: 'ends the connection on a method that no standard knows, and goes on',
    steps: [
      put('{p}/1.0/f.bin', created),
      async (world, names) => {
        const target = await world.fill('/api/packages/alice/generic/{p}/1.0/f.bin', names);
        const send = rawRequest(world.port, `FROB ${target} HTTP/1.1\r\nHost: h\r\n\r\n`, { timeoutMs: 2000 });
        expect(await send.then((answer) => answer.status >= 400, (error: unknown) => error instanceof NoAnswerError)).toBe(true);
      },
      get('{p}/1.0/f.bin', bytes('hello')),
    ],
  },
  {
    row: 'route.unknown',
    it: 'knows no other path',
    steps: [
      '/api/packages/alice/generic',
      '/api/packages/alice/generic/{p}',
      '/api/packages/alice/generic/{p}/1.0/dir/f.bin',
      '/api/packages/alice/generic/{p}/1.0/f.bin/more/still',
      '/api/packages/alice/maven/{p}/1.0/f.bin',
      '/api/packages/alice',
      '/api/packages',
      '/api',
      '/api/package/alice/generic/{p}/1.0/f.bin',
    ].flatMap((target) => [get(target, noRoute), put(target, noRoute), del(target, noRoute)]),
  },
  {
    row: 'route.unknown',
    it: 'does not fold the case of its own words',
    steps: [
      get('/API/packages/alice/generic/{p}/1.0/f.bin', noRoute),
      get('/api/packages/alice/Generic/{p}/1.0/f.bin', noRoute),
    ],
  },
  {
    row: 'route.unknown.before-credentials',
    it: 'answers the same to anonymous and wrong callers',
    steps: [
      get('/api/packages/alice/generic/{p}', noRoute, { as: 'anonymous' }),
      get('/api/packages/alice/generic/{p}', noRoute, { headers: { Authorization: 'token wrong' } }),
      put('/api/packages/nobody-here/generic/{p}', noRoute, 'x', { as: 'anonymous' }),
    ],
  },
  {
    row: 'route.owner.unknown',
    it: 'says so to anyone, for each method',
    steps: [
      get('/api/packages/nobody-here/generic/{p}/1.0/f.bin', noOwner, { as: 'anonymous' }),
      head('/api/packages/nobody-here/generic/{p}/1.0/f.bin', noOwner),
      put('/api/packages/nobody-here/generic/{p}/1.0/f.bin', noOwner),
      del('/api/packages/nobody-here/generic/{p}/1.0/f.bin', noOwner),
      del('/api/packages/nobody-here/generic/{p}/1.0', noOwner, { as: 'root' }),
    ],
  },
  {
    row: 'route.owner.unknown.text',
    it: 'answers text to a browser too',
    steps: [get('/api/packages/nobody-here/generic/{p}/1.0/f', noOwner, { headers: { Accept: 'text/html' } })],
  },
  {
    row: 'route.owner.case',
    it: 'finds the owner in any case',
    steps: [
      put('/api/packages/Alice/generic/{p}/1.0/f.bin', created),
      get('/api/packages/ALICE/generic/{p}/1.0/f.bin', bytes('hello')),
      del('/api/packages/aLICE/generic/{p}/1.0', removed),
    ],
  },
  {
    row: 'route.query',
    it: 'passes over parameters it does not know',
    steps: [
      put('{p}/1.0/f.bin?a=b&c', created),
      get('{p}/1.0/f.bin?version=2', bytes('hello')),
      get('{p}/1.0/f.bin?', bytes('hello')),
    ],
  },
  {
    row: 'route.headers',
    it: 'sends the three headers whatever it answers',
    steps: [
      put('{p}/1.0/f.bin', created),
      put('{p}/1.0/f.bin', { status: 409 }),
      get('{p}/1.0/f.bin', bytes('hello')),
      get('/nowhere', noRoute),
      put('{p}/1.0/g.bin', noRights, 'x', { as: 'anonymous' }),
      get('{p}/1.0/f.bin', badCredentials, { headers: { Authorization: 'token wrong' } }),
      request('POST', '{p}/1.0/f.bin', file),
      del('{p}/1.0', removed),
    ],
  },
  {
    row: 'route.cors',
    it: 'grants nothing to another origin',
    steps: [
      put('{p}/1.0/f.bin', created),
      get('{p}/1.0/f.bin', bytes('hello', { 'access-control-allow-origin': null }), {
        headers: { Origin: 'https://elsewhere.example' },
      }),
      request('OPTIONS', '{p}/1.0/f.bin', file, {
        headers: { Origin: 'https://elsewhere.example', 'Access-Control-Request-Method': 'PUT' },
      }),
    ],
  },
];
