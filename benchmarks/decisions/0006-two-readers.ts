// Decision 0006: what lists of a large namespace cost the downloads beside them.
// Run: npx bun benchmarks/decisions/0006-two-readers.ts FOLDER...
// Each folder holds a Stowage to measure, in turn, on the same 200,000 versions in 2,000 packages; prints one JSON line
// for each. The folder before this decision: git archive COMMIT | tar -x -C /tmp/before, with node_modules linked.
import { Database } from "bun:sqlite";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const folders = process.argv.slice(2);
const data = mkdtempSync(join(tmpdir(), "two-readers-"));
const token = "bench0token0of0the0two0readers00000000006";
const packageCount = 2000;
const versionsPerPackage = 100;
const file = "generic/tool/1/file.bin";

interface Server {
  readonly url: string;
  readonly startMs: number;
  rssMiB(): number;
  stop(): Promise<void>;
}

async function start(folder: string): Promise<Server> {
  const begunMs = performance.now();
  const child = Bun.spawn([process.execPath, "--no-env-file", join(resolve(folder), "src/cli/main.ts"), "serve"], {
    cwd: resolve(folder),
    env: { PATH: "/usr/bin:/bin", STOWAGE_DATA: data, STOWAGE_LISTEN: "127.0.0.1:0", STOWAGE_ADMIN_USER: "admin", STOWAGE_ADMIN_PASSWORD: "Bench-Password-6", STOWAGE_ADMIN_TOKEN: token },
    stdout: "pipe",
    stderr: "inherit",
  });
  let output = "";
  const { promise, resolve: listening } = Promise.withResolvers<string>();
  void (async () => {
    for await (const chunk of child.stdout) {
      if (output.length > 4096) continue;
      output += new TextDecoder().decode(chunk);
      const url = /listens on (http:\/\/\S+)\n/.exec(output)?.[1];
      if (url !== undefined) listening(url);
    }
    listening("");
  })();
  const url = await promise;
  if (url === "") throw new Error(`the server did not start: ${output}`);
  return {
    url,
    startMs: Math.round(performance.now() - begunMs),
    rssMiB: () => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024),
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

async function publish(server: Server, version: string): Promise<void> {
  const url = `${server.url}/api/packages/admin/generic/tool/${version}/file.bin`;
  const response = await fetch(url, { method: "PUT", headers: { authorization: `token ${token}` }, body: new Uint8Array(10_240) });
  if (response.status !== 201) throw new Error(`${response.status} of ${url}`);
}

/** Copies the one version that was published until there are enough, through statements of the schema. */
function fill(): void {
  const database = new Database(join(data, "stowage.db"));
  database.run("PRAGMA foreign_keys = ON");
  database.transaction(() => {
    const owner = "(SELECT id FROM namespaces WHERE path_folded = 'admin')";
    const count = (n: number): string => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n})`;
    database.run(`INSERT INTO packages (namespace_id, name, name_folded, created_at_ms)
      ${count(packageCount)} SELECT ${owner}, 'Package-' || i, 'package-' || i, i FROM n`);
    database.run(`INSERT INTO versions (namespace_id, package_id, name, name_folded, creator_kind, creator_id, creator_name, created_at_ms)
      ${count(versionsPerPackage)} SELECT p.namespace_id, p.id, '1.' || i, '1.' || i, 'user', p.namespace_id, 'admin', i * 100000 + p.id
      FROM n CROSS JOIN packages p WHERE p.name <> 'tool'`);
    database.run(`INSERT INTO files (version_id, path, path_folded, blob_id, created_at_ms)
      SELECT v.id, 'file.bin', 'file.bin', (SELECT max(id) FROM blobs), 1 FROM versions v WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.version_id = v.id)`);
    database.run(`UPDATE namespaces SET version_count = (SELECT count(*) FROM versions v WHERE v.namespace_id = namespaces.id),
      stored_bytes = (SELECT coalesce(sum(b.size_bytes), 0) FROM versions v JOIN files f ON f.version_id = v.id JOIN blobs b ON b.id = f.blob_id WHERE v.namespace_id = namespaces.id)`);
  })();
  database.close(true);
}

async function timed(url: string, headers: Record<string, string> = {}): Promise<number> {
  const begun = performance.now();
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  if (response.status !== 200 && response.status !== 404) throw new Error(`${response.status} of ${url}`);
  return performance.now() - begun;
}

function quantiles(values: number[]): { p50: number; p99: number; n: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2));
  return { p50: at(0.5), p99: at(0.99), n: sorted.length };
}

let texts = 0;

/** Nothing that was searched for before: answers may be kept. */
function newText(): string {
  texts += 1;
  return `zzz${texts}`;
}

async function medianOf(url: string | (() => string), rounds: number, before: () => Promise<unknown> = () => Promise.resolve()): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await before();
    times.push(await timed(typeof url === "string" ? url : url()));
  }
  return quantiles(times).p50;
}

/** Four downloaders for four seconds, beside four loops over a list. */
async function downloadsBeside(server: Server, list: (() => string) | null): Promise<{ p50: number; p99: number; n: number; lists: number }> {
  const endMs = performance.now() + 4000;
  const times: number[] = [];
  let lists = 0;
  const loop = async (action: () => Promise<void>): Promise<void> => {
    while (performance.now() < endMs) await action();
  };
  await Promise.all(
    [0, 1, 2, 3].flatMap(() => [
      loop(async () => void times.push(await timed(`${server.url}/api/packages/admin/${file}`))),
      list === null ? Promise.resolve() : loop(async () => void (await timed(`${server.url}${list()}`), (lists += 1))),
    ]),
  );
  return { ...quantiles(times), lists };
}

async function measure(folder: string): Promise<Record<string, unknown>> {
  const server = await start(folder);
  const lists = "/api/v1/packages/admin";
  const rssStartMiB = server.rssMiB();
  await medianOf(`${server.url}/api/packages/admin/${file}`, 200);
  const result = {
    folder,
    startMs: server.startMs,
    rssStartMiB,
    firstListMs: await medianOf(`${server.url}${lists}?limit=30`, 1),
    listMs: await medianOf(`${server.url}${lists}?limit=30`, 20),
    listAfterChangeMs: await medianOf(`${server.url}${lists}?limit=30`, 10, () => publish(server, newText())),
    searchNothingMs: await medianOf(() => `${server.url}${lists}?limit=30&q=${newText()}`, 20),
    searchAllMs: await medianOf(`${server.url}${lists}?limit=30&q=package`, 20),
    page6000Ms: await medianOf(`${server.url}${lists}?limit=30&page=6000`, 20),
    rssAfterListsMiB: server.rssMiB(),
    downloadsAlone: await downloadsBeside(server, null),
    downloadsBesideSearches: await downloadsBeside(server, () => `${lists}?limit=30&q=${newText()}`),
    downloadsBesideLists: await downloadsBeside(server, () => `${lists}?limit=30`),
    downloadsBesidePage6000: await downloadsBeside(server, () => `${lists}?limit=30&page=6000`),
    rssBeforeLongNamesMiB: server.rssMiB(),
    rssAfterLongNamesMiB: 0,
  };
  for (let index = 0; index < 8100; index += 1)
    await timed(`${server.url}/api/packages/admin/generic/${index}${"x".repeat(15_000)}/1/f`);
  result.rssAfterLongNamesMiB = server.rssMiB();
  await server.stop();
  return result;
}

const [newest] = folders.slice(-1);
if (newest === undefined) throw new Error("usage: 0006-two-readers.ts FOLDER...");
const first = await start(newest);
await publish(first, "1");
await first.stop();
fill();
for (const folder of folders) console.log(JSON.stringify(await measure(folder)));
rmSync(data, { recursive: true });
