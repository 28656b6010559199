import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { Database } from "bun:sqlite";
import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  admin, adminHeaders, adminSettings, runCommand, startServerProcess, temporaryFolder, type CommandResult, type ServerProcess,
} from "../support/server-process.ts";

const folder = temporaryFolder();
const data = join(folder.path, "data");
const packages = "/api/packages";
let server: ServerProcess;

beforeAll(async () => {
  server = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: data } });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Runs a command on the data folder of the server, which runs meanwhile. */
function stowage(words: string, input?: string): Promise<CommandResult> {
  return runCommand([...words.split(" "), "--data", data], input === undefined ? {} : { input });
}

async function outputOf(words: string, input?: string): Promise<string> {
  const result = await stowage(words, input);
  expect(result).toMatchObject({ exitCode: 0, errors: "" });
  return result.output;
}

/** The status of a request with somebody's password or token. */
async function statusFor(name: string, secret: string, path: string, init: RequestInit = {}): Promise<number> {
  const headers = { authorization: `Basic ${btoa(`${name}:${secret}`)}` };
  return (await fetch(`${server.url}${path}`, { ...init, headers })).status;
}

function publishAs(name: string, secret: string, owner: string, version: string, body = "content"): Promise<number> {
  return statusFor(name, secret, `${packages}/${owner}/generic/tool/${version}/tool.bin`, { method: "PUT", body });
}

const shownSecret = /shown this once: (\S+)\n$/;

describe("stowage user, beside a running server", () => {
  it("adds an account whose made-up password works at once", async () => {
    const output = await outputOf("user add ann --email ann@example.com");
    expect(output).toStartWith('The user "ann" was created.\n');
    const password = shownSecret.exec(output)?.[1] ?? "";
    expect(await statusFor("ann", password, "/api/v1/user")).toBe(200);
  });

  it("adds an administrator with a password from the standard input", async () => {
    const output = await outputOf("user add eve --email=eve@example.com --admin --visibility private --password-stdin", "Correct-Horse-9\n");
    expect(output).toBe('The administrator "eve" was created.\n');
    expect(await statusFor("eve", "Correct-Horse-9", "/api/v1/user")).toBe(200);
  });

  it("lists accounts without their passwords", async () => {
    const users: unknown = JSON.parse(await outputOf("user list --json"));
    expect(users).toMatchObject([
      { name: "ann", email: "ann@example.com", isAdmin: false, isActive: true, visibility: "public" },
      { name: "eve", isAdmin: true, visibility: "private" },
      { name: admin.name, isAdmin: true },
    ]);
    expect(JSON.stringify(users)).not.toMatch(/argon2|password/i);
    expect(await outputOf("user list")).toMatch(/^NAME +E-MAIL +ROLE .*\nann +ann@example\.com +user +active +public/);
  });

  it("sets a password: the old one is refused from then on", async () => {
    await outputOf("user add tom --email tom@example.com --password-stdin", "First-Password-1");
    expect(await statusFor("tom", "First-Password-1", "/api/v1/user")).toBe(200);
    expect(await outputOf("user password tom --password-stdin", "Second-Password-2\n")).toBe('The password of "tom" was set.\n');
    expect(await statusFor("tom", "First-Password-1", "/api/v1/user")).toBe(401);
    expect(await statusFor("tom", "Second-Password-2", "/api/v1/user")).toBe(200);
  });

  it("disables an account with all its credentials, and enables it again", async () => {
    await outputOf("user add joe --email joe@example.com --password-stdin", "Joes-Password-1");
    expect(await publishAs("joe", "Joes-Password-1", "joe", "1.0")).toBe(201);
    expect(await outputOf("user disable joe")).toBe('The user "joe" is disabled.\n');
    expect([401, 403]).toContain(await publishAs("joe", "Joes-Password-1", "joe", "1.1"));
    expect(await outputOf("user enable joe")).toBe('The user "joe" is active.\n');
    expect(await publishAs("joe", "Joes-Password-1", "joe", "1.2")).toBe(201);
  });

  const refused: readonly (readonly [string, number, RegExp, string?])[] = [
    ["user add ann --email other@example.com", 1, /the name "ann" is taken/],
    ["user add ann2 --email ann@example.com", 1, /the e-mail address ann@example\.com belongs/],
    ["user disable nobody", 1, /there is no user "nobody"/],
    ["user add bob", 2, /needs --email/],
    ["user add", 2, /needs NAME/],
    ["user add a b --email a@b", 2, /"b" is more than stowage user add takes/],
    ["user add api --email a@example.com", 2, /the name "api" is reserved/],
    ["user add a..b --email a@example.com", 2, /the name "a\.\.b" is invalid/],
    ["user add bob --email nothing", 2, /the e-mail address is invalid/],
    ["user add bob --email b@example.com --visibility secret", 2, /--visibility: "secret" is not known/],
    ["user add bob --email b@example.com --password-stdin", 2, /the password has the wrong length/, "short"],
    ["user add bob --email b@example.com --password-stdin", 2, /control character/, "two lines\nof password"],
  ];
  for (const [words, exitCode, message, input] of refused)
    it(`refuses ${words}${input === undefined ? "" : ` < ${JSON.stringify(input)}`}`, async () => {
      const result = await stowage(words, input);
      expect(result.errors).toMatch(message);
      expect(result).toMatchObject({ exitCode, output: "" });
    });
});

