import { Database } from "bun:sqlite";

/** Names to commit together. */
export interface BareCommitTask {
  readonly path: string;
  readonly names: readonly string[];
}

export type BareCommitAnswer = "committed";

declare const self: Worker;

let database: Database | null = null;

/** The thread of the bare loop that commits, with the settings of Stowage's own records. */
function opened(path: string): Database {
  if (database !== null) return database;
  database = new Database(path, { create: true });
  for (const pragma of ["journal_mode = WAL", "synchronous = FULL"]) database.run(`PRAGMA ${pragma}`);
  database.run("CREATE TABLE files (name TEXT PRIMARY KEY) WITHOUT ROWID");
  return database;
}

self.onmessage = ({ data: { path, names } }: MessageEvent<BareCommitTask>) => {
  const store = opened(path);
  const insert = store.query("INSERT INTO files (name) VALUES (?)");
  store.transaction(() => {
    for (const name of names) insert.run(name);
  })();
  const answer: BareCommitAnswer = "committed";
  self.postMessage(answer);
};
