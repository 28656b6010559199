import { describe, expect, it } from "bun:test";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectFolder, startProcess, temporaryFolder, until, waitForServer } from "../support/server-process.ts";

/** The project as a new clone would hold it, with what `npm ci` installs. */
function cloneProject(target: string): void {
  const listed = Bun.spawnSync(["git", "ls-files", "-co", "--exclude-standard", "-z"], { cwd: projectFolder });
  expect(listed.exitCode).toBe(0);
  for (const path of listed.stdout.toString().split("\0")) {
    if (path === "" || !existsSync(join(projectFolder, path))) continue;
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(join(projectFolder, path), join(target, path));
  }
  symlinkSync(join(projectFolder, "node_modules"), join(target, "node_modules"));
}

async function startByNpm(folder: string) {
  const npm = startProcess(["npm", "start"], { cwd: folder, environment: { STOWAGE_LISTEN: "127.0.0.1:0" } });
  const server = await waitForServer(npm).catch(async (error: unknown) => {
    await npm[Symbol.asyncDispose]();
    throw error;
  });
  return server;
}

describe("npm start in a fresh clone", () => {
  it("prints three commands that work as pasted, once, and ends with SIGTERM to npm", async () => {
    using clone = temporaryFolder();
    cloneProject(clone.path);
    await using server = await startByNpm(clone.path);
    await until(() => server.output().includes("--request DELETE"), 5000, "the printed commands");

    const commands = server.output().split("\n").filter((line) => /^ {2}(echo|curl) /.test(line));
    expect(commands).toHaveLength(3);
    const outcomes = commands.map((command) => {
      const ran = Bun.spawnSync(["sh", "-c", command], { timeout: 10_000, env: { PATH: process.env["PATH"] ?? "" } });
      return [ran.exitCode, ran.stdout.toString()];
    });
    expect(outcomes).toEqual([[0, ""], [0, "Hello, Stowage\n"], [0, ""]]);
    const [, download = ""] = commands;
    expect(Bun.spawnSync(["sh", "-c", download], { timeout: 10_000 }).exitCode).not.toBe(0);

    expect(await server.stop()).toBe(0);
    await until(() => !server.isGroupAlive(), 2000, "the end of the server behind npm");

    await using again = await startByNpm(clone.path);
    expect(again.output()).not.toContain("password");
  });

  it("ends cleanly when the signal comes twice and to every process at once", async () => {
    using clone = temporaryFolder();
    cloneProject(clone.path);
    await using server = await startByNpm(clone.path);
    server.signalGroup("SIGINT");
    server.signalGroup("SIGINT");
    expect(await server.exitCode()).toBe(0);
    await until(() => !server.isGroupAlive(), 2000, "the end of the server behind npm");
    expect(fetch(server.url)).rejects.toThrow();
  });

  it("runs the command line by npx", async () => {
    using clone = temporaryFolder();
    cloneProject(clone.path);
    const environment = { npm_config_cache: join(clone.path, ".npm"), npm_config_offline: "true" };
    await using npx = startProcess(["npx", "stowage", "--help"], { cwd: clone.path, environment });
    expect(await npx.exitCode()).toBe(0);
    expect(npx.output()).toContain("Usage: stowage COMMAND");
  });
});
