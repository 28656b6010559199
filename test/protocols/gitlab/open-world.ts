import { rawRequest } from "../../support/raw-http.ts";
import { startServer, type RunningServer } from "../../support/server.ts";
import { encodeRequest } from "../encode-request.ts";
import { fields } from "../json-answers.ts";
import { credentialLines } from "./credential-form.ts";
import type { Project, ProjectKind, World } from "./world.ts";

/** The levels of the people who are members of every project; the owner of the group is added to it instead. */
const members = { maintainer: 40, developer: 30, reporter: 20, guest: 10 } as const;
const deployScopes: Readonly<Record<string, readonly string[]>> = {
  "deploy-rw": ["read_package_registry", "write_package_registry"],
  "deploy-r": ["read_package_registry"],
  "deploy-w": ["write_package_registry"],
};

/** Opens a server on a fresh folder and makes group `acme` with its projects and people. */
export async function openWorld(settings: Readonly<Record<string, string>> = {}): Promise<World> {
  const server = await startServer({ ...settings });
  try {
    return await fillWorld(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function fillWorld(server: RunningServer): Promise<World> {
  const { port, url } = server;
  const secrets = new Set([server.admin.password, server.admin.token]);
  const asks = requests(server, (caller) => secret(caller, 0));
  const once = memory();

  const userId = async (name: string): Promise<number> =>
    await once(`user ${name}`, async () => {
      const body = { name, username: name, email: `${name}@example.com`, password: `Marker-of-${name}-1`, skip_confirmation: true };
      secrets.add(body.password);
      return Number(fields(await asks.must(201, "POST", "/api/v4/users", body))["id"]);
    });

  const secret = async (caller: string, projectId: number): Promise<string | null> => {
    if (caller === "anonymous") return null;
    if (caller === "admin") return server.admin.token;
    const kind = /^(?:deploy-|job(?:$|:))/.test(caller) ? projectId : 0;
    const made = await once(`secret ${caller} ${kind}`, async () => await mint(caller, projectId));
    secrets.add(made);
    return made;
  };

  const mint = async (caller: string, projectId: number): Promise<string> => {
    const deploy = deployScopes[caller];
    if (deploy !== undefined) {
      const answer = await asks.must(201, "POST", `/api/v4/projects/${projectId}/deploy_tokens`, { name: caller, scopes: deploy });
      return String(fields(answer)["token"]);
    }
    if (caller === "job" || caller.startsWith("job:")) {
      const user = caller === "job" ? "developer" : caller.slice("job:".length);
      if (user !== "admin") await userId(user);
      const namespace = fields(await asks.must(200, "GET", `/api/v4/projects/${projectId}`))["path_with_namespace"];
      const name = user === "admin" ? server.admin.name : user;
      const answer = await asks.must(201, "POST", "/api/stowage/v1/job-tokens", { user: name, namespace });
      return String(fields(answer)["token"]);
    }
    const [name = caller, scopes = "api"] = caller.split("/");
    const id = name === "admin" ? Number(fields(await asks.must(200, "GET", "/api/v4/user"))["id"]) : await userId(name);
    const body = { name: `for ${scopes}`, scopes: scopes.split(","), expires_at: "2099-01-01" };
    return String(fields(await asks.must(201, "POST", `/api/v4/users/${id}/personal_access_tokens`, body))["token"]);
  };

  const group = async (): Promise<number> =>
    await once("group", async () => {
      const id = Number(fields(await asks.must(201, "POST", "/api/v4/groups", { name: "acme", path: "acme", visibility: "public" }))["id"]);
      await asks.must(201, "POST", `/api/v4/groups/${id}/members`, { user_id: await userId("owner"), access_level: 50 });
      // Who makes a group owns it; the administrator is to hold nothing by membership.
      const maker = Number(fields(await asks.must(200, "GET", "/api/v4/user"))["id"]);
      await asks.must(204, "DELETE", `/api/v4/groups/${id}/members/${maker}`);
      return id;
    });

  const makeProject = async (name: string, visibility: string): Promise<Project> => {
    const body = { name, path: name, namespace_id: await group(), visibility };
    const id = Number(fields(await asks.must(201, "POST", "/api/v4/projects", body))["id"]);
    for (const [member, level] of Object.entries(members)) {
      await asks.must(201, "POST", `/api/v4/projects/${id}/members`, { user_id: await userId(member), access_level: level });
    }
    return { id, path: `acme/${name}` };
  };

  let fresh = 0;
  const project = async (kind: ProjectKind): Promise<Project> => {
    if (!kind.startsWith("fresh")) return await once(`project ${kind}`, async () => await makeProject(kind, kind));
    fresh += 1;
    return await makeProject(`fresh-${fresh}`, kind === "fresh" ? "private" : kind.slice("fresh-".length));
  };

  const fill: World["fill"] = async (text, names) => {
    let filled = text;
    for (const [whole, kind = "", argument = ""] of text.matchAll(/\{([a-z]+)(?::([^}]*))?\}/g)) {
      const value =
        kind === "root" ? url
        : kind === "port" ? String(port)
        : kind === "token" ? await secret(argument, Number(names.get("project")))
        : kind === "user" ? String(await userId(argument))
        : kind === "id" && argument !== "" ? String((await project(argument as ProjectKind)).id)
        : names.get(kind);
      if (value === undefined || value === null) throw new Error(`nothing is known as ${whole}`);
      filled = filled.replace(whole, () => value);
    }
    return filled;
  };

  for (const kind of ["public", "internal", "private"] as const) await project(kind);
  return { server, port, url, secrets, project, userId, secret, fill, ...asks };
}

/** Keeps what was made once; a second asker waits for the first. */
function memory(): <Value>(key: string, make: () => Promise<Value>) => Promise<Value> {
  const known = new Map<string, Promise<unknown>>();
  return async <Value>(key: string, make: () => Promise<Value>): Promise<Value> => {
    const found = (known.get(key) as Promise<Value> | undefined) ?? make();
    known.set(key, found);
    return await found;
  };
}

function requests(
  { port }: RunningServer,
  secretOf: (caller: string) => Promise<string | null>,
): Pick<World, "api" | "must"> {
  const api: World["api"] = async (method, path, body, caller = "admin") => {
    const secret = await secretOf(caller);
    const credentials = secret === null ? [] : credentialLines(secret, "private");
    const step = { method, expect: { status: 0 }, ...(body === undefined ? {} : { send: body }) };
    const fill = async (text: string): Promise<string> => await Promise.resolve(text);
    return await rawRequest(port, await encodeRequest(step, path, { port, fill, credentials }));
  };
  const must: World["must"] = async (status, method, path, body, caller) => {
    const answer = await api(method, path, body, caller);
    if (answer.status === status) return answer;
    throw new Error(`${method} ${path}: ${answer.status} instead of ${status}: ${answer.text}`);
  };
  return { api, must };
}
