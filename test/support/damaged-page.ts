import { Database } from "bun:sqlite";
import { closeSync, openSync, writeSync } from "node:fs";

/** By name, where in the head of a page it is said how many bytes are lost in it, and what kind of page it is. */
const headBytes = { lostBytes: 7, kind: 0 } as const;

/** Says something untrue in the head of the page that a table without rows, or with few, consists of. */
export function damagePage(path: string, table: string, what: keyof typeof headBytes): void {
  const database = new Database(path);
  const page = database.query<{ rootpage: number }, [string]>("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(table)?.rootpage ?? 0;
  const { page_size: pageSize = 0 } = database.query<{ page_size: number }, []>("PRAGMA page_size").get() ?? {};
  database.close();
  const file = openSync(path, "r+");
  try {
    writeSync(file, Buffer.from([99]), 0, 1, (page - 1) * pageSize + headBytes[what]);
  } finally {
    closeSync(file);
  }
}
