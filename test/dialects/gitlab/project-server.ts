import { newPrefixedSecret, secretDigest } from "../../../src/core/secret-digest.ts";
import type { AccessLevel, Visibility } from "../../../src/core/domain.ts";
import { parseNamespaceName } from "../../../src/core/namespace-name.ts";
import { startServer, type RunningServer } from "../../support/server.ts";

/** What was answered; `body` is parsed JSON, null when there is none. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** A server with a private project `tools/app` and ways to ask it. */
export interface ProjectServer {
  readonly server: RunningServer;
  readonly groupId: number;
  readonly projectId: number;
  /** Asks below /api/v4, with a token or none; an object as body is sent as JSON. */
  api(method: string, path: string, token: string | null, body?: object | NonNullable<RequestInit["body"]>, headers?: Record<string, string>): Promise<Answered>;
  /** The token of a new account that has this level in the project. */
  addMember(name: string, level: AccessLevel): Promise<string>;
  /** A job token of the account, bound to the project. */
  addJobToken(userName: string): Promise<string>;
  setVisibility(visibility: Visibility): Promise<void>;
}

export async function startProjectServer(settings: Readonly<Record<string, string>> = {}): Promise<ProjectServer> {
  const server = await startServer(settings);
  const { metadata } = server.stores;
  const create = async (kind: "group" | "project", parentId: number | null, name: string): Promise<number> => {
    const created = await metadata.tree.create({
      kind, parentId, name: parseNamespaceName(name), id: null, visibility: "private", fullName: "", description: "", ownerId: null, nowMs: Date.now(),
    });
    if (created.outcome !== "created") throw new Error(created.outcome);
    return created.namespace.id;
  };
  const groupId = await create("group", null, "tools");
  const projectId = await create("project", groupId, "app");
  return {
    server,
    groupId,
    projectId,
    api: async (method, path, token, body, headers = {}) => {
      const isJson = body !== undefined && Object.getPrototypeOf(body) === Object.prototype;
      const response = await fetch(`${server.url}/api/v4${path}`, {
        method,
        redirect: "manual",
        headers: {
          ...(token === null ? {} : { [token.startsWith("glcbt-") ? "job-token" : "private-token"]: token }),
          ...(isJson ? { "content-type": "application/json" } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as NonNullable<RequestInit["body"]>) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
    },
    addMember: async (name, level) => {
      const user = await metadata.accounts.create({
        name: parseNamespaceName(name), fullName: "", email: `${name}@example.com`, visibility: "public", passwordHash: "none",
        isAdmin: false, isRestricted: false, nowMs: Date.now(),
      });
      if (user.outcome !== "created") throw new Error(user.outcome);
      if (level > 0) await metadata.namespaces.setGrant({ namespaceId: projectId, userId: user.user.id, level });
      const secret = newPrefixedSecret("personal");
      await metadata.tokens.create({
        userId: user.user.id, name: "test", description: "", secretSha256: secretDigest(secret), lastEight: "12345678", scopes: ["api"],
        nowMs: Date.now(), expiresAtMs: null, isNameUnique: false,
      });
      return secret;
    },
    addJobToken: async (userName) => {
      const user = await metadata.accounts.find(userName);
      if (user === null) throw new Error("no such account");
      const secret = newPrefixedSecret("job");
      await metadata.jobTokens.create({
        userId: user.id, namespaceId: projectId, secretSha256: secretDigest(secret), nowMs: Date.now(), expiresAtMs: Date.now() + 60_000,
      });
      return secret;
    },
    setVisibility: async (visibility) => {
      for (const id of [groupId, projectId]) await metadata.namespaces.update(id, { visibility });
    },
  };
}
