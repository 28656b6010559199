import { describe, expect, it } from "bun:test";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { cacheReads } from "../../src/metadata-stores/cached-reads.ts";
import { openMemoryStore } from "../../src/metadata-stores/memory.ts";
import { addGroup, addUser, publish, sha256Of } from "../contracts/metadata-store/records.ts";

/** A store of one group and one file, kept reads before it, and how often each look-up reached it. */
async function openCounted() {
  const store = await openMemoryStore();
  const group = await addGroup(store, "tools");
  const user = await addUser(store, "ann");
  const { file } = await publish(store, group.id);
  const asked = { find: 0, findFile: 0, findBySecret: 0, findById: 0 };
  const counted: MetadataStore = {
    ...store,
    namespaces: { ...store.namespaces, find: (path) => ((asked.find += 1), store.namespaces.find(path)) },
    accounts: { ...store.accounts, findById: (id) => ((asked.findById += 1), store.accounts.findById(id)) },
    packages: { ...store.packages, findFile: (name) => ((asked.findFile += 1), store.packages.findFile(name)) },
    tokens: { ...store.tokens, findBySecret: (secret) => ((asked.findBySecret += 1), store.tokens.findBySecret(secret)) },
  };
  const changes = { access: 1, files: 1 };
  const kept = cacheReads(counted, () => changes);
  const findFile = (given: { packageName?: string; version?: string; path?: string }) =>
    kept.packages.findFile({ namespaceId: group.id, packageName: "package", version: "1.0", path: "file.bin", match: "folded", ...given });
  return { kept, asked, changes, group, user, file, findFile, close: () => store.close() };
}

describe("kept reads", () => {
  it("are asked once for what exists, until a record changes", async () => {
    const { kept, asked, changes, group, user, file, findFile, close } = await openCounted();
    for (const round of [1, 2]) {
      for (let again = 0; again < 3; again += 1) {
        expect(await kept.namespaces.find("tools")).toEqual(group);
        expect(await kept.accounts.findById(user.id)).toEqual(user);
        expect(await findFile({})).toEqual({ found: "file", file });
      }
      expect(asked).toEqual({ find: round, findFile: round, findBySecret: 0, findById: round });
      changes.access += 1;
      changes.files += 1;
    }
    await close();
  });

  it("are asked each time for what does not exist: names that clients make up take no memory", async () => {
    const { kept, asked, findFile, close } = await openCounted();
    for (let again = 0; again < 3; again += 1) {
      expect(await kept.namespaces.find("absent")).toBeNull();
      expect(await kept.accounts.findById(9_999)).toBeNull();
      expect(await kept.tokens.findBySecret(sha256Of("absent"))).toBeNull();
      expect(await findFile({ packageName: "absent" })).toEqual({ found: "nothing" });
    }
    expect(asked).toEqual({ find: 3, findFile: 3, findBySecret: 3, findById: 3 });
    expect(await findFile({ path: "absent" })).toEqual({ found: "version" });
    expect(await findFile({ path: "absent" })).toEqual({ found: "version" });
    expect(asked.findFile).toBe(5);
    await close();
  });

  it("are asked once for tokens, rules and namespaces by id too, until a record changes", async () => {
    const store = await openMemoryStore();
    const [group, user] = [await addGroup(store, "tools"), await addUser(store, "ann")];
    const terms = { namespaceId: group.id, nowMs: 1, expiresAtMs: 9_000 } as const;
    await store.deployTokens.create({ ...terms, name: "d", username: null, scopes: [], secretSha256: sha256Of("deploy") });
    await store.jobTokens.create({ ...terms, userId: user.id, secretSha256: sha256Of("job") });
    let asked = 0;
    const counted: MetadataStore = {
      ...store,
      tree: { ...store.tree, findById: (id) => ((asked += 1), store.tree.findById(id)) },
      protection: { ...store.protection, inForce: (id) => ((asked += 1), store.protection.inForce(id)) },
      deployTokens: { ...store.deployTokens, findBySecret: (secret) => ((asked += 1), store.deployTokens.findBySecret(secret)) },
      jobTokens: { ...store.jobTokens, findBySecret: (secret) => ((asked += 1), store.jobTokens.findBySecret(secret)) },
    };
    const changes = { access: 1, files: 1 };
    const kept = cacheReads(counted, () => changes);
    const look = async () => [
      (await kept.tree.findById(group.id))?.path,
      (await kept.protection.inForce(group.id)).length,
      (await kept.deployTokens.findBySecret(sha256Of("deploy")))?.name,
      (await kept.jobTokens.findBySecret(sha256Of("job")))?.user.name,
    ];
    for (let again = 0; again < 3; again += 1) expect(await look()).toEqual(["tools", 0, "d", "ann"]);
    expect(asked).toBe(4);
    await store.protection.create({ namespaceId: group.id, packageNamePattern: "*", pushLevel: 40, deleteLevel: null, nowMs: 1 }, 5);
    changes.access += 1;
    for (let again = 0; again < 3; again += 1) expect(await look()).toEqual(["tools", 1, "d", "ann"]);
    expect(asked).toBe(8);
    for (let again = 0; again < 2; again += 1)
      expect([await kept.tree.findById(9_999), await kept.deployTokens.findBySecret("x"), await kept.jobTokens.findBySecret("x")]).toEqual([null, null, null]);
    expect(asked).toBe(14);
    await store.close();
  });

  it("are not kept under a longer name than any record has", async () => {
    const { kept, asked, close } = await openCounted();
    const long = "x".repeat(15_000);
    const everything: MetadataStore["namespaces"]["find"] = kept.namespaces.find;
    for (let again = 0; again < 2; again += 1) expect(await everything(long)).toBeNull();
    expect(asked.find).toBe(2);
    await close();
  });

  it("stay for as many files as clients ask for at a time; of more, the older half is asked for anew", async () => {
    const limit = 16_384;
    const { asked, file, changes, close } = await openCounted();
    const store = await openMemoryStore();
    const kept = cacheReads(
      { ...store, packages: { ...store.packages, findFile: async () => ((asked.findFile += 1), { found: "file", file }) } },
      () => changes,
    );
    const look = (number: number) =>
      kept.packages.findFile({ namespaceId: 1, packageName: "package", version: String(number), path: "file.bin", match: "exact" });
    for (const round of [1, 2]) {
      for (let number = 0; number < limit; number += 1) await look(number);
      expect({ round, asked: asked.findFile }).toEqual({ round, asked: limit });
    }
    await look(limit);
    for (let number = limit / 2; number <= limit; number += 1) await look(number);
    expect(asked.findFile).toBe(limit + 1);
    for (let number = 0; number < limit / 2 - 1; number += 1) await look(number);
    expect(asked.findFile).toBe(limit + limit / 2);
    await store.close();
    await close();
  });
});
