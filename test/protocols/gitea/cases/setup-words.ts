import { request, type Exchange, type Expectation } from '../protocol-case.ts';

/** Requests with JSON, as the set-up routes take them. */
export const post = (path: string, expect: Expectation, send: unknown, as = 'root'): Exchange =>
  request('POST', `/api/v1${path}`, expect, { as, send });

export const patch = (path: string, expect: Expectation, send: unknown, as = 'root'): Exchange =>
  request('PATCH', `/api/v1${path}`, expect, { as, send });

export const password = 'Marker-long-password';

/** The fields that make a user. */
export const person = (username: string, more: object = {}): object => ({
  username,
  email: `${username}@example.com`,
  password,
  must_change_password: false,
  ...more,
});

/** Signs in as the user that a case has made. */
export const asTheirs = { basic: ['u-{p}', password] } as const;

export const made: Expectation = { status: 201 };
export const gone: Expectation = { status: 204, body: '' };
