import { describe, expect, it } from "bun:test";
import type { Violation } from "../support/fault-journal.ts";
import { seedOfRun } from "../support/fault-random.ts";
import { runPowerCuts, type PowerCutPlan } from "../support/power-cut.ts";
import { whyNoRecordedDisks } from "../support/recording-disk.ts";

// Far more than it takes, for machines that do other work as well.
const timeoutMs = 300_000;

interface Variant extends Pick<PowerCutPlan, "entry" | "fileSystem" | "disks"> {
  readonly what: string;
}

const variants: readonly Variant[] = [
  { what: "does not sync the bytes of uploads", entry: "server-entry-no-file-sync.ts", fileSystem: "ext4", disks: 1 },
  { what: "does not sync the bytes of uploads", entry: "server-entry-no-file-sync.ts", fileSystem: "xfs", disks: 2 },
  { what: "does not sync its commits", entry: "server-entry-synchronous-normal.ts", fileSystem: "ext4", disks: 1 },
  // On one disk the sync of the commit takes the folder along: only on two can it be missed.
  { what: "does not sync the folders of its blobs", entry: "server-entry-no-folder-sync.ts", fileSystem: "ext4", disks: 2 },
  { what: "does not sync the folders of its blobs", entry: "server-entry-no-folder-sync.ts", fileSystem: "xfs", disks: 2 },
  { what: "answers before its commit", entry: "server-entry-ack-before-commit.ts", fileSystem: "ext4", disks: 1 },
];

const reason = whyNoRecordedDisks(["ext4", "xfs"]);
const isSkipped = reason !== null && process.env["CI"] === undefined;
/** Where every file is gone, with the folders of all, the start itself is refused. */
const isLoss = ({ kind, detail }: Violation): boolean =>
  kind === "acknowledged file lost" || (kind === "start refused" && detail.includes("no stored file that the records name lies in"));

describe.skipIf(isSkipped)(`a power cut under a server that is broken on purpose${isSkipped ? ` (skipped: ${reason})` : ""}`, () => {
  for (const { what, ...setUp } of variants) {
    it(
      `catches one that ${what} (${setUp.fileSystem}, ${setUp.disks === 1 ? "one disk" : "a disk for records and one for blobs"})`,
      async () => {
        const seed = seedOfRun();
        console.log(`FAULT_SEED=${seed} (${setUp.entry})`);
        const report = await runPowerCuts({
          ...setUp,
          seed,
          operations: 24,
          loneAnswers: 8,
          twins: 0,
          randomCuts: 0,
          isEnough: (violations) => violations.some(isLoss),
        });
        const lost = report.violations.filter(isLoss);
        console.log(JSON.stringify({ entry: setUp.entry, ...report, violations: report.violations.length, lost: lost.slice(0, 2) }));
        expect(lost.length).toBeGreaterThan(0);
      },
      timeoutMs,
    );
  }

  it(
    "leaves nothing that is served with wrong bytes, and what it lost is named by verification (ext4, one disk that lies of uploads)",
    async () => {
      const seed = seedOfRun();
      console.log(`FAULT_SEED=${seed} (a disk that lies)`);
      const entry = "server-entry-no-file-sync.ts";
      const report = await runPowerCuts({ entry, fileSystem: "ext4", disks: 1, seed, operations: 24, loneAnswers: 4, twins: 0, randomCuts: 3 });
      const lost = report.violations.filter(isLoss).length;
      const named = report.violations.filter(({ kind }) => kind === "damaged stores").length;
      console.log(JSON.stringify({ test: "a disk that lies", ...report, violations: report.violations.length, lost, named }));
      expect(report.violations.filter(({ kind }) => ["wrong bytes", "start refused", "not mountable"].includes(kind))).toEqual([]);
      expect(named).toBeGreaterThan(0);
      expect(lost).toBeGreaterThan(0);
    },
    timeoutMs,
  );
});
