import { parseNamespaceName } from "../../src/core/namespace-name.ts";
import { newPrefixedSecret, secretDigest } from "../../src/core/secret-digest.ts";
import type { AccessLevel, Namespace, User, Visibility } from "../../src/core/domain.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import { startServer, type RunningServer } from "./server.ts";

/** An answer with its body read. */
export interface SiteAnswer {
  readonly status: number;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json(): Record<string, unknown>;
  readonly headers: Headers;
}

/** A caller with a personal token of scope `api`. */
export interface Caller {
  readonly user: User;
  readonly token: string;
}

/** A server with people and projects made directly in its store. */
export interface Site {
  readonly server: RunningServer;
  caller(name: string, scopes?: readonly string[]): Promise<Caller>;
  group(name: string, visibility?: Visibility): Promise<Namespace>;
  project(parentId: number, name: string, visibility?: Visibility): Promise<Namespace>;
  member(namespace: Namespace, caller: Caller, level: AccessLevel): Promise<void>;
  /** A deploy token of a namespace: its secret. */
  deployToken(namespace: Namespace, scopes: readonly string[]): Promise<string>;
  ask(method: string, path: string, given?: { token?: string; json?: unknown; body?: string; headers?: Record<string, string> }): Promise<SiteAnswer>;
  stop(): Promise<void>;
}

export async function openSite(settings: Readonly<Record<string, string>> = {}, clock?: Clock): Promise<Site> {
  const server = await startServer(settings, clock === undefined ? {} : { clock });
  const { metadata } = server.stores;
  const nowMs = 1_000;
  const create = async (kind: "group" | "project", parentId: number | null, name: string, visibility: Visibility): Promise<Namespace> => {
    const made = await metadata.tree.create({ kind, parentId, name, id: null, visibility, fullName: "", description: "", ownerId: null, nowMs });
    if (made.outcome !== "created") throw new Error(`${name} was not created: ${made.outcome}`);
    return made.namespace;
  };
  return {
    server,
    caller: async (name, scopes = ["api"]) => {
      const fields = { name: parseNamespaceName(name), fullName: "", email: `${name}@example.com`, visibility: "public", passwordHash: "none" } as const;
      const made = await metadata.accounts.create({ ...fields, isAdmin: false, isRestricted: false, nowMs });
      if (made.outcome !== "created") throw new Error(`${name} was not created: ${made.outcome}`);
      const token = newPrefixedSecret("personal");
      const secret = { secretSha256: secretDigest(token), lastEight: token.slice(-8) };
      const told = { userId: made.user.id, name: "token", description: "", scopes, nowMs, expiresAtMs: null, isNameUnique: false };
      await metadata.tokens.create({ ...told, ...secret });
      return { user: made.user, token };
    },
    group: (name, visibility = "private") => create("group", null, name, visibility),
    project: (parentId, name, visibility = "private") => create("project", parentId, name, visibility),
    member: async (namespace, { user }, level) => {
      await metadata.namespaces.setGrant({ namespaceId: namespace.id, userId: user.id, level });
    },
    deployToken: async (namespace, scopes) => {
      const token = newPrefixedSecret("deploy");
      const told = { namespaceId: namespace.id, name: "deploy", username: null, scopes, nowMs, expiresAtMs: null };
      await metadata.deployTokens.create({ ...told, secretSha256: secretDigest(token) });
      return token;
    },
    ask: async (method, path, { token, json, body, headers = {} } = {}) => {
      const sent = json === undefined ? body : JSON.stringify(json);
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { [token.startsWith("gldt-") ? "deploy-token" : "private-token"]: token }),
          ...(json === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
      });
      const text = await response.text();
      return { status: response.status, text, headers: response.headers, json: () => JSON.parse(text) as Record<string, unknown> };
    },
    stop: () => server.stop(),
  };
}
