import { describe, expect, it } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { admin, adminSettings, sourceCommand, startServerProcess, temporaryFolder } from "../support/server-process.ts";

const timeoutMs = 120_000;
const strace = Bun.which("strace");
const isSkipped = strace === null && process.env["CI"] === undefined;

const traced = "trace=mkdir,mkdirat,openat,rename,renameat,renameat2,fsync,fdatasync";
/** Nothing is lost with them: locks are empty, and SQLite makes the index of its log again. */
const isDispensable = (path: string): boolean => /(\/lock|\.lock|-shm)$/.test(path);

/** Every file and folder below one, with its own. */
function namesBelow(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const own = join(path, entry.name);
    return entry.isDirectory() ? [own, ...namesBelow(own)] : [own];
  });
}

const isSyncOf = (line: string, path: string): boolean => / f(data)?sync\(/.test(line) && line.includes(`<${path}>`);
const isNaming = (line: string, path: string): boolean =>
  (/ (mkdir|rename)/.test(line) || line.includes("O_CREAT")) && line.includes(`"${path}"`);

/** Those that came into being without a sync, later on, of the folder that they are in. */
function unsynced(trace: readonly string[], names: readonly string[]): readonly string[] {
  return names.filter((name) => {
    const named = trace.findIndex((line) => isNaming(line, name));
    if (named === -1) throw new Error(`the trace does not tell what made ${name}`);
    return !trace.slice(named).some((line) => isSyncOf(line, dirname(name)));
  });
}

/** Starts a server on folders that are not there yet, publishes one file, kills it, and gives what it asked the system for. */
async function traceFirstPublish(base: string, output: string, tracer: string) {
  const tracePath = join(output, "trace");
  const blobs = join(base, "five/six/blobs");
  const database = join(base, "three/four/stowage.db");
  await using server = await startServerProcess({
    command: [tracer, "-f", "-y", "-qq", "-s", "4096", "-e", traced, "-o", tracePath, ...sourceCommand, "serve"],
    environment: {
      ...adminSettings,
      STOWAGE_DATA: join(base, "one/two/data"),
      STOWAGE_DATABASE: `sqlite:${database}`,
      STOWAGE_BLOBS: `file:${blobs}`,
    },
  });
  const answer = await fetch(`${server.url}/api/packages/${admin.name}/generic/first/1.0/file`, {
    method: "PUT",
    headers: { authorization: `token ${admin.token}` },
    body: "content",
  });
  expect(answer.status).toBe(201);
  server.signalGroup("SIGKILL");
  return { trace: readFileSync(tracePath, "utf8").split("\n"), blobs, database };
}

describe("a first start and a first publish", () => {
  const name = "sync bytes before their name, every new name into its folder, and the record last";
  const prove = async (): Promise<void> => {
    if (strace === null) throw new Error("this test needs strace");
    const begunMs = performance.now();
    using base = temporaryFolder();
    using output = temporaryFolder();
    const { trace, blobs, database } = await traceFirstPublish(base.path, output.path, strace);
    const names = namesBelow(base.path).filter((path) => !isDispensable(path));
    console.log(JSON.stringify({ test: "synced names", names: names.length, calls: trace.length, seconds: Math.round((performance.now() - begunMs) / 1000) }));
    // Eight folders on the way to the three places, two for blobs and one of those; database, log, key and blob.
    expect(names.length).toBeGreaterThanOrEqual(15);
    expect(unsynced(trace, names)).toEqual([]);

    const blob = names.find((path) => path.startsWith(join(blobs, "blobs")) && path.includes(".")) ?? "";
    const staged = join(blobs, "staging", blob.slice(blob.lastIndexOf(".") + 1));
    const order = [
      trace.findIndex((line) => isSyncOf(line, staged)),
      trace.findIndex((line) => isNaming(line, blob)),
      trace.findLastIndex((line) => isSyncOf(line, dirname(blob))),
      trace.findLastIndex((line) => isSyncOf(line, `${database}-wal`)),
    ];
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
  };
  if (isSkipped) it.skip(`${name} (skipped: strace is not installed)`, () => undefined);
  else it(name, prove, timeoutMs);
});
