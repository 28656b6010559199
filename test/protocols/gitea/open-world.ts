import { rawRequest, type RawResponse } from '../../support/raw-http.ts';
import { startServer } from '../../support/server.ts';
import { basic, fields, type World } from './setup.ts';

/** How accounts differ from a plain public one. */
const accounts: Readonly<Record<string, object>> = {
  lena: { visibility: 'limited' },
  paul: { visibility: 'private' },
  rita: { restricted: true },
};

/** Opens a server on a fresh folder. */
export async function openWorld(settings: Readonly<Record<string, string>> = {}): Promise<World> {
  const server = await startServer({ ...settings });
  const { admin, port, url } = server;
  const secrets = new Set([admin.password, admin.token]);
  const known = new Map<string, Promise<string>>();
  const once = async (key: string, make: () => Promise<string>): Promise<string> => {
    const found = known.get(key) ?? make();
    known.set(key, found);
    const value = await found;
    if (value.length > 8) secrets.add(value);
    return value;
  };

  const password = async (name: string): Promise<string> =>
    name === admin.name
      ? admin.password
      : await once(`password:${name}`, async () => {
          const made = `Marker-of-${name}-1`;
          await must(201, 'POST', '/admin/users', {
            username: name,
            email: `${name}@example.com`,
            password: made,
            must_change_password: false,
            ...accounts[name],
          });
          return made;
        });

  const token = async (caller: string): Promise<string> => {
    const [name = caller, scopes = 'all'] = caller.split('/');
    if (name === admin.name && scopes === 'all') return admin.token;
    return await once(`token:${name}/${scopes}`, async () => {
      await password(name);
      const answer = await must(
        201,
        'POST',
        `/users/${name}/tokens`,
        { name: `for ${scopes}`, scopes: scopes.split(',') },
        `${name}/password`,
      );
      return String(fields(answer)['sha1']);
    });
  };

  const authorization = async (caller: string): Promise<string | null> => {
    if (caller === 'anonymous') return null;
    const [name = caller, how] = caller.split('/');
    return how === 'password'
      ? basic(name, await password(name))
      : `token ${await token(caller)}`;
  };

  const api = async (
    method: string,
    path: string,
    body?: unknown,
    caller: string = admin.name,
  ): Promise<RawResponse> => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const credential = await authorization(caller);
    const lines = [
      `${method} /api/v1${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      ...(credential === null ? [] : [`Authorization: ${credential}`]),
      ...(body === undefined ? [] : ['Content-Type: application/json']),
      ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(text)}`]),
    ];
    return await rawRequest(port, `${lines.join('\r\n')}\r\n\r\n${text}`);
  };

  const must: World['must'] = async (status, method, path, body, caller) => {
    const answer = await api(method, path, body, caller);
    if (answer.status === status) return answer;
    throw new Error(`${method} ${path}: ${answer.status} instead of ${status}: ${answer.text}`);
  };

  const fill: World['fill'] = async (text, names) => {
    let filled = text;
    for (const [whole, kind = '', argument] of text.matchAll(/\{([a-z]+)(?::([^}]*))?\}/g)) {
      const value =
        kind === 'url' ? url
        : kind === 'port' ? String(port)
        : kind === 'token' ? await token(argument ?? 'alice')
        : kind === 'password' ? await password(argument ?? 'alice')
        : names.get(kind);
      if (value === undefined) throw new Error(`nothing is known as ${whole}`);
      filled = filled.replace(whole, () => value);
    }
    return filled;
  };

  return { server, port, url, secrets, authorization, token, password, fill, api, must };
}
