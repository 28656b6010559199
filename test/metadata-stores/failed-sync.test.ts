import { describe, expect, it } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import {
  adminHeaders,
  adminSettings,
  doubtToldAtMs,
  sourceCommand,
  startProcess,
  startServerProcess,
  temporaryFolder,
  verifyFolder,
  within,
} from "../support/server-process.ts";

const strace = Bun.which("strace", { PATH: "/usr/bin" });
/** From what the log says to the end of the process, the quarter of a second for the last answers included. */
const endLimitMs = 1000;
/** Everything that changes a file or makes a change durable. */
const writingCalls = "fsync,fdatasync,write,pwrite64,writev,pwritev,ftruncate,unlink,unlinkat,rename";

/** A failing sync takes so long: what comes meanwhile waits behind it. */
const failingSyncMs = 100;

/** How to run a command with every sync of the records' files failing from the nth of a thread on, each call written down. */
function failingSyncs(database: string, trace: string, nth: number): readonly string[] {
  if (strace === null) throw new Error("this test needs /usr/bin/strace");
  const paths = ["-P", database, "-P", `${database}-wal`];
  const calls = ["-e", `trace=${writingCalls}`, "-e", "signal=none", "-e", `inject=fsync,fdatasync:error=EIO:delay_enter=${failingSyncMs * 1000}:when=${nth}+`];
  return [strace, "-f", "-y", "-qq", "--seccomp-bpf", ...paths, ...calls, "-o", trace];
}

/** The first call that failed, and all writing calls on the records' files after it. */
async function readTrace(trace: string): Promise<{ failed: string; later: string[] }> {
  const lines = (await readFile(trace, "utf8")).split("\n").filter((line) => line !== "");
  const failedAt = lines.findIndex((line) => line.includes("(INJECTED)"));
  return { failed: lines[failedAt] ?? "", later: lines.slice(failedAt + 1) };
}

/** A server whose syncs fail while several files are published. */
async function serveWithFailingSyncs(nth: number) {
  using folder = temporaryFolder();
  const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data") };
  await using first = await startServerProcess({ environment });
  expect(await first.stop()).toBe(0);
  const trace = join(folder.path, "trace");
  const failing = failingSyncs(join(folder.path, "data", "stowage.db"), trace, nth);
  await using server = await startServerProcess({ command: [...failing, ...sourceCommand, "serve"], environment });
  const publish = async (index: number): Promise<number> => {
    const url = `${server.url}/api/packages/root/generic/tool/1/${index}.txt`;
    const options = { method: "PUT", headers: adminHeaders, body: `file ${index}` };
    return fetch(url, options).then(
      (response) => response.status,
      () => 0,
    );
  };
  // More than one, so that commands wait while the first commit fails.
  const publishing = Promise.all(Array.from({ length: 8 }, (_, index) => publish(index)));
  const exitCode = await server.exitCode();
  const tookMs = Date.now() - doubtToldAtMs(server.output());
  const statuses = await within(publishing, 5000, "the answers");
  const traced = await readTrace(trace);
  const { problems } = (await verifyFolder(environment.STOWAGE_DATA)) as { problems: { kind: string }[] };
  // Bytes are in place before the record that was refused.
  expect(problems.filter((problem) => problem.kind !== "object_unrecorded")).toEqual([]);
  return { exitCode, tookMs, statuses, ...traced };
}

/** A store that is closed after its syncs have failed. */
async function closeWithFailingSyncs() {
  using folder = temporaryFolder();
  const database = join(folder.path, "metadata.db");
  await (await openSqliteStore(database, "migrate")).close();
  const trace = join(folder.path, "trace");
  const program = fileURLToPath(new URL("./fail-and-close.ts", import.meta.url));
  await using child = startProcess([...failingSyncs(database, trace, 2), process.execPath, program, database]);
  const exitCode = await child.exitCode();
  return { exitCode, output: child.output(), errors: child.errors(), ...(await readTrace(trace)) };
}

/**
 * A store whose syncs fail from the nth of its writer on, and that is given further commands. Where its log is to be moved,
 * a process that was killed has left so much in it that this happens after the first command.
 */
async function goOnWithFailingSyncs(how: "moving" | "given-up", nth: number) {
  using folder = temporaryFolder();
  const database = join(folder.path, "metadata.db");
  await (await openSqliteStore(database, "migrate")).close();
  if (how === "moving") {
    const publishing = fileURLToPath(new URL("./publish-and-die.ts", import.meta.url));
    await using killed = startProcess([process.execPath, "--no-env-file", publishing, database, "tools", "60"]);
    await killed.exitCode();
  }
  const program = fileURLToPath(new URL("./fail-and-go-on.ts", import.meta.url));
  const trace = join(folder.path, "trace");
  await using child = startProcess([...failingSyncs(database, trace, nth), process.execPath, program, database, how]);
  const exitCode = await child.exitCode();
  return { exitCode, output: child.output(), errors: child.errors(), ...(await readTrace(trace)) };
}

describe("records on SQLite after a failed sync of their log", () => {
  const itTraced = (name: string, action: () => Promise<void>): void => {
    if (strace === null && process.env["CI"] === undefined) it.skip(`${name} (skipped: there is no /usr/bin/strace)`, () => undefined);
    else it(name, action, 60_000);
  };
  const failedSyncOfLog = /sync\(\d+<.*-wal>\).*EIO/;

  // The writer's first sync is that of the log's header, its second that of the first commit.
  for (const [what, nth] of [["its header", 1], ["a commit", 2]] as const)
    itTraced(`are not written to any more, and the server says so and ends with 70 within a second, when ${what} was to be synced`, async () => {
      const { exitCode, tookMs, statuses, failed, later } = await serveWithFailingSyncs(nth);
      expect(failed).toMatch(failedSyncOfLog);
      expect(later).toEqual([]);
      expect(statuses.filter((status) => status < 500 && status !== 0)).toEqual([]);
      expect(exitCode).toBe(70);
      expect(tookMs).toBeLessThan(endLimitMs);
    });

  itTraced("are not written to by closing the store, which succeeds, nor by the end of a process that just runs out", async () => {
    const { exitCode, output, errors, failed, later } = await closeWithFailingSyncs();
    expect(failed).toMatch(failedSyncOfLog);
    expect(later).toEqual([]);
    expect([exitCode, output, errors]).toEqual([0, "storage_failed storage_failed storage_failed\n", ""]);
  });

  // After the answer to the first command the log is synced once more, and then the database that it was moved into.
  for (const [what, nth, failedSync] of [
    ["the log", 2, failedSyncOfLog],
    ["the database", 3, /sync\(\d+<.*\.db>\).*EIO/],
  ] as const)
    itTraced(`are not written to any more by the commands that wait, when ${what} was to be synced while the log is moved`, async () => {
      const { exitCode, output, errors, failed, later } = await goOnWithFailingSyncs("moving", nth);
      expect(failed).toMatch(failedSync);
      expect(later).toEqual([]);
      expect([exitCode, output, errors]).toEqual([0, "answered storage_failed storage_failed storage_failed\n", ""]);
    });

  itTraced("are not moved into the database, although the ballast is given up", async () => {
    const { exitCode, output, errors, failed, later } = await goOnWithFailingSyncs("given-up", 3);
    expect(failed).toMatch(failedSyncOfLog);
    expect(later).toEqual([]);
    expect([exitCode, output, errors]).toEqual([0, "given up storage_failed storage_failed\n", ""]);
  });
});
