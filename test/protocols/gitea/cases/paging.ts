import { expect } from 'bun:test';
import { rows, type World } from '../setup.ts';
import { get, type Expectation, type ProtocolCase } from '../protocol-case.ts';

const api = '/api/v1/packages/alice';
const total = 55;

/** Publishes the versions that the pages are cut from: `many` 0 to 54. */
export async function preparePages(world: World): Promise<void> {
  const token = await world.token('alice');
  for (let index = 0; index < total; index += 1) {
    const answer = await fetch(`${world.url}/api/packages/alice/generic/many/${index}/f`, {
      method: 'PUT',
      body: 'x',
      headers: { Authorization: `token ${token}` },
    });
    if (answer.status !== 201) throw new Error(`publishing version ${index}: ${answer.status}`);
  }
}

/** A page that shows the versions from the first to the last number. */
const page = (target: string, first: number, last: number, headers: Expectation['headers'] = {}) =>
  get(target, { status: 200, headers: { 'x-total-count': String(total), ...headers } }, {
    check: (answer) => {
      const shown = rows(answer).map((row) => Number(row['version']));
      expect(shown).toEqual(Array.from({ length: first - last + 1 }, (_, index) => first - index));
    },
  });

/** The Link header as it stands on the wire. */
const links = (...of: readonly (readonly [string, string])[]): string =>
  of.map(([rel, target]) => `<{url}${target}>; rel="${rel}"`).join(',');

export const paging: readonly ProtocolCase[] = [
  {
    row: 'page.default',
    it: 'shows thirty',
    steps: [page(api, 54, 25), page(`${api}/generic/many`, 54, 25)],
  },
  {
    row: 'page.limit',
    it: 'shows as many as asked for, fifty at most, and the default for none or fewer',
    steps: [
      page(`${api}?limit=2`, 54, 53),
      page(`${api}?limit=1000`, 54, 5),
      page(`${api}/generic/many?limit=51`, 54, 5),
      page(`${api}?limit=0`, 54, 25),
      page(`${api}?limit=-1`, 54, 25),
      page(`${api}?limit=x`, 54, 25),
      page(`${api}?limit=`, 54, 25),
    ],
  },
  {
    row: 'page.number',
    it: 'counts from one, and takes anything lower or no number as one',
    steps: [
      page(`${api}?limit=10&page=2`, 44, 35),
      page(`${api}?limit=10&page=1`, 54, 45),
      page(`${api}?limit=10&page=0`, 54, 45),
      page(`${api}?limit=10&page=-1`, 54, 45),
      page(`${api}?limit=10&page=x`, 54, 45),
    ],
  },
  {
    row: 'page.total',
    it: 'tells the total, also when there is one page',
    steps: [
      page(`${api}/generic/many?limit=50`, 54, 5),
      get(`${api}?q=nothing-has-this`, { status: 200, json: [], headers: { 'x-total-count': '0', link: null } }),
    ],
  },
  {
    row: 'page.link.first',
    it: 'links next and last from the first page',
    steps: [page(`${api}?limit=20`, 54, 35, { link: links(['next', `${api}?limit=20&page=2`], ['last', `${api}?limit=20&page=3`]) })],
  },
  {
    row: 'page.link.middle',
    it: 'links next, last, first and prev, in this order, from between',
    steps: [
      page(`${api}/generic/many?limit=20&page=2`, 34, 15, {
        link: links(
          ['next', `${api}/generic/many?limit=20&page=3`],
          ['last', `${api}/generic/many?limit=20&page=3`],
          ['first', `${api}/generic/many?limit=20&page=1`],
          ['prev', `${api}/generic/many?limit=20&page=1`],
        ),
      }),
    ],
  },
  {
    row: 'page.link.last',
    it: 'links first and prev from the last page',
    steps: [page(`${api}?limit=20&page=3`, 14, 0, { link: links(['first', `${api}?limit=20&page=1`], ['prev', `${api}?limit=20&page=2`]) })],
  },
  {
    row: 'page.link.none',
    it: 'links nothing when there is one page',
    steps: [get(`${api}?q=nothing-has-this`, { status: 200, json: [], headers: { link: null } })],
  },
  {
    row: 'page.link.query',
    it: 'keeps the query, its keys sorted',
    steps: [
      page(`${api}?type=generic&q=MANY&limit=20`, 54, 35, {
        link: links(['next', `${api}?limit=20&page=2&q=MANY&type=generic`], ['last', `${api}?limit=20&page=3&q=MANY&type=generic`]),
      }),
    ],
  },
  {
    row: 'page.past-end',
    it: 'shows an empty page with the links of the last one',
    steps: [
      get(`${api}?limit=20&page=9`, {
        status: 200,
        json: [],
        headers: {
          'x-total-count': String(total),
          link: links(['first', `${api}?limit=20&page=1`], ['prev', `${api}?limit=20&page=2`]),
        },
      }),
      get(`${api}?limit=20&page=99999999999999999999`, { status: 200 }),
    ],
  },
  {
    row: 'page.exposed',
    it: 'exposes both headers to scripts of other origins',
    steps: [
      get(`${api}?limit=20`, { status: 200, headers: { 'access-control-expose-headers': /\bX-Total-Count\b/ } }),
      get(`${api}?limit=20`, { status: 200, headers: { 'access-control-expose-headers': /\bLink\b/ } }),
    ],
  },
  {
    row: 'page.link.secret',
    it: 'does not repeat a token of the query',
    steps: [
      get(`${api}?limit=20&token={token:alice}`, { status: 200, headers: { link: links(['next', `${api}?limit=20&page=2`], ['last', `${api}?limit=20&page=3`]) } }, { as: 'anonymous' }),
    ],
  },
];