describe("stowage namespace, beside a running server", () => {
  it("adds a group, and members publish as their level allows", async () => {
    await outputOf("user add mia --email mia@example.com --password-stdin", "Mias-Password-1");
    expect(await outputOf("namespace add team --visibility private")).toStartWith('The group "team" was created.');
    expect(await publishAs("mia", "Mias-Password-1", "team", "1.0")).not.toBe(201);
    await outputOf("namespace member team mia --level read");
    expect(await publishAs("mia", "Mias-Password-1", "team", "1.0")).not.toBe(201);
    expect(await outputOf("namespace member team mia --level developer")).toBe("mia has the level developer in team.\n");
    expect(await publishAs("mia", "Mias-Password-1", "team", "1.0")).toBe(201);
    await outputOf("namespace member team mia --level none");
    expect(await publishAs("mia", "Mias-Password-1", "team", "1.1")).not.toBe(201);
  });

  it("sets limits for one namespace, and lets it inherit again", async () => {
    await outputOf("user add max --email max@example.com --password-stdin", "Maxs-Password-1");
    expect(JSON.parse(await outputOf("namespace limits max --versions 1 --file-bytes 1KiB --bytes -1 --json"))).toEqual({
      ownerVersions: 1,
      fileBytes: 1024,
      ownerBytes: null,
    });
    expect(await publishAs("max", "Maxs-Password-1", "max", "1.0", "x".repeat(1025))).toBe(403);
    expect(await publishAs("max", "Maxs-Password-1", "max", "1.0")).toBe(201);
    expect(await publishAs("max", "Maxs-Password-1", "max", "2.0")).toBe(403);
    expect(await outputOf("namespace limits max --versions inherit")).toBe("versions    inherited\nbytes       none\nfile-bytes  1024\n");
    expect(await publishAs("max", "Maxs-Password-1", "max", "2.0")).toBe(201);
  });

  it("lists namespaces with what they hold", async () => {
    const namespaces: unknown = JSON.parse(await outputOf("namespace list --json"));
    expect(namespaces).toContainEqual(expect.objectContaining({ path: "team", kind: "group", visibility: "private", usage: { versions: 1, bytes: 7 } }));
    expect(await outputOf("namespace list")).toMatch(/\nteam +group +private +1 +7\n/);
  });

  for (const [words, exitCode, message] of [
    ["namespace add ann", 1, /the name "ann" is taken/],
    ["namespace limits nowhere --versions 1", 1, /there is no namespace "nowhere"/],
    ["namespace member team nobody --level read", 1, /there is no user "nobody"/],
    ["namespace member team ann --level king", 2, /needs --level, one of none, guest/],
    ["namespace limits team --bytes much", 2, /--bytes: "much" is not a size/],
  ] as const)
    it(`refuses ${words}`, async () => {
      const result = await stowage(words);
      expect(result.errors).toMatch(message);
      expect(result).toMatchObject({ exitCode, output: "" });
    });
});

