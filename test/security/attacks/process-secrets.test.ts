import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { rawRequest } from "../../support/raw-http.ts";
import { admin, adminSettings, runCommand, startServerProcess, temporaryFolder, type ServerProcess } from "../../support/server-process.ts";
import { basic } from "../site.ts";
import { requestOf } from "./open-target.ts";

const folder = temporaryFolder();
const data = join(folder.path, "data");
const secrets = new Set<string>([admin.password, admin.token]);
const password = "Marker-Process-Password-2";
const variable = "Marker-Process-Variable-3";
let server: ServerProcess;
let inputs = 0;
const answers: string[] = [];

beforeAll(async () => {
  server = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: data, STOWAGE_LOG: "json" } });
  secrets.add(password).add(variable);
}, 40_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  console.log(JSON.stringify({ attack: "secrets around the process", inputs }));
  expect(inputs).toBeGreaterThanOrEqual(10);
});

async function ask(first: string, lines: readonly string[] = [], body: string | null = null): Promise<string> {
  inputs += 1;
  const answer = await rawRequest(server.port, requestOf(first, lines, body), { timeoutMs: 20_000 });
  return `${[...answer.headers].map(([name, values]) => `${name}: ${values.join()}`).join("\n")}\n\n${answer.text}`;
}

/** The secrets that stand in a text, as they are, in hexadecimal, base64 or percent-encoded. */
function found(text: string): string[] {
  const spellings = (secret: string): string[] => [secret, Buffer.from(secret).toString("hex"), btoa(secret).replace(/=+$/, ""), btoa(`root:${secret}`).replace(/=+$/, ""), encodeURIComponent(secret)];
  return [...secrets].filter((secret) => spellings(secret).some((spelling) => text.includes(spelling)));
}

describe("secrets around the process", () => {
  it("are used in every place where a client may put one", async () => {
    const json = "Content-Type: application/json";
    const root = `PRIVATE-TOKEN: ${admin.token}`;
    const made = await ask("POST /api/v4/users", [root, json], JSON.stringify({ username: "carla", name: "Carla", email: "carla@example.com", password }));
    const user = /"id":(\d+)/.exec(made)?.[1] ?? "0";
    const minted = await ask(`POST /api/v4/users/${user}/personal_access_tokens`, [root, json], JSON.stringify({ name: "t", scopes: ["api"], expires_at: "2099-01-01" }));
    const token = /"token":"([^"]+)"/.exec(minted)?.[1] ?? "";
    expect(token.length).toBeGreaterThan(20);
    secrets.add(token);
    const project = await ask("POST /api/v4/projects", [root, json], JSON.stringify({ path: "quiet", visibility: "private" }));
    const id = /"id":(\d+)/.exec(project)?.[1] ?? "0";
    await ask(`POST /api/v4/projects/${id}/variables`, [root, json], JSON.stringify({ key: "KEY", value: variable, masked: true }));
    for (const secret of secrets)
      for (const [first, lines] of [
        [`GET /api/v4/projects/${id}?private_token=${secret}`, []], [`GET /api/v4/none?private_token=${secret}`, []], [`GET /${secret}`, []], [`GET /api/v1/user?access_token=${secret}`, []], ["GET /api/v1/user", [`Authorization: ${basic("root", secret)}`]],
        ["GET /api/v1/user", [`Authorization: Nonsense ${secret}`]], ["GET /api/v4/user", [`PRIVATE-TOKEN: ${secret}`, `User-Agent: ${secret}`, `Referer: http://h/${secret}`]], [`DELETE /api/v4/projects/${id}/packages/generic/p/1.0/${secret}`, [root]],
        ["GET /healthz", [`Host: ${secret}`]],
      ] as const)
        answers.push(await ask(first, lines));
    expect(inputs).toBeGreaterThan(40);
  }, 60_000);

  it("are in no answer", () => {
    expect(answers.filter((answer) => found(answer).length > 0)).toEqual([]);
  });

  it("are in no log, nor in what the process says at its start", () => {
    expect(server.output().length + server.errors().length).toBeGreaterThan(1000);
    expect(found(server.output() + server.errors())).toEqual([]);
  });

  it.skipIf(process.platform !== "linux")("are on no command line, and in the environment of no process that it starts", () => {
    const children = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).flatMap((pid) => {
      try {
        const parent = /^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        return Number(pid) === server.pid || Number(parent) === server.pid ? [pid] : [];
      } catch {
        return [];
      }
    });
    expect(children).toContain(String(server.pid));
    for (const pid of children) {
      expect([pid, found(readFileSync(`/proc/${pid}/cmdline`, "latin1"))]).toEqual([pid, []]);
      // The server's own was given by whoever started it, and only the same account and root may read it.
      if (pid === String(server.pid)) expect(statSync(`/proc/${pid}/environ`).mode & 0o077).toBe(0);
      else expect([pid, found(readFileSync(`/proc/${pid}/environ`, "latin1"))]).toEqual([pid, []]);
    }
  });

  it("are in no file, nor in a copy of the database, as a backup would hold it", async () => {
    const files = [...new Bun.Glob("**/*").scanSync({ cwd: data, dot: true, absolute: true })];
    expect(files.some((path) => path.endsWith("stowage.db"))).toBe(true);
    for (const path of files) expect([path, found(readFileSync(path, "latin1"))]).toEqual([path, []]);
    expect(await server.stop()).toBe(0);
    const { Database } = await import("bun:sqlite");
    const database = new Database(join(data, "stowage.db"), { readonly: true });
    expect(found(Buffer.from(database.serialize()).toString("latin1"))).toEqual([]);
    database.close();
  }, 30_000);

  it("are in no message of a command that fails", async () => {
    const wrong = [
      ["serve", "--admin-password", "Mrk-7", "--data", join(folder.path, "other")], ["serve", "--admin-token", admin.token.slice(0, 12), "--data", join(folder.path, "other")], ["serve", "--admin-token", `${admin.token} x`, "--data", join(folder.path, "other")], ["serve", "--admin-passwort", password], ["verify", "--data", "/nonexistent", "--admin-password", password],
    ];
    for (const words of wrong) {
      inputs += 1;
      const result = await runCommand(words);
      expect([words[1], result.exitCode === 0]).toEqual([words[1], false]);
      expect([words[1], found(result.output + result.errors), (result.output + result.errors).includes("Mrk-7")]).toEqual([words[1], [], false]);
    }
  }, 60_000);
});
