import { ConfigError, type Config } from "../config.ts";
import { DataLockError } from "../data-lock.ts";
import { createLog, type Log } from "../http/log.ts";
import { CommandError, messageOf } from "./command-error.ts";
import type { Call } from "./command.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { createLogOutput } from "./log-output.ts";
import { standardOutput } from "./standard-output.ts";

/** What a failing process gives the answers that are on their way. */
const lastAnswersMs = 250;
/** How long the end waits for a slow reader of the log. */
const outputDrainMs = 1000;
/**
 * By how much the runtime puts off compiling while the server starts: what runs once is not worth it. Ten times more made
 * the first seconds of requests slower.
 */
const startJitPolicy = 16;
/** The runtime's own. */
const normalJitPolicy = 1;

/**
 * Runs the server until it is asked to stop. Only what a stop needs is loaded here; the server comes when the address is
 * known to be free.
 */
export async function runServer({ config, print }: Call): Promise<ExitCode> {
  Bun.unsafe.setJITPolicy(startJitPolicy);
  const stopAsked = new Promise<void>((resolve) => {
    // They stay until the end: a second signal, as npm and a terminal send it, must not cut the first one short.
    process.on("SIGINT", () => resolve());
    process.on("SIGTERM", () => resolve());
  });
  const isText = config.logFormat === "text" || (config.logFormat === "auto" && standardOutput().isTTY);
  const log: Log = createLog(createLogOutput(standardOutput(), noteLeftOut), isText ? "text" : "json", Date.now);
  function noteLeftOut(lines: number): void {
    log.event({ level: "warning", message: "lines of this log were left out, for nobody read it", facts: { lines } });
  }
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
  Bun.unsafe.setJITPolicy(normalJitPolicy);
  await stopAsked;
  await server.stop();
  await outputDrained();
  // What a client still holds open must not keep the process.
  process.exit(process.exitCode ?? exitCodes.done);
}

async function start(config: Config, parts: { readonly log: Log; readonly onFatal: () => void }) {
  checkListening(config);
  const { startServer } = await import("../server.ts");
  try {
    return await startServer(config, parts);
  } catch (error) {
    parts.log.flush();
    throw startError(config, error);
  }
}

/**
 * Listens and stops, before anything is created: an administrator's password must not be made for a server that then
 * cannot listen, since it is shown only once.
 */
function checkListening(config: Config): void {
  const { listen, tls } = config;
  const keys = tls === null ? {} : { tls: { cert: Bun.file(tls.certFile), key: Bun.file(tls.keyFile) } };
  try {
    Bun.listen({ ...listen, ...keys, exclusive: true, socket: { data: () => undefined } }).stop(true);
  } catch (error) {
    throw listenError(config, error);
  }
}

function listenError({ listen, tls }: Config, error: unknown): CommandError {
  const address = `${listen.hostname.includes(":") ? `[${listen.hostname}]` : listen.hostname}:${listen.port}`;
  const cannot = (message: string): CommandError => new CommandError(exitCodes.cannotOpen, message, error);
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return cannot(`the address ${address} is taken: stop the program that listens there, or set STOWAGE_LISTEN`);
    case "EADDRNOTAVAIL":
      return cannot(`the address ${address} is none of this machine's: set STOWAGE_LISTEN`);
    case "EACCES":
      return cannot(`the address ${address} cannot be listened on without more rights: use a port from 1024 on in STOWAGE_LISTEN`);
    default:
      if (tls !== null && /SSL|PEM|X509|ASN1/i.test(messageOf(error)))
        return new CommandError(exitCodes.wrongUsage, `STOWAGE_TLS_CERT, STOWAGE_TLS_KEY: not a certificate and its key in PEM form (${messageOf(error)})`, error);
      return cannot(`the address ${address} cannot be listened on (${messageOf(error)}): set STOWAGE_LISTEN`);
  }
}

function startError(config: Config, error: unknown): Error {
  if (error instanceof ConfigError) return error;
  if (error instanceof DataLockError) return new CommandError(exitCodes.cannotOpen, error.message, error);
  if (codeOf(error).startsWith("EADDR")) return listenError(config, error);
  return new CommandError(exitCodes.cannotOpen, `the server cannot start on the data folder ${config.dataDirectory}: ${messageOf(error)}`, error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
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
  const written = new Promise<void>((resolve) => standardOutput().write("", () => resolve()));
  await Promise.race([written, new Promise((resolve) => setTimeout(resolve, outputDrainMs))]);
}
