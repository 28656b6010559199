import type { Expectation } from './protocol-case.ts';

type Headers = NonNullable<Expectation['headers']>;

/** An error of the generic handlers: no newline, no space in the type. */
export const generic = (status: number, body: string | RegExp, headers: Headers = {}): Expectation => ({
  status,
  body,
  headers: { 'content-type': 'text/plain;charset=utf-8', ...headers },
});

/** An answer of what stands before the handlers: newline, and a space in the type. */
export const middleware = (status: number, body: string, headers: Headers = {}): Expectation => ({
  status,
  body,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
});

/** A REST error: JSON with a message and the address of the documentation. */
export const problem = (status: number, message?: string): Expectation => ({
  status,
  jsonLike: message === undefined ? { url: '{url}/api/swagger' } : { message, url: '{url}/api/swagger' },
});

export const created: Expectation = {
  status: 201,
  body: '',
  headers: { 'content-length': '0', 'content-type': null, location: null },
};
export const removed: Expectation = { status: 204, body: '', headers: { 'content-type': null } };
/** A whole download. */
export const bytes = (body: string, headers: Headers = {}): Expectation => ({
  status: 200,
  body,
  headers: {
    'content-type': 'application/octet-stream',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  },
});
export const partial = (body: string, range: string, headers: Headers = {}): Expectation => ({
  status: 206,
  body,
  headers: {
    'content-type': 'application/octet-stream',
    'content-range': `bytes ${range}`,
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  },
});

export const noPackage = generic(404, 'package does not exist');
export const noFile = generic(404, 'package file does not exist');
export const conflict = generic(409, 'package file already exists');
export const badName = generic(400, 'invalid package name');
export const badVersion = generic(400, 'invalid package version');
export const badFile = generic(400, 'invalid filename');
export const unescapable: Expectation = {
  status: 400,
  body: '400 Bad Request: unable to unescape path',
};
export const noRoute = middleware(404, '404 page not found\n');
export const noOwner = generic(404, 'Not found.\n');
export const wrongMethod = (...allow: string[]): Expectation => ({
  status: 405,
  body: '',
  allow,
  headers: { 'www-authenticate': null },
});
export const noRights = middleware(401, 'reqPackageAccess\n', {
  'www-authenticate': 'Basic realm="Gitea Package API"',
});
export const publicOnly = middleware(403, 'reqToken\n', { 'www-authenticate': null });
export const badCredentials = middleware(401, 'Failed to authenticate user\n', {
  'www-authenticate': null,
});
/** Refused by the runtime itself, before any handler. */
export const refusedByRuntime = (status: number): Expectation => ({
  status,
  body: '',
  headers: { connection: 'close' },
  fromRuntime: true,
});
