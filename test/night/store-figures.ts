import { Database } from "bun:sqlite";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a running server holds at one moment. */
export interface StoreFigures {
  readonly rssBytes: number;
  /** Open files, folders and sockets. */
  readonly descriptors: number;
  readonly walBytes: number;
  readonly databaseBytes: number;
  readonly stagingEntries: number;
  readonly objects: number;
  /** Objects that no record names: running publishes, and what a kill left for collection. */
  readonly orphans: number;
  readonly oldestOrphanMs: number;
  /** Records that no file names and collection has not removed yet. */
  readonly unreferenced: number;
}

/** Reads the process from the system and the folder beside the running server; Linux only. */
export function readFigures(pid: number, dataDirectory: string): StoreFigures {
  const rssKib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  const database = join(dataDirectory, "stowage.db");
  // Objects first: what is recorded in between is then no orphan.
  const objects = listObjects(join(dataDirectory, "blobs"));
  const records = readRecords(database);
  // And then once more: what collection has removed in between had its record until it was gone.
  const orphans = [...objects].filter(([name]) => !records.names.has(name) && existsSync(join(dataDirectory, "blobs", name.slice(0, 2), name)));
  const nowMs = Date.now();
  return {
    rssBytes: Number(rssKib ?? 0) * 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    walBytes: sizeOf(`${database}-wal`),
    databaseBytes: sizeOf(database),
    stagingEntries: readdirSync(join(dataDirectory, "staging")).length,
    objects: objects.size,
    orphans: orphans.length,
    unreferenced: records.unreferenced,
    // One that gave way to other bytes is old, and has had no record since then only.
    oldestOrphanMs: Math.max(0, ...orphans.map(([name, modifiedAtMs]) => nowMs - Math.max(modifiedAtMs, records.unrecordedSince.get(name) ?? 0))),
  };
}

/** Physical name -> when its bytes were put there. */
function listObjects(folder: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const shard of readdirSync(folder)) {
    for (const name of readdirSync(join(folder, shard))) {
      const object = statSync(join(folder, shard, name), { throwIfNoEntry: false });
      if (object !== undefined) found.set(name, object.mtimeMs);
    }
  }
  return found;
}

interface Records {
  readonly names: ReadonlySet<string>;
  readonly unreferenced: number;
  readonly unrecordedSince: ReadonlyMap<string, number>;
}

function readRecords(path: string): Records {
  using database = new Database(path, { readonly: true });
  const rows = database
    .query<{ readonly storage_name: string; readonly is_named: number }, []>("SELECT storage_name, unreferenced_since_ms IS NULL AS is_named FROM blobs")
    .all();
  const noted = database.query<{ readonly storage_name: string; readonly first_seen_ms: number }, []>("SELECT storage_name, first_seen_ms FROM unrecorded_objects").all();
  return {
    names: new Set(rows.map((row) => row.storage_name)),
    unreferenced: rows.filter((row) => row.is_named === 0).length,
    unrecordedSince: new Map(noted.map((row) => [row.storage_name, row.first_seen_ms])),
  };
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}
