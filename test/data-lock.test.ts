import { describe, expect, it } from "bun:test";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DataLockError, lockStores } from "../src/data-lock.ts";
import { temporaryFolder } from "./support/server-process.ts";

function configOn(folder: string, parts: { readonly data: string; readonly database?: string; readonly blobs?: string }) {
  const { data, database = data, blobs = data } = parts;
  return {
    dataDirectory: join(folder, data),
    database: { scheme: "sqlite", path: join(folder, database, "stowage.db") },
    blobs: { scheme: "file", directory: join(folder, blobs) },
  } as const;
}

/** What keeps a second one from having its locks: `none`, or what is in use. */
function tryToLock(config: ReturnType<typeof configOn>, by: "server" | "command" = "server"): string {
  try {
    lockStores(config, by).release();
    return "none";
  } catch (error) {
    if (!(error instanceof DataLockError && error.isHeld)) throw error;
    return error.message.replace(/ \/.*/, "");
  }
}

describe("the locks of two servers", () => {
  it.each([
    ["the same folder", { data: "one" }, { data: "one" }, "the data folder"],
    ["a database in another's data folder", { data: "one" }, { data: "two", database: "one" }, "the database"],
    ["a data folder that holds another's database", { data: "two", database: "one" }, { data: "one" }, "the database"],
    ["one database elsewhere", { data: "one", database: "three" }, { data: "two", database: "three" }, "the database"],
    ["blobs in another's data folder", { data: "one" }, { data: "two", blobs: "one" }, "the folder"],
    ["a data folder that holds another's blobs", { data: "two", blobs: "one" }, { data: "one" }, "the data folder"],
    ["nothing", { data: "one" }, { data: "two" }, "none"],
  ])("that share %s", (_what, first, second, inUse) => {
    using folder = temporaryFolder();
    const held = lockStores(configOn(folder.path, first));
    expect(tryToLock(configOn(folder.path, second))).toBe(inUse);
    held.release();
    expect(tryToLock(configOn(folder.path, second))).toBe("none");
  });
});

describe("the locks that a command looks at", () => {
  it("are found where a server holds them; one that an older version has not made is not made for it", () => {
    using folder = temporaryFolder();
    const own = configOn(folder.path, { data: "one" });
    const elsewhere = configOn(folder.path, { data: "two", database: "one" });
    mkdirSync(own.dataDirectory);
    expect(tryToLock(own, "command")).toBe("none");
    expect(existsSync(`${own.database.path}.lock`)).toBe(false);
    for (const config of [own, elsewhere]) {
      const held = lockStores(config);
      expect(tryToLock(own, "command")).toBe(config === own ? "the data folder" : "the database");
      held.release();
    }
    rmSync(`${own.database.path}.lock`);
    const held = lockStores(own);
    expect(existsSync(`${own.database.path}.lock`)).toBe(true);
    held.release();
  });
});
