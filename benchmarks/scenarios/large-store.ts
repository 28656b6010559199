import { join } from "node:path";
import { interleave, serverContender, type Turn } from "../interleave.ts";
import { largeStoreOperations, type LargeStoreOperation } from "../large-store-operations.ts";
import type { ClosedLoopResult, ClosedLoopSpec } from "../load/closed-loop.ts";
import { runLoad } from "../load/run-load.ts";
import type { Row } from "../row.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { seedLargeStore, type SeededStore } from "../seed-large-store.ts";
import { startStowage, type StowageServer } from "../servers/stowage.ts";
import { startContender } from "../start-contender.ts";

/** What a store's size costs each operation. */
export const largeStore: Scenario = {
  name: "large-store",
  summary: "each operation on a store of 1,000,000 versions and 10,000,000 files, and on an almost empty one",
  run: async (bench) => {
    const plan = bench.isQuick ? { versions: 4000, blobs: 1000 } : { versions: 1_000_000, blobs: 100_000 };
    const large = await seeded(bench, join(bench.folder, "large"), plan);
    const empty = await seeded(bench, join(bench.folder, "empty"), { versions: 200, blobs: 500 });
    const rows = await compared(bench, large, empty);
    const head = { id: "start-large", title: `start on the store of ${large.store.versions.toLocaleString("en")} versions`, unit: "ms" };
    rows.push(await interleave(bench, head, [startContender(bench, { folder: large.folder, keepFolder: true })]));
    return rows;
  },
};

interface Seeded {
  readonly folder: string;
  readonly store: SeededStore;
}

/** A folder that the server itself has begun, filled. */
async function seeded(bench: Bench, folder: string, plan: { readonly versions: number; readonly blobs: number }): Promise<Seeded> {
  const server = await startStowage({ cores: bench.cores, folder, keepFolder: true });
  await server.stop();
  const namespaces = ["bench", "bench/files"];
  const store = await seedLargeStore({ dataDirectory: server.dataFolder, namespaces, filesPerVersion: 10, seed: 1, say: bench.say, ...plan });
  bench.say(`${store.versions} versions, ${store.files} files, ${store.blobs} contents seeded and checked in ${store.seconds.toFixed(1)} s`);
  return { folder, store };
}

async function compared(bench: Bench, large: Seeded, empty: Seeded): Promise<Row[]> {
  const first = await startStowage({ cores: bench.cores, folder: large.folder, keepFolder: true });
  try {
    await compareDownloads(first, large.store);
    const second = await startStowage({ cores: bench.cores, folder: empty.folder, keepFolder: true });
    try {
      const rows: Row[] = [];
      for (const operation of largeStoreOperations) {
        const turns = { next: 0 };
        const contender = (server: StowageServer, { store }: Seeded) =>
          serverContender(server, () => timed(bench, operation, { server, versions: store.versions, turn: turns.next++ }));
        const head = { id: `large-store-${operation.name}`, title: `large store: ${operation.title}`, unit: "ms" };
        rows.push(await interleave(bench, head, [contender(first, large), { ...contender(second, empty), program: "almost empty" }]));
      }
      return rows;
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
  }
}

/** The usual time of one operation, asked for one after the other on one connection. */
async function timed(
  bench: Bench,
  operation: LargeStoreOperation,
  { server, versions, turn }: { readonly server: StowageServer; readonly versions: number; readonly turn: number },
): Promise<Turn> {
  const requests = bench.isQuick ? 20 : 200;
  // Half of the versions are in the user's namespace, half of those in its one large package.
  const plan = operation.plan({ server, versionsInHuge: Math.ceil(versions / 4), turn });
  // Whichever comes first: an operation that takes seconds must not take hours here.
  const spec: ClosedLoopSpec = { port: server.port, connections: 1, requests, seconds: 2 * bench.seconds, expectedStatus: operation.expectedStatus, plan };
  const { result, clientCpuShare } = await runLoad<ClosedLoopSpec, ClosedLoopResult>("closed-loop.ts", spec, bench.cores);
  return { value: result.p50Ms, clientCpuShare, work: result.answered };
}

/** Downloads some files over HTTP and compares their bytes. */
async function compareDownloads(server: StowageServer, { sample }: SeededStore): Promise<void> {
  for (const { namespace, packageName, version, path, sha256 } of sample) {
    const folder = namespace === "bench" ? server.folderOf(packageName, version) : server.gitlabFolderOf(packageName, version);
    const answer = await fetch(`http://127.0.0.1:${server.port}${folder}${path}`);
    const found = Bun.SHA256.hash(await answer.arrayBuffer(), "hex");
    if (found !== sha256) throw new Error(`${namespace}/${packageName} ${version} ${path}: ${answer.status} with other bytes`);
  }
}
