import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { admin, adminSettings, startServerProcess, temporaryFolder, verifyFolder } from "../support/server-process.ts";
import { isObject, readAnswer, type Answer } from "./read-answer.ts";

/** A user with a personal access token of scope `api`. */
export interface GitlabAccount {
  readonly id: number;
  readonly name: string;
  readonly token: string;
}

/** A server process as a team finds it: a private project in a subgroup, people with roles, and tokens of every kind. */
export interface GitlabSite {
  readonly url: string;
  /** What GitLab CI calls CI_API_V4_URL. */
  readonly apiUrl: string;
  /** An empty folder for the files of the programs. */
  readonly folder: string;
  readonly project: { readonly id: number; readonly path: string };
  /** Path of the subgroup that holds the project. */
  readonly groupPath: string;
  readonly maintainer: GitlabAccount;
  readonly reporter: GitlabAccount;
  /** Is no member of anything. */
  readonly stranger: GitlabAccount;
  readonly deployToken: { readonly username: string; readonly token: string };
  readonly projectToken: string;
  /** Acts as the maintainer in the project. */
  readonly jobToken: string;
  /** The project's address under the API, by number. */
  readonly projectUrl: string;
  /** Calls the API; the path begins after `/api/v4`. Without a token it calls as the maintainer. */
  ask(method: string, path: string, body?: object, token?: string): Promise<Answer>;
  /** Stops the server and verifies its stores; throws when either shows a fault. */
  close(): Promise<void>;
}

const accessLevels = { reporter: 20, maintainer: 40 } as const;

type Ask = (method: string, path: string, body?: object) => Promise<Answer>;

/** Starts a server process and sets it up with GitLab's own API, as its administrator. */
export async function openGitlabSite(): Promise<GitlabSite> {
  const root = temporaryFolder();
  const dataFolder = join(root.path, "data");
  const folder = join(root.path, "work");
  mkdirSync(folder);
  const server = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: dataFolder } });
  const ask = (method: string, path: string, body?: object, token: string = admin.token): Promise<Answer> =>
    readAnswer(`${server.url}/api/v4${path}`, method, body, token);
  try {
    const team = await setUpTeam(ask, server.url);
    return {
      ...team,
      url: server.url,
      apiUrl: `${server.url}/api/v4`,
      folder,
      projectUrl: `${server.url}/api/v4/projects/${team.project.id}`,
      ask: (method, path, body, token = team.maintainer.token) => ask(method, path, body, token),
      close: async () => {
        using _removed = root;
        await using _ended = server;
        const exitCode = await server.stop();
        const verified = await verifyFolder(dataFolder);
        if (exitCode !== 0 || !isObject(verified) || verified["ok"] !== true)
          throw new Error(`the server ended with ${exitCode}, its stores: ${JSON.stringify(verified)}`);
      },
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    root[Symbol.dispose]();
    throw error;
  }
}

async function setUpTeam(ask: Ask, url: string) {
  const create = async (path: string, body: object): Promise<Answer> => {
    const answer = await ask("POST", path, body);
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return answer;
  };
  const [maintainer, reporter, stranger] = await Promise.all(
    (["maintainer", "reporter", "stranger"] as const).map((name) => createAccount(create, name)),
  );
  if (maintainer === undefined || reporter === undefined || stranger === undefined) throw new Error("an account is missing");
  const group = await create("/groups", { name: "Acme", path: "acme", visibility: "private" });
  const subgroup = await create("/groups", { name: "Platform", path: "platform", parent_id: group.number("id"), visibility: "private" });
  const created = await create("/projects", { name: "tools", namespace_id: subgroup.number("id"), visibility: "private" });
  const project = { id: created.number("id"), path: created.string("path_with_namespace") };
  for (const [account, role] of [[maintainer, "maintainer"], [reporter, "reporter"]] as const)
    await create(`/projects/${project.id}/members`, { user_id: account.id, access_level: accessLevels[role] });
  const deploy = await create(`/projects/${project.id}/deploy_tokens`, {
    name: "for tests",
    scopes: ["read_package_registry", "write_package_registry"],
  });
  const access = await create(`/projects/${project.id}/access_tokens`, {
    name: "for tests",
    scopes: ["api"],
    access_level: accessLevels.maintainer,
    expires_at: inDays(30),
  });
  const job = await readAnswer(`${url}/api/stowage/v1/job-tokens`, "POST", { user: maintainer.name, namespace: project.path }, admin.token);
  if (job.status !== 201) throw new Error(`POST /api/stowage/v1/job-tokens: ${job.status} ${job.text}`);
  return {
    project,
    groupPath: subgroup.string("full_path"),
    maintainer,
    reporter,
    stranger,
    deployToken: { username: deploy.string("username"), token: deploy.string("token") },
    projectToken: access.string("token"),
    jobToken: job.string("token"),
  };
}

async function createAccount(create: (path: string, body: object) => Promise<Answer>, name: string): Promise<GitlabAccount> {
  const user = await create("/users", {
    username: name,
    name: `The ${name}`,
    email: `${name}@example.com`,
    password: `Marker-of-${name}-1`,
    skip_confirmation: true,
  });
  const id = user.number("id");
  const token = await create(`/users/${id}/personal_access_tokens`, { name: "for tests", scopes: ["api"], expires_at: inDays(30) });
  return { id, name, token: token.string("token") };
}

/** A date so many days ahead, as GitLab takes it: `2026-01-31`. */
function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
