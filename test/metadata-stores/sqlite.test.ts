import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { SchemaError } from "../../src/metadata-stores/migrate.ts";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addGroup, addUser, countOf, failureOf, findFile, publish, tryPublish } from "../contracts/metadata-store/records.ts";
import { metadataStoreContract } from "../contracts/metadata-store-contract.ts";

function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "stowage-metadata-"));
}

metadataStoreContract("metadata store on SQLite", async () => {
  const directory = await makeFolder();
  const store = await openSqliteStore(join(directory, "metadata.db"), "migrate");
  let isOpen = true;
  return {
    store,
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
});

describe("metadata store on SQLite, its file", () => {
  let directory = "";
  let path = "";
  const opened: MetadataStore[] = [];
  const open = async (): Promise<MetadataStore> => {
    const store = await openSqliteStore(path, "migrate");
    opened.push(store);
    return store;
  };
  const changeFile = (...statements: string[]): void => {
    const database = new Database(path);
    for (const statement of statements) database.run(statement);
    database.close();
  };
  const rejection = (): Promise<unknown> => failureOf(open());
  beforeEach(async () => {
    directory = await makeFolder();
    path = join(directory, "metadata.db");
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    await rm(directory, { recursive: true });
  });

  describe("opened by two stores", () => {
    it("shows each the other's commands as soon as they have returned", async () => {
      const [one, two] = [await open(), await open()];
      const { id } = await addGroup(one, "tools");
      for (let index = 0; index < 20; index += 1) {
        const [writer, reader] = index % 2 === 0 ? [one, two] : [two, one];
        const { file } = await publish(writer, id, { path: `${index}`, content: `${index}` });
        expect(await findFile(reader, id, { path: `${index}` })).toEqual(file);
      }
    });

    it("records one of fifty files of one path", async () => {
      const stores = [await open(), await open()];
      const { id } = await addGroup(stores[0] ?? (await open()), "tools");
      const results = await Promise.all(
        Array.from({ length: 25 }, (_, index) => stores.map((store) => tryPublish(store, id, { content: `${index}` }))).flat(),
      );
      expect(countOf(results.map((result) => result.outcome))).toEqual({ published: 1, file_exists: 49 });
      for (const store of stores) expect(await store.blobs.collection.findInconsistencies(10)).toEqual([]);
    });

    it("closes one without disturbing the other", async () => {
      const [one, two] = [await openSqliteStore(path, "migrate"), await open()];
      const { id } = await addGroup(one, "tools");
      const { file } = await publish(one, id);
      await one.close();
      expect(await findFile(two, id)).toEqual(file);
      await publish(two, id, { path: "later" });
    });

    it("lets several processes create and fill it at once", async () => {
      const names = ["one", "two", "three", "four"];
      const program = fileURLToPath(new URL("./open-together.ts", import.meta.url));
      const children = names.map((name) =>
        Bun.spawn([process.execPath, program, path, name], { stdout: "inherit", stderr: "inherit" }),
      );
      expect(await Promise.all(children.map((child) => child.exited))).toEqual([0, 0, 0, 0]);
      const store = await open();
      for (const name of names) {
        const namespace = await store.namespaces.find(name);
        expect(await store.namespaces.usage(namespace?.id ?? 0)).toMatchObject({ versions: 1 });
      }
      expect((await store.blobs.totals()).blobs).toBe(80);
      expect(await store.blobs.collection.findInconsistencies(10)).toEqual([]);
    });
  });

  describe("opened again", () => {
    it("holds everything, and goes on with new ids", async () => {
      const first = await openSqliteStore(path, "migrate");
      const ann = await addUser(first, "Ann");
      const group = await addGroup(first, "tools", { ownerId: ann.id });
      const { file } = await publish(first, group.id);
      const doomed = await addGroup(first, "doomed");
      await first.namespaces.deleteGroup(doomed.id);
      await first.close();
      const second = await open();
      expect(await second.accounts.find("ann")).toEqual(ann);
      expect(await second.namespaces.find("tools")).toEqual(group);
      expect((await second.namespaces.standing(group.id, ann.id)).level).toBe(50);
      expect(await findFile(second, group.id)).toEqual(file);
      expect(await second.checkIntegrity()).toEqual([]);
      expect((await addGroup(second, "next")).id).toBeGreaterThan(doomed.id);
    });

    it("holds what was answered when the process did not close it", async () => {
      const first = await open();
      const { id } = await addGroup(first, "tools");
      const { file } = await publish(first, id);
      // What a killed process leaves: the file and its log as they stand now.
      const left = join(directory, "left.db");
      for (const ending of ["", "-wal"]) await writeFile(`${left}${ending}`, await readFile(`${path}${ending}`));
      path = left;
      expect(await findFile(await open(), id)).toEqual(file);
    });
  });

  describe("that is not its own", () => {
    it("is refused when a newer version wrote it, by name", async () => {
      await (await openSqliteStore(path, "migrate")).close();
      changeFile("PRAGMA user_version = 99");
      const error = await rejection();
      expect(error).toBeInstanceOf(SchemaError);
      expect(String(error)).toContain(path);
      expect(String(error)).toContain("newer version");
    });

    const strangers: [what: string, statements: string[]][] = [
      ["has tables of another program", ["CREATE TABLE notes (text TEXT)"]],
      ["has tables of another program and a schema version", ["CREATE TABLE notes (text TEXT)", "PRAGMA user_version = 1"]],
      ["carries the mark of another program", ["PRAGMA application_id = 1196444487"]],
    ];
    for (const [what, statements] of strangers)
      it(`is refused and left as it was when it ${what}`, async () => {
        changeFile(...statements);
        const before = await readFile(path);
        const error = await rejection();
        expect(error).toBeInstanceOf(SchemaError);
        expect(String(error)).toContain(path);
        expect(String(error)).toContain("another program");
        expect((await readFile(path)).equals(before)).toBe(true);
      });

    it("is refused and left as it was when it is no database", async () => {
      await writeFile(path, "a text that is no database. ".repeat(100));
      const before = await readFile(path);
      const error = await rejection();
      expect(error).toBeInstanceOf(SchemaError);
      expect(String(error)).toContain(path);
      expect((await readFile(path)).equals(before)).toBe(true);
    });

    it("is taken when it is empty", async () => {
      await writeFile(path, "");
      await addGroup(await open(), "tools");
    });

    it("is refused when its folder is absent", async () => {
      path = join(directory, "absent", "metadata.db");
      expect(await rejection()).toBeInstanceOf(Error);
    });
  });

  describe("when its records contradict each other", () => {
    const faults: [what: string, statement: string, problem: string][] = [
      ["a file names no blob", "UPDATE files SET blob_id = 99", "names blob 99"],
      ["a file names a dying blob", "UPDATE blobs SET state = 'deleting'", "absent or being deleted"],
      ["a blob in use is marked as unreferenced", "UPDATE blobs SET unreferenced_since_ms = 1", "in use but marked"],
      ["a blob of no file is not marked", "DELETE FROM files", "named by no file but not marked"],
      ["a version has no file", "DELETE FROM files", "has no file"],
      ["the number of versions is wrong", "UPDATE namespaces SET version_count = 7", "counts 7 versions"],
      ["the number of a package's versions is wrong", "UPDATE packages SET version_count = 9", "counts 9 versions"],
      ["the number of bytes is wrong", "UPDATE namespaces SET stored_bytes = 8", "8 bytes"],
    ];
    for (const [what, statement, problem] of faults)
      it(`says that ${what}`, async () => {
        const store = await open();
        const { id } = await addGroup(store, "tools");
        await publish(store, id);
        expect(await store.blobs.collection.findInconsistencies(10)).toEqual([]);
        changeFile("PRAGMA foreign_keys = OFF", statement);
        const problems = await store.blobs.collection.findInconsistencies(10);
        expect(problems.filter((line) => line.includes(problem)).length).toBe(1);
        expect((await store.blobs.collection.findInconsistencies(1)).length).toBe(1);
      });
  });

  describe("synced", () => {
    const strace = Bun.which("strace");
    const syncsOfLog = async (): Promise<{ oneByOne: number; atOnce: number }> => {
      if (strace === null) throw new Error("this test needs strace");
      const trace = join(directory, "trace");
      const program = fileURLToPath(new URL("./publish-together.ts", import.meta.url));
      const tracing = ["-f", "-y", "-qq", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o", trace];
      const child = Bun.spawn([strace, ...tracing, process.execPath, program, directory], { stdout: "inherit", stderr: "inherit" });
      expect(await child.exited).toBe(0);
      const lines = (await readFile(trace, "utf8")).split("\n");
      const between = (begin: string, end: string): number => {
        const [from, to] = [begin, end].map((name) => lines.findIndex((line) => line.includes(`/${name}>`)));
        if (from === undefined || to === undefined || from < 0 || to < from) throw new Error("the trace lacks its marks");
        return lines.slice(from, to).filter((line) => line.includes("metadata.db-wal>")).length;
      };
      return { oneByOne: between("one-by-one", "at-once"), atOnce: between("at-once", "end") };
    };
    const name = "syncs its log for each command alone, and at most 8 times for 32 publishes at once";
    if (strace === null && process.env["CI"] === undefined) it.skip(`${name} (skipped: strace is not installed)`, () => undefined);
    else
      it(
        name,
        async () => {
          const { oneByOne, atOnce } = await syncsOfLog();
          expect(oneByOne).toBeGreaterThanOrEqual(5);
          expect(atOnce).toBeGreaterThanOrEqual(1);
          expect(atOnce).toBeLessThanOrEqual(8);
        },
        60_000,
      );
  });
});
