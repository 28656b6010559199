import type { Database } from "bun:sqlite";
import { closeSync, fsyncSync, openSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { MetadataStore } from "../core/ports/metadata-store.ts";
import { RegistryError, registryErrorCodes, type RegistryErrorCode } from "../core/registry-error.ts";
import type { CommandResult, Execute } from "./commands.ts";
import { cacheReads } from "./cached-reads.ts";
import { createBallast, type Ballast } from "./ballast.ts";
import { openChangeCount } from "./change-count.ts";
import { createChangeCounts } from "./change-counts.ts";
import { checkInThread } from "./check-thread-client.ts";
import { isFreeing, runOnFullDisk } from "./full-disk.ts";
import { takeInUseMark } from "./in-use-mark.ts";
import { migrate, requireSchema } from "./migrate.ts";
import { createReaderThread } from "./reader-thread-client.ts";
import { createSqlMetadataStore } from "./sql-metadata-store.ts";
import { createSqliteConnection, openDatabase, openReadOnly } from "./sqlite-connection.ts";
import { describeFailure, isFailed, type CommandReply, type CommandRequest } from "./write-batch.ts";
import type { WriterAnswer, WriterMessage } from "./writer-thread.ts";

/** Commands in one transaction at most; more wait for the next one. */
const batchLimit = 256;
/** Commands waiting at most; beyond, callers are told `storage_busy`. */
const queueLimit = 10_000;

/**
 * The metadata port on one SQLite file (write-ahead log, a sync at each commit). One thread writes: all commands that
 * arrive while a commit is under way share the next one. Look-ups by index are answered in the calling thread, what may
 * look at many rows in a thread that reads; both see every command that has returned. Several processes may open the
 * same file. Throws SchemaError for a file of a newer version; with `as_it_is` also for one of an older version, which a
 * running server may still be using.
 *
 * `onFailure` is told of the first failed sync or commit, also of one that nobody waits for (a checkpoint).
 * After a failed sync or commit (`storage_failed`) nothing writes to the file any more: commands are refused, and
 * neither closing the store nor the end of the process moves the log into the database.
 *
 * The `ballast` is given up where a full disk keeps the file from being opened, or a command from being written that
 * frees room; it is the caller's to keep and to close.
 */
export async function openSqliteStore(
  path: string,
  schema: "migrate" | "as_it_is",
  onFailure: (error: RegistryError) => void = () => undefined,
  ballast: Ballast = createBallast(path),
): Promise<MetadataStore> {
  // Who opens it as it is may do so beside a server, whose mark it is then.
  const mark = schema === "migrate" ? takeInUseMark(path) : null;
  let isCheckDue = mark?.wasFound === true;
  const database = await openRecords(path, schema, ballast);
  const changes = openChangeCount(path);
  const writer = await startWriter(path, ballast, changes.noteCommit, (error) => {
    preventCheckpoint(database);
    onFailure(error);
  });
  const lists = createReaderThread(path);
  const store = createSqlMetadataStore({
    reader: createSqliteConnection(database),
    query: lists.query,
    execute: writer.execute,
    logBytes: async () => (await stat(`${path}-wal`).catch(() => null))?.size ?? 0,
    checkIntegrity: () => lists.query("findDamage"),
    needsCheck: () => isCheckDue,
    checkQuickly: async (signal) => {
      const problems = await checkInThread(path, signal);
      if (problems.length === 0) isCheckDue = false;
      return problems;
    },
    close: async () => {
      const isSound = await writer.finish();
      await lists.close();
      if (!isSound) return;
      database.close();
      // Last, so that the log ends with it.
      await writer.close();
      changes.close();
      if (!isCheckDue) mark?.remove();
    },
  });
  return cacheReads(store, createChangeCounts(database, changes.read));
}

async function openRecords(path: string, schema: "migrate" | "as_it_is", ballast: Ballast): Promise<Database> {
  try {
    return openAtSchema(path, schema);
  } catch (error) {
    // Even reading takes room, for the log and its index.
    if (describeFailure(error, path).code !== "storage_full" || !(await ballast.giveUp())) throw error;
    return openAtSchema(path, schema);
  }
}

function openAtSchema(path: string, schema: "migrate" | "as_it_is"): Database {
  const guard = guardLog(path);
  try {
    return openGuarded(path, schema);
  } finally {
    guard?.close();
  }
}

/**
 * A connection that only reads, where a process that was killed has left a log: while it is open no other one is the last
 * that closes, and it removes nothing itself. Else SQLite (3.54) removes the log without having moved it, with all that
 * was answered since the last checkpoint, when opening failed at the log's index and the index can then only be read.
 */
function guardLog(path: string): Database | null {
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
  const guard = openReadOnly(path);
  try {
    guard.query("SELECT count(*) AS n FROM sqlite_schema").get();
    return guard;
  } catch (error) {
    guard.close();
    throw error;
  }
}

function openGuarded(path: string, schema: "migrate" | "as_it_is"): Database {
  const database = openDatabase(path);
  try {
    if (schema === "migrate") migrate(database, path);
    else requireSchema(database, path);
    syncFolder(dirname(path));
    database.run("PRAGMA query_only = ON");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Keeps the end of the process off the file: Bun then checkpoints every open database of the main thread, which SQLite
 * refuses while a transaction reads.
 */
function preventCheckpoint(database: Database): void {
  try {
    database.run("BEGIN");
    database.query("SELECT count(*) AS n FROM sqlite_schema").get();
  } catch {
    // It cannot even be read. The writer has it open still, so that closing it writes nothing.
    database.close();
  }
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

async function startWriter(path: string, ballast: Ballast, onCommit: () => void, onFailure: (error: RegistryError) => void) {
  const waiting: WaitingCommand[] = [];
  let refusal: RegistryError | null = null;
  let isSound = true;
  let running: Promise<void> | null = null;

  const fail = (error: RegistryError): void => {
    if (isSound) onFailure(error);
    isSound = false;
    refusal = error;
    for (const command of waiting.splice(0)) command.reject(error);
  };
  const thread = createWriterThread(fail);
  const runQueue = async (): Promise<void> => {
    while (waiting.length > 0) await runBatch(waiting.splice(0, batchLimit));
    running = null;
  };
  const runBatch = async (batch: readonly WaitingCommand[]): Promise<void> => {
    try {
      const replies = await runOnFullDisk(thread, ballast, batch.map((command) => command.request));
      onCommit();
      const fatal = replies.find(isFailed);
      if (fatal !== undefined) fail(toError(fatal));
      for (const [index, command] of batch.entries()) settle(command, replies[index]);
    } catch (error) {
      const failure = error instanceof RegistryError ? error : writerFailed(error);
      fail(failure);
      for (const command of batch) command.reject(failure);
    }
  };
  const enqueue: Execute = (name, ...values) => {
    if (refusal !== null) return Promise.reject(refusal);
    if (waiting.length >= queueLimit)
      return Promise.reject(new RegistryError("storage_busy", "too many changes wait to be written: try again later"));
    return new Promise<CommandResult<typeof name>>((resolve, reject) => {
      // What comes back is this command's own result: the writer runs it by the same name.
      waiting.push({ request: { name, values }, resolve: resolve as (value: unknown) => void, reject });
      running ??= Promise.resolve().then(runQueue);
    });
  };
  const refuseGrowth = async (): Promise<void> => {
    if (!(await ballast.mayGrow())) throw new RegistryError("storage_full", "the records could not be written: the disk is full");
  };
  // The room that the ballast left is for commands that free more.
  const execute: Execute = (name, ...values) =>
    ballast.isGivenUp() && !isFreeing(name) ? refuseGrowth().then(() => enqueue(name, ...values)) : enqueue(name, ...values);
  await thread.ask({ kind: "open", path });
  return {
    execute,
    /** Refuses further commands and waits for the others; false when the writer has failed and is to be left alone. */
    finish: async (): Promise<boolean> => {
      refusal ??= new RegistryError("storage_busy", "the store is closed");
      await running;
      // Its connection stays open: closing the last one would write.
      if (!isSound) thread.leave();
      return isSound;
    },
    close: async (): Promise<void> => {
      try {
        await thread.ask({ kind: "close" });
        thread.terminate();
      } finally {
        if (!isSound) thread.leave();
      }
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

/** The thread, as question and answer in order. `onFailure` is also told what fails without a question. */
function createWriterThread(onFailure: (error: RegistryError) => void) {
  const worker = new Worker(new URL("./writer-thread.ts", import.meta.url).href);
  const asked: { resolve: (answer: WriterAnswer) => void; reject: (error: RegistryError) => void }[] = [];
  let failure: RegistryError | null = null;
  const fail = (error: RegistryError): void => {
    failure = error;
    for (const question of asked.splice(0)) question.reject(error);
    onFailure(error);
  };
  worker.onmessage = (event: MessageEvent<WriterAnswer>) => {
    const answer = event.data;
    if (answer.kind !== "failed") return asked.shift()?.resolve(answer);
    // A failure may come without a question (a checkpoint after an answer): whatever is asked next is told.
    const code = registryErrorCodes.find((known) => known === answer.code) ?? "storage_failed";
    fail(new RegistryError(code, `the records could not be written: ${answer.message}`));
  };
  worker.onerror = (event) => fail(writerFailed(event.message));
  const ask = (message: WriterMessage): Promise<WriterAnswer> =>
    new Promise((resolve, reject) => {
      if (failure !== null) return reject(failure);
      asked.push({ resolve, reject });
      worker.postMessage(message);
    });
  return {
    ask,
    run: async (batch: readonly CommandRequest[]): Promise<readonly CommandReply[]> => {
      const answer = await ask({ kind: "batch", batch });
      if (answer.kind !== "replies") throw toError({ ok: false, code: "storage_failed", message: "the writer gave no replies" });
      return answer.replies;
    },
    checkpoint: async (): Promise<void> => void (await ask({ kind: "checkpoint" })),
    terminate: () => worker.terminate(),
    /** Neither ends it nor waits for it. */
    leave: () => worker.unref(),
  };
}
