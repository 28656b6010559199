import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config.ts";
import type { Registry } from "../../src/core/registry.ts";
import { verifyStores, type VerifyReport } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { createLog } from "../../src/http/log.ts";
import type { Stores } from "../../src/open-stores.ts";
import { searchStored, searchTold } from "./marker-search.ts";
import { startServer as start, type ServerParts } from "../../src/server.ts";

/** A server in this process, on a data folder of its own. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly admin: { readonly name: string; readonly password: string; readonly token: string };
  readonly dataDirectory: string;
  /** Access and error log, one JSON line each; the events alone where the access log is not kept. */
  readonly logLines: readonly string[];
  readonly registry: Registry;
  readonly stores: Stores;
  /** Errors that would have ended the process. */
  readonly fatalErrors: readonly unknown[];
  downloadCount(versionId: number): Promise<number>;
  verify(): Promise<VerifyReport>;
  /** Stops it and removes the folder; a second call does nothing. */
  stop(): Promise<void>;
}

/** Marker secrets: no log, answer or file may ever hold them in clear. */
const admin = { name: "root", password: "Marker-Password-1", token: "marker0token0of0the0administrator0000001" } as const;

/** Parts of the server that a test replaces, and where and how it is kept. */
export interface TestParts extends Partial<Pick<ServerParts, "open" | "clock" | "listen">> {
  readonly folder?: string;
  /** False where a test asks so often that the access log would fill the memory: it is searched for secrets and let go. */
  readonly keepsAccessLog?: boolean;
}

/** Starts a server on a free port; `settings` are environment variables, its data lie in a new folder in `folder`. */
export async function startServer(settings: Readonly<Record<string, string>> = {}, given: TestParts = {}): Promise<RunningServer> {
  const { folder = tmpdir(), keepsAccessLog = true, ...parts } = given;
  const dataDirectory = mkdtempSync(join(folder, "stowage-test-"));
  const told = createTold(keepsAccessLog);
  const fatalErrors: unknown[] = [];
  const config = loadConfig({
    flags: {},
    environment: {
      STOWAGE_LISTEN: "127.0.0.1:0",
      STOWAGE_DATA: dataDirectory,
      STOWAGE_ADMIN_USER: admin.name,
      STOWAGE_ADMIN_PASSWORD: admin.password,
      STOWAGE_ADMIN_TOKEN: admin.token,
      STOWAGE_SHUTDOWN_SECONDS: "5",
      ...settings,
    },
    readFile: (path) => readFileSync(path, "utf8"),
  });
  const log = createLog(told.write, "json", Date.now);
  const server = await start(config, { log, onFatal: (cause) => fatalErrors.push(cause), ...parts });
  let isStopped = false;
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    admin,
    dataDirectory,
    get logLines() {
      log.flush();
      return told.lines;
    },
    registry: server.registry,
    stores: server.stores,
    fatalErrors,
    downloadCount: (versionId) => server.registry.countDownloads(versionId),
    verify: () => verifyStores({ ...server.stores, clock: systemClock }, { graceMs: 0, isServerRunning: false }),
    stop: async () => {
      if (isStopped) return;
      isStopped = true;
      await server.stop();
      log.flush();
      told.search();
      searchStored(config.dataDirectory);
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** So much of a log that is not kept is searched at once. */
const searchedCharacters = 1 << 20;

/** What a server tells: its lines, or its events alone, and what of it is still to be searched for secrets. */
function createTold(keepsAccessLog: boolean) {
  const lines: string[] = [];
  let unsearched = "";
  const search = (): void => {
    searchTold("a log", keepsAccessLog ? lines.join("\n") : unsearched);
    unsearched = "";
  };
  return {
    lines,
    search,
    write: (text: string): void => {
      const isLet = (line: string): boolean => line !== "" && (keepsAccessLog || line.includes('"level":'));
      if (keepsAccessLog || text.includes('"level":')) lines.push(...text.split("\n").filter(isLet));
      if (keepsAccessLog) return;
      unsearched += text;
      if (unsearched.length >= searchedCharacters) search();
    },
  };
}
