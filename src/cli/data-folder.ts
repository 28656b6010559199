import { statSync } from "node:fs";
import type { Config } from "../config.ts";
import { systemClock } from "../core/ports/clock.ts";
import { DataLockError, lockStores } from "../data-lock.ts";
import { openStores, type Stores } from "../open-stores.ts";
import { CommandError, messageOf, usageError } from "./command-error.ts";
import { exitCodes } from "./exit-code.ts";

/** What a command works on: the stores of a data folder, which a server may be serving meanwhile. */
export type DataFolder = Stores & { readonly clock: typeof systemClock };

/**
 * Opens the stores of a data folder that exists already, for as long as the action takes. A mistyped path must not
 * become a new, empty folder.
 */
export async function withDataFolder<Result>(
  config: Config,
  action: (folder: DataFolder) => Promise<Result>,
): Promise<Result> {
  checkExists(config);
  const stores = await openStores(config, "as_it_is").catch((error: unknown) => {
    throw new CommandError(exitCodes.cannotOpen, `the data folder ${config.dataDirectory} cannot be opened: ${messageOf(error)}`, error);
  });
  try {
    return await action({ ...stores, clock: systemClock });
  } finally {
    await stores.close();
  }
}

/**
 * Runs an action that needs the data folder for itself, and frees it at once. Null when a server is using it: the
 * action was not run then.
 */
export async function whileUnserved<Result>(config: Config, action: () => Promise<Result>): Promise<Result | null> {
  try {
    const lock = lockStores(config, "command");
    try {
      return await action();
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!(error instanceof DataLockError)) throw error;
    if (error.isHeld) return null;
    throw new CommandError(exitCodes.cannotOpen, error.message, error);
  }
}

function checkExists({ dataDirectory, database, blobs }: Config): void {
  if (database.scheme === "memory" || blobs.scheme === "memory")
    throw usageError("a store in memory lives in its server only: commands cannot reach it");
  const hint = "name the folder of a server that has run, with --data or STOWAGE_DATA";
  const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const absent = [dataDirectory, blobs.directory].find((path) => !isFolder(path));
  if (absent !== undefined) throw new CommandError(exitCodes.cannotOpen, `there is no data folder ${absent}: ${hint}`);
  if (statSync(database.path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new CommandError(exitCodes.cannotOpen, `there is no database ${database.path}: ${hint}`);
}
