import type { RawResponse } from '../../support/raw-http.ts';
import type { RunningServer } from '../../support/server.ts';
import { fields } from '../json-answers.ts';
import type { Names } from './protocol-case.ts';

export { basicAuthorization as basic } from '../basic-authorization.ts';
export { fields, rows } from '../json-answers.ts';

/** A server with accounts that are made when they are first spoken of. */
export interface World {
  readonly server: RunningServer;
  readonly port: number;
  readonly url: string;
  /** Everything secret that was used: nothing of it may be logged. */
  readonly secrets: Set<string>;
  /**
   * The Authorization header of a caller, null for `anonymous`. `bob` is bob's token of scope `all`,
   * `bob/read:package,public-only` one with these scopes, `bob/password` Basic with the password.
   */
  authorization(caller: string): Promise<string | null>;
  token(caller: string): Promise<string>;
  password(name: string): Promise<string>;
  /** Replaces `{p}` and other names, `{url}`, `{port}`, `{token:CALLER}`, `{password:NAME}`. */
  fill(text: string, names: Names): Promise<string>;
  /** A REST request with JSON; the administrator asks unless a caller is given. */
  api(method: string, path: string, body?: unknown, caller?: string): Promise<RawResponse>;
  /** The same; throws unless the answer has this status. */
  must(status: number, method: string, path: string, body?: unknown, caller?: string): Promise<RawResponse>;
}

/** Makes an organisation that the administrator owns. */
export async function addOrganisation(
  world: World,
  name: string,
  visibility: 'public' | 'limited' | 'private' = 'public',
): Promise<void> {
  await world.must(201, 'POST', '/orgs', { username: name, visibility });
}

/** Makes a team whose members have this right on packages (null: none of its own) and answers its id. */
export async function addTeam(
  world: World,
  organisation: string,
  right: 'read' | 'write' | 'admin' | null,
  members: readonly string[] = [],
): Promise<number> {
  const units = right === null ? { 'repo.code': 'read' } : { 'repo.packages': right };
  const answer = await world.must(201, 'POST', `/orgs/${organisation}/teams`, {
    name: `team-${right ?? 'none'}-${crypto.randomUUID().slice(0, 8)}`,
    permission: right === 'admin' ? 'admin' : 'read',
    units: Object.keys(units),
    units_map: units,
  });
  const id = Number(fields(answer)['id']);
  for (const member of members) {
    await world.password(member);
    await world.must(204, 'PUT', `/teams/${id}/members/${member}`);
  }
  return id;
}

/** Changes an account as an administrator does. */
export async function changeUser(world: World, name: string, change: object): Promise<void> {
  await world.must(200, 'PATCH', `/admin/users/${name}`, { login_name: name, source_id: 0, ...change });
}
