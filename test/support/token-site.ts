import type { Actor } from "../../src/core/actor.ts";
import { parseNamespaceName } from "../../src/core/namespace-name.ts";
import { RegistryError, type RegistryErrorCode } from "../../src/core/registry-error.ts";
import { startServer, type RunningServer } from "./server.ts";

/** A server whose time a test sets, with people and a private project. */
export interface TokenSite {
  readonly server: RunningServer;
  readonly groupId: number;
  readonly projectId: number;
  /** Members of the project with these levels, and a stranger. */
  readonly userIds: Readonly<Record<"owner" | "maintainer" | "developer" | "stranger", number>>;
  readonly admin: Actor;
  nowMs(): number;
  passMs(ms: number): void;
  /** Somebody signed in by password. */
  person(name: string): Promise<Actor>;
  /** Whoever a token stands for. */
  bearer(secret: string): Promise<Actor>;
  /** A personal token of a member. */
  token(name: keyof TokenSite["userIds"] | "root", scopes: readonly string[], expiresAtMs?: number | null): Promise<{ readonly id: number; readonly secret: string }>;
  stop(): Promise<void>;
}

/** Midday of 10 March 2027 in UTC. */
export const startMs = Date.UTC(2027, 2, 10, 12);

const levels = { owner: 50, maintainer: 40, developer: 30, stranger: 0 } as const;

/** Opens the server and makes group `acme` with the private project `acme/tools`. */
export async function openTokenSite(settings: Readonly<Record<string, string>> = {}): Promise<TokenSite> {
  let nowMs = startMs;
  const server = await startServer({ STOWAGE_DATABASE: "memory:", STOWAGE_BLOBS: "memory:", ...settings }, { clock: { nowMs: () => nowMs } });
  const { registry, stores } = server;
  const { accounts, namespaces, tree } = stores.metadata;
  const person = async (name: string): Promise<Actor> => {
    const user = await accounts.find(name);
    if (user === null) throw new Error(`there is no ${name}`);
    return { kind: "user", user, credential: { kind: "password" } };
  };
  const admin = await person(server.admin.name);
  const root = admin.kind === "user" ? admin.user.id : 0;
  const group = await tree.create({
    kind: "group", parentId: null, name: "acme", id: null, visibility: "public", fullName: "", description: "", ownerId: null, nowMs,
  });
  if (group.outcome !== "created") throw new Error(group.outcome);
  const project = await tree.create({
    kind: "project", parentId: group.namespace.id, name: "tools", id: null, visibility: "private", fullName: "", description: "", ownerId: null, nowMs,
  });
  if (project.outcome !== "created") throw new Error(project.outcome);
  const userIds: Record<string, number> = { root };
  for (const [name, level] of Object.entries(levels)) {
    const rights = { visibility: "public", isRestricted: false, isAdmin: false } as const;
    const account = { name: parseNamespaceName(name), email: `${name}@example.com`, fullName: "", passwordHash: "of nobody", nowMs };
    const created = await accounts.create({ ...account, ...rights });
    if (created.outcome !== "created") throw new Error(created.outcome);
    userIds[name] = created.user.id;
    const namespaceId = name === "owner" ? group.namespace.id : project.namespace.id;
    await namespaces.setGrant({ namespaceId, userId: created.user.id, level });
  }
  return {
    server,
    groupId: group.namespace.id,
    projectId: project.namespace.id,
    userIds: userIds as TokenSite["userIds"],
    admin,
    nowMs: () => nowMs,
    passMs: (ms) => {
      nowMs += ms;
    },
    person,
    bearer: async (secret) => {
      const found = await registry.inspectToken(secret, ["personal", "job", "deploy"]);
      if (found.outcome !== "actor") throw new Error(`the token is ${found.outcome}`);
      return found.actor;
    },
    token: async (name, scopes, expiresAtMs = null) => {
      const made = await registry.createTokenFor(admin, userIds[name] ?? 0, { name: `of ${name}`, scopes, expiresAtMs, description: "" });
      return { id: made.token.id, secret: made.secret };
    },
    stop: () => server.stop(),
  };
}

/** The code of the refusal that a promise ends with; null when there is none. */
export async function refusalOf(promise: Promise<unknown>): Promise<RegistryErrorCode | null> {
  return promise.then(
    () => null,
    (error: unknown) => {
      if (error instanceof RegistryError) return error.code;
      throw error;
    },
  );
}
