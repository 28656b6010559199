import { Database } from "bun:sqlite";

/*
 * For a server that is broken on purpose: whoever loads this opens databases with `synchronous = NORMAL`, where a commit
 * to the write-ahead log is not synced.
 */
const wanted = "PRAGMA synchronous = FULL";
const { run } = Database.prototype;
Database.prototype.run = function (this: Database, sql: string, ...values: never[]) {
  return run.call(this, sql === wanted ? "PRAGMA synchronous = NORMAL" : sql, ...values);
};
