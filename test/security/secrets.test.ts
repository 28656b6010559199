import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { secretDigest } from "../../src/core/secret-digest.ts";
import { openStores } from "../../src/open-stores.ts";
import { rawRequest } from "../support/raw-http.ts";
import { sendGitlabSecrets, type GitlabSecrets } from "./gitlab-secrets.ts";
import { basic, openSite, type Answer, type Question, type Site } from "./site.ts";

const passwords = {
  alice: "Marker-Secret-Alice-1",
  changed: "Marker-Secret-Changed-2",
  wrong: "Marker-Secret-Wrong-3",
  short: "Mrk-S-4",
  odd: 'Marker-Secret-"\\-ä-5',
} as const;
const unknownTokens = ["marker-unknown-token-000000000001", "feedfacefeedfacefeedfacefeedfacefeedface"] as const;
/** Each question comes from an address of its own, so that none is told to wait. */
let addressCount = 0;
let site: Site;
let failCommits = false;
let gitlab: GitlabSecrets;
/** Every secret that was used, and everything that was answered. */
const secrets = new Set<string>([...Object.values(passwords), ...unknownTokens]);
const answers: { readonly what: string; readonly answer: Answer; readonly mayShow: string | null }[] = [];

const ask = async (method: string, path: string, question: Question = {}, mayShow: string | null = null): Promise<Answer> => {
  addressCount += 1;
  const headers = { "x-forwarded-for": `198.51.${addressCount >> 8}.${addressCount & 255}`, ...question.headers };
  const answer = await site.ask(method, path, { ...question, headers });
  answers.push({ what: `${method} ${path.split("?")[0]}`, answer, mayShow });
  return answer;
};

beforeAll(async () => {
  site = await openSite({ STOWAGE_TRUSTED_PROXIES: "127.0.0.1" }, {
    open: async (config) => {
      const stores = await openStores(config);
      const { publishing } = stores.metadata;
      const publish: typeof publishing.publish = async (command) => {
        if (failCommits) throw new Error("the records broke");
        return await publishing.publish(command);
      };
      return { ...stores, metadata: { ...stores.metadata, publishing: { ...publishing, publish } } };
    },
  });
  secrets.add(site.server.admin.password).add(site.server.admin.token);
  await sendEverything();
}, 60_000);
afterAll(async () => await site.server.stop());

