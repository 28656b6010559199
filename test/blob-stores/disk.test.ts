import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openDiskStore } from "../../src/blob-stores/disk.ts";
import type { StorageName } from "../../src/core/domain.ts";
import { blobStoreContract, listed, placeText, refusal, stageText } from "../contracts/blob-store-contract.ts";

function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "stowage-blobs-"));
}

blobStoreContract("blob store on disk", async () => {
  const directory = await makeFolder();
  const store = await openDiskStore(directory);
  return {
    store,
    close: async () => {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
});

describe("blob store on disk, its files", () => {
  let directory = "";
  const opened: { close(): Promise<void> }[] = [];
  const open = async () => {
    const store = await openDiskStore(directory);
    opened.push(store);
    return store;
  };
  const pathOf = (storageName: StorageName): string => join(directory, "blobs", storageName.slice(0, 2), storageName);
  beforeEach(async () => {
    directory = await makeFolder();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(directory, { recursive: true });
  });

  const damages: [what: string, damage: (path: string) => Promise<void>][] = [
    ["is missing", (path) => unlink(path)],
    ["was cut", (path) => truncate(path, 4)],
    ["was emptied", (path) => truncate(path, 0)],
    ["has grown", (path) => writeFile(path, "!", { flag: "a" })],
    [
      "was replaced by a symbolic link to the same bytes",
      async (path) => {
        await rename(path, join(directory, "elsewhere"));
        await symlink(join(directory, "elsewhere"), path);
      },
    ],
    [
      "was replaced by a dangling symbolic link",
      async (path) => {
        await unlink(path);
        await symlink(join(directory, "nowhere"), path);
      },
    ],
    [
      "was replaced by a folder",
      async (path) => {
        await unlink(path);
        await mkdir(path);
      },
    ],
    [
      "was replaced by a pipe",
      async (path) => {
        await unlink(path);
        expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
      },
    ],
    ["lost its folder", (path) => rm(dirname(path), { recursive: true })],
  ];
  for (const [what, damage] of damages)
    it(`refuses to open a blob whose file ${what}, and leaves others alone`, async () => {
      const store = await open();
      const staged = await placeText(store, "hello");
      const other = await placeText(store, "another folder");
      await damage(pathOf(staged.storageName));
      expect(await refusal(store.open(staged.storageName, 5))).toBe("blob_damaged");
      expect(await (await store.open(other.storageName, 14)).text()).toBe("another folder");
    });

  for (const [what, damage] of damages)
    it(`removes a blob whose file ${what} without failing, and lists it no more`, async () => {
      const store = await open();
      const staged = await placeText(store, "hello");
      await damage(pathOf(staged.storageName));
      await store.remove(staged.storageName);
      expect(await listed(store)).toEqual([]);
    });

  it("gives back the room of an upload that was cut before what it left is removed, so that the next one may ask for as much", async () => {
    const staged: number[] = [];
    const release = (): void => void staged.push(readdirSync(join(directory, "staging")).length);
    const store = await openDiskStore(directory, { claim: async () => ({ cover: () => null, release }) });
    opened.push(store);
    const content = (async function* () {
      yield new Uint8Array(10);
      throw new Error("cut");
    })();
    const failure = await store.stage(content, { maxBytes: null, expectedBytes: 20 }).then(() => "staged", String);
    expect(failure).toContain("ended before");
    expect(staged).toEqual([1]);
    expect(await store.staging("count")).toBe(0);
  });

  it("refuses to hash through a symbolic link, or a folder", async () => {
    const store = await open();
    const linked = await placeText(store, "hello");
    await rename(pathOf(linked.storageName), join(directory, "elsewhere"));
    await symlink(join(directory, "elsewhere"), pathOf(linked.storageName));
    expect(await refusal(store.hash(linked.storageName, ["sha256"]))).toBe("blob_damaged");
    const replaced = await placeText(store, "world");
    await unlink(pathOf(replaced.storageName));
    await mkdir(pathOf(replaced.storageName));
    expect(await refusal(store.hash(replaced.storageName, ["sha256"]))).toBe("blob_damaged");
  });

  it("does not wait for the other end of a pipe when it hashes", async () => {
    const store = await open();
    const staged = await placeText(store, "hello");
    await unlink(pathOf(staged.storageName));
    expect(Bun.spawnSync(["mkfifo", pathOf(staged.storageName)]).exitCode).toBe(0);
    const other = await placeText(store, "other");
    const outcome = await store.hash(staged.storageName, ["sha256"]).then(
      (digests) => digests.sha256 === (staged.sha256 as string),
      () => false,
    );
    expect(outcome).toBe(false);
    expect((await store.hash(other.storageName, ["sha256"])).sha256).toBe(other.sha256 as string);
  });

  it.if(process.platform === "linux")("hashes in a thread that gives way to all others", async () => {
    const store = await open();
    const staged = await placeText(store, "content");
    await store.hash(staged.storageName, ["sha256"]);
    const threads = readdirSync("/proc/self/task").map((id) => readFileSync(`/proc/self/task/${id}/stat`, "latin1"));
    // The 19th field (proc(5)); the second, in parentheses, may hold spaces.
    const niceness = threads.map((line) => Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[16]));
    expect(niceness).toContain(10);
  });

  it("notices changed bytes of the same length when it hashes them", async () => {
    const store = await open();
    const staged = await placeText(store, "hello");
    await writeFile(pathOf(staged.storageName), "hellO");
    expect((await store.hash(staged.storageName, ["sha256"])).sha256).not.toBe(staged.sha256 as string);
  });

  it("ignores strangers in the folder of blobs", async () => {
    const store = await open();
    const staged = await placeText(store, "hello");
    const shard = dirname(pathOf(staged.storageName));
    const otherShard = staged.storageName.startsWith("00") ? "01" : "00";
    await writeFile(join(directory, "blobs", "README"), "a stranger");
    await writeFile(join(directory, "blobs", "ff"), "a file where a folder is expected", { flag: "w" });
    await mkdir(join(directory, "blobs", "lost+found"));
    await writeFile(join(directory, "blobs", "lost+found", staged.storageName), "hello");
    await mkdir(join(directory, "blobs", otherShard));
    await writeFile(join(directory, "blobs", otherShard, staged.storageName), "hello");
    for (const name of [".DS_Store", staged.sha256, `${staged.storageName}.bak`, staged.storageName.toUpperCase()])
      await writeFile(join(shard, name), "a stranger");
    await mkdir(join(shard, `${staged.sha256}.${"0".repeat(32)}`));
    expect((await listed(store)).map((object) => object.storageName)).toEqual([staged.storageName]);
  });

  it("lets nobody but its own account read files and folders", async () => {
    const store = await open();
    const placed = await placeText(store, "hello");
    await stageText(store, "staged");
    const [stagedName] = await readdir(join(directory, "staging"));
    expect((await stat(pathOf(placed.storageName))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, "staging", stagedName ?? ""))).mode & 0o777).toBe(0o600);
    for (const path of ["blobs", "staging", join("blobs", placed.storageName.slice(0, 2))])
      expect((await stat(join(directory, path))).mode & 0o777).toBe(0o700);
  });

  it("gives no staged file a name that a client could know", async () => {
    const store = await open();
    const staged = await stageText(store, "hello");
    expect(await readdir(join(directory, "staging"))).toEqual([staged.storageName.slice(65)]);
  });

  it("takes the first use of one folder by many at once, in two stores on one directory", async () => {
    const stores = [await open(), await open()];
    const staged = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const store = stores[index % 2];
        if (store === undefined) throw new Error("there are two stores");
        return { store, blob: await stageText(store, "same folder") };
      }),
    );
    await Promise.all(staged.map(({ store, blob }) => store.place(blob)));
    for (const store of stores) expect((await listed(store)).length).toBe(40);
    expect((await readdir(join(directory, "blobs"))).length).toBe(1);
  });

  it("keeps what was placed when it is opened again, and staging until it is emptied", async () => {
    const first = await openDiskStore(directory);
    const placed = await placeText(first, "hello");
    await stageText(first, "left over");
    await first.close();
    const second = await open();
    expect(await (await second.open(placed.storageName, 5)).text()).toBe("hello");
    expect(await second.staging("count")).toBe(1);
    expect(await second.staging("empty")).toBe(1);
    expect(await readdir(join(directory, "staging"))).toEqual([]);
    expect((await listed(second)).length).toBe(1);
  });

  it("opens one directory many times at once", async () => {
    await Promise.all(Array.from({ length: 30 }, () => open()));
    expect(await readdir(join(directory, "staging"))).toEqual([]);
  });

  it("refuses a directory that is a file", async () => {
    const path = join(directory, "file");
    await writeFile(path, "");
    const outcome = await openDiskStore(path).then(
      () => "opened",
      () => "refused",
    );
    expect(outcome).toBe("refused");
  });
});
