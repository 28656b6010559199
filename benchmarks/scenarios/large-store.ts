import { join } from "node:path";
import { interleave, serverContender, type Turn } from "../interleave.ts";
import { largeStoreOperations, type LargeStoreOperation, type OperationPlace } from "../large-store-operations.ts";
import { findPlaces, largeStoreNamespaces, makePlaces } from "../large-store-places.ts";
import type { ClosedLoopResult, ClosedLoopSpec } from "../load/closed-loop.ts";
import { runLoad } from "../load/run-load.ts";
import type { Row } from "../row.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { seedLargeStore, type SeededStore } from "../seed-large-store.ts";
import { account, startStowage, type StowageServer } from "../servers/stowage.ts";
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
  try {
    await makePlaces(server);
  } finally {
    await server.stop();
  }
  const namespaces = largeStoreNamespaces;
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
      const [inLarge, inEmpty] = [await placeIn(first, large), await placeIn(second, empty)];
      const rows: Row[] = [];
      for (const operation of largeStoreOperations) {
        const turns = { next: 0 };
        const contender = (server: StowageServer, place: Omit<OperationPlace, "turn">) =>
          serverContender(server, () => timed(bench, operation, server.port, { ...place, turn: turns.next++ }));
        const head = { id: `large-store-${operation.name}`, title: `large store: ${operation.title}`, unit: "ms" };
        rows.push(await interleave(bench, head, [contender(first, inLarge), { ...contender(second, inEmpty), program: "almost empty" }]));
      }
      return rows;
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
  }
}

async function placeIn(server: StowageServer, { store }: Seeded): Promise<Omit<OperationPlace, "turn">> {
  const perNamespace = Math.floor(store.versions / largeStoreNamespaces.length);
  // Of each namespace's versions half are in its one large package.
  return { server, places: await findPlaces(server, perNamespace), versionsInHuge: Math.floor(perNamespace / 2) };
}

/** The usual time of one operation, asked for one after the other on one connection. */
async function timed(bench: Bench, { expectedStatus, plan }: LargeStoreOperation, port: number, place: OperationPlace): Promise<Turn> {
  const asked = plan(place);
  const isChange = asked.kind === "put" || asked.kind === "delete";
  const spec: ClosedLoopSpec = {
    port,
    connections: 1,
    requests: bench.isQuick ? 20 : 200,
    // Whichever comes first: a list that takes seconds must not take hours here. What is deleted has to have been made, so
    // changes are as many on any machine.
    ...(isChange ? {} : { seconds: 2 * bench.seconds }),
    expectedStatus,
    plan: asked,
  };
  const { result, clientCpuShare } = await runLoad<ClosedLoopSpec, ClosedLoopResult>("closed-loop.ts", spec, bench.cores);
  return { value: result.p50Ms, clientCpuShare, work: result.answered };
}

/** Downloads some files over HTTP and compares their bytes. */
async function compareDownloads(server: StowageServer, { sample }: SeededStore): Promise<void> {
  for (const { namespace, packageName, version, path, sha256 } of sample) {
    const file = `packages/generic/${packageName}/${version}/${path}`;
    const url = namespace === account.name ? `${server.folderOf(packageName, version)}${path}` : `/api/v4/projects/${encodeURIComponent(namespace)}/${file}`;
    const answer = await fetch(`http://127.0.0.1:${server.port}${url}`);
    const found = Bun.SHA256.hash(await answer.arrayBuffer(), "hex");
    if (found !== sha256) throw new Error(`${namespace}/${packageName} ${version} ${path}: ${answer.status} with other bytes`);
  }
}
