import type { Visibility } from "../../src/core/domain.ts";
import { newToken as storedToken } from "../contracts/metadata-store/records.ts";
import type { Site } from "./site.ts";

/** How a caller stands to the private organisation `vault`, the private account `olga`, and the server. */
export const relations = [
  "anonymous", "stranger", "narrow", "confined", "reader", "writer", "owner", "admin", "inactive",
] as const;
export type Relation = (typeof relations)[number];

/**
 * The status for each relation where `ok` stands for the route's own success. `narrow` is an administrator's token with
 * no scope that matters, `confined` an administrator's token of scope `all` that is limited to what is public, `inactive`
 * a deactivated member of the organisation's team of administrators. Everybody else is signed in with a token of scope
 * `all`, or with the password where the row says so.
 */
const text = `
  access              anonymous stranger narrow confined reader writer owner admin inactive
  packages.read       401       401      401    403      ok     ok     ok    ok    401
  packages.publish    401       401      401    403      401    ok     ok    ok    401
  packages.delete     401       401      401    403      401    ok     ok    ok    401
  rest.read           403       403      403    403      ok     ok     ok    ok    403
  rest.publish        401       403      403    403      403    ok     ok    ok    403
  rest.delete         401       403      403    403      403    ok     ok    ok    403
  anyone              ok        ok       ok     ok       ok     ok     ok    ok    ok
  private.user        404       404      403    404      404    404    ok    ok    403
  private.group       404       404      403    404      ok     ok     ok    ok    403
  signed.in           401       ok       403    ok       ok     ok     ok    ok    403
  administrator       401       403      403    ok       403    403    403   ok    403
  group.owner         401       404      403    404      403    403    ok    ok    403
  team.owner          401       403      403    403      403    403    ok    ok    403
  tokens              401       404      403    404      404    404    ok    ok    403
  tokens.by.token     401       401      401    401      401    401    401   401   401
  tokens.by.password  401       404      -      -        404    404    ok    ok    403
  operator            401       403      403    ok       403    403    403   ok    403
`;

/** What differs in an internal (Gitea's `limited`) and in a public organisation; accounts are as above. */
const openText = `
  line                place    anonymous stranger narrow confined reader writer owner admin inactive
  packages.read       public   ok        ok       401    ok       ok     ok     ok    ok    401
  packages.read       internal 401       ok       401    403      ok     ok     ok    ok    401
  packages.publish    public   401       401      401    ok       401    ok     ok    ok    401
  packages.publish    internal 401       401      401    403      401    ok     ok    ok    401
  packages.delete     public   401       401      401    ok       401    ok     ok    ok    401
  packages.delete     internal 401       401      401    403      401    ok     ok    ok    401
  rest.read           public   ok        ok       403    ok       ok     ok     ok    ok    403
  rest.read           internal 403       ok       403    403      ok     ok     ok    ok    403
  rest.publish        public   401       403      403    ok       403    ok     ok    ok    403
  rest.publish        internal 401       403      403    403      403    ok     ok    ok    403
  rest.delete         public   401       403      403    ok       403    ok     ok    ok    403
  rest.delete         internal 401       403      403    403      403    ok     ok    ok    403
  private.group       public   ok        ok       403    ok       ok     ok     ok    ok    403
  private.group       internal 404       ok       403    404      ok     ok     ok    ok    403
  group.owner         public   401       403      403    ok       403    403    ok    ok    403
  group.owner         internal 401       403      403    404      403    403    ok    ok    403
  team.owner          public   401       403      403    ok       403    403    ok    ok    403
  team.owner          internal 401       403      403    403      403    403    ok    ok    403
`;

const tableOf = (table: string): readonly (readonly string[])[] => table.trim().split("\n").map((row) => row.trim().split(/\s+/));

/** The lines of the table for private places, each with its cells; the first is the head. */
export const privateTable = tableOf(text);
/** The same for what differs elsewhere, the place after the name. */
export const openTable = tableOf(openText);

