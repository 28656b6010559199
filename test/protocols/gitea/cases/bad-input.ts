import { rawRequest } from '../../../support/raw-http.ts';
import { expect } from 'bun:test';
import { bytes, created, noPackage, refusedByRuntime } from '../answers.ts';
import { get, put, type Names, type ProtocolCase } from '../protocol-case.ts';
import type { World } from '../setup.ts';

/** Sends text as it stands and holds the status of the answer against what is wanted. */
const send = (text: string, status: number) => async (world: World, names: Names): Promise<void> => {
  const wire = Buffer.from(await world.fill(text.replaceAll('\n', '\r\n'), names), 'latin1');
  const answer = await rawRequest(world.port, wire);
  const wanted = refusedByRuntime(status);
  expect([text.slice(0, 120), answer.status, answer.text]).toEqual([text.slice(0, 120), wanted.status, '']);
};

const target = '/api/packages/alice/generic/{p}/1.0/f';
const head = `Host: h\nAuthorization: token {token:alice}`;

export const badInput: readonly ProtocolCase[] = [
  {
    row: 'bad.control.raw',
    it: 'refuses raw control characters and spaces in a target',
    steps: [
      ...['\u0000', '\u0001', '\u0009', '\u001F', ' '].flatMap((sign) => [
        send(`PUT ${target}${sign}x HTTP/1.1\n${head}\nContent-Length: 0\n\n`, 505),
        send(`DELETE ${target}${sign} HTTP/1.1\n${head}\n\n`, 505),
      ]),
      get('{p}/1.0/f', noPackage),
    ],
  },
  {
    row: 'bad.host',
    it: 'refuses a request without Host',
    steps: [send(`GET ${target} HTTP/1.1\n\n`, 400)],
  },
  {
    row: 'bad.host.twice',
    it: 'refuses a request with two',
    steps: [
      put('{p}/1.0/f', created),
      get('{p}/1.0/f', { status: 400, body: /^[^\n]+\n?$/ }, { headers: [['Host', 'a'], ['Host', 'a']] }),
    ],
  },
  {
    row: 'bad.framing',
    it: 'refuses a body of doubtful length, and stores nothing',
    steps: [
      send(`PUT ${target} HTTP/1.1\n${head}\nTransfer-Encoding: chunked\nContent-Length: 3\n\n3\nabc\n0\n\n`, 400),
      send(`PUT ${target} HTTP/1.1\n${head}\nContent-Length: 4\nContent-Length: 3\n\nabcd`, 400),
      send(`PUT ${target} HTTP/1.1\n${head}\nContent-Length: -3\n\nabc`, 400),
      send(`PUT ${target} HTTP/1.1\n${head}\nContent-Length: abc\n\nabc`, 400),
      get('{p}/1.0/f', noPackage),
    ],
  },
  {
    row: 'bad.head.size',
    it: 'refuses a head that is too long or has too many lines',
    steps: [
      send(`GET ${target}${'x'.repeat(20_000)} HTTP/1.1\n${head}\n\n`, 431),
      send(`GET ${target} HTTP/1.1\n${head}\n${Array.from({ length: 300 }, (_, index) => `X-${index}: y\n`).join('')}\n`, 431),
    ],
  },
  {
    row: 'bad.head.form',
    it: 'refuses what is no request',
    steps: [
      send('hello\n\n', 400),
      send(`GET api/packages HTTP/1.1\nHost: h\n\n`, 400),
      send(`GET ${target} HTTP/1.1\nHost: h\nX-A: a\u0001b\n\n`, 400),
    ],
  },
  {
    row: 'bad.trailers',
    it: 'stores a chunked body with trailers whole or not at all',
    steps: [
      async (world, names) => {
        const text = `PUT ${target} HTTP/1.1\n${head}\nTransfer-Encoding: chunked\nTrailer: X\n\n3\nabc\n0\nX: y\n\n`;
        const answer = await rawRequest(world.port, await world.fill(text.replaceAll('\n', '\r\n'), names));
        expect([201, 400]).toContain(answer.status);
        names.set('answered', String(answer.status));
      },
      async (world, names) => {
        const path = await world.fill(target, names);
        const answer = await rawRequest(world.port, `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
        expect(`${answer.status} ${answer.text}`).toBe(names.get('answered') === '201' ? '200 abc' : '404 package does not exist');
      },
    ],
  },
  {
    row: 'bad.http-1.0',
    it: 'answers HTTP/1.0, which needs no Host',
    steps: [
      put('{p}/1.0/f', created),
      async (world, names) => {
        const answer = await rawRequest(world.port, `GET ${await world.fill(target, names)} HTTP/1.0\r\n\r\n`);
        expect([answer.status, answer.text]).toEqual([200, 'hello']);
      },
    ],
  },
  {
    row: 'bad.goes-on',
    it: 'answers the next request as if nothing had been',
    steps: [put('{p}/1.0/f', created), get('{p}/1.0/f', bytes('hello'))],
  },
];
