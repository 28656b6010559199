import { describe, expect, it } from "bun:test";
import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { StorageName } from "../../src/core/domain.ts";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import type { Stores } from "../../src/open-stores.ts";
import { runRace, type Collected, type RaceReport } from "../support/fault-race.ts";
import { seedOfRun } from "../support/fault-random.ts";

const raceSeconds = 60;
const timeoutMs = 200_000;
/** Until the broken collector is caught, at most. */
const mostSeconds = 60;

async function raceAndTell(test: string, plan: Omit<Parameters<typeof runRace>[0], "seed">): Promise<RaceReport> {
  const seed = seedOfRun();
  console.log(`FAULT_SEED=${seed}`);
  const beganAtMs = performance.now();
  const report = await runRace({ ...plan, seed });
  const { violations, ...counts } = report;
  const seconds = Math.round((performance.now() - beganAtMs) / 1000);
  console.log(JSON.stringify({ test, ...counts, violations: violations.length, seconds }));
  return report;
}

/** Broken on purpose: looks which blobs nothing names, removes their bytes, then forgets them; nothing is claimed before. */
async function collectWithoutClaims({ blobs }: Pick<Stores, "blobs">, dataDirectory: string): Promise<Collected> {
  const database = new Database(join(dataDirectory, "stowage.db"), { readwrite: true });
  try {
    database.run("PRAGMA busy_timeout = 5000");
    const found = database
      .query<{ id: number; storage_name: StorageName }, []>("SELECT id, storage_name FROM blobs WHERE unreferenced_since_ms IS NOT NULL")
      .all();
    for (const { id, storage_name: storageName } of found) {
      await blobs.remove(storageName);
      database.run("DELETE FROM blobs WHERE id = ? AND NOT EXISTS (SELECT 1 FROM files WHERE blob_id = blobs.id)", [id]);
    }
    return { unreferencedBlobs: found.length, unrecordedObjects: 0 };
  } finally {
    database.close();
  }
}

describe("collection beside publishers, in two processes' stores", () => {
  it(
    "never takes the bytes of a file that was answered and not deleted",
    async () => {
      const report = await raceAndTell("collection race", {
        raceMs: raceSeconds * 1000,
        collect: (stores, _, graceMs) => collectGarbage(stores, { graceMs }),
        endsWhenCaught: false,
      });
      expect(report.violations).toEqual([]);
      // A race in which nobody met anybody has proved nothing.
      expect(report.collected.unreferencedBlobs).toBeGreaterThan(100);
      expect(report.count.refused).toBeGreaterThan(0);
      expect(report.count.published).toBeGreaterThan(200);
    },
    timeoutMs,
  );

  it(
    "is caught where it removes what it saw unreferenced, without claiming it",
    async () => {
      const report = await raceAndTell("collection race without claims", {
        raceMs: mostSeconds * 1000,
        collect: collectWithoutClaims,
        endsWhenCaught: true,
      });
      expect(report.violations.length).toBeGreaterThan(0);
    },
    timeoutMs,
  );
});
