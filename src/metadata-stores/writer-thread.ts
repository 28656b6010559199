import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { openDatabase, createSqliteConnection } from "./sqlite-connection.ts";
import { extendLog } from "./log-headroom.ts";
import { describeFailure, describeWriteFailure, executeBatch, isFailed, type CommandReply, type CommandRequest } from "./write-batch.ts";

/** What the writer is told. */
export type WriterMessage =
  | { readonly kind: "open"; readonly path: string }
  | { readonly kind: "batch"; readonly batch: readonly CommandRequest[] }
  | { readonly kind: "checkpoint" }
  | { readonly kind: "close" };

/** What it answers, one answer to each message in order. */
export type WriterAnswer =
  | { readonly kind: "done" }
  | { readonly kind: "replies"; readonly replies: readonly CommandReply[] }
  | { readonly kind: "failed"; readonly code: string | null; readonly message: string };

/** After so many commands the write-ahead log is moved into the database. */
const commandsPerCheckpoint = 500;
/** Sooner on a disk so small that the log (about 20 KiB for each command) would take a good part of it. */
const smallDiskBytes = 1024 ** 3;
const commandsPerCheckpointThere = 50;
/** A log as long as this was left by a process that was killed: an orderly stop leaves none. */
const leftOverBytes = 1024 * 1024;

declare const self: Worker;

let writer: ReturnType<typeof openWriter> | null = null;
let databasePath = "";
/** The first failed sync or commit. What waits by then, or comes later, is refused: nothing is written or synced again. */
let refusal: (WriterAnswer & { kind: "failed" }) | null = null;

function openWriter(path: string) {
  const database = openDatabase(path);
  extendLog(database, path);
  const connection = createSqliteConnection(database);
  const { blocks, bsize } = statfsSync(dirname(path));
  const commandsBetween = blocks * bsize < smallDiskBytes ? commandsPerCheckpointThere : commandsPerCheckpoint;
  // What a killed process left is moved after the first batch: else the log grows with each that is killed early.
  let commandsSinceCheckpoint = logBytes(path) >= leftOverBytes ? commandsBetween : 0;
  /** Throws on a failed sync; a full disk, or a quota that is reached, only leaves the log longer. */
  const checkpoint = (): void => {
    try {
      database.run("PRAGMA wal_checkpoint(PASSIVE)");
      commandsSinceCheckpoint = 0;
    } catch (error) {
      const failure = describeWriteFailure(error, database);
      if (failure.code !== "storage_full" && failure.code !== "storage_busy") throw error;
    }
  };
  return {
    run: (batch: readonly CommandRequest[]) => executeBatch(database, connection, batch),
    noteDone: (count: number): void => {
      commandsSinceCheckpoint += count;
      if (commandsSinceCheckpoint >= commandsBetween) checkpoint();
    },
    checkpoint,
    close: (): void => {
      checkpoint();
      database.close();
    },
  };
}

function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

async function handle(message: WriterMessage): Promise<void> {
  if (refusal !== null) return answer(refusal);
  if (message.kind === "open") {
    databasePath = message.path;
    writer = openWriter(message.path);
    return answer({ kind: "done" });
  }
  if (writer === null) return answer({ kind: "failed", code: "storage_busy", message: "the writer is not open" });
  switch (message.kind) {
    case "batch": {
      const replies = await writer.run(message.batch);
      answer({ kind: "replies", replies });
      const failed = replies.find(isFailed);
      if (failed !== undefined) {
        refusal = { kind: "failed", code: failed.code, message: failed.message };
        return;
      }
      // After the answer: a checkpoint syncs, and nobody has to wait for it.
      return writer.noteDone(message.batch.length);
    }
    case "checkpoint":
      writer.checkpoint();
      return answer({ kind: "done" });
    case "close":
      writer.close();
      writer = null;
      return answer({ kind: "done" });
  }
}

function answer(message: WriterAnswer): void {
  self.postMessage(message);
}

let queue = Promise.resolve();
self.onmessage = (event: MessageEvent<WriterMessage>) => {
  queue = queue.then(() =>
    handle(event.data).catch((error: unknown) => {
      const { code, message } = describeFailure(error, databasePath);
      refusal = { kind: "failed", code: code ?? "storage_failed", message };
      answer(refusal);
    }),
  );
};
