import { fstatSync, readFileSync } from "node:fs";
import { loadConfig, type Config } from "../../src/config.ts";
import type { Log } from "../../src/http/log.ts";
import { startServer, type RunningServer, type ServerParts } from "../../src/server.ts";

/** What a failing process gives the answers that are on their way. */
const lastAnswersMs = 250;

/** The one line that a server process prints when it listens. */
export interface StartLine {
  readonly url: string;
  /** From the beginning of its start, stores and recovery included, until it listened. */
  readonly startedInMs: number;
}

/**
 * What a server process of the fault tests does: serves by the variables of its environment, tells the address on its
 * standard output and events on its standard error, ends on SIGTERM, and ends with the test that holds its standard input.
 * `adjust` may set what the settings do not allow.
 */
export async function serve(
  parts: Pick<ServerParts, "open" | "clock"> = {},
  adjust: (config: Config) => Config = (config) => config,
): Promise<RunningServer> {
  const log: Log = {
    access: () => undefined,
    event: (event) => void process.stderr.write(`${JSON.stringify(event)}\n`),
    flush: () => undefined,
  };
  const config = loadConfig({ flags: {}, environment: process.env, readFile: (path) => readFileSync(path, "utf8") });
  const beganAtMs = performance.now();
  // As the product does: what waits for an answer gets it first.
  const onFatal = (): void => void setTimeout(() => process.exit(70), lastAnswersMs);
  const server = await startServer(adjust(config), { log, onFatal, ...parts });
  const line: StartLine = { url: server.url, startedInMs: performance.now() - beganAtMs };
  process.on("SIGTERM", () => {
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  // One whose standard input is empty from the beginning is ended in another way.
  if (!fstatSync(0).isCharacterDevice()) {
    process.stdin.on("end", () => process.exit(1));
    process.stdin.resume();
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
  return server;
}
