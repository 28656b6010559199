import { describe, expect, it } from "bun:test";
import { join } from "node:path";
import { createContents, sha256Of } from "../support/fault-content.ts";
import { createFailingSite, type FailingStep } from "../support/fault-failing-calls.ts";
import { emptyFolder, fillFolder } from "../support/fault-folder.ts";
import { gateMissing, type ErrorName } from "../support/fault-gate.ts";
import { beginGatedServer } from "../support/fault-gated-server.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { recover } from "../support/fault-recovery.ts";
import { tryTable } from "../support/fault-table.ts";

const timeoutMs = 480_000;

type Row = Readonly<Record<ErrorName, string>>;

/** What is full or scarce refuses one request and passes; what leaves the disk in doubt ends the process. */
const writing: Row = { EIO: "500 ends 70", ENOSPC: "507 goes on", EDQUOT: "507 goes on", EROFS: "500 ends 70", EMFILE: "503 goes on" };
/** After a failed sync nothing is certain, whatever the reason. */
const syncing: Row = { EIO: "500 ends 70", ENOSPC: "500 ends 70", EDQUOT: "500 ends 70", EROFS: "500 ends 70", EMFILE: "500 ends 70" };

/** The sync before it has told of every byte: nothing is lost with it, and nothing refused. */
const closing: Row = { EIO: "201 goes on", ENOSPC: "201 goes on", EDQUOT: "201 goes on", EROFS: "201 goes on", EMFILE: "201 goes on" };
/** SQLite heeds neither: the server has synced this folder itself when it opened the records, before it listened. */
const syncingAgain: Row = { EIO: "204 goes on", ENOSPC: "204 goes on", EDQUOT: "204 goes on", EROFS: "204 goes on", EMFILE: "204 goes on" };
/** Where many publish, nobody's answer is looked at: the commit may be in the log, or was answered before its move. */
const unnamed: Row = { EIO: "- ends 70", ENOSPC: "- ends 70", EDQUOT: "- ends 70", EROFS: "- ends 70", EMFILE: "- ends 70" };

const publishing = "new bytes";
const table: Readonly<Record<string, FailingStep & { readonly expected: Partial<Row> }>> = {
  "open staging": { calls: "^create DATA/staging/", through: publishing, expected: writing },
  "write staging": { calls: "^write DATA/staging/", through: publishing, expected: writing },
  "sync staging": { calls: "^sync DATA/staging/", through: publishing, expected: syncing },
  "close staging": { calls: "^close DATA/staging/", through: publishing, expected: closing },
  "make folder": { calls: "^mkdir DATA/blobs/", through: publishing, expected: writing },
  "sync folder of folders": { calls: "^sync DATA/blobs$", through: publishing, expected: syncing },
  "open folder of folders": { calls: "^open DATA/blobs$", through: publishing, expected: writing },
  "open folder": { calls: "^open DATA/blobs/..$", through: publishing, expected: writing },
  rename: { calls: "^rename DATA/staging/", through: publishing, expected: writing },
  "sync folder": { calls: "^sync DATA/blobs/..$", through: publishing, expected: syncing },
  "write log": { calls: "^write DATA/stowage.db-(wal|room)", through: publishing, expected: writing },
  "sync log": { calls: "^sync DATA/stowage.db-wal$", through: publishing, expected: syncing },
  "write log of a delete": { calls: "^write DATA/stowage.db-(wal|room)", through: "a delete", expected: writing },
  "sync log of a delete": { calls: "^sync DATA/stowage.db-wal$", through: "a delete", expected: syncing },
  "open folder of the log": { calls: "^open DATA$", through: "a delete", isFirst: true, expected: syncingAgain },
  "sync folder of the log": { calls: "^sync DATA$", through: "a delete", isFirst: true, expected: syncingAgain },
  "remove superfluous": { calls: "^unlink DATA/blobs/", through: "known bytes", expected: { EIO: "201 ends 70", ENOSPC: "201 goes on", EDQUOT: "201 goes on", EROFS: "201 ends 70", EMFILE: "201 goes on" } },
  "grow index of log": { calls: "^write DATA/stowage.db-shm$", through: { writers: 1 }, isLogLong: true, expected: unnamed },
  "write database": { calls: "^write DATA/stowage.db(-room)?$", through: { writers: 8 }, expected: { EIO: "- ends 70", ENOSPC: "- goes on", EDQUOT: "- goes on", EROFS: "- ends 70", EMFILE: "- goes on" } },
  "sync database": { calls: "^sync DATA/stowage.db$", through: { writers: 8 }, expected: unnamed },
};

