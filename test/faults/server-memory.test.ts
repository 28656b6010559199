import { describe, expect, it } from "bun:test";
import { existsSync } from "node:fs";
import { littleMemory } from "../night/little-memory.ts";

const timeoutMs = 300_000;
/** The night's run does the same with uploads of 1 GiB, half a minute in the freezer and a minute on a tenth of a core. */
const plan = { uploadMib: 64, frozenMs: 5000, slowSeconds: 15 } as const;
const isSkipped =
  process.env["CI"] === undefined && !(process.getuid?.() === 0 && ["memory", "cpu", "freezer"].every((name) => existsSync(`/sys/fs/cgroup/${name}/cgroup.procs`)));

describe("a server that may take 256 MB of memory", () => {
  it.skipIf(isSkipped)(
    "receives 20 files of 64 MiB at once, through half a minute stopped and a while frozen, then serves on a tenth of a core (skipped without root and control groups, version 1)",
    async () => {
      const { done, problems, figures, seconds, seed } = await littleMemory(plan);
      console.log(JSON.stringify({ test: "little memory", done, ...figures, problems: problems.length, FAULT_SEED: seed, seconds }));
      expect(problems).toEqual([]);
      expect(figures).toMatchObject({ uploadsAnswered201: 20, outOfMemoryKills: 0, slowPublishesAndReads: 60, blobsVerified: 80 });
    },
    timeoutMs,
  );
});
