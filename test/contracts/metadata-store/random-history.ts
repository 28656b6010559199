import { expect, it } from "bun:test";
import type { MetadataStore } from "../../../src/core/ports/metadata-store.ts";
import { addGroup, findFile, publish, sha256Of, tryPublish, type CurrentStore, type GivenFile } from "./records.ts";

const operations = 500;
const timeoutMs = 60_000;

/** Random histories, reproducible by their seed: STOWAGE_TEST_SEED repeats one. */
export function randomHistoryContract(store: CurrentStore): void {
  const seed = Number(process.env["STOWAGE_TEST_SEED"] ?? Date.now() % 1_000_000_007);

  it(
    `holds exactly what a random history says (seed ${seed})`,
    async () => {
      const { step, model, groups } = await startHistory(store(), createRandom(seed));
      for (let count = 0; count < operations; count += 1) await step();
      for (const name of namesOf(groups)) {
        const file = await findFile(store(), name.namespaceId, name);
        const [found, expected] = [file?.sha256 ?? "absent", model.get(keyOf(name)) ?? "absent"];
        expect({ ...name, sha256: String(found) }).toEqual({ ...name, sha256: expected });
        if (file !== null) expect(await store().blobs.findByStorageName(file.storageName)).toMatchObject({ id: file.blobId, state: "live" });
      }
      for (const id of groups) expect(await store().namespaces.usage(id)).toEqual(usageOf(model, id));
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    },
    timeoutMs,
  );

  it(
    `stays consistent while operations of a random history run at once (seed ${seed})`,
    async () => {
      const { step } = await startHistory(store(), createRandom(seed + 1));
      for (let count = 0; count < operations; count += 20) {
        await Promise.all(Array.from({ length: 20 }, () => step()));
        expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
      }
      expect(await store().checkIntegrity()).toEqual([]);
    },
    timeoutMs,
  );
}

const packageNames = ["tool", "Tool", "ünit"] as const;
const versions = ["1", "2"] as const;
const paths = ["a", "A", "dir/b"] as const;
const contents = ["", "x", "same", "same too", "a longer one"] as const;

interface Name extends GivenFile {
  readonly namespaceId: number;
  readonly packageName: string;
  readonly version: string;
  readonly path: string;
}

function namesOf(groups: readonly number[]): Name[] {
  return groups.flatMap((namespaceId) =>
    packageNames.flatMap((packageName) =>
      versions.flatMap((version) => paths.map((path) => ({ namespaceId, packageName, version, path }))),
    ),
  );
}

function keyOf(name: Name): string {
  return [name.namespaceId, name.packageName, name.version, name.path].join("\n");
}

/** What the model says of one namespace: its versions, and the bytes of its files. */
function usageOf(model: ReadonlyMap<string, string>, namespaceId: number): { versions: number; bytes: number } {
  const held = new Set<string>();
  let bytes = 0;
  for (const [key, sha256] of model) {
    const [owner, ...rest] = key.split("\n");
    if (owner !== `${namespaceId}`) continue;
    held.add(rest.slice(0, 2).join("\n"));
    bytes += contents.find((content) => sha256Of(content) === sha256)?.length ?? 0;
  }
  return { versions: held.size, bytes };
}

/** A small generator (mulberry32): whole numbers below a bound. */
function createRandom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Two groups, and a step that does one random thing to store and model alike. */
async function startHistory(store: MetadataStore, random: (bound: number) => number) {
  const groups = [(await addGroup(store, "one")).id, (await addGroup(store, "two")).id];
  const names = namesOf(groups);
  const model = new Map<string, string>();
  let nowMs = 10_000;
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[random(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const forgetBelow = (prefix: string): void => {
    for (const key of model.keys()) if (key.startsWith(prefix)) model.delete(key);
  };
  const publishOne = async (name: Name): Promise<void> => {
    const content = pick(contents);
    const result = await tryPublish(store, name.namespaceId, { ...name, content, nowMs });
    if (result.outcome === "published") model.set(keyOf(name), sha256Of(content));
  };
  const deleteOne = async (name: Name, what: "file" | "version" | "package"): Promise<void> => {
    const { namespaceId, packageName, version, path } = name;
    const owner = `${namespaceId}\n${packageName}\n`;
    if (what === "package") {
      const found = await store.packages.findPackage(namespaceId, packageName, "exact");
      if (found === null) return;
      await store.publishing.deletePackage({ namespaceId, packageId: found.id, nowMs });
      return forgetBelow(owner);
    }
    const found = await store.packages.findVersion({ namespaceId, packageName, version, match: "exact" });
    if (found === null) return;
    if (what === "version") {
      await store.publishing.deleteVersion({ namespaceId, versionId: found.id, nowMs });
      return forgetBelow(`${owner}${version}\n`);
    }
    await store.publishing.deleteFile({ versionId: found.id, path, nowMs });
    model.delete(keyOf(name));
  };
  const collect = async (): Promise<void> => {
    const { collection } = store.blobs;
    await collection.claimUnreferenced(nowMs - random(200), 1 + random(5));
    const dying = await collection.listDeleting(1 + random(5));
    await collection.forget(dying.map((blob) => blob.id));
  };
  const damage = async (): Promise<void> => {
    const blob = (await store.blobs.list(0, 100)).at(random(10));
    const isDamaged = random(2) === 0;
    if (blob !== undefined) await store.blobs.setDamaged({ blobId: blob.id, storageName: blob.storageName, isDamaged });
  };
  const step = async (): Promise<void> => {
    nowMs += random(50);
    const name = pick(names);
    const kind = random(20);
    if (kind < 11) await publishOne(name);
    else if (kind < 15) await deleteOne(name, "file");
    else if (kind < 16) await deleteOne(name, "version");
    else if (kind < 17) await deleteOne(name, "package");
    else if (kind < 18) await store.publishing.removeEmptyPackages(nowMs - random(500));
    else if (kind < 19) await collect();
    else await damage();
  };
  await publish(store, groups[0] ?? 0, { packageName: "tool", version: "1", path: "a", content: "x" });
  model.set(keyOf({ namespaceId: groups[0] ?? 0, packageName: "tool", version: "1", path: "a" }), sha256Of("x"));
  return { step, model, groups };
}
