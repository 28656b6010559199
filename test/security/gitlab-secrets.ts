import { readFileSync } from "node:fs";
import { join } from "node:path";
import { basic, type Answer, type Question, type Site } from "./site.ts";

/** Values of variables and passwords that GitLab's routes are told. */
export const keptSecrets = {
  value: "Marker-Variable-Value-1", changed: "Marker-Variable-Value-2", hidden: "Marker-Hidden-Value-3", refused: "Marker-Refused-Value-4",
  grouped: "Marker-Group-Value-5", password: "Marker-Gitlab-Password-6", short: "Mrk-G-7", unknown: "glpat-markerunknowntoken0000000000",
} as const;

type Ask = (method: string, path: string, question?: Question, mayShow?: string | null) => Promise<Answer>;

/** What was made, to go on with. */
export interface GitlabSecrets {
  /** By what they are; all of them signed somebody in. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly file: string;
}

interface Talk {
  readonly ask: Ask;
  readonly site: Site;
  readonly secrets: Set<string>;
}

/** Requests of every kind to the GitLab and native dialects, with secrets wherever a client may put one. */
export async function sendGitlabSecrets({ ask, site, secrets }: Talk): Promise<GitlabSecrets> {
  for (const secret of Object.values(keptSecrets)) secrets.add(secret);
  secrets.add(readFileSync(join(site.server.dataDirectory, "secret.key"), "utf8").trim());
  const root = { "private-token": site.server.admin.token };
  const numberIn = async (answer: Promise<Answer>): Promise<number> => Number(/"id":(\d+)/.exec((await answer).text)?.[1]);
  const post = (path: string, body: unknown): Promise<Answer> => ask("POST", path, { headers: root, body });
  await numberIn(post("/api/v4/groups", { name: "hush", path: "hush", visibility: "private" }));
  const project = `/api/v4/projects/${await numberIn(post("/api/v4/projects", { path: "quiet", visibility: "private" }))}`;
  const userId = await numberIn(post("/api/v4/users", { username: "greta", name: "Greta", email: "greta@example.com", password: keptSecrets.password }));
  await post("/api/v4/users", { username: "greta", name: "Greta", email: "greta@example.com", password: keptSecrets.password });
  await post("/api/v4/users", { username: "gus", name: "Gus", email: "gus@example.com", password: keptSecrets.short });
  await ask("PUT", `/api/v4/users/${userId}`, { headers: root, body: { password: keptSecrets.short } });

  /** The one answer that may show a secret: what it is, is only known when it has come. */
  const minted = async (method: string, path: string, body?: unknown, headers: Record<string, string> = root): Promise<string> => {
    const answer = await site.ask(method, path, { headers, body });
    const secret = /"(?:token|reservation)":"([^"]+)"/.exec(answer.text)?.[1];
    if (answer.status >= 300 || secret === undefined) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    const shown = answer.text.split(secret).length - 1;
    if (shown !== 1) throw new Error(`${path} shows its secret ${shown} times`);
    secrets.add(secret);
    return secret;
  };
  const terms = { name: "t", scopes: ["api"], expires_at: "2099-01-01" };
  const tokens: Record<string, string> = {
    personal: await minted("POST", `/api/v4/users/${userId}/personal_access_tokens`, terms),
    own: await minted("POST", "/api/v4/user/personal_access_tokens", terms),
    project: await minted("POST", `${project}/access_tokens`, { ...terms, access_level: 40 }),
    group: await minted("POST", "/api/v4/groups/hush/access_tokens", { ...terms, access_level: 40 }),
    deploy: await minted("POST", `${project}/deploy_tokens`, { name: "d", scopes: ["read_package_registry", "write_package_registry"] }),
    job: await minted("POST", "/api/stowage/v1/job-tokens", { user: "root", namespace: "root/quiet" }),
  };
  const ended = await minted("POST", `/api/v4/users/${userId}/personal_access_tokens`, { ...terms, name: "to rotate" });
  tokens["rotated"] = await minted("POST", "/api/v4/personal_access_tokens/self/rotate", undefined, { "private-token": ended });
  const native = "/api/stowage/v1/namespaces/root%2Fquiet";
  const reservation = await minted("POST", `${native}/packages/p/reservations`, { bump: "minor" });
  const file = `${project}/packages/generic/p/1.0/f`;
  for (const version of ["1.0", "2.0", "3.0"]) await ask("PUT", `${project}/packages/generic/p/${version}/f`, { headers: root, body: "content" });
  await ask("PUT", `${project}/packages/generic/p/0.1.0/f`, { headers: root, body: "content" });
  await ask("PUT", `${project}/packages/generic/p/0.1.0/f`, { headers: { ...root, "stowage-reservation": keptSecrets.unknown }, body: "content" });
  await ask("PUT", `${project}/packages/generic/p/0.1.0/f`, { headers: { ...root, "stowage-reservation": reservation }, body: "content" });

  await tellVariables({ ask, site, secrets }, project);
  await ask("POST", `${project}/releases`, { headers: root, body: { tag_name: "v1" } });
  await ask("PUT", project, { headers: root, body: { path: "silent" } });
  await tellTokens(ask, { ...tokens, ended, reservation, unknown: keptSecrets.unknown }, project, native);
  return { tokens, file };
}

