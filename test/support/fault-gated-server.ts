import { startGated, type GatedProcess, type GateRule } from "./fault-gate.ts";
import { administrator } from "./fault-process.ts";
import { sourceCommand, waitForServer, type ServerProcess } from "./server-process.ts";

/** `stowage serve` under the gate. */
export type GatedServer = GatedProcess & Pick<ServerProcess, "url" | "port" | "stop">;

const command = [...sourceCommand, "serve"];

/** Settings under which a server runs on a data folder; the last ones spare it to replace itself at its start. */
function settingsFor(dataDirectory: string): Record<string, string> {
  return {
    STOWAGE_LISTEN: "127.0.0.1:0",
    STOWAGE_DATA: dataDirectory,
    STOWAGE_ADMIN_USER: administrator.name,
    STOWAGE_ADMIN_PASSWORD: administrator.password,
    STOWAGE_ADMIN_TOKEN: administrator.token,
    STOWAGE_SHUTDOWN_SECONDS: "5",
    UV_THREADPOOL_SIZE: "64",
    SQLITE_TMPDIR: dataDirectory,
  };
}

/** Begins the start of a server; it may end before it listens. */
export function beginGatedServer(dataDirectory: string, rules: readonly GateRule[] = []): GatedProcess {
  return startGated(command, { dataDirectory, environment: settingsFor(dataDirectory), rules });
}

/** Starts a server and waits until it listens. */
export async function startGatedServer(dataDirectory: string): Promise<GatedServer> {
  const started = beginGatedServer(dataDirectory);
  try {
    const { url, port, stop } = await waitForServer(started);
    return { ...started, url, port, stop };
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}
