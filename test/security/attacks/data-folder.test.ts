import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rawRequest, type RawResponse } from "../../support/raw-http.ts";
import { admin, adminSettings, runCommand, startServerProcess, temporaryFolder, type ServerProcess } from "../../support/server-process.ts";
import { requestOf } from "./open-target.ts";

const folder = temporaryFolder();
/** What a link of an attacker's may point to. */
const outside = join(folder.path, "outside");
let inputs = 0;
beforeAll(() => {
  mkdirSync(outside);
  writeFileSync(join(outside, "bait"), "what lies outside");
});
afterAll(() => {
  folder[Symbol.dispose]();
  console.log(JSON.stringify({ attack: "permissions and planted links in the data folder", inputs }));
  expect(inputs).toBeGreaterThanOrEqual(10);
});

const signedIn = [`PRIVATE-TOKEN: ${admin.token}`, `Authorization: token ${admin.token}`];
const start = (data: string): Promise<ServerProcess> => startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: data } });
async function ask({ port }: ServerProcess, first: string, body: string | null = null, lines: readonly string[] = []): Promise<RawResponse> {
  inputs += 1;
  return rawRequest(port, requestOf(first, [...signedIn, ...lines], body), { timeoutMs: 20_000 });
}
const file = (name: string): string => `/api/packages/root/generic/p/1.0/${name}`;

/** Everything below a folder that another account could read, write or enter. */
function openToOthers(path: string): string[] {
  return [path, ...readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))].filter((one) => (lstatSync(one).mode & 0o077) !== 0 && !lstatSync(one).isSymbolicLink());
}

