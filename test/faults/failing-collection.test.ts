import { describe, expect, it } from "bun:test";
import { join } from "node:path";
import { createContents } from "../support/fault-content.ts";
import { createCollectingSite, type FailingTurn } from "../support/fault-failing-collection.ts";
import { emptyFolder } from "../support/fault-folder.ts";
import { gateMissing, type ErrorName } from "../support/fault-gate.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { tryTable } from "../support/fault-table.ts";

const timeoutMs = 480_000;

type Row = Partial<Readonly<Record<ErrorName, string>>>;

/** What is full or scarce passes: a later turn does it. What leaves the disk in doubt ends the process. */
const changing: Row = { EIO: "ends 70", ENOSPC: "goes on", EDQUOT: "goes on", EROFS: "ends 70", EMFILE: "goes on" };
/** After a failed sync nothing is certain, whatever the reason. */
const syncing: Row = { EIO: "ends 70", ENOSPC: "ends 70", EDQUOT: "ends 70", EROFS: "ends 70", EMFILE: "ends 70" };
/** What cannot be listed is not collected; nothing is in doubt. */
const reading: Row = { EIO: "goes on", EMFILE: "goes on" };

const log = "^write DATA/stowage.db-(wal|room)";
const logSync = "^sync DATA/stowage.db-wal$";
const table: Readonly<Record<string, FailingTurn & { readonly expected: Row }>> = {
  "write that blobs are being deleted": { calls: log, garbage: "deleted", expected: changing },
  "sync that blobs are being deleted": { calls: logSync, garbage: "deleted", expected: syncing },
  "remove a blob": { calls: "^unlink DELETED$", expected: changing },
  "write that blobs are gone": { calls: log, garbage: "deleted", refusedBefore: "^unlink DELETED$", expected: changing },
  "sync that blobs are gone": { calls: logSync, garbage: "deleted", refusedBefore: "^unlink DELETED$", expected: syncing },
  "open folder of folders": { calls: "^open DATA/blobs$", expected: reading },
  "list folder of folders": { calls: "^list DATA/blobs$", expected: reading },
  "open folder": { calls: "^open SHARD$", expected: reading },
  "list folder": { calls: "^list SHARD$", expected: reading },
  "write that an object has no record": { calls: log, garbage: "orphan", expected: changing },
  "sync that an object has no record": { calls: logSync, garbage: "orphan", expected: syncing },
  "remove an object without a record": { calls: "^unlink ORPHAN$", garbage: "orphan", expected: changing },
};

describe("a system that refuses one call of a server's collection, again and again", () => {
  const name = "lets it go on at a later turn, or makes it end, as the table says; no file is harmed and in the end everything is removed";
  const action = async (): Promise<void> => {
    const seed = seedOfRun();
    console.log(`FAULT_SEED=${seed}`);
    const beganAtMs = performance.now();
    using folder = emptyFolder();
    const site = await createCollectingSite(join(folder.path, "data"), createContents(createRandom(seed)));
    const { seen, wanted, cells } = await tryTable(table, site.tryStep).finally(site.close);
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(JSON.stringify({ test: "failing collection", cells, ...site.counts(), violations: site.violations.length, seconds }));
    expect(site.violations).toEqual([]);
    expect(seen).toEqual(wanted);
  };
  if (gateMissing === null) it(name, action, timeoutMs);
  else it.skip(`${name} (skipped: ${gateMissing})`, () => undefined);
});