describe("stowage token, beside a running server", () => {
  it("makes a token that works within its scopes, lists it without its secret, and revokes it", async () => {
    const output = await outputOf("token add ann ci --scopes write:package,read:user --expires-in-days 30");
    const secret = shownSecret.exec(output)?.[1] ?? "";
    expect(await publishAs("ann", secret, "ann", "1.0")).toBe(201);
    const [listed]: unknown[] = JSON.parse(await outputOf("token list ann --json"));
    expect(listed).toMatchObject({ name: "ci", lastEight: secret.slice(-8), scopes: ["write:package", "read:user"] });
    expect(JSON.stringify(listed)).not.toContain(secret);
    expect(await outputOf("token list ann")).toMatch(/^ID +NAME +ENDS IN .*\n\d+ +ci +\.\.\./);
    expect(await outputOf("token revoke ann ci")).toBe('The token "ci" was revoked.\n');
    expect(await publishAs("ann", secret, "ann", "2.0")).toBe(401);
  });

  it("prints a machine the secret as JSON", async () => {
    expect(JSON.parse(await outputOf("token add ann pipeline --scopes api,read_user --json"))).toMatchObject({ scopes: ["api", "read_user"] });
    await outputOf("token revoke ann pipeline");
    const made: { secret: string; expiresAt: null } = JSON.parse(await outputOf("token add ann machine --scopes all --json"));
    expect(made).toMatchObject({ name: "machine", scopes: ["all"], expiresAt: null });
    expect(await statusFor("ann", made.secret, "/api/v1/user")).toBe(200);
  });

  for (const [words, exitCode, message] of [
    ["token add ann machine --scopes all", 1, /the name "machine" is taken/],
    ["token add nobody x --scopes all", 1, /there is no user "nobody"/],
    ["token revoke ann nothing", 1, /there is no token "nothing" of this user/],
    ["token add ann x", 2, /needs --scopes/],
    ["token add ann x --scopes write:everything", 2, /invalid access token scope/],
    ["token add ann x --scopes all --expires-in-days 0", 2, /--expires-in-days: "0" is out of range/],
  ] as const)
    it(`refuses ${words}`, async () => {
      const result = await stowage(words);
      expect(result.errors).toMatch(message);
      expect(result).toMatchObject({ exitCode, output: "" });
    });
});

describe("stowage verify and gc", () => {
  it("run beside a server and leave its staging alone", async () => {
    writeFileSync(join(data, "staging", "0000"), "an upload of the server");
    expect(JSON.parse(await outputOf("verify --json --grace-seconds 0"))).toMatchObject({ ok: true, stagingEntries: 1, problems: [] });
    expect(JSON.parse(await outputOf("gc --json"))).toMatchObject({ stagingEntries: null });
    expect(readdirSync(join(data, "staging"))).toEqual(["0000"]);
    expect(await outputOf("verify")).toMatch(/^files stored +\d+\n[^]*problems +0\n$/);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it("find and clear what a dead server left behind", async () => {
    using other = temporaryFolder();
    const place = join(other.path, "data");
    const on = (words: string) => runCommand([...words.split(" "), `--data=${place}`]);
    await using killed = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: place } });
    const url = `${killed.url}${packages}/${admin.name}/generic/tool/1.0/tool.bin`;
    expect((await fetch(url, { method: "PUT", headers: adminHeaders, body: "soon damaged" })).status).toBe(201);
    killed.signal("SIGKILL");
    await killed.exitCode();
    writeFileSync(join(place, "staging", "0000"), "an upload that was cut");

    const leftOver = await on("verify --json");
    expect(leftOver.exitCode).toBe(1);
    expect(JSON.parse(leftOver.output)).toMatchObject({ ok: false, problems: [{ kind: "staging_left_over" }] });
    expect((await on("gc")).output).toMatch(/uploads removed from staging +1\n/);
    expect((await on("verify")).exitCode).toBe(0);

    const [blob = ""] = readdirSync(join(place, "blobs"), { recursive: true, encoding: "utf8" }).filter((path) => path.includes("."));
    truncateSync(join(place, "blobs", blob), 3);
    const damaged = await on("verify");
    expect(damaged.exitCode).toBe(1);
    expect(damaged.output).toMatch(/problems +1\nblob_missing_or_cut: /);
  });

  it("refuse a grace time that running publishes could outlast", async () => {
    const result = await stowage("gc --grace-seconds 3599");
    expect(result).toMatchObject({ exitCode: 2, output: "" });
    expect(result.errors).toMatch(/--grace-seconds: "3599" is out of range \(hint: use a whole number of seconds from 3600/);
  });

  it("end with 70 when the storage fails", async () => {
    using other = temporaryFolder();
    const place = join(other.path, "data");
    await using stopped = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: place } });
    expect(await stopped.stop()).toBe(0);
    const database = new Database(join(place, "stowage.db"));
    database.run("DROP TABLE users");
    database.close();
    const result = await runCommand(["user", "list", "--data", place]);
    expect(result.exitCode).toBe(70);
    expect(result.errors.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("settings in commands", () => {
  it("are flags of every command, and a store in memory is refused", async () => {
    const result = await stowage(`verify --database memory: --listen 127.0.0.1:1`);
    expect(result).toMatchObject({ exitCode: 2, output: "", errors: "a store in memory lives in its server only: commands cannot reach it\n" });
  });
});
