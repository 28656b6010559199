import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refuseStrangeFolder } from "../../src/blob-stores/home-folder.ts";
import type { BlobRecord } from "../../src/core/domain.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { failureOf } from "../contracts/metadata-store/records.ts";
import { recordText } from "../core/record-text.ts";
import { damagePage } from "../support/damaged-page.ts";

const few = 3;
/** More than are looked at first. */
const many = 40;

describe("a folder for blobs", () => {
  let folder = "";
  const opened: Stores[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stowage-home-"));
  });
  afterEach(async () => {
    for (const stores of opened.splice(0)) await stores.close();
    rmSync(folder, { recursive: true });
  });

  /** Records in memory, of as many texts in a folder of this name. */
  const store = async (name: string, count: number) => {
    const directory = join(folder, name);
    const stores = await openStores({ database: { scheme: "memory" }, blobs: { scheme: "file", directory } });
    opened.push(stores);
    const records: BlobRecord[] = [];
    for (let number = 0; number < count; number += 1) records.push(await recordText(stores, `${name} ${number}`));
    const lose = (lost: readonly BlobRecord[]): void => {
      for (const { storageName } of lost) unlinkSync(join(directory, "blobs", storageName.slice(0, 2), storageName));
    };
    const isRefused = async (at = directory): Promise<boolean> => {
      const failure = await failureOf(refuseStrangeFolder(at, stores.metadata.blobs));
      if (failure !== null) expect(String(failure)).toContain(`no stored file that the records name lies in ${join(at, "blobs")}: `);
      return failure !== null;
    };
    return { directory, records, lose, isRefused };
  };

  it("is taken for the records' own as long as any object of theirs is in it", async () => {
    const { records, lose, isRefused } = await store("own", many);
    expect(await isRefused()).toBe(false);
    lose([...records.slice(0, 15), ...records.slice(16)]);
    expect(await isRefused()).toBe(false);
  });

  it.each([few, many])("is refused when it is empty, though records name %d files", async (count) => {
    const { isRefused } = await store("own", count);
    const empty = join(folder, "empty");
    mkdirSync(join(empty, "blobs"), { recursive: true });
    expect(await isRefused(empty)).toBe(true);
  });

  it("is refused when it is full of another server's files", async () => {
    const own = await store("own", many);
    const other = await store("other", many);
    for (const { storageName } of own.records) mkdirSync(join(other.directory, "blobs", storageName.slice(0, 2)), { recursive: true });
    expect(await own.isRefused(other.directory)).toBe(true);
    expect(await other.isRefused(own.directory)).toBe(true);
    expect(await other.isRefused()).toBe(false);
  });

  it("is taken whatever is in it while nothing is recorded", async () => {
    const other = await store("other", few);
    const fresh = await store("fresh", 0);
    expect(await fresh.isRefused()).toBe(false);
    expect(await fresh.isRefused(other.directory)).toBe(false);
  });

  it.each([few, many])("is taken when all of its %d files were lost and their folders are left", async (count) => {
    const { records, lose, isRefused } = await store("own", count);
    lose(records);
    expect(await isRefused()).toBe(false);
  });

  it("is taken while the records that would tell are damaged themselves: those who check them have to be let in", async () => {
    const directory = join(folder, "own");
    const database = { scheme: "sqlite", path: join(folder, "stowage.db") } as const;
    const whole = await openStores({ database, blobs: { scheme: "file", directory } });
    await recordText(whole, "text");
    await whole.close();
    damagePage(database.path, "blobs", "kind");
    const damaged = await openStores({ database, blobs: { scheme: "file", directory } });
    opened.push(damaged);
    expect(String(await failureOf(damaged.metadata.blobs.collection.sampleLive(1)))).toContain("malformed");
    expect((await damaged.metadata.checkIntegrity()).join("\n")).toContain("malformed");
  });

  it("is taken, though empty, when an operator has made the folders of all objects in it", async () => {
    const { isRefused } = await store("own", many);
    const empty = join(folder, "empty");
    for (let shard = 0; shard < 256; shard += 1) mkdirSync(join(empty, "blobs", shard.toString(16).padStart(2, "0")), { recursive: true });
    expect(await isRefused(empty)).toBe(false);
  });
});