describe("permissions of the data folder", () => {
  it("are the owner's alone after every kind of operation, whatever the umask and whoever made the folder", async () => {
    const data = join(folder.path, "modes");
    mkdirSync(data, { mode: 0o755 });
    chmodSync(data, 0o755);
    await using server = await startServerProcess({ command: ["sh", "-c", 'umask 000; exec "$@"', "sh", join(import.meta.dir, "../../../node_modules/.bin/bun"), "--no-env-file", join(import.meta.dir, "../../../src/cli/main.ts"), "serve"], environment: { ...adminSettings, STOWAGE_DATA: data } });
    const json = ["Content-Type: application/json"];
    const check = (what: string): void => expect([what, openToOthers(data).filter((path) => path !== data)]).toEqual([what, []]);
    check("the start");
    const steps: readonly (readonly [string, string | null, readonly string[]])[] = [
      [`PUT ${file("f")}`, "content", []], [`PUT ${file("g")}`, "x".repeat(300_000), []], [`GET ${file("f")}`, null, []], [`DELETE ${file("f")}`, null, []], ["POST /api/v4/projects", JSON.stringify({ path: "t", visibility: "private" }), json], ["POST /api/v1/orgs", JSON.stringify({ username: "o" }), json],
      ["POST /api/v4/projects/root%2Ft/variables", JSON.stringify({ key: "K", value: "value" }), json], ["POST /api/v4/projects/root%2Ft/deploy_tokens", JSON.stringify({ name: "d", scopes: ["read_package_registry"] }), json], ["PUT /api/v4/projects/root%2Ft/packages/generic/p/1.0/f", "content", []], ["DELETE /api/v4/projects/root%2Ft", null, []],
      [`PUT ${file("refused~")}`, "x", ["X-Checksum-Sha256: 00"]],
    ];
    for (const [first, body, lines] of steps) {
      await ask(server, first, body, lines);
      check(first);
    }
    // In the middle of an upload.
    const { connect } = await import("node:net");
    const socket = connect({ port: server.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    socket.write(`${requestOf(`PUT ${file("slow")}`, [...signedIn, "Content-Length: 2000000"])}${"x".repeat(1_000_000)}`);
    for (let waited = 0; readdirSync(join(data, "staging")).length === 0 && waited < 200; waited += 1) await Bun.sleep(10);
    expect(readdirSync(join(data, "staging")).length).toBe(1);
    check("an upload under way");
    socket.destroy();
    expect(await server.stop()).toBe(0);
    check("the stop");
    expect((await runCommand(["verify", "--data", data])).exitCode).toBe(0);
    check("a verification");
  }, 60_000);
});

describe("links that were planted in the data folder", () => {
  const sha = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");

  it("in place of a blob are not followed, whatever they point to, and publishing again heals", async () => {
    const data = join(folder.path, "blobs");
    await using server = await start(data);
    for (const [index, goal] of [join(outside, "bait"), "../../stowage.db", "../../secret.key", "/etc/passwd", outside, "/dev/zero", "/nonexistent", "."].entries()) {
      const content = `content ${index}`;
      expect((await ask(server, `PUT ${file(`f${index}`)}`, content)).status).toBe(201);
      const shard = join(data, "blobs", sha(content).slice(0, 2));
      const stored = readdirSync(shard).find((name) => name.startsWith(sha(content))) ?? "";
      rmSync(join(shard, stored));
      symlinkSync(goal, join(shard, stored));
      for (const lines of [[], ["Range: bytes=0-3"]]) {
        const answer = await ask(server, `GET ${file(`f${index}`)}`, null, lines);
        expect([goal, answer.status]).toEqual([goal, 500]);
        expect(answer.text).not.toMatch(/outside|SQLite|root:/);
      }
      expect((await ask(server, `PUT ${file(`again${index}`)}`, content)).status).toBe(201);
      expect((await ask(server, `GET ${file(`f${index}`)}`)).text).toBe(content);
    }
    expect(readFileSync(join(outside, "bait"), "utf8")).toBe("what lies outside");
  }, 60_000);

  it("in staging are removed at the start, and not what they point to", async () => {
    const data = join(folder.path, "staging");
    const first = await start(data);
    expect(await first.stop()).toBe(0);
    symlinkSync(outside, join(data, "staging", "link"));
    symlinkSync(join(outside, "bait"), join(data, "staging", "0".repeat(32)));
    mkdirSync(join(data, "staging", "folder"));
    symlinkSync(outside, join(data, "staging", "folder", "deep"));
    await using server = await start(data);
    inputs += 3;
    expect(readdirSync(join(data, "staging"))).toEqual([]);
    expect(readFileSync(join(outside, "bait"), "utf8")).toBe("what lies outside");
    expect((await ask(server, `PUT ${file("f")}`, "content")).status).toBe(201);
  }, 60_000);

  it("in place of a shard or of staging take no upload to where an attacker wants it", async () => {
    const data = join(folder.path, "shards");
    const first = await start(data);
    expect(await first.stop()).toBe(0);
    const goal = join(folder.path, "goal");
    mkdirSync(goal);
    const content = "to be led astray";
    const refused = async (): Promise<string> => {
      const result = await runCommand(["serve", "--listen", "127.0.0.1:0", "--data", data], { environment: adminSettings });
      inputs += 1;
      expect(result.exitCode).not.toBe(0);
      return result.errors;
    };
    const shard = join(data, "blobs", sha(content).slice(0, 2));
    {
      await using server = await start(data);
      symlinkSync(goal, shard);
      expect((await ask(server, `PUT ${file("f")}`, content)).status).toBe(500);
    }
    // Nor is there a start, while the link is there.
    expect(await refused()).toContain("must be a folder, and no link to one");
    rmSync(shard);
    for (const name of ["staging", "blobs"]) {
      writeFileSync(join(goal, "precious"), "precious");
      renameSync(join(data, name), join(data, "before"));
      symlinkSync(goal, join(data, name));
      expect(await refused()).toContain(`${name} must be a folder, and no link to one`);
      expect(readdirSync(goal)).toEqual(["precious"]);
      rmSync(join(data, name));
      renameSync(join(data, "before"), join(data, name));
    }
  }, 60_000);

  it("in place of the lock, the key or the database are no way to write elsewhere", async () => {
    for (const name of ["lock", "secret.key", "stowage.db"]) {
      const data = join(folder.path, `planted-${name}`);
      mkdirSync(data, { mode: 0o700 });
      const goal = join(outside, `goal-of-${name}`);
      writeFileSync(goal, "precious");
      symlinkSync(goal, join(data, name));
      inputs += 1;
      const result = await runCommand(["verify", "--data", data], { environment: adminSettings });
      expect([name, result.exitCode]).not.toEqual([name, 0]);
      expect([name, readFileSync(goal, "utf8")]).toEqual([name, "precious"]);
      const served = await runCommand(["serve", "--listen", "127.0.0.1:0", "--data", data], { environment: adminSettings });
      expect([name, served.exitCode === 0]).toEqual([name, false]);
      expect([name, readFileSync(goal, "utf8"), (statSync(goal).mode & 0o777) === 0o644]).toEqual([name, "precious", true]);
    }
    expect(existsSync(join(outside, "bait"))).toBe(true);
  }, 120_000);
});