/** Requests of every kind, with secrets wherever a client may put one. */
async function sendEverything(): Promise<void> {
  const { root, server } = site;
  const change = { login_name: "", source_id: 0 };
  await ask("POST", "/api/v1/admin/users", { as: root, body: { username: "alice", email: "alice@example.com", password: passwords.alice } });
  await ask("POST", "/api/v1/admin/users", { as: root, body: { username: "alice", email: "b@example.com", password: passwords.wrong } });
  await ask("POST", "/api/v1/admin/users", { as: root, body: { username: "short", email: "c@example.com", password: passwords.short } });
  await ask("POST", "/api/v1/admin/users", { as: root, body: { username: "a b", email: "no", password: passwords.odd } });
  await ask("POST", "/api/v1/admin/users", { as: root, body: `{"username":"x","password":"${passwords.alice}",,}` });
  await ask("POST", "/api/v1/admin/users", { as: root, body: { username: "y", password: [passwords.alice] } });
  await ask("PATCH", "/api/v1/admin/users/alice", { as: root, body: { ...change, password: passwords.short } });
  await ask("PATCH", "/api/v1/admin/users/nobody", { as: root, body: { ...change, password: passwords.changed } });
  const alice = basic("alice", passwords.alice);
  const made: string[] = [];
  for (const scopes of [["all"], ["read:misc"], ["all", "public-only"]]) {
    const answer = await site.ask("POST", "/api/v1/users/alice/tokens", { as: alice, body: { name: scopes.join(), scopes } });
    const secret = /"sha1":"([0-9a-f]{40})"/.exec(answer.text)?.[1];
    if (answer.status !== 201 || secret === undefined) throw new Error(`no token: ${answer.status} ${answer.text}`);
    // The one answer that shows a secret shows its own and no other.
    answers.push({ what: "token creation", answer, mayShow: secret });
    made.push(secret);
    secrets.add(secret);
  }
  await ask("POST", "/api/v1/users/alice/tokens", { as: alice, body: { name: "all", scopes: ["all"] } });
  await ask("POST", "/api/v1/users/alice/tokens", { as: alice, body: { name: "t", scopes: ["none"] } });
  await ask("GET", "/api/v1/users/alice/tokens", { as: alice });

  const file = "/api/packages/alice/generic/p/1.0/f";
  await ask("PUT", file, { as: `token ${made[0]}`, body: "content" });
  for (let version = 2; version < 5; version += 1) await ask("PUT", `/api/packages/alice/generic/p/${version}.0/f`, { as: alice, body: "content" });
  const paths = [
    file, "/api/packages/alice/generic/p/9.9/f", "/api/packages/nobody/generic/p/1/f", "/api/v1/user", "/api/v1/packages/alice?limit=1&page=2",
    "/api/v1/packages/alice/generic/p?limit=1", "/api/v1/users/alice/tokens?limit=1", "/api/v1/users/nobody", "/api/v1/orgs/none", "/metrics",
    "/healthz", "/none", "/api/v1/none", "/api/packages/alice/generic/p/%2E%2E/f", "/api/packages/alice/generic/p/%ff/f",
  ];
  for (const path of paths) {
    const query = (name: string, value: string): string => `${path}${path.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;
    for (const token of [...made, ...unknownTokens, server.admin.token]) {
      for (const as of [`token ${token}`, `Bearer ${token}`, basic(token, ""), basic(token, "x-oauth-basic"), basic("alice", token)])
        await ask("GET", path, { as });
      for (const name of ["token", "access_token"]) await ask("GET", query(name, token));
      await ask("GET", path, { headers: { "x-nuget-apikey": token } });
      await ask("HEAD", query("token", token));
    }
    for (const password of Object.values(passwords)) await ask("GET", path, { as: basic("alice", password) });
    for (const as of [`Digest ${passwords.alice}`, `Basic ${passwords.alice}`, passwords.alice, `Bearer ${passwords.alice} ${passwords.wrong}`])
      await ask("GET", path, { as });
    await ask("DELETE", query("token", unknownTokens[0]));
    await ask("OPTIONS", query("token", made[0] ?? ""));
  }
  // A client that puts its credentials into places where nothing reads them.
  await ask("GET", `/api/v1/version`, { headers: { cookie: `id=${made[0]}`, referer: `http://h/?token=${made[0]}`, "user-agent": passwords.alice } });
  await ask("GET", "/api/v1/version", { headers: { "x-request-id": `${passwords.odd.slice(0, 14)}"` } });
  await rawRequest(site.port, `GET http://alice:${passwords.alice}@h${file} HTTP/1.1\r\nHost: h\r\n\r\n`).catch(() => null);
  await rawRequest(site.port, `GET ${file}?token=${made[0]}#x HTTP/1.1\r\nHost: h:${passwords.alice}\r\n\r\n`).catch(() => null);
  await rawRequest(site.port, `NONSENSE ${passwords.alice}\r\nAuthorization: token ${made[0]}\r\n\r\n`).catch(() => null);
  await rawRequest(site.port, `PUT ${file}2 HTTP/1.1\r\nHost: h\r\nAuthorization: token ${made[0]}\r\nContent-Length: 100\r\n\r\nabc`, { cut: true }).catch(() => null);

  gitlab = await sendGitlabSecrets({ ask, site, secrets });
  await breakThings(`token ${made[0]}`, file);
  await ask("PATCH", "/api/v1/admin/users/alice", { as: root, body: { ...change, password: passwords.changed } });
  await ask("GET", "/api/v1/user", { as: alice });
  await ask("GET", "/api/v1/user", { as: basic("alice", passwords.changed) });
  await ask("DELETE", `/api/v1/users/alice/tokens/all`, { as: basic("alice", passwords.changed) });
  await ask("GET", "/api/v1/user", { as: `token ${made[0]}` });
  await ask("GET", "/metrics", { as: root });
}

/** Makes the server fail: a commit that breaks, and bytes that are not what they were. */
async function breakThings(as: string, file: string): Promise<void> {
  failCommits = true;
  expect((await ask("PUT", `${file}-broken?token=${as.slice(6)}`, { as, body: "other" })).status).toBe(500);
  const token = gitlab.tokens["own"] ?? "";
  expect((await ask("PUT", `${gitlab.file}-broken?private_token=${token}`, { body: "other" })).status).toBe(500);
  failCommits = false;
  for (const path of filesBelow(join(site.server.dataDirectory, "blobs"))) truncateSync(path, 1);
  expect((await ask("GET", `${file}?token=${as.slice(6)}`, { as })).status).toBe(500);
  expect((await ask("GET", `${gitlab.file}?private_token=${token}`)).status).toBe(500);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

/** How a secret may be spelled where it should not be: as it is, and as it travels. */
function spellings(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const hex = Buffer.from(secret).toString("hex");
  const header = (user: string, password: string): string => basic(user, password).slice(6).replace(/=+$/, "");
  return [secret, json, encodeURIComponent(secret), hex, header("alice", secret), header(secret, "").slice(0, -2), secret.toLowerCase(), secret.toUpperCase()];
}

const knownSpellings = new Map<string, readonly string[]>();
function foldedSpellings(secret: string): readonly string[] {
  const known = knownSpellings.get(secret) ?? spellings(secret).map((spelling) => spelling.toLowerCase());
  knownSpellings.set(secret, known);
  return known;
}

/** The secrets that stand in a text, but for the one that may. */
function found(text: string, mayShow: string | null = null): string[] {
  const folded = text.toLowerCase();
  return [...secrets].filter((secret) => secret !== mayShow && foldedSpellings(secret).some((spelling) => folded.includes(spelling)));
}

test("the requests were what they should be: all kinds of answers, and a search that finds", () => {
  const statuses = new Set(answers.map(({ answer }) => answer.status));
  for (const status of [200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 409, 422, 500]) expect([...statuses]).toContain(status);
  expect(answers.length).toBeGreaterThan(2500);
  expect(site.server.logLines.length).toBeGreaterThan(2500);
  // Whoever may see a value does: the requests did what they were made for.
  for (const { what, answer, mayShow } of answers) if (mayShow !== null) expect([what, found(answer.text).includes(mayShow)]).toEqual([what, true]);
  for (const secret of secrets) for (const spelling of spellings(secret)) expect(found(`x${spelling}x`)).toContain(secret);
});

test("no answer shows a secret, in its head or its body", () => {
  const wrong = answers.flatMap(({ what, answer, mayShow }) => {
    const head = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    const shown = found(`${head}\n${answer.text}`, mayShow);
    return shown.length === 0 ? [] : [{ what, status: answer.status, shown }];
  });
  expect(wrong).toEqual([]);
});

test("Link headers name other pages without the token that asked", () => {
  const links = answers.flatMap(({ answer }) => answer.headers.get("link") ?? []);
  expect(links.length).toBeGreaterThan(100);
  for (const link of links) expect(link).not.toMatch(/token=/);
});

test("redirections lead on without the token that asked", () => {
  const places = answers.flatMap(({ answer }) => answer.headers.get("location") ?? []);
  expect(places.length).toBeGreaterThan(20);
  for (const place of places) expect(place).not.toMatch(/token=/);
});

test("the log shows none, and no query", () => {
  const wrong = site.server.logLines.filter((line) => found(line).length > 0 || line.includes("token="));
  expect(wrong).toEqual([]);
  expect(site.server.logLines.filter((line) => line.includes('"level":"error"')).length).toBeGreaterThanOrEqual(2);
});

test("the metrics show none", async () => {
  const { text } = await site.ask("GET", "/metrics");
  expect(text).toContain("stowage_http_requests_total");
  expect(found(text)).toEqual([]);
});

test("no file of the data folder holds one, but for the key of what is sealed", () => {
  const files = filesBelow(site.server.dataDirectory).filter((path) => !path.endsWith("/secret.key"));
  expect(files.some((path) => path.endsWith("stowage.db"))).toBe(true);
  const wrong = files.flatMap((path) => {
    const bytes = readFileSync(path);
    return [bytes.toString("latin1"), bytes.toString("utf8"), bytes.toString("utf16le")].flatMap((text) => found(text));
  });
  expect(wrong).toEqual([]);
});

test("tokens are kept as SHA-256, and values sealed", () => {
  const kept = filesBelow(site.server.dataDirectory).map((path) => readFileSync(path, "latin1")).join("\n");
  for (const [kind, token] of Object.entries(gitlab.tokens)) expect([kind, kept.includes(secretDigest(token))]).toEqual([kind, true]);
  expect(kept.match(/v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]{22,}/g)?.length ?? 0).toBeGreaterThanOrEqual(3);
});

// Holds as soon as the database is created for its owner only; the folder is, but not where it existed before.
test("no file of the data folder is readable to other accounts of the machine", () => {
  const open = filesBelow(site.server.dataDirectory).filter((path) => (statSync(path).mode & 0o077) !== 0);
  expect(open).toEqual([]);
});
