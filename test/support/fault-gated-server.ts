import { fileURLToPath } from "node:url";
import { startGated, type GatedProcess, type GateRule } from "./fault-gate.ts";
import { serverSettings } from "./fault-process.ts";
import { sourceCommand, until } from "./server-process.ts";

/** `stowage serve` under the gate. */
export type GatedServer = GatedProcess & { readonly url: string };

const startTimeoutMs = 30_000;

/** The last ones spare the server to replace itself at its start. */
function settingsFor(dataDirectory: string): Record<string, string> {
  return { ...serverSettings(dataDirectory), UV_THREADPOOL_SIZE: "64", BUN_JSC_forceRAMSize: "268435456", SQLITE_TMPDIR: dataDirectory };
}

/** What a gated server has beside its data folder. */
export interface GatedServerOptions {
  /** In place of the product: one of the entries beside the fault tests. */
  readonly entry?: `server-entry${string}.ts`;
  /** Variables. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly withReads?: boolean;
}

/** Begins the start of a server; it may end before it listens. */
export function beginGatedServer(
  dataDirectory: string,
  rules: readonly GateRule[] = [],
  { entry, settings = {}, withReads = false }: GatedServerOptions = {},
): GatedProcess {
  const command = entry === undefined ? [...sourceCommand, "serve"] : [...sourceCommand.slice(0, -1), fileURLToPath(new URL(`../faults/${entry}`, import.meta.url))];
  return startGated(command, { dataDirectory, environment: { ...settingsFor(dataDirectory), ...settings }, rules, withReads });
}

/** Starts a server and waits until it listens. */
export async function startGatedServer(dataDirectory: string, options: GatedServerOptions = {}): Promise<GatedServer> {
  const started = beginGatedServer(dataDirectory, [], options);
  const address = /(?:listens on |"url":")(http:\/\/[^\s"]+)/;
  let isGone = false;
  void started.exitCode(startTimeoutMs).then(
    () => (isGone = true),
    () => undefined,
  );
  try {
    await until(() => isGone || address.test(started.output()), startTimeoutMs, "the start of the server");
    const url = address.exec(started.output())?.[1];
    if (url === undefined) throw new Error(`the server ended before it listened: ${started.errors()}${started.output()}`);
    return { ...started, url };
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
}
