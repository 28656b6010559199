import { describe, expect, it } from "bun:test";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedOfRun } from "../support/fault-random.ts";
import { runPowerCuts, type PowerCutPlan } from "../support/power-cut.ts";
import { makeImage, runMounted, whyNoRecordedDisks } from "../support/recording-disk.ts";

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

describe.skipIf(isSkipped)(`the disk of a power cut${isSkipped ? ` (skipped: ${reason})` : ""}`, () => {
  it("is waited for while a file on it is open, and told of when it stays so", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stowage-power-"));
    try {
      const [image, mountPoint] = [join(folder, "disk.img"), join(folder, "mounted")];
      mkdirSync(mountPoint);
      await makeImage(image, "xfs");
      const path = join(mountPoint, "open");
      const openOn = async (): Promise<number> => {
        writeFileSync(path, "x");
        return openSync(path, "r");
      };
      let closed = false;
      await runMounted([image], [mountPoint], async () => {
        const file = await openOn();
        setTimeout(() => {
          closed = true;
          closeSync(file);
        }, 200);
      });
      expect(closed).toBe(true);
      let left = -1;
      const kept = runMounted([image], [mountPoint], async () => void (left = await openOn()), 100);
      const failure = await kept.then(() => null, String);
      closeSync(left);
      expect(failure).toContain(path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

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
        // A cut of nothing, or beside nothing, has proved little.
        const met = { flushes: report.diskFlushes, collected: report.collected, cutFirsts: report.cutFirsts, refusedFirsts: report.refusedFirsts, ...report.imagesOf };
        for (const [what, count] of Object.entries(met)) expect([what, count]).not.toEqual([what, 0]);
      },
      timeoutMs,
    );
  }
});
