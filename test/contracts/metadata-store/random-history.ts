import { expect, it } from "bun:test";
import { duplicatePolicies } from "../../../src/core/domain.ts";
import type { MetadataStore } from "../../../src/core/ports/metadata-store.ts";
import { addGroup, addNamespace, findFile, publish, sha256Of, tryPublish, type CurrentStore, type GivenFile } from "./records.ts";

const operations = 500;
const timeoutMs = 60_000;

/** Random histories, reproducible by their seed: STOWAGE_TEST_SEED repeats one. */
export function randomHistoryContract(store: CurrentStore): void {
  const seed = Number(process.env["STOWAGE_TEST_SEED"] ?? Date.now() % 1_000_000_007);

  it(
    `holds exactly what a random history says (seed ${seed})`,
    async () => {
      const { step, model, places, group } = await startHistory(store(), createRandom(seed));
      for (let count = 0; count < operations; count += 1) await step();
      for (const name of namesOf(places.length)) {
        const namespaceId = places[name.place] ?? 0;
        const expected = model.get(keyOf(name)) ?? [];
        const file = await findFile(store(), namespaceId, name);
        const [found, newest] = [file?.sha256 ?? "absent", expected.at(-1)?.sha256 ?? "absent"];
        expect({ ...name, sha256: String(found) }).toEqual({ ...name, sha256: newest });
        if (file === null) continue;
        expect(await store().blobs.findByStorageName(file.storageName)).toMatchObject({ id: file.blobId, state: "live" });
        const page = { start: { offset: 0 }, limit: 1_000 } as const;
        const { items } = await store().index.listRevisions(file.versionId, { by: "id", direction: "asc" }, page);
        expect(items.filter(({ path }) => path === name.path).map(({ id, sha256 }) => ({ id, sha256: String(sha256) }))).toEqual(expected);
      }
      const usages = places.map((_, place) => usageOf(model, place));
      for (const [place, id] of places.entries()) expect(await store().namespaces.usage(id)).toEqual(usages[place] ?? { versions: 0, bytes: 0 });
      const total = usages.reduce((sum, one) => ({ versions: sum.versions + one.versions, bytes: sum.bytes + one.bytes }));
      expect(await store().namespaces.usage(group)).toEqual(total);
      expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
    },
    timeoutMs,
  );

  it(
    `stays consistent while operations of a random history run at once (seed ${seed})`,
    async () => {
      const { step, group } = await startHistory(store(), createRandom(seed + 1));
      for (let count = 0; count < operations; count += 20) {
        await Promise.all(Array.from({ length: 20 }, () => step()));
        expect(await store().blobs.collection.findInconsistencies(10)).toEqual([]);
      }
      const total = { versions: 0, bytes: 0 };
      for (const { namespace } of await store().tree.below(group, null, 1_000)) {
        if (namespace.id === group) continue;
        const { versions, bytes } = await store().namespaces.usage(namespace.id);
        total.versions += versions;
        total.bytes += bytes;
      }
      expect(await store().namespaces.usage(group)).toEqual(total);
      expect(await store().checkIntegrity()).toEqual([]);
    },
    timeoutMs,
  );
}

const packageNames = ["tool", "Tool", "ünit"] as const;
const versions = ["1", "2"] as const;
const paths = ["a", "A", "dir/b"] as const;
const contents = ["", "x", "same", "same too", "a longer one"] as const;

/** A file by its name, in one of the places that the history is about. */
interface Name extends GivenFile {
  readonly place: number;
  readonly packageName: string;
  readonly version: string;
  readonly path: string;
}

/** The revisions of each file, the oldest first. */
type Model = Map<string, { readonly id: number; readonly sha256: string }[]>;

function namesOf(places: number): Name[] {
  return Array.from({ length: places }, (_, place) => place).flatMap((place) =>
    packageNames.flatMap((packageName) => versions.flatMap((version) => paths.map((path) => ({ place, packageName, version, path })))),
  );
}

function keyOf(name: Name): string {
  return [name.place, name.packageName, name.version, name.path].join("\n");
}

