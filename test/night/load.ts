import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedOfRun } from "../support/fault-random.ts";
import { runHerd } from "./load-herd.ts";
import { judgeLoad } from "./load-limits.ts";
import { runMixed } from "./load-mixed.ts";
import { runPublishers } from "./load-publishers.ts";
import { startNightServer, endVerified } from "./night-server.ts";
import type { PartResult } from "./part-result.ts";
import { residentMib } from "./process-memory.ts";

const fiveMinutes = 300;
const oneHour = 3600;

/** What one kind of load has shown; the figures are judged together with those of the others. */
export interface LoadFigures {
  readonly figures: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

/** Many publishers, a herd at one file, and reads with a tenth of publishes for long; every time counts from when its request was due. */
export async function load(options: { readonly publishSeconds: number | null; readonly mixedSeconds: number | null }): Promise<PartResult> {
  const seed = seedOfRun();
  const beganAtMs = performance.now();
  const { publishSeconds, mixedSeconds } = { publishSeconds: options.publishSeconds ?? fiveMinutes, mixedSeconds: options.mixedSeconds ?? oneHour };
  const folder = mkdtempSync(join(tmpdir(), "stowage-load-"));
  const dataDirectory = join(folder, "data");
  const server = await startNightServer({ dataDirectory });
  try {
    const publishers = await told(runPublishers(server.url, { seed, seconds: publishSeconds }));
    const herd = await told(runHerd(server.url, { seed }));
    const mixed = await told(runMixed(server.url, { seed, seconds: mixedSeconds }));
    const figures = { ...publishers.figures, ...herd.figures, ...mixed.figures, residentMostMib: residentMib(server.pid).most };
    const problems = [...publishers.problems, ...herd.problems, ...mixed.problems, ...judgeLoad(figures)];
    const verified = await endVerified(server, dataDirectory, problems);
    return {
      part: "load",
      done: `200 publishers with a file of 1 MB every ten seconds each, for ${publishSeconds} s; 1,000 clients that fetch one file of 50 MB at once, with publishes beside; 90 % reads and 10 % publishes of 10 KiB at 70 % of the rate that the machine reached just before, for ${mixedSeconds} s; client and server share the cores; stores verified`,
      passed: problems.length === 0,
      figures: { ...figures, blobsVerified: verified.blobs },
      problems,
      seconds: Math.round((performance.now() - beganAtMs) / 1000),
      seed,
    };
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** At once: verification and the removal of half a million files come after, and a run that is broken off there has been in vain. */
async function told(running: Promise<LoadFigures>): Promise<LoadFigures> {
  const found = await running;
  console.log(JSON.stringify(found));
  return found;
}
