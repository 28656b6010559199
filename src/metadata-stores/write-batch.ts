import type { Database } from "bun:sqlite";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { RegistryErrorCode } from "../core/registry-error.ts";
import { commands, type CommandName } from "./commands.ts";
import type { SqlConnection } from "./statements/connection.ts";
import { tryToWrite } from "./write-room.ts";

/** A command on its way to the writer. */
export interface CommandRequest {
  readonly name: CommandName;
  readonly values: readonly unknown[];
}

/** What became of it; a failure crosses threads as plain data. */
export type CommandReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: RegistryErrorCode | null; readonly message: string };

/** Whether a command met a failed sync or commit: what the disk holds is in doubt, and nothing is to be written any more. */
export function isFailed(reply: CommandReply): reply is CommandReply & { ok: false } {
  return !reply.ok && reply.code === "storage_failed";
}

/**
 * Runs commands in one transaction with one sync, each within a savepoint of its own, so that one that fails takes
 * nothing with it. When the transaction itself fails, every command has failed; with `storage_failed` where it is not sure
 * that nothing of it was kept. Never throws.
 */
export async function executeBatch(
  database: Database,
  connection: SqlConnection,
  batch: readonly CommandRequest[],
): Promise<CommandReply[]> {
  let isCommitting = false;
  try {
    await connection.run("BEGIN IMMEDIATE");
    const replies: CommandReply[] = [];
    for (const request of batch) replies.push(await executeOne(database, connection, request));
    isCommitting = true;
    await connection.run("COMMIT");
    return replies;
  } catch (error) {
    const described = describeWriteFailure(error, database);
    // Only a full disk and a lock are known to keep nothing of a commit; after anything else (no memory, say) it may count.
    const failure = isCommitting && described.code === null ? ({ ...described, code: "storage_failed" } as const) : described;
    try {
      if (database.inTransaction) database.run("ROLLBACK");
    } catch (rollbackError) {
      const reply = { ...describeFailure(rollbackError, database.filename), code: "storage_failed" } as const;
      return batch.map(() => reply);
    }
    return batch.map(() => failure);
  }
}

async function executeOne(
  database: Database,
  connection: SqlConnection,
  request: CommandRequest,
): Promise<CommandReply> {
  await connection.run("SAVEPOINT command");
  try {
    // The name was checked by the type of Execute on the sending side; the values are that command's own.
    const command = commands[request.name] as (sql: SqlConnection, ...values: readonly unknown[]) => Promise<unknown>;
    const value = await command(connection, ...request.values);
    await connection.run("RELEASE command");
    return { ok: true, value };
  } catch (error) {
    const failure = describeFailure(error, database.filename);
    if (failure.code !== null || !database.inTransaction) throw error;
    database.run("ROLLBACK TO command");
    database.run("RELEASE command");
    return failure;
  }
}

/** Errors after which nothing of a transaction, or of a checkpoint, counts, and which may have a harmless reason. */
const passing: ReadonlySet<string> = new Set(["SQLITE_IOERR_WRITE", "SQLITE_CANTOPEN"]);

/**
 * What an engine error means to a transaction that is rolled back, or to a checkpoint that is tried again: a quota that is
 * reached and a lack of descriptors pass, like a full disk. Only a write, or the making of a temporary file, is looked
 * into: an error from a sync, or an index of the log that cannot grow, comes when the whole commit may be in the log, where
 * the next start finds it. What it names must stay then, so that never passes, not even for lack of room.
 */
export function describeWriteFailure(error: unknown, database: Database): CommandReply & { ok: false } {
  const failure = describeFailure(error, database.filename);
  const engineCode = error instanceof Error && "code" in error ? String(error.code) : "";
  if (engineCode === "SQLITE_IOERR_SHMSIZE") return { ...failure, code: "storage_failed" };
  const reason = passing.has(engineCode) ? tryToWrite(database.filename) : null;
  return reason === null ? failure : { ...failure, code: reason };
}

/**
 * What an engine error means. A full disk changed nothing and passes; a lock held by another process passes; any other
 * input or output error leaves what the disk holds in doubt. `path` is the database's.
 */
export function describeFailure(error: unknown, path: string): CommandReply & { ok: false } {
  const message = error instanceof Error ? error.message : String(error);
  const engineCode = error instanceof Error && "code" in error ? String(error.code) : "";
  if (isFullDisk(engineCode, path)) return { ok: false, code: "storage_full", message };
  if (engineCode.startsWith("SQLITE_BUSY")) return { ok: false, code: "storage_busy", message };
  const isFatal = ["SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_READONLY"].some((code) =>
    engineCode.startsWith(code),
  );
  return { ok: false, code: isFatal ? "storage_failed" : null, message };
}

/**
 * The index of the log that cannot grow, and a temporary file that cannot be made because there is no room for one more,
 * are a full disk as well: both are met before anything is written.
 */
function isFullDisk(engineCode: string, path: string): boolean {
  if (engineCode.startsWith("SQLITE_FULL") || engineCode === "SQLITE_IOERR_SHMSIZE") return true;
  return engineCode.startsWith("SQLITE_CANTOPEN") && isOutOfFiles(dirname(path));
}

function isOutOfFiles(folder: string): boolean {
  try {
    const { bavail, files, ffree } = statfsSync(folder);
    return bavail === 0 || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}
