import { describe, expect, it } from "bun:test";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { admin, adminHeaders, adminSettings, runCommand, startServerProcess, temporaryFolder, verifyFolder } from "../support/server-process.ts";

const paths = ["a", "b", "c"].map((name) => `/api/packages/${admin.name}/generic/kept/1.0/${name}.bin`);

describe("another folder for blobs than that which the records were made with", () => {
  it("is refused by server and commands with exit code 3 and a line that says why, and takes no file out of service", async () => {
    using folder = temporaryFolder();
    const [data, blobs, aside] = [join(folder.path, "data"), join(folder.path, "disk"), join(folder.path, "aside")];
    const settings = { ...adminSettings, STOWAGE_DATA: data, STOWAGE_LISTEN: "127.0.0.1:0" };
    const right = { ...settings, STOWAGE_BLOBS: `file:${blobs}` };
    {
      await using server = await startServerProcess({ environment: right });
      for (const path of paths) expect((await fetch(server.url + path, { method: "PUT", headers: adminHeaders, body: path })).status).toBe(201);
      expect(await server.stop()).toBe(0);
    }

    const expectRefusal = async (words: string, environment: Record<string, string>, directory: string): Promise<void> => {
      const result = await runCommand([words], { environment });
      expect([words, result.exitCode, result.output]).toEqual([words, 3, ""]);
      expect(result.errors).toContain(`no stored file that the records name lies in ${join(directory, "blobs")}: check that its disk is mounted`);
      expect(result.errors.trimEnd().split("\n")).toHaveLength(1);
    };
    // Without the server's own setting.
    for (const words of ["verify", "gc", "serve"]) await expectRefusal(words, settings, data);
    // As a machine starts whose disk is not mounted.
    renameSync(blobs, aside);
    mkdirSync(blobs);
    for (const words of ["serve", "verify"]) await expectRefusal(words, right, blobs);
    rmSync(blobs, { recursive: true });
    renameSync(aside, blobs);

    await using server = await startServerProcess({ environment: right });
    for (const path of paths) {
      const answer = await fetch(server.url + path);
      expect([answer.status, await answer.text()]).toEqual([200, path]);
    }
    expect(await verifyFolder(data, { environment: right })).toMatchObject({ ok: true, blobs: paths.length, problems: [] });
    expect(await server.stop()).toBe(0);
  });
});
