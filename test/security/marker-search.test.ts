import { Database } from "bun:sqlite";
import { describe, expect, it } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hitsIn, readReports, searchDataFolder } from "../support/marker-search.ts";
import { admin, adminSettings, projectFolder, runCommand, startServerProcess, temporaryFolder } from "../support/server-process.ts";
import { startServer } from "../support/server.ts";

describe("the search for markers", () => {
  it("finds a planted one in records, in their log, and in staging across two windows; contents, which are the clients' own, it passes over", () => {
    // A temporary folder of the suites is searched when it is removed: this one is meant to hold markers.
    const path = mkdtempSync(join(tmpdir(), "stowage-planted-"));
    using folder = { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
    mkdirSync(join(folder.path, "staging"));
    mkdirSync(join(folder.path, "blobs"));
    const database = new Database(join(folder.path, "stowage.db"));
    database.run("PRAGMA journal_mode = WAL");
    database.run("CREATE TABLE t (x TEXT)");
    database.run("INSERT INTO t VALUES (?)", [`the password is ${admin.password}`]);
    writeFileSync(join(folder.path, "staging", "x"), `${"x".repeat((1 << 20) - 3)}${admin.token}`);
    writeFileSync(join(folder.path, "blobs", "y"), btoa(`root:${admin.password}`));
    writeFileSync(join(folder.path, "clean"), "nothing");
    const hits = Object.fromEntries(searchDataFolder(folder.path).map((one) => [one.what, one.hits]));
    database.close();
    expect(hits).toMatchObject({ "stowage.db-wal": 1, staging: 1, clean: 0 });
    expect(Object.keys(hits)).not.toContain("blobs/y");
  });

  it("knows every secret with which servers are started for tests, plain, in hexadecimal and as Basic sends it", async () => {
    await using server = { ...(await startServer()), [Symbol.asyncDispose]: async () => server.stop() };
    for (const { password, token } of [admin, server.admin])
      for (const secret of [password, token]) {
        expect([secret, hitsIn(Buffer.from(`x${secret}x`))]).toEqual([secret, 1]);
        expect([secret, hitsIn(Buffer.from(btoa(`root:${secret}`)))]).toEqual([secret, 1]);
      }
    expect(hitsIn(Buffer.from(Buffer.from(admin.password).toString("hex")))).toBe(1);
  });

  it("knows the passwords of other accounts as Basic sends them, however long their names are", () => {
    for (const name of ["a", "bo", "eve", "paul"])
      for (const secret of ["Marker-of-paul-1", admin.token]) expect([name, secret, hitsIn(Buffer.from(btoa(`${name}:${secret}`)))]).toEqual([name, secret, 1]);
  });

  it("makes a test run fail that has a hit, and says no secret itself", async () => {
    using folder = temporaryFolder();
    const script = join(folder.path, "leak.test.ts");
    const test = (leak: string): string => `
      import { test } from "bun:test";
      import { searchTold } from ${JSON.stringify(join(projectFolder, "test/support/marker-search.ts"))};
      test("tells", () => searchTold("a log", ${JSON.stringify(leak)}));
    `;
    const run = (leak: string) => {
      writeFileSync(script, test(leak));
      return runCommand([join(projectFolder, "scripts/test.ts"), script], { command: [process.execPath, "--no-env-file"] });
    };
    const clean = await run("nothing to see");
    expect([clean.exitCode, clean.output.includes('"markers":0')]).toEqual([0, true]);
    const leaking = await run(`signed in with ${admin.password}`);
    expect([leaking.exitCode, leaking.output.includes('"markers":1')]).toEqual([1, true]);
    expect(leaking.output).not.toContain(admin.password);
  }, 60_000);

  it("is told of what a process has logged and stored when it ends", async () => {
    using folder = temporaryFolder();
    using reports = temporaryFolder();
    const data = join(folder.path, "data");
    const script = `
      const { startServerProcess, temporaryFolder } = await import(${JSON.stringify(join(projectFolder, "test/support/server-process.ts"))});
      using folder = temporaryFolder();
      await using server = await startServerProcess({ environment: { ...${JSON.stringify(adminSettings)}, STOWAGE_DATA: folder.path + "/data" } });
      await server.stop();
      const { emptyFolder, fillFolder } = await import(${JSON.stringify(join(projectFolder, "test/support/fault-folder.ts"))});
      using given = emptyFolder();
      await fillFolder(given.path + "/data", async () => undefined);
    `;
    const result = await runCommand(["-e", script], { command: [process.execPath, "--no-env-file"], environment: { STOWAGE_MARKER_FOLDER: reports.path } });
    expect(result.errors).toBe("");
    const found = readReports(reports.path);
    expect(found.map(({ what }) => what)).toEqual(expect.arrayContaining(["a process", "stowage.db"]));
    expect(found.every(({ hits }) => hits === 0)).toBe(true);
    // The folder of the process, and the one that a server in the same process was given: at its end, and when it is removed.
    expect(found.filter(({ what }) => what === "stowage.db")).toHaveLength(3);
    // The search is of what servers leave behind, and a server was there.
    await using server = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: data } });
    expect(await server.stop()).toBe(0);
    expect(searchDataFolder(data).map(({ what }) => what)).toContain("stowage.db");
  }, 60_000);
});
