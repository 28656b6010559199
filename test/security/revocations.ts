import type { User } from "../../src/core/domain.ts";
import type { Stores } from "../../src/open-stores.ts";
import { basic, type Site } from "./site.ts";

/** A publisher with a place to publish to. */
export interface Publisher {
  readonly user: User;
  readonly organisation: string;
  readonly organisationId: number;
  readonly teamId: number;
  readonly tokenId: number;
  readonly as: string;
}

export type Status = 401 | 403 | 404;

/** A right that is taken away, through the server's own routes and by another process on the same folder. */
export interface Revocation {
  readonly name: string;
  /** What the publisher gets from then on. */
  readonly status: Status;
  readonly credential: "token" | "password" | "public-only";
  readonly standing: "member" | "administrator";
  /** Needs an organisation or account without packages, so that nothing was published before. */
  readonly isOfEmpty?: true;
  byRoute(site: Site, publisher: Publisher): Promise<unknown>;
  byStore(stores: Stores, publisher: Publisher): Promise<unknown>;
}

export const password = "Marker-right-password-1";

const change = (site: Site, { user }: Publisher, fields: object): Promise<unknown> =>
  site.must("PATCH", `/api/v1/admin/users/${user.name}`, { login_name: "", source_id: 0, ...fields });

export const revocations: readonly Revocation[] = [
  {
    name: "the token is revoked", status: 401, credential: "token", standing: "member",
    byRoute: (site, { user, tokenId }) => site.must("DELETE", `/api/v1/users/${user.name}/tokens/${tokenId}`),
    byStore: ({ metadata }, { user, tokenId }) => metadata.tokens.delete(user.id, { id: tokenId }),
  },
  {
    name: "the account is deactivated", status: 401, credential: "token", standing: "member",
    byRoute: (site, publisher) => change(site, publisher, { active: false }),
    byStore: ({ metadata }, { user }) => metadata.accounts.update(user.id, { isActive: false }),
  },
  {
    name: "the account is deactivated that signed in by password", status: 401, credential: "password", standing: "member",
    byRoute: (site, publisher) => change(site, publisher, { active: false }),
    byStore: ({ metadata }, { user }) => metadata.accounts.update(user.id, { isActive: false }),
  },
  {
    name: "the account is barred from signing in", status: 401, credential: "token", standing: "member",
    byRoute: (site, publisher) => change(site, publisher, { prohibit_login: true }),
    byStore: ({ metadata }, { user }) => metadata.accounts.update(user.id, { isLoginProhibited: true }),
  },
  {
    name: "the account leaves the team", status: 401, credential: "token", standing: "member",
    byRoute: (site, { teamId, user }) => site.must("DELETE", `/api/v1/teams/${teamId}/members/${user.name}`),
    byStore: ({ metadata }, { teamId, user }) => metadata.teams.removeMember(teamId, user.id),
  },
  {
    name: "the account is no administrator any more", status: 401, credential: "token", standing: "administrator",
    byRoute: (site, publisher) => change(site, publisher, { admin: false }),
    byStore: ({ metadata }, { user }) => metadata.accounts.update(user.id, { isAdmin: false }),
  },
  {
    name: "the password is changed", status: 401, credential: "password", standing: "member",
    byRoute: (site, publisher) => change(site, publisher, { password: "Marker-another-password-1" }),
    byStore: async ({ metadata }, { user }) =>
      metadata.accounts.update(user.id, { passwordHash: await Bun.password.hash("Marker-another-password-1") }),
  },
  {
    name: "the organisation turns private under a token for what is public", status: 403, credential: "public-only", standing: "member",
    byRoute: (site, { organisation }) => site.must("PATCH", `/api/v1/orgs/${organisation}`, { visibility: "private" }),
    byStore: ({ metadata }, { organisationId }) => metadata.namespaces.update(organisationId, { visibility: "private" }),
  },
  {
    name: "the account is deleted", status: 401, credential: "token", standing: "member",
    byRoute: (site, { user }) => site.must("DELETE", `/api/v1/admin/users/${user.name}`),
    byStore: ({ metadata }, { user }) => metadata.accounts.delete(user.id),
  },
  {
    name: "the organisation is deleted", status: 404, credential: "token", standing: "member", isOfEmpty: true,
    byRoute: (site, { organisation }) => site.must("DELETE", `/api/v1/orgs/${organisation}`),
    byStore: ({ metadata }, { organisationId }) => metadata.namespaces.deleteGroup(organisationId),
  },
];

let count = 0;

/** An account that may publish to an organisation of its own, public where the credential is limited to that. */
export async function addPublisher(site: Site, { credential, standing }: Pick<Revocation, "credential" | "standing">): Promise<Publisher> {
  count += 1;
  const [name, organisation] = [`user${count}`, `org${count}`];
  const { metadata } = site.server.stores;
  if (credential === "password") await site.addUserWithPassword(name, password);
  else await site.addUser(name);
  await site.must("POST", "/api/v1/orgs", { username: organisation, visibility: credential === "public-only" ? "public" : "private" });
  const teamId = await site.addTeam(organisation, "write", ...(standing === "member" ? [name] : []));
  if (standing === "administrator") await site.must("PATCH", `/api/v1/admin/users/${name}`, { login_name: "", source_id: 0, admin: true });
  const token = await site.addToken(name, ...(credential === "public-only" ? ["write:package", "public-only"] : ["write:package"]));
  const user = await metadata.accounts.find(name);
  if (user === null) throw new Error(`there is no account ${name}`);
  const tokens = await metadata.tokens.list(user.id, { offset: 0, limit: 1 });
  const namespace = await metadata.namespaces.find(organisation);
  return {
    user, organisation, teamId,
    organisationId: namespace?.id ?? 0,
    tokenId: tokens.items[0]?.id ?? 0,
    as: credential === "password" ? basic(name, password) : token,
  };
}
