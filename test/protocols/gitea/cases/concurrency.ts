import { expect } from 'bun:test';
import { rawRequest, type RawResponse } from '../../../support/raw-http.ts';
import { bytes, created } from '../answers.ts';
import { get, put, type Names, type ProtocolCase } from '../protocol-case.ts';
import type { World } from '../setup.ts';

/** Publishes all of [target, body] at once; every answer, in the order given. */
async function atOnce(world: World, names: Names, uploads: readonly (readonly [string, string])[]): Promise<RawResponse[]> {
  const token = await world.token('alice');
  return await Promise.all(
    uploads.map(async ([target, body]) => {
      const path = await world.fill(`/api/packages/alice/generic/${target}`, names);
      const head = [`PUT ${path} HTTP/1.1`, 'Host: h', `Authorization: token ${token}`, `Content-Length: ${body.length}`];
      return await rawRequest(world.port, `${head.join('\r\n')}\r\n\r\n${body}`, { timeoutMs: 15_000 });
    }),
  );
}

const bodyOf = (index: number): string => String(index % 10).repeat(20_000 + index);

/** Exactly one wins, the others are told 409, and the winner's bytes are served. */
async function oneWins(world: World, names: Names, targets: readonly string[]): Promise<void> {
  const answers = await atOnce(world, names, targets.map((target, index) => [target, bodyOf(index)] as const));
  const statuses = answers.map((answer) => answer.status);
  expect(statuses.toSorted()).toEqual([201, ...Array<number>(targets.length - 1).fill(409)]);
  for (const answer of answers) expect(answer.text).toBe(answer.status === 201 ? '' : 'package file already exists');
  const path = await world.fill('/api/packages/alice/generic/{p}/1.0/f', names);
  const served = await rawRequest(world.port, `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
  expect(served.text === bodyOf(statuses.indexOf(201))).toBe(true);
}

export const concurrency: readonly ProtocolCase[] = [
  {
    row: 'concurrency.same-file',
    it: 'lets exactly one of eight publishers win',
    steps: [async (world, names) => await oneWins(world, names, Array<string>(8).fill('{p}/1.0/f'))],
  },
  {
    row: 'concurrency.same-file',
    it: 'lets exactly one win in a version that exists',
    steps: [
      put('{p}/1.0/other', created),
      async (world, names) => await oneWins(world, names, Array<string>(8).fill('{p}/1.0/f')),
    ],
  },
  {
    row: 'concurrency.same-file.case',
    it: 'lets exactly one win when the spellings differ by case',
    steps: [async (world, names) => await oneWins(world, names, ['{p}/1.0/f', '{p}/1.0/F'])],
  },
  {
    row: 'concurrency.new-version',
    it: 'takes sixteen different files into one new version',
    steps: [
      async (world, names) => {
        const answers = await atOnce(world, names, Array.from({ length: 16 }, (_, index) => [`{p}/1.0/f${index}`, bodyOf(index)] as const));
        expect(answers.map((answer) => answer.status)).toEqual(Array<number>(16).fill(201));
      },
      ...Array.from({ length: 16 }, (_, index) => get(`{p}/1.0/f${index}`, bytes(bodyOf(index)))),
      get('/api/v1/packages/alice/generic/{p}', { status: 200, headers: { 'x-total-count': '1' } }),
    ],
  },
  {
    row: 'concurrency.same-bytes',
    it: 'takes the same bytes under sixteen names',
    steps: [
      async (world, names) => {
        const answers = await atOnce(world, names, Array.from({ length: 16 }, (_, index) => [`{p}/${index}/f`, bodyOf(1)] as const));
        expect(answers.map((answer) => answer.status)).toEqual(Array<number>(16).fill(201));
      },
      ...Array.from({ length: 16 }, (_, index) => get(`{p}/${index}/f`, bytes(bodyOf(1)))),
    ],
  },
];
