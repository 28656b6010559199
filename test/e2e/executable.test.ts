import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { admin, adminHeaders, projectFolder, runCommand, startServerProcess, temporaryFolder, until, verifyFolder } from "../support/server-process.ts";

const built = temporaryFolder();
const executable = join(built.path, "stowage");
const path = `/api/packages/${admin.name}/generic/hello/1.0.0/hello.txt`;

beforeAll(async () => {
  const bun = join(projectFolder, "node_modules/.bin/bun");
  const result = await runCommand([executable], { command: [bun, "--no-env-file", join(projectFolder, "scripts/build.ts")], timeoutMs: 110_000 });
  expect(result).toMatchObject({ exitCode: 0, errors: "" });
  expect(result.output).toMatch(/stowage: \d+\.\d MiB\n$/);
}, 120_000);

afterAll(() => built[Symbol.dispose]());

/** A folder with the executable, and with files that a runtime would read by itself. */
function prepareFolder(folder: string) {
  linkSync(executable, join(folder, "stowage"));
  writeFileSync(join(folder, ".env"), "STOWAGE_LISTEN=256.0.0.1:1\nSTOWAGE_DATA=./planted\n");
  writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./absent.ts"]\n');
  const settings = { admin_user: admin.name, admin_password: admin.password, listen: "127.0.0.1:0" };
  writeFileSync(join(folder, "stowage.toml"), Object.entries(settings).map(([name, value]) => `${name} = "${value}"\n`).join(""));
  const command = ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "./stowage"];
  return { command, options: { cwd: folder, command: [...command, "serve", "--config", "stowage.toml"] } };
}

describe("the executable", () => {
  it("comes with a list of the packages that it is made of, and of no others", async () => {
    const sbom = (await Bun.file(`${executable}.cdx.json`).json()) as Record<string, unknown> & {
      readonly components: readonly { readonly name: string; readonly version: string; readonly licenses: unknown; readonly hashes: readonly { readonly alg: string }[] }[];
    };
    const { name, version, dependencies } = (await Bun.file(join(projectFolder, "package.json")).json()) as { name: string; version: string; dependencies: Record<string, string> };
    expect(sbom).toMatchObject({ bomFormat: "CycloneDX", metadata: { component: { name, version, type: "application" } } });
    const listed = new Map(sbom.components.map((component) => [component.name, component]));
    for (const [wanted, pinned] of Object.entries(dependencies)) expect(listed.get(wanted)).toMatchObject({ version: pinned, licenses: expect.any(Array), hashes: [{ alg: "SHA-512" }] });
    // What comes with the runtime is the runtime for this machine.
    expect([...listed.keys()].filter((other) => !(other in dependencies) && !other.startsWith("@oven/bun-"))).toEqual([]);
  });

  it("serves from a folder with nothing beside it, and keeps what it acknowledged through SIGKILL", async () => {
    using folder = temporaryFolder();
    const { command, options } = prepareFolder(folder.path);
    await using server = await startServerProcess(options);
    const published = await fetch(`${server.url}${path}`, { method: "PUT", headers: adminHeaders, body: "Hello, Stowage\n" });
    expect(published.status).toBe(201);
    expect(await (await fetch(`${server.url}${path}`)).text()).toBe("Hello, Stowage\n");
    const files = await fetch(`${server.url}/api/v1/packages/${admin.name}/generic/hello/1.0.0/files`, { headers: adminHeaders });
    expect(await files.json()).toMatchObject([{ name: "hello.txt", md5: "557907c54b9d7e746d3823ff77546f8b" }]);

    server.signal("SIGKILL");
    await server.exitCode();
    await using again = await startServerProcess(options);
    expect(await (await fetch(`${again.url}${path}`)).text()).toBe("Hello, Stowage\n");
    // The thread that checks the records after such an end is in it as well.
    await until(() => again.output().includes("the records were checked after an unclean stop and are sound"), 20_000, "the check of the records");
    expect(await again.stop()).toBe(0);
    expect(await verifyFolder("data", { cwd: folder.path, command })).toMatchObject({ ok: true, blobs: 1 });
  });

  it("runs the other commands, and sizes its thread pool under the same process id", async () => {
    using folder = temporaryFolder();
    const { command, options } = prepareFolder(folder.path);
    await using server = await startServerProcess(options);
    const environment = await Bun.file(`/proc/${server.pid}/environ`).text();
    for (const setting of ["UV_THREADPOOL_SIZE=64", "BUN_JSC_forceRAMSize=268435456"]) expect(environment.split("\0")).toContain(setting);
    // What a large commit spills over goes beside the data: there may be no other folder that can be written.
    expect(environment).toMatch(/\0SQLITE_TMPDIR=\/[^\0]+/);
    const user = await runCommand(["user", "add", "bob", "--email", "bob@example.com"], { cwd: folder.path, command });
    expect(user).toMatchObject({ exitCode: 0, errors: "" });
    const collected = await runCommand(["gc", "--json"], { cwd: folder.path, command });
    expect(JSON.parse(collected.output)).toEqual({ unreferencedBlobs: 0, unrecordedObjects: 0, freedBytes: 0, emptyPackages: 0, stagingEntries: null });
    expect(await server.stop()).toBe(0);
  });

  it("reports a wrong setting in one line", async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "empty"));
    const result = await runCommand(["serve", "--listen", "nowhere"], { cwd: join(folder.path, "empty"), command: [executable] });
    expect(result).toMatchObject({ exitCode: 2, output: "" });
    expect(result.errors).toMatch(/^STOWAGE_LISTEN: .*\n$/);
  });
});
