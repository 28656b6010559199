import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { Actor } from "../../src/core/actor.ts";
import type { User, Visibility } from "../../src/core/domain.ts";
import type { NamespaceName } from "../../src/core/namespace-name.ts";
import { startServer, type RunningServer, type TestParts } from "../support/server.ts";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Question {
  /** The value of the Authorization header; absent for an anonymous caller. */
  readonly as?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** A server with accounts that are made without the cost of a password. */
export interface Site {
  readonly server: RunningServer;
  readonly url: string;
  readonly port: number;
  /** The administrator's Authorization header. */
  readonly root: string;
  ask(method: string, path: string, question?: Question): Promise<Answer>;
  /** As the administrator; throws unless the status is below 300. */
  must(method: string, path: string, body?: unknown): Promise<Answer>;
  /** An account whose password nobody knows. */
  addUser(name: string, visibility?: Visibility): Promise<User>;
  /** An account with this password. */
  addUserWithPassword(name: string, password: string): Promise<void>;
  /** An Authorization header with a new token of this account. */
  addToken(user: string, ...scopes: string[]): Promise<string>;
  /** A team with these members; answers its id. */
  addTeam(organisation: string, right: "read" | "write" | "admin", ...members: string[]): Promise<number>;
  /** Every record there is, but for when a token was last used and how often a file was fetched. */
  records(): string;
}

/** As for any server; `fetch` is how it is asked, over connections unless given. */
export interface SiteParts extends TestParts {
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export async function openSite(settings: Readonly<Record<string, string>> = {}, given: SiteParts = {}): Promise<Site> {
  const { fetch: send = fetch, ...parts } = given;
  const server = await startServer(settings, parts);
  const { registry, stores, url, port } = server;
  const root = `token ${server.admin.token}`;

  const ask: Site["ask"] = async (method, path, { as, headers = {}, body } = {}) => {
    const isText = body === undefined || typeof body === "string";
    const response = await send(url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(as === undefined ? {} : { authorization: as }),
        ...(isText ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const must: Site["must"] = async (method, path, body) => {
    const answer = await ask(method, path, { as: root, body });
    if (answer.status < 300) return answer;
    throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  };
  return {
    server, url, port, root, ask, must,
    addUser: async (name, visibility = "public") => {
      const result = await stores.metadata.accounts.create({
        name: name as NamespaceName,
        fullName: "",
        email: `${name}@example.com`,
        visibility,
        passwordHash: "!",
        isAdmin: false,
        isRestricted: false,
        nowMs: Date.now(),
      });
      if (result.outcome !== "created") throw new Error(`${name}: ${result.outcome}`);
      return result.user;
    },
    addUserWithPassword: async (name, password) => {
      await must("POST", "/api/v1/admin/users", { username: name, email: `${name}@example.com`, password });
    },
    addToken: async (name, ...scopes) => {
      const { secret } = await registry.createToken(operator(await accountOf(stores, name)), name, {
        name: crypto.randomUUID(),
        scopes,
        expiresAtMs: null,
      });
      return `token ${secret}`;
    },
    addTeam: async (organisation, right, ...members) => {
      const answer = await must("POST", `/api/v1/orgs/${organisation}/teams`, {
        name: crypto.randomUUID(),
        permission: right,
        units_map: { "repo.packages": right },
      });
      const id = Number(/"id":(\d+)/.exec(answer.text)?.[1]);
      for (const member of members) await must("PUT", `/api/v1/teams/${id}/members/${member}`);
      return id;
    },
    records: recordsOf(join(server.dataDirectory, "stowage.db")),
  };
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Somebody with every right of the account, as on the machine itself. */
function operator(user: User): Actor {
  return { kind: "user", user: { ...user, isAdmin: true }, credential: { kind: "operator" } };
}

async function accountOf(stores: RunningServer["stores"], name: string): Promise<User> {
  const user = await stores.metadata.accounts.find(name);
  if (user === null) throw new Error(`there is no account ${name}`);
  return user;
}

/** Written by the server on its own, whoever asked for what. */
const ownColumns: ReadonlySet<string> = new Set(["last_used_at_ms", "last_downloaded_at_ms", "downloads", "md5", "sha1", "sha512"]);

const ownTables: ReadonlySet<string> = new Set(["downloads", "change_counts", "sqlite_sequence", "sqlite_stat1"]);

/** Reads the database anew only where somebody has written since. */
function recordsOf(path: string): () => string {
  let database: Database | null = null;
  let known = { version: -1, records: "" };
  return () => {
    database ??= new Database(path, { readonly: true });
    const version = database.query<{ data_version: number }, []>("PRAGMA data_version").get()?.data_version ?? -1;
    if (version !== known.version) known = { version, records: readRecords(database) };
    return known.records;
  };
}

function readRecords(database: Database): string {
  const tables = database.query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  return tables
    .filter(({ name }) => !ownTables.has(name))
    .flatMap(({ name }) => {
      const rows = database.query<Record<string, unknown>, []>(`SELECT * FROM "${name}"`).all();
      return rows.map((row) => JSON.stringify([name, Object.entries(row).filter(([column]) => !ownColumns.has(column))]));
    })
    .toSorted()
    .join("\n");
}
