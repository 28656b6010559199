import { problem } from '../answers.ts';
import { get, request, type Exchange, type Expectation, type ProtocolCase } from '../protocol-case.ts';

const organisation = (username: string, expect: Expectation): Exchange =>
  request('POST', '/api/v1/orgs', expect, { as: 'root', send: { username } });
const user = (username: string, expect: Expectation, mail: string): Exchange =>
  request('POST', '/api/v1/admin/users', expect, {
    as: 'root',
    send: { username, email: `${mail}@example.com`, password: 'Marker-long-password', must_change_password: false },
  });

const made: Expectation = { status: 201 };
const refused = problem(422);

const reserved = [
  '.', '..', '.well-known', 'api', 'metrics', 'v2', 'assets', 'attachments', 'avatar', 'avatars', 'repo-avatars',
  'captcha', 'login', 'org', 'repo', 'user', 'explore', 'issues', 'pulls', 'milestones', 'notifications',
  'favicon.ico', 'manifest.json', 'robots.txt', 'sitemap.xml', 'ssh_info', 'swagger.v1.json', 'openapi3.v1.json',
  'ghost', 'gitea-actions', 'healthz', 'readyz', '-',
];

export const ownerNames: readonly ProtocolCase[] = [
  {
    row: 'owner.characters',
    it: 'takes letters, digits and single - _ . between them',
    steps: ['x', '7', 'A-b_c.d', '0-0', 'a'.repeat(40)].map((name) => organisation(name, made)),
  },
  {
    row: 'owner.characters.refused',
    it: 'takes nothing else, no sign at either end, no two in a row, no more than 40',
    steps: ['', 'a'.repeat(41), '-a', '_a', '.a', 'a-', 'a_', 'a.', 'a--b', 'a.-b', 'a__b', 'a..b', 'a b', 'é', 'a/b', 'a\\b', 'a+b', 'a%', 'a@b', ' a'].flatMap(
      (name, index) => [organisation(name, refused), user(name, refused, `refused${index}`)],
    ),
  },
  {
    row: 'owner.reserved',
    it: 'refuses reserved names in any case',
    steps: [
      ...reserved.flatMap((name, index) => [organisation(name, refused), user(name, refused, `reserved${index}`)]),
      organisation('API', refused),
      organisation('Ghost', refused),
      ...['keys', 'gpg', 'rss', 'atom', 'png'].map((end) => organisation(`someone.${end}`, refused)),
      organisation('someone.PNG', refused),
    ],
  },
  {
    row: 'owner.case',
    it: 'takes a name once, whatever its case, for users and organisations together',
    steps: [
      organisation('Case-{p}', made),
      organisation('case-{p}', refused),
      user('CASE-{p}', refused, '{p}'),
      user('Person-{p}', made, '{p}'),
      organisation('person-{p}', refused),
      get('/api/v1/orgs/CASE-{p}', { status: 200, jsonLike: { username: 'Case-{p}' } }),
      get('/api/v1/users/pERSON-{p}', { status: 200, jsonLike: { login: 'Person-{p}' } }),
    ],
  },
];
