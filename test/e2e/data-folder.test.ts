import { Database } from "bun:sqlite";
import { describe, expect, it } from "bun:test";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adminSettings, runCommand, startServerProcess, temporaryFolder, verifyFolder } from "../support/server-process.ts";

const serve = ["serve", "--listen", "127.0.0.1:0", "--data"] as const;

/** A command that must not start says so in one line. */
function expectRefusal(result: { exitCode: number; output: string; errors: string }, message: RegExp): void {
  expect(result.errors).toMatch(message);
  expect(result.errors.trimEnd().split("\n")).toHaveLength(1);
  expect(result).toMatchObject({ exitCode: 3, output: "" });
}

describe("the data folder", () => {
  it("serves one server at a time, and is free again after SIGKILL", async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, "data");
    await using server = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: data } });
    expectRefusal(await runCommand([...serve, data]), /is in use by another Stowage server/);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

    server.signal("SIGKILL");
    await server.exitCode();
    await using again = await startServerProcess({ environment: { STOWAGE_DATA: data } });
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
    expect(await again.stop()).toBe(0);
    expect(await verifyFolder(data)).toMatchObject({ ok: true });
  });

  it.each([
    ["blobs", "STOWAGE_BLOBS", "file:"],
    ["database", "STOWAGE_DATABASE", "sqlite:"],
  ])("is not all that is guarded: two servers never share a %s", async (part, setting, scheme) => {
    using folder = temporaryFolder();
    const shared = { [setting]: `${scheme}${join(folder.path, part)}` };
    const one = { ...adminSettings, ...shared, STOWAGE_DATA: join(folder.path, "one") };
    await using server = await startServerProcess({ environment: one });
    const other = await runCommand([...serve, join(folder.path, "two")], { environment: shared });
    expectRefusal(other, /is in use by another Stowage server/);
    expect(await server.stop()).toBe(0);
  });

  it("keeps its database to its server, also from one whose data folder is another, and whatever links lead there", async () => {
    using folder = temporaryFolder();
    const [one, two, link] = [join(folder.path, "one"), join(folder.path, "two"), join(folder.path, "link")];
    const own = { ...adminSettings, STOWAGE_DATA: one };
    const other = { ...adminSettings, STOWAGE_DATA: two, STOWAGE_DATABASE: `sqlite:${join(one, "stowage.db")}` };
    const tryToServe = (environment: Record<string, string>) => runCommand(["serve", "--listen", "127.0.0.1:0"], { environment });
    await using server = await startServerProcess({ environment: own });
    expectRefusal(await tryToServe(other), /the database .*stowage\.db is in use by another Stowage server/);
    symlinkSync(one, link);
    const throughFolder = { ...other, STOWAGE_DATABASE: `sqlite:${join(link, "stowage.db")}` };
    expectRefusal(await tryToServe(throughFolder), /the database .*stowage\.db is in use by another Stowage server/);
    symlinkSync(join(one, "stowage.db"), join(two, "linked.db"));
    const throughFile = { ...other, STOWAGE_DATABASE: `sqlite:${join(two, "linked.db")}` };
    expectRefusal(await tryToServe(throughFile), /linked\.db is a link: name the database file itself in STOWAGE_DATABASE/);
    expectRefusal(await runCommand(["verify"], { environment: throughFile }), /linked\.db is a link/);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  it("of a newer version is refused and left as it is", async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, "data");
    await using server = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: data } });
    expect(await server.stop()).toBe(0);
    const database = new Database(join(data, "stowage.db"));
    database.run("PRAGMA user_version = 999");
    database.close();

    expectRefusal(await runCommand([...serve, data]), /stowage\.db was written by a newer version of Stowage \(schema 999/);
    expectRefusal(await runCommand(["verify", "--data", data]), /was written by a newer version/);
    const reopened = new Database(join(data, "stowage.db"));
    expect(reopened.query("PRAGMA user_version").get()).toEqual({ user_version: 999 });
    reopened.close();
  });

  it("with the database of another program is refused", async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, "data");
    mkdirSync(data);
    const database = new Database(join(data, "stowage.db"));
    database.run("CREATE TABLE accounts (name TEXT)");
    database.close();
    expectRefusal(await runCommand([...serve, data]), /is a database of another program/);
  });

  it("that cannot be written is refused", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    expectRefusal(await runCommand([...serve, join(file, "data")]), /the data folder .* cannot be written \(ENOTDIR\)/);
    expectRefusal(await runCommand([...serve, file]), /the data folder .* cannot be written/);
  });

  it("is created by the server only: another command refuses a path that does not exist", async () => {
    using folder = temporaryFolder();
    const data = join(folder.path, "mistyped");
    for (const words of [["verify"], ["gc"], ["user", "list"], ["namespace", "list"], ["token", "list", "root"]])
      expectRefusal(await runCommand([...words, "--data", data]), /there is no data folder .*mistyped/);
    expect(existsSync(data)).toBe(false);

    const empty = join(folder.path, "empty");
    mkdirSync(empty);
    expectRefusal(await runCommand(["gc", "--data", empty]), /there is no database/);
    expect(readdirSync(empty)).toEqual([]);
  });

  it("does not come into being when the certificate is none", async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "file.pem");
    writeFileSync(file, "no certificate");
    const data = join(folder.path, "data");
    const result = await runCommand([...serve, data, "--tls-cert", file, "--tls-key", file]);
    expect(result).toMatchObject({ exitCode: 2, output: "" });
    expect(result.errors).toMatch(/^STOWAGE_TLS_CERT, STOWAGE_TLS_KEY: .*\n$/);
    expect(existsSync(data)).toBe(false);
  });

  it("does not come into being when the address is taken", async () => {
    using folder = temporaryFolder();
    await using server = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: join(folder.path, "data") } });
    const other = await runCommand(["serve", "--listen", `127.0.0.1:${server.port}`, "--data", join(folder.path, "other")]);
    expect(other).toMatchObject({ exitCode: 3, output: "" });
    expect(other.errors).toBe(`the address 127.0.0.1:${server.port} is taken: stop the program that listens there, or set STOWAGE_LISTEN\n`);
    // Otherwise the administrator's password would be made, and never shown.
    expect(existsSync(join(folder.path, "other"))).toBe(false);
  });
});
