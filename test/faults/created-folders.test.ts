import { describe, expect, it } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { admin, adminSettings, sourceCommand, startServerProcess, temporaryFolder } from "../support/server-process.ts";

const timeoutMs = 120_000;
const strace = Bun.which("strace");
const isSkipped = strace === null && process.env["CI"] === undefined;

/** Every folder below one, with its own. */
function foldersBelow(path: string): readonly string[] {
  const within = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return within.flatMap(({ name }) => [join(path, name), ...foldersBelow(join(path, name))]);
}

/** Those that were made without a sync, later on, of the folder that they are in. */
function unsynced(trace: readonly string[], folders: readonly string[]): readonly string[] {
  return folders.filter((folder) => {
    const made = trace.findIndex((line) => / mkdir(at)?\(/.test(line) && line.includes(`"${folder}"`));
    if (made === -1) throw new Error(`the trace does not tell who made ${folder}`);
    return !trace.slice(made).some((line) => / fsync\(/.test(line) && line.includes(`<${dirname(folder)}>`));
  });
}

describe("the folders that a first start and a first publish create", () => {
  const name = "are synced into the folders that they are in, so that a power cut leaves none of them out";
  const prove = async (): Promise<void> => {
    if (strace === null) throw new Error("this test needs strace");
    using base = temporaryFolder();
    using output = temporaryFolder();
    const tracePath = join(output.path, "trace");
    await using server = await startServerProcess({
      command: [strace, "-f", "-y", "-qq", "-s", "4096", "-e", "trace=mkdir,mkdirat,fsync", "-o", tracePath, ...sourceCommand, "serve"],
      environment: {
        ...adminSettings,
        STOWAGE_DATA: join(base.path, "one/two/data"),
        STOWAGE_DATABASE: `sqlite:${join(base.path, "three/four/stowage.db")}`,
        STOWAGE_BLOBS: `file:${join(base.path, "five/six/blobs")}`,
      },
    });
    const answer = await fetch(`${server.url}/api/packages/${admin.name}/generic/first/1.0/file`, {
      method: "PUT",
      headers: { authorization: `token ${admin.token}` },
      body: "content",
    });
    expect(answer.status).toBe(201);
    server.signalGroup("SIGKILL");
    const folders = foldersBelow(base.path);
    const trace = readFileSync(tracePath, "utf8").split("\n");
    console.log(JSON.stringify({ folders: folders.length, calls: trace.length }));
    expect(folders.length).toBeGreaterThanOrEqual(9);
    expect(unsynced(trace, folders)).toEqual([]);
  };
  if (isSkipped) it.skip(`${name} (skipped: strace is not installed)`, () => undefined);
  else it(name, prove, timeoutMs);
});
