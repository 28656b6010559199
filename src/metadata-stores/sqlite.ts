import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { MetadataStore } from "../core/ports/metadata-store.ts";
import { RegistryError, registryErrorCodes, type RegistryErrorCode } from "../core/registry-error.ts";
import type { CommandResult, Execute } from "./commands.ts";
import { cacheReads } from "./cached-reads.ts";
import { migrate, requireSchema } from "./migrate.ts";
import { createSqlMetadataStore } from "./sql-metadata-store.ts";
import { createSqliteConnection, openDatabase } from "./sqlite-connection.ts";
import type { CommandReply, CommandRequest } from "./write-batch.ts";
import type { WriterAnswer, WriterMessage } from "./writer-thread.ts";

/** Commands in one transaction at most; more wait for the next one. */
const batchLimit = 256;
/** Commands waiting at most; beyond, callers are told `storage_busy`. */
const queueLimit = 10_000;

/**
 * The metadata port on one SQLite file (write-ahead log, a sync at each commit). One thread writes: all commands that
 * arrive while a commit is under way share the next one. Reads are answered in the calling thread and see every command
 * that has returned. Several processes may open the same file. Throws SchemaError for a file of a newer version; with
 * `as_it_is` also for one of an older version, which a running server may still be using.
 */
export async function openSqliteStore(path: string, schema: "migrate" | "as_it_is"): Promise<MetadataStore> {
  const database = openDatabase(path);
  try {
    if (schema === "migrate") migrate(database, path);
    else requireSchema(database, path);
    syncFolder(dirname(path));
    database.run("PRAGMA query_only = ON");
  } catch (error) {
    database.close();
    throw error;
  }
  const writer = await startWriter(path);
  const changes = database.prepare<{ data_version: number }, []>("PRAGMA data_version");
  const store = createSqlMetadataStore({
    reader: createSqliteConnection(database),
    execute: writer.execute,
    checkIntegrity: async () => {
      const rows = database.query<{ integrity_check: string }, []>("PRAGMA integrity_check(100)").all();
      return rows.map((row) => row.integrity_check).filter((line) => line !== "ok");
    },
    close: async () => {
      await writer.close();
      database.close();
    },
  });
  // This connection writes nothing, so every change counts as another connection's, the writer's included.
  return cacheReads(store, () => changes.get()?.data_version ?? 0);
}

/** Makes the database file's own name durable. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

interface WaitingCommand {
  readonly request: CommandRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: RegistryError) => void;
}

async function startWriter(path: string) {
  const thread = createWriterThread();
  const waiting: WaitingCommand[] = [];
  let failure: RegistryError | null = null;
  let running: Promise<void> | null = null;

  const runQueue = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchLimit);
      await runBatch(batch);
    }
    running = null;
  };
  const runBatch = async (batch: readonly WaitingCommand[]): Promise<void> => {
    try {
      const answer = await thread.ask({ kind: "batch", batch: batch.map((command) => command.request) });
      if (answer.kind !== "replies") throw toError({ ok: false, code: "storage_failed", message: "the writer gave no replies" });
      for (const [index, command] of batch.entries()) settle(command, answer.replies[index]);
      const fatal = answer.replies.find((reply) => !reply.ok && reply.code === "storage_failed");
      if (fatal !== undefined && !fatal.ok) failure = toError(fatal);
    } catch (error) {
      failure = error instanceof RegistryError ? error : writerFailed(error);
      for (const command of batch) command.reject(failure);
    }
  };
  const execute: Execute = (name, ...values) => {
    if (failure !== null) return Promise.reject(failure);
    if (waiting.length >= queueLimit)
      return Promise.reject(new RegistryError("storage_busy", "too many changes wait to be written: try again later"));
    return new Promise<CommandResult<typeof name>>((resolve, reject) => {
      // What comes back is this command's own result: the writer runs it by the same name.
      waiting.push({ request: { name, values }, resolve: resolve as (value: unknown) => void, reject });
      running ??= Promise.resolve().then(runQueue);
    });
  };
  await thread.ask({ kind: "open", path });
  return {
    execute,
    close: async () => {
      await running;
      failure ??= new RegistryError("storage_busy", "the store is closed");
      await thread.ask({ kind: "close" });
      thread.terminate();
    },
  };
}

function settle(command: WaitingCommand, reply: CommandReply | undefined): void {
  if (reply?.ok === true) command.resolve(reply.value);
  else command.reject(toError(reply ?? { ok: false, code: "storage_failed", message: "the writer left out a reply" }));
}

function toError(failure: CommandReply & { ok: false }): RegistryError {
  const code: RegistryErrorCode = failure.code ?? "storage_busy";
  return new RegistryError(code, `the records could not be written: ${failure.message}`);
}

function writerFailed(cause: unknown): RegistryError {
  return new RegistryError("storage_failed", "the thread that writes the records has failed", { cause });
}

/** The thread, as question and answer in order. */
function createWriterThread() {
  const worker = new Worker(new URL("./writer-thread.ts", import.meta.url).href);
  const asked: { resolve: (answer: WriterAnswer) => void; reject: (error: RegistryError) => void }[] = [];
  let failure: RegistryError | null = null;
  const fail = (error: RegistryError): void => {
    failure = error;
    for (const question of asked.splice(0)) question.reject(error);
  };
  worker.onmessage = (event: MessageEvent<WriterAnswer>) => {
    const answer = event.data;
    if (answer.kind !== "failed") return asked.shift()?.resolve(answer);
    // A failure may come without a question (a checkpoint after an answer): whatever is asked next is told.
    const code = registryErrorCodes.find((known) => known === answer.code) ?? "storage_failed";
    fail(new RegistryError(code, `the records could not be written: ${answer.message}`));
  };
  worker.onerror = (event) => fail(writerFailed(event.message));
  return {
    ask: (message: WriterMessage): Promise<WriterAnswer> =>
      new Promise((resolve, reject) => {
        if (failure !== null) return reject(failure);
        asked.push({ resolve, reject });
        worker.postMessage(message);
      }),
    terminate: () => worker.terminate(),
  };
}
