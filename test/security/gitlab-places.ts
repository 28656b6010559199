import type { AccessLevel, Visibility } from "../../src/core/domain.ts";
import { newPrefixedSecret, secretDigest } from "../../src/core/secret-digest.ts";
import { openSite, type Answer, type Site } from "./site.ts";

/** A project in a group of the same visibility. The people of the town are members of the group. */
export interface Place {
  readonly visibility: Visibility;
  readonly group: { readonly id: number; readonly path: string };
  readonly project: { readonly id: number; readonly path: string };
}

/** A token with its number. */
export interface Minted {
  readonly id: number;
  readonly secret: string;
}

/** What stands in every secret thing of a place: no refusal may repeat it. */
export const marker = "marker-of-what-is-kept";

/** A server with people, and a place of each visibility. */
export interface Town {
  readonly site: Site;
  readonly places: Readonly<Record<Visibility, Place>>;
  /** Private, and of other people. */
  readonly elsewhere: Place;
  /** By name; `root` is the administrator who makes everything, `chief` one who is a member of nothing. */
  readonly userIds: ReadonlyMap<string, number>;
  /** A number that nothing has had yet. */
  number(): number;
  /** As the administrator with JSON; throws unless the status is below 300. Answers the JSON. */
  make(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Any request with these headers; a body that is no text goes as JSON. */
  ask(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: unknown): Promise<Answer>;
  /** An account that may do nothing yet. */
  person(name: string): Promise<number>;
  /** A personal token of an account. */
  mint(name: string, scopes: readonly string[], expiresAtMs?: number | null): Promise<Minted>;
  member(namespaceId: number, name: string, level: AccessLevel): Promise<void>;
  place(name: string, visibility: Visibility): Promise<Place>;
}

/** The members of every place but `elsewhere`, by the group's level. */
export const members = { guest: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50, inactive: 50 } as const;

/** Opens the server and makes the places: `vault-private` and so on, each with project `tools`. */
export async function openTown(...given: Parameters<typeof openSite>): Promise<Town> {
  const site = await openSite(...given);
  const { metadata } = site.server.stores;
  const root = { "private-token": site.server.admin.token };
  const userIds = new Map<string, number>();
  let numbers = 0;
  const ask: Town["ask"] = async (method, path, headers = {}, body) => site.ask(method, path, { headers, body });
  const make: Town["make"] = async (method, path, body) => {
    const { status, text } = await ask(method, path, root, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const person: Town["person"] = async (name) => {
    const { id } = await site.addUser(name);
    userIds.set(name, id);
    return id;
  };
  const member: Town["member"] = async (namespaceId, name, level) => {
    await metadata.namespaces.setGrant({ namespaceId, userId: idOf(userIds, name), level });
  };
  const place: Town["place"] = async (name, visibility) => {
    const group = await make("POST", "/api/v4/groups", { name, path: name, visibility, description: marker });
    const body = { path: "tools", namespace_id: group["id"], visibility, description: marker };
    const project = await make("POST", "/api/v4/projects", body);
    return {
      visibility,
      group: { id: Number(group["id"]), path: name },
      project: { id: Number(project["id"]), path: `${name}/tools` },
    };
  };
  userIds.set("root", Number((await make("GET", "/api/v4/user"))["id"]));
  for (const name of ["stranger", "neighbour", "chief", ...Object.keys(members)]) await person(name);
  // An administrator who is a member of nothing: whoever makes a group owns it.
  await make("PUT", `/api/v4/users/${userIds.get("chief")}`, { admin: true });
  const places = {
    private: await place("vault-private", "private"),
    internal: await place("vault-internal", "internal"),
    public: await place("vault-public", "public"),
  };
  for (const { group } of Object.values(places))
    for (const [name, level] of Object.entries(members)) await member(group.id, name, level);
  const elsewhere = await place("elsewhere", "private");
  await member(elsewhere.group.id, "neighbour", 50);
  await make("POST", `/api/v4/users/${userIds.get("inactive")}/deactivate`);
  return {
    site, places, elsewhere, userIds, make, ask, person, member, place,
    number: () => (numbers += 1),
    mint: async (name, scopes, expiresAtMs = null) => {
      const secret = newPrefixedSecret("personal");
      const kept = { secretSha256: secretDigest(secret), lastEight: secret.slice(-8), scopes, nowMs: Date.now(), expiresAtMs };
      const told = { userId: idOf(userIds, name), name: "t", description: "", isNameUnique: false };
      const made = await metadata.tokens.create({ ...told, ...kept });
      if (made.outcome !== "created") throw new Error(`no token for ${name}: ${made.outcome}`);
      return { id: made.token.id, secret };
    },
  };
}

/** The number of an account of the town. */
export function idOf(userIds: ReadonlyMap<string, number>, name: string): number {
  const id = userIds.get(name);
  if (id === undefined) throw new Error(`there is no ${name}`);
  return id;
}
