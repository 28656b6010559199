import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { join } from "node:path";
import { largeStoreOperations, type OperationPlace } from "../../benchmarks/large-store-operations.ts";
import { findPlaces, largeStoreNamespaces, makePlaces } from "../../benchmarks/large-store-places.ts";
import { openConnection } from "../../benchmarks/load/http-connection.ts";
import { createRequestSource, type RequestPlan } from "../../benchmarks/load/request-source.ts";
import { seededVersion } from "../../benchmarks/seeded-names.ts";
import { seedLargeStore } from "../../benchmarks/seed-large-store.ts";
import { startStowage, type StowageServer } from "../../benchmarks/servers/stowage.ts";
import { temporaryFolder } from "../support/server-process.ts";

const versions = 600;
const perNamespace = versions / largeStoreNamespaces.length;
const requestsEach = 3;
const plan = { versions, filesPerVersion: 4, blobs: 100, seed: 3, namespaces: largeStoreNamespaces, say: () => undefined } as const;

describe("the operations that are timed on a large store", () => {
  const folder = temporaryFolder();
  let server: StowageServer;
  let place: Omit<OperationPlace, "turn">;

  beforeAll(async () => {
    const store = { cores: null, folder: join(folder.path, "stowage"), keepFolder: true } as const;
    const begun = await startStowage(store);
    await makePlaces(begun).finally(() => begun.stop());
    await seedLargeStore({ ...plan, dataDirectory: begun.dataFolder });
    server = await startStowage(store);
    place = { server, places: await findPlaces(server, perNamespace), versionsInHuge: Math.floor(perNamespace / 2) };
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    folder[Symbol.dispose]();
  });

  /** The statuses of so many requests, sent as the generator sends them. */
  async function statusesOf(asked: RequestPlan): Promise<readonly number[]> {
    const next = createRequestSource(asked);
    const statuses: number[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const connection = await openConnection(server.port, {
      onAnswer: (status) => {
        statuses.push(status);
        if (statuses.length === requestsEach) resolve();
        else send();
      },
      onEnd: (reason) => reject(new Error(reason)),
    });
    const send = (): void => {
      const { start, rest, hasAnswerBody } = next();
      connection.send(start, rest, hasAnswerBody);
    };
    send();
    await promise;
    connection.close();
    return statuses;
  }

  /** The answer to the first request of an operation. */
  async function answerOf(name: string): Promise<string> {
    const asked = largeStoreOperations.find((operation) => operation.name === name)?.plan({ ...place, turn: 0 });
    if (asked?.kind !== "get" && asked?.kind !== "post") throw new Error(`${name} does not read`);
    const number = asked.kind === "get" ? (asked.first ?? 0) : 0;
    const path = asked.path.replace("#", String(number)).replace("{version}", seededVersion(number));
    const init = asked.kind === "post" ? { method: "POST", body: asked.body, headers: { ...asked.headers, "content-type": "application/json" } } : { headers: asked.headers };
    return (await fetch(`http://127.0.0.1:${server.port}${path}`, init)).text();
  }

  it("are answered as they are to be, in their order and in each turn", async () => {
    const found: Record<string, readonly number[]> = {};
    const expected: Record<string, readonly number[]> = {};
    for (const operation of largeStoreOperations) {
      const statuses: number[] = [];
      for (const turn of [0, 1]) statuses.push(...(await statusesOf(operation.plan({ ...place, turn }))));
      found[operation.name] = statuses;
      expected[operation.name] = statuses.map(() => operation.expectedStatus);
    }
    expect(found).toEqual(expected);
    expect(new Set(largeStoreOperations.map(({ name }) => name)).size).toBe(largeStoreOperations.length);
  }, 60_000);

  it.each([
    ["list", "small-0", "1.0.99"],
    ["list-middle", "small-0", "1.0.19"],
    ["list-found", "huge", "1.0.99"],
    ["list-few", "small-0", "1.0.99"],
    ["list-gitlab", "huge", "1.0.0"],
    ["list-later-gitlab", "huge", "1.0.80"],
    ["list-keyset-gitlab", "small-0", "1.0.0"],
    ["list-found-gitlab", "huge", "1.0.0"],
    ["list-few-gitlab", "small-0", "1.0.0"],
    ["list-group", "huge", "1.0.0"],
  ])("give by %s a page of %s from %s on", async (name, packageName, version) => {
    const items: readonly { readonly name: string; readonly version: string }[] = JSON.parse(await answerOf(name));
    expect([items.length, items[0]?.name, items[0]?.version]).toEqual([20, packageName, version]);
  });

  it.each(["list-none", "list-none-gitlab"])("find nothing by %s", async (name) => {
    expect(JSON.parse(await answerOf(name))).toEqual([]);
  });

  it("list all files of a version", async () => {
    expect(JSON.parse(await answerOf("files"))).toHaveLength(plan.filesPerVersion);
    expect(JSON.parse(await answerOf("files-gitlab"))).toHaveLength(plan.filesPerVersion);
  });

  it("ask GraphQL for something that is there", async () => {
    expect(JSON.parse(await answerOf("graphql"))).toMatchObject({
      data: { group: { packageSettings: { genericDuplicatesAllowed: true } }, project: { packagesCleanupPolicy: { keepNDuplicatedPackageFiles: "ALL_PACKAGE_FILES" } } },
    });
  });
});
