import type { Config } from "../config.ts";
import { RegistryError } from "../core/registry-error.ts";
import { DataLockError } from "../data-lock.ts";
import { createLog, type Log } from "../http/log.ts";
import { CommandError, messageOf } from "./command-error.ts";
import type { Call, Command } from "./command.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { ensureThreadPool } from "./thread-pool.ts";

/** What a failing process gives the answers that are on their way. */
const lastAnswersMs = 250;
/** How long the end waits for a slow reader of the log. */
const outputDrainMs = 1000;

/** `stowage serve`. */
export const serve: Command = {
  words: "serve",
  names: [],
  flags: [],
  summary: "Run the server",
  details: "It creates the data folder and the administrator on its first start. SIGINT and SIGTERM stop it.",
  run,
};

async function run({ config, print }: Call): Promise<ExitCode> {
  ensureThreadPool();
  const stopAsked = new Promise<void>((resolve) => {
    // They stay until the end: a second signal, as npm and a terminal send it, must not cut the first one short.
    process.on("SIGINT", () => resolve());
    process.on("SIGTERM", () => resolve());
  });
  const isText = config.logFormat === "text" || (config.logFormat === "auto" && process.stdout.isTTY);
  const log = createLog((text) => process.stdout.write(text), isText ? "text" : "json", Date.now);
  const onFatal = (): void => endFailed(log);
  for (const kind of ["uncaughtException", "unhandledRejection"] as const)
    process.on(kind, (error: unknown) => {
      log.event({ level: "error", message: "a fault that nothing handled, the server ends", facts: { kind, cause: messageOf(error) } });
      onFatal();
    });
  const server = await start(config, { log, onFatal });
  print(`Stowage listens on ${server.url}`);
  if (server.firstAdministrator !== null) {
    const { welcomeText } = await import("../first-start.ts");
    print(`\n${welcomeText(server.firstAdministrator, server.url)}`);
  }
  await stopAsked;
  await server.stop();
  await outputDrained();
  // What a client still holds open must not keep the process.
  process.exit(process.exitCode ?? exitCodes.done);
}

async function start(config: Config, parts: { readonly log: Log; readonly onFatal: () => void }) {
  // Loaded only here: the other commands do without, and nothing heavy runs before the process has replaced itself.
  const { startServer } = await import("../server.ts");
  try {
    // Before anything is created: an administrator's password must not be made for a server that then cannot listen.
    checkAddress(config);
    return await startServer(config, parts);
  } catch (error) {
    parts.log.flush();
    throw startError(config, error);
  }
}

/** Throws what listening would throw. */
function checkAddress({ listen: { hostname, port } }: Config): void {
  Bun.listen({ hostname, port, exclusive: true, socket: { data: () => undefined } }).stop(true);
}

function startError({ dataDirectory, listen }: Config, error: unknown): CommandError {
  const address = `${listen.hostname.includes(":") ? `[${listen.hostname}]` : listen.hostname}:${listen.port}`;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const cannot = (message: string): CommandError => new CommandError(exitCodes.cannotOpen, message, error);
  if (error instanceof DataLockError) return cannot(error.message);
  if (code === "EADDRINUSE") return cannot(`the address ${address} is taken: stop the program that listens there, or set STOWAGE_LISTEN`);
  if (code === "EADDRNOTAVAIL") return cannot(`the address ${address} is none of this machine's: set STOWAGE_LISTEN`);
  if (code === "EACCES" && listen.port > 0 && listen.port < 1024)
    return cannot(`the address ${address} cannot be listened on without more rights: use a port from 1024 on in STOWAGE_LISTEN`);
  if (error instanceof RegistryError && (error.code === "name_reserved" || error.code === "name_invalid"))
    return new CommandError(exitCodes.wrongUsage, `STOWAGE_ADMIN_USER: ${error.message}`, error);
  if (code.startsWith("ERR_BORINGSSL") || code.startsWith("ERR_SSL"))
    return new CommandError(exitCodes.wrongUsage, `STOWAGE_TLS_CERT, STOWAGE_TLS_KEY: the certificate and the key cannot be used (${messageOf(error)})`, error);
  return cannot(`the server cannot start on the data folder ${dataDirectory}: ${messageOf(error)}`);
}

let isFailing = false;

function endFailed(log: Log): void {
  log.flush();
  if (isFailing) return;
  isFailing = true;
  process.exitCode = exitCodes.failed;
  setTimeout(() => {
    log.flush();
    process.exit(exitCodes.failed);
  }, lastAnswersMs);
}

/** Waits until everything written has left the process. */
async function outputDrained(): Promise<void> {
  const written = new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  await Promise.race([written, new Promise((resolve) => setTimeout(resolve, outputDrainMs))]);
}
