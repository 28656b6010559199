import { expect } from 'bun:test';

/** A user as the REST routes show it: every field, no other. */
export const userShape = (login: string, more: object = {}): object => ({
  id: expect.any(Number),
  login,
  login_name: expect.any(String),
  source_id: expect.any(Number),
  full_name: expect.any(String),
  email: expect.any(String),
  avatar_url: expect.any(String),
  html_url: `{url}/${login}`,
  language: expect.any(String),
  is_admin: expect.any(Boolean),
  last_login: expect.any(String),
  created: expect.stringMatching(instant),
  restricted: expect.any(Boolean),
  active: expect.any(Boolean),
  prohibit_login: expect.any(Boolean),
  location: expect.any(String),
  website: expect.any(String),
  description: expect.any(String),
  visibility: 'public',
  followers_count: 0,
  following_count: 0,
  starred_repos_count: 0,
  username: login,
  ...more,
});

/** An RFC 3339 time. */
export const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** A version as the REST routes show it. */
export const packageShape = (owner: string, name: string, version: string, more: object = {}): object => ({
  id: expect.any(Number),
  owner: userShape(owner),
  repository: null,
  creator: userShape(owner),
  type: 'generic',
  name,
  version,
  html_url: `{url}/${owner}/-/packages/generic/${name}/${version}`,
  created_at: expect.stringMatching(instant),
  ...more,
});

/** An organisation as the REST routes show it. */
export const organisationShape = (name: string, more: object = {}): object => ({
  id: expect.any(Number),
  name,
  full_name: '',
  email: expect.any(String),
  avatar_url: expect.any(String),
  description: '',
  website: '',
  location: '',
  visibility: 'public',
  repo_admin_change_team_access: expect.any(Boolean),
  username: name,
  ...more,
});
