import { describe, expect, it } from "bun:test";
import { seedOfRun } from "../support/fault-random.ts";
import { runPowerCuts, type PowerCutPlan } from "../support/power-cut.ts";
import { whyNoRecordedDisks } from "../support/recording-disk.ts";

// Far more than it takes, for machines that do other work as well.
const timeoutMs = 600_000;
const setUps: readonly Pick<PowerCutPlan, "fileSystem" | "disks">[] = [
  { fileSystem: "ext4", disks: 1 },
  { fileSystem: "ext4", disks: 2 },
  { fileSystem: "xfs", disks: 1 },
  { fileSystem: "xfs", disks: 2 },
];

const reason = whyNoRecordedDisks(["ext4", "xfs"]);
const isSkipped = reason !== null && process.env["CI"] === undefined;

describe.skipIf(isSkipped)(`a power cut${isSkipped ? ` (skipped: ${reason})` : ""}`, () => {
  for (const setUp of setUps) {
    it(
      `on ${setUp.fileSystem}, ${setUp.disks === 1 ? "records and blobs on one disk" : "records and blobs on a disk each"}, leaves every answered file and delete, and every other upload whole or not at all`,
      async () => {
        const seed = seedOfRun();
        console.log(`FAULT_SEED=${seed}`);
        const report = await runPowerCuts({
          entry: "server-entry.ts",
          ...setUp,
          seed,
          operations: 180,
          loneAnswers: 8,
          twins: 6,
          randomCuts: 25,
        });
        console.log(JSON.stringify(report));
        expect(report.violations).toEqual([]);
        expect(report.uploads + report.deletes).toBeGreaterThanOrEqual(180);
        expect(report.answersChecked).toBeGreaterThan(1000);
      },
      timeoutMs,
    );
  }
});