/** What the model says of one place: its versions, and the bytes of all revisions. */
function usageOf(model: Model, place: number): { versions: number; bytes: number } {
  const held = new Set<string>();
  let bytes = 0;
  for (const [key, revisions] of model) {
    const [owner, ...rest] = key.split("\n");
    if (owner !== `${place}`) continue;
    held.add(rest.slice(0, 2).join("\n"));
    for (const { sha256 } of revisions) bytes += contents.find((content) => sha256Of(content) === sha256)?.length ?? 0;
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

/** Two projects in one group, and a step that does one random thing to store and model alike. */
async function startHistory(store: MetadataStore, random: (bound: number) => number) {
  const group = (await addGroup(store, "group")).id;
  let projectsMade = 0;
  const addProject = async (): Promise<number> => (await addNamespace(store, "project", group, `project-${(projectsMade += 1)}`)).id;
  const places = [await addProject(), await addProject()];
  const names = namesOf(places.length);
  const model: Model = new Map();
  let nowMs = 10_000;
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[random(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const idOf = ({ place }: Name): number => places[place] ?? 0;
  const forgetBelow = (...parts: readonly (string | number)[]): void => {
    const prefix = `${parts.join("\n")}\n`;
    for (const key of model.keys()) if (key.startsWith(prefix)) model.delete(key);
  };
  const forgetRevisions = (gone: ReadonlySet<number>): void => {
    for (const [key, revisions] of model) {
      const left = revisions.filter(({ id }) => !gone.has(id));
      if (left.length > 0) model.set(key, left);
      else model.delete(key);
    }
  };
  const publishOne = async (name: Name): Promise<void> => {
    const content = pick(contents);
    const { place: _place, ...file } = name;
    const result = await tryPublish(store, idOf(name), { ...file, content, nowMs, onDuplicate: pick(duplicatePolicies) });
    if (result.outcome !== "published") return;
    model.set(keyOf(name), [...(model.get(keyOf(name)) ?? []), { id: result.file.id, sha256: sha256Of(content) }]);
  };
  const deletePackage = async (name: Name): Promise<void> => {
    const found = await store.packages.findPackage(idOf(name), name.packageName, "exact");
    if (found === null) return;
    await store.publishing.deletePackage({ namespaceId: idOf(name), packageId: found.id, nowMs });
    forgetBelow(name.place, name.packageName);
  };
  const deleteOne = async (name: Name, what: "file" | "version" | "revision"): Promise<void> => {
    const { packageName, version, path } = name;
    const namespaceId = idOf(name);
    const found = await store.packages.findVersion({ namespaceId, packageName, version, match: "exact" });
    if (found === null) return;
    if (what === "version") {
      await store.publishing.deleteVersion({ namespaceId, versionId: found.id, nowMs });
      return forgetBelow(name.place, packageName, version);
    }
    if (what === "file") {
      await store.publishing.deleteFile({ versionId: found.id, path, nowMs });
      return void model.delete(keyOf(name));
    }
    const revisions = model.get(keyOf(name)) ?? [];
    const revision = revisions[random(revisions.length + 1)];
    if (revision === undefined) return;
    await store.publishing.deleteRevision({ namespaceId, versionId: found.id, fileId: revision.id, nowMs });
    forgetRevisions(new Set([revision.id]));
  };
  const trim = async (name: Name): Promise<void> => {
    const { packageName, version } = name;
    const found = await store.packages.findVersion({ namespaceId: idOf(name), packageName, version, match: "exact" });
    if (found === null) return;
    const [kept, limit] = [1 + random(2), 1 + random(3)];
    const removed = await store.publishing.trimRevisions({ versionId: found.id, kept, limit, nowMs });
    const files = paths.map((path) => model.get(keyOf({ ...name, path })) ?? []);
    const superfluous = files.flatMap((revisions) => revisions.slice(0, -kept).map(({ id }) => id)).toSorted((one, other) => one - other);
    forgetRevisions(new Set(superfluous.slice(0, removed)));
  };
  const replaceProject = async ({ place }: Name): Promise<void> => {
    await store.tree.deleteProject(places[place] ?? 0, nowMs);
    for (let step = "more"; step === "more"; ) step = await store.tree.clearDeleted(1 + random(3), nowMs);
    forgetBelow(place);
    places[place] = await addProject();
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
    const kind = random(200);
    if (kind < 110) await publishOne(name);
    else if (kind < 130) await deleteOne(name, "file");
    else if (kind < 150) await deleteOne(name, "revision");
    else if (kind < 160) await deleteOne(name, "version");
    else if (kind < 168) await trim(name);
    else if (kind < 175) await deletePackage(name);
    else if (kind < 177) await replaceProject(name);
    else if (kind < 184) await store.publishing.removeEmptyPackages(nowMs - random(500));
    else if (kind < 192) await collect();
    else await damage();
  };
  const { file } = await publish(store, places[0] ?? 0, { packageName: "tool", version: "1", path: "a", content: "x" });
  model.set(keyOf({ place: 0, packageName: "tool", version: "1", path: "a" }), [{ id: file.id, sha256: sha256Of("x") }]);
  return { step, model, places, group };
}
