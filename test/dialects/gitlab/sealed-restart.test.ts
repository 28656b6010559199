import { describe, expect, it } from "bun:test";
import { mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../../src/config.ts";
import { createLog } from "../../../src/http/log.ts";
import { startServer } from "../../../src/server.ts";

const token = "marker0token0of0the0administrator0000001";

describe("sealed values", () => {
  it("outlive a restart by the key beside the database, and without it the server does not start", async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), "stowage-test-"));
    const keyFile = join(dataDirectory, "secret.key");
    const environment = { STOWAGE_LISTEN: "127.0.0.1:0", STOWAGE_DATA: dataDirectory, STOWAGE_ADMIN_USER: "root", STOWAGE_ADMIN_TOKEN: token };
    const config = loadConfig({ flags: {}, environment, readFile: () => "" });
    const start = () => startServer(config, { log: createLog(() => undefined, "json", Date.now), onFatal: () => undefined });
    /** Starts, asks for the variables of the administrator's own namespace, and stops. */
    const ask = async (method: "GET" | "POST", path: string) => {
      const server = await start();
      const response = await fetch(`${server.url}/api/v4/projects/root/variables${path}`, { method, headers: { "private-token": token } });
      const { value } = (await response.json()) as { value: unknown };
      await server.stop();
      return [response.status, value];
    };
    try {
      expect(await ask("POST", "?key=VERSION&value=1.2.3")).toEqual([201, "1.2.3"]);
      expect(statSync(keyFile).mode & 0o777).toBe(0o600);
      expect(await ask("GET", "/VERSION")).toEqual([200, "1.2.3"]);
      renameSync(keyFile, `${keyFile}.away`);
      const failure = await start().then(() => null, (error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      expect(String(failure)).toContain(keyFile);
      renameSync(`${keyFile}.away`, keyFile);
      expect(await ask("GET", "/VERSION")).toEqual([200, "1.2.3"]);
    } finally {
      rmSync(dataDirectory, { recursive: true, force: true });
    }
  });
});