/** The status that a relation gets by a line of the table; null where there is no such caller. */
export function statusFor(line: string, relation: Relation, success: number, visibility: Visibility = "private"): number | null {
  const column = relations.indexOf(relation);
  const open = openTable.find(([name, place]) => name === line && place === visibility)?.[column + 2];
  const word = open ?? privateTable.find(([name]) => name === line)?.[column + 1];
  if (word === undefined) throw new Error(`the table has no line ${line}`);
  return word === "-" ? null : word === "ok" ? success : Number(word);
}

/** A request to a route, with everything in place for it to succeed. */
export interface Probe {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route of the server, and who gets what. */
export interface RouteRow {
  readonly method: string;
  readonly pattern: string;
  readonly access: string;
  readonly line: string;
  /** The status of a success. */
  readonly success: number;
  readonly by?: "password";
  /** A success changes no record. */
  readonly isReading?: boolean;
  /** Prepares a request; `fresh` is a name that nothing has yet. */
  prepare(site: Site, fresh: string): Promise<Probe> | Probe;
}

type Prepare = RouteRow["prepare"];

const file = async (site: Site, fresh: string): Promise<void> => {
  await site.must("PUT", `/api/packages/vault/generic/${fresh}/1.0/f`, "content");
};
/** A request for something of a package that was published before. */
const published = (path: (fresh: string) => string): Prepare => async (site, fresh) => {
  await file(site, fresh);
  return { path: path(fresh) };
};
const fixed = (path: string, headers: Readonly<Record<string, string>> = {}): Prepare => () => ({ path, headers });

/** An organisation like `vault`, for what would change it. */
const group = async (site: Site, fresh: string): Promise<void> => {
  await site.must("POST", "/api/v1/orgs", { username: fresh, visibility: "private" });
  await site.addTeam(fresh, "read", "reader");
  await site.addTeam(fresh, "write", "writer");
  await site.addTeam(fresh, "admin", "olga");
};

const reading = (pattern: string, access: string, line: string, prepare: Prepare, success = 200): RouteRow =>
  ({ method: "GET", pattern, access, line, success, isReading: true, prepare });
const changing = (method: string, pattern: string, access: string, line: string, success: number, prepare: Prepare): RouteRow =>
  ({ method, pattern, access, line, success, prepare });

const generic = "/api/packages/:owner/generic/:name/:version";
const rest = "/api/v1/packages/:owner";
const tokens = "/api/v1/users/:username/tokens";
const member = "/api/v1/teams/:id/members/:username";
const newToken: Prepare = (_site, fresh) => ({ path: "/api/v1/users/olga/tokens", body: { name: fresh, scopes: ["all"] } });
const membership = (isMember: boolean): Prepare => async (site, fresh) => {
  await site.addUser(fresh);
  const id = await site.addTeam("vault", "read", ...(isMember ? [fresh] : []));
  return { path: `/api/v1/teams/${id}/members/${fresh}` };
};
const account = (body?: unknown): Prepare => async (site, fresh) => {
  await site.addUser(fresh, "private");
  return { path: `/api/v1/admin/users/${fresh}`, body };
};

/** Every route of the server. */
export const routeRows: readonly RouteRow[] = [
  changing("PUT", `${generic}/:file`, "namespace:publish", "packages.publish", 201, (_site, fresh) => ({
    path: `/api/packages/vault/generic/${fresh}/1.0/f`, body: "content",
  })),
  reading(`${generic}/:file`, "namespace:read", "packages.read", published((p) => `/api/packages/vault/generic/${p}/1.0/f`)),
  changing("DELETE", `${generic}/:file`, "namespace:delete", "packages.delete", 204, published((p) => `/api/packages/vault/generic/${p}/1.0/f`)),
  changing("DELETE", generic, "namespace:delete", "packages.delete", 204, published((p) => `/api/packages/vault/generic/${p}/1.0`)),

  reading(rest, "namespace:read", "rest.read", fixed("/api/v1/packages/vault")),
  reading(`${rest}/:type/:name`, "namespace:read", "rest.read", published((p) => `/api/v1/packages/vault/generic/${p}`)),
  changing("DELETE", `${rest}/:type/:name`, "namespace:delete", "rest.delete", 204, published((p) => `/api/v1/packages/vault/generic/${p}`)),
  reading(`${rest}/:type/:name/-/latest`, "namespace:read", "rest.read", published((p) => `/api/v1/packages/vault/generic/${p}/-/latest`)),
  // There are no repositories to link to: who has the right is told so.
  { ...changing("POST", `${rest}/:type/:name/-/link/:repository`, "namespace:publish", "rest.publish", 404, published((p) => `/api/v1/packages/vault/generic/${p}/-/link/r`)), isReading: true },
  { ...changing("POST", `${rest}/:type/:name/-/unlink`, "namespace:publish", "rest.publish", 404, published((p) => `/api/v1/packages/vault/generic/${p}/-/unlink`)), isReading: true },
  reading(`${rest}/:type/:name/:version`, "namespace:read", "rest.read", published((p) => `/api/v1/packages/vault/generic/${p}/1.0`)),
  changing("DELETE", `${rest}/:type/:name/:version`, "namespace:delete", "rest.delete", 204, published((p) => `/api/v1/packages/vault/generic/${p}/1.0`)),
  reading(`${rest}/:type/:name/:version/files`, "namespace:read", "rest.read", published((p) => `/api/v1/packages/vault/generic/${p}/1.0/files`)),

  reading("/api/v1/version", "anyone", "anyone", fixed("/api/v1/version")),
  reading("/api/v1/user", "signed_in", "signed.in", fixed("/api/v1/user")),
  reading("/api/v1/users/:username", "anyone", "private.user", fixed("/api/v1/users/olga")),
  changing("POST", "/api/v1/admin/users", "administrator", "administrator", 201, (_site, fresh) => ({
    path: "/api/v1/admin/users", body: { username: fresh, email: `${fresh}@example.com`, password: "Marker-long-enough-1" },
  })),
  changing("PATCH", "/api/v1/admin/users/:username", "administrator", "administrator", 200, account({ login_name: "x", source_id: 0, admin: true, full_name: "X" })),
  changing("DELETE", "/api/v1/admin/users/:username", "administrator", "administrator", 204, account()),

  changing("POST", "/api/v1/orgs", "signed_in", "signed.in", 201, (_site, fresh) => ({ path: "/api/v1/orgs", body: { username: fresh } })),
  reading("/api/v1/orgs/:org", "anyone", "private.group", fixed("/api/v1/orgs/vault")),
  changing("PATCH", "/api/v1/orgs/:org", "group_owner", "group.owner", 200, (_site, fresh) => ({
    path: "/api/v1/orgs/vault", body: { description: fresh },
  })),
  changing("DELETE", "/api/v1/orgs/:org", "group_owner", "group.owner", 204, async (site, fresh) => {
    await group(site, fresh);
    return { path: `/api/v1/orgs/${fresh}` };
  }),
  changing("POST", "/api/v1/orgs/:org/teams", "group_owner", "group.owner", 201, (_site, fresh) => ({
    path: "/api/v1/orgs/vault/teams", body: { name: fresh, permission: "admin" },
  })),
  changing("PUT", member, "group_owner", "team.owner", 204, membership(false)),
  changing("DELETE", member, "group_owner", "team.owner", 204, membership(true)),

  changing("POST", tokens, "password_of_owner", "tokens.by.token", 201, newToken),
  { ...changing("POST", tokens, "password_of_owner", "tokens.by.password", 201, newToken), by: "password" },
  reading(tokens, "owner", "tokens", fixed("/api/v1/users/olga/tokens")),
  changing("DELETE", `${tokens}/:token`, "owner", "tokens", 204, async (site, fresh) => {
    const { stores } = site.server;
    const user = await stores.metadata.accounts.find("olga");
    await stores.metadata.tokens.create(storedToken(user?.id ?? 0, fresh, { secretSha256: fresh, scopes: ["all"], nowMs: 0 }));
    return { path: `/api/v1/users/olga/tokens/${fresh}` };
  }),

  reading("/healthz", "anyone", "anyone", fixed("/healthz")),
  reading("/readyz", "anyone", "anyone", fixed("/readyz")),
  // A request that came through a proxy is not from the machine itself, wherever the proxy stands.
  reading("/metrics", "administrator_or_loopback", "operator", fixed("/metrics", { "x-forwarded-for": "203.0.113.9" })),
];