describe("a system that refuses one call of a server, again and again", () => {
  const itWatched = (name: string, action: () => Promise<void>): void => {
    if (gateMissing === null) it(name, action, timeoutMs);
    else it.skip(`${name} (skipped: ${gateMissing})`, () => undefined);
  };

  itWatched("makes it refuse the request or end, as the table says, and loses nothing that was answered", async () => {
    const seed = seedOfRun();
    console.log(`FAULT_SEED=${seed}`);
    const beganAtMs = performance.now();
    const random = createRandom(seed);
    using folder = emptyFolder();
    const site = await createFailingSite(join(folder.path, "data"), { contents: createContents(random), random });
    const { seen, wanted, cells } = await tryTable(table, site.tryStep).finally(site.close);
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(JSON.stringify({ cells, ...site.counts(), violations: site.violations.length, seconds }));
    expect(site.violations).toEqual([]);
    expect(seen).toEqual(wanted);
  });

  itWatched("catches one that removes placed bytes when their record may not have been written", async () => {
    const seed = seedOfRun();
    const random = createRandom(seed);
    const beganAtMs = performance.now();
    using folder = emptyFolder();
    const entry = "server-entry-unlink-in-doubt.ts";
    const site = await createFailingSite(join(folder.path, "data"), { contents: createContents(random), random, entry });
    try {
      // The record is in the log, whatever the failed sync says, and the next start finds it there.
      expect(await site.tryStep({ calls: "^sync DATA/stowage.db-wal$", through: publishing }, "EIO")).toBe("500 ends 70");
    } finally {
      await site.close();
    }
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(JSON.stringify({ entry, FAULT_SEED: seed, found: site.violations.map(({ kind }) => kind), seconds }));
    expect(site.violations.map(({ kind }) => kind)).toContain("damaged stores");
  });

  for (const [error, reason] of [["EROFS", "EROFS"], ["EIO", "EIO"]] as const)
    itWatched(`keeps it from starting, with one line that says why, where everything is refused with ${error}`, async () => {
      const beganAtMs = performance.now();
      using folder = emptyFolder();
      const dataDirectory = join(folder.path, "data");
      await fillFolder(dataDirectory, async (client) => void expect(await client.put("kept/1.0/file.bin", Buffer.from("kept"))).toBe(201));
      const expression = "^(create|write|mkdir|rename|sync|truncate|unlink) /";
      await using refused = beginGatedServer(dataDirectory, [{ from: 1, to: 1_000_000_000, action: error, expression }]);
      expect(await refused.exitCode()).toBe(3);
      expect(refused.errors()).toContain(reason);
      expect(refused.errors().trimEnd().split("\n")).toHaveLength(1);
      expect(refused.output()).toBe("");
      const kept = { kind: "content", sizeBytes: 4, sha256: sha256Of(Buffer.from("kept")) } as const;
      const contents = createContents(createRandom(1));
      const violations = await recover(dataDirectory, { entries: [], contents }, async ({ client }) => expect(await client.read("kept/1.0/file.bin")).toEqual(kept));
      const seconds = Math.round((performance.now() - beganAtMs) / 1000);
      console.log(JSON.stringify({ test: "a start that is refused everything", error, refusedCalls: refused.calls().filter(({ became }) => became === "error").length, violations: violations.length, seconds }));
      expect(violations).toEqual([]);
    });
});