/** Values in all forms of bodies; those answers that may show one show it and no other. */
async function tellVariables({ ask, site }: Talk, project: string): Promise<void> {
  const headers = { "private-token": site.server.admin.token };
  const { value, changed, hidden, refused, grouped } = keptSecrets;
  const all = `${project}/variables`;
  await ask("POST", all, { headers, body: { key: "PLAIN", value } }, value);
  await ask("POST", all, { headers, body: { key: "PLAIN", value: refused } });
  await ask("POST", all, { headers, body: { key: "no key", value: refused } });
  await ask("POST", all, { headers, body: { key: "SECRET", value: hidden, masked_and_hidden: true } });
  await ask("POST", all, { headers, body: { key: "BAD", value: `${refused} of two words`, masked: true } });
  await ask("POST", all, { headers, body: { key: "BAD", value: [refused] } });
  await ask("POST", all, { headers: { ...headers, "content-type": "application/json" }, body: `{"key":"BAD","value":"${refused}",,}` });
  await ask("POST", all, { headers: { ...headers, "content-type": "text/plain" }, body: `value=${refused}` });
  await ask("POST", `${all}?key=no+key&value=${refused}`, { headers });
  await ask("GET", `${all}?per_page=1`, { headers }, value);
  await ask("GET", `${all}?per_page=1&page=2`, { headers });
  await ask("GET", `${all}/SECRET`, { headers });
  const form = { ...headers, "content-type": "application/x-www-form-urlencoded" };
  await ask("PUT", `${all}/PLAIN`, { headers: form, body: `value=${changed}` }, changed);
  await ask("PUT", `${all}/SECRET`, { headers: form, body: `value=${hidden}2` });
  const multipart = { ...headers, "content-type": "multipart/form-data; boundary=b" };
  await ask("PUT", `${all}/NONE`, { headers: multipart, body: `--b\r\nContent-Disposition: form-data; name="value"\r\n\r\n${refused}\r\n--b--\r\n` });
  await ask("POST", "/api/v4/groups/hush/variables", { headers, body: { key: "SHARED", value: grouped, masked: true } }, grouped);
  await ask("DELETE", `${all}/NONE?private_token=${refused}`, { headers });
}

/** Every token in every place, on routes of all families. */
async function tellTokens(ask: Ask, tokens: Readonly<Record<string, string>>, project: string, native: string): Promise<void> {
  const paths = [
    `${project}/packages/generic/p/1.0/f`, `${project}/packages/generic/p/9.9/f`, `${project}/packages/generic/p/..%2f/f`, `${project}/packages?per_page=1`,
    `${project}/packages?pagination=keyset&per_page=1`, `${project}/releases/permalink/latest`, "/api/v4/projects/root%2Fquiet", "/api/v4/projects?per_page=1",
    "/api/v4/projects/999999", `${project}/deploy_tokens`, "/api/v4/personal_access_tokens", "/api/v4/user", "/api/graphql", `${native}/settings`, "/api/v4/none", "/api/v4/%ff",
    "/root/silent/-/releases/permalink/latest/downloads/x",
  ];
  for (const path of paths) {
    const query = (name: string, value: string): string => `${path}${path.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;
    for (const token of Object.values(tokens)) {
      for (const name of ["private-token", "job-token", "deploy-token"]) await ask("GET", path, { headers: { [name]: token } });
      for (const as of [`Bearer ${token}`, basic("gitlab-ci-token", token), basic("", token)]) await ask("GET", path, { as });
      for (const name of ["private_token", "job_token", "token", "access_token"]) await ask("GET", query(name, token));
    }
    await ask("GET", query("oauth_token", tokens["personal"] ?? ""), { headers: { "private-token": tokens["own"] ?? "" } });
    await ask("HEAD", query("private_token", tokens["own"] ?? ""));
    const form = { "content-type": "application/x-www-form-urlencoded" };
    await ask("POST", path, { headers: form, body: `private_token=${tokens["own"]}&job_token=${tokens["job"]}&scopes[]=${tokens["group"]}` });
    await ask("PATCH", path, { headers: { "private-token": tokens["deploy"] ?? "" }, body: { token: tokens["project"], private_token: tokens["own"] } });
  }
  const hers = { "private-token": tokens["own"] ?? "" };
  await ask("POST", "/api/graphql", { headers: hers, body: { query: `{ ${tokens["own"]?.replaceAll("-", "_")} }`, variables: { token: tokens["own"] } } });
  await ask("GET", `/api/v4/personal_access_tokens?search=t&private_token=${tokens["own"]}`);
}
