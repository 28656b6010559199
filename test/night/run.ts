import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { moveToOwnNetwork } from "../../benchmarks/own-network.ts";
import { seedOfRun } from "../support/fault-random.ts";
import { largeFile } from "./large-file.ts";
import { load } from "./load.ts";
import { littleMemory } from "./little-memory.ts";
import { millionVersions } from "./million-versions.ts";
import { describeRun, readRecords, writeRecords, type PartRecord } from "./night-record.ts";
import type { PartResult } from "./part-result.ts";
import { powerCuts } from "./power-cuts.ts";
import { soak } from "./soak.ts";

/** How long or how large a part is to be, where that can be chosen; null for what it is by itself. */
interface Scale {
  readonly powerCuts: number | null;
  readonly shutdowns: number | null;
  readonly soakSeconds: number | null;
  readonly publishSeconds: number | null;
  readonly mixedSeconds: number | null;
  readonly largeGb: number | null;
  readonly millionFiles: number | null;
}

/** The long tests in the order in which they run; each cleans up behind itself and says by its result how it went. */
const parts: Readonly<Record<string, (scale: Scale) => Promise<PartResult>>> = {
  power: ({ powerCuts: replayed, shutdowns }) => powerCuts({ replayed, shutdowns }),
  memory: () => littleMemory(),
  load: ({ publishSeconds, mixedSeconds }) => load({ publishSeconds, mixedSeconds }),
  large: ({ largeGb }) => largeFile({ gigabytes: largeGb }),
  million: ({ millionFiles }) => millionVersions({ files: millionFiles }),
  soak: ({ soakSeconds }) => soak({ seconds: soakSeconds }),
};

const usage = `npm run test:night -- [PART...]: ${Object.keys(parts).join(", ")} (all unless named)
  --power-cuts N        instead of 1000, replayed
  --shutdowns N         instead of 50 of each file system
  --soak-seconds N      instead of 7200
  --publish-seconds N   instead of 300
  --mixed-seconds N     instead of 3600
  --large-gb N          instead of 100
  --million-files N     instead of 10000000
  --take FILE           take over the results in the night.json of another run, and run nothing`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "power-cuts": { type: "string" },
    shutdowns: { type: "string" },
    "soak-seconds": { type: "string" },
    "publish-seconds": { type: "string" },
    "mixed-seconds": { type: "string" },
    "large-gb": { type: "string" },
    "million-files": { type: "string" },
    take: { type: "string" },
    help: { type: "boolean" },
  },
});
const scale: Scale = {
  powerCuts: numberOf(values["power-cuts"]),
  shutdowns: numberOf(values.shutdowns),
  soakSeconds: numberOf(values["soak-seconds"]),
  publishSeconds: numberOf(values["publish-seconds"]),
  mixedSeconds: numberOf(values["mixed-seconds"]),
  largeGb: numberOf(values["large-gb"]),
  millionFiles: numberOf(values["million-files"]),
};
if (values.help === true) {
  console.log(usage);
  process.exit(0);
}
for (const name of positionals) if (!Object.hasOwn(parts, name)) refuse(`no such part: ${name}`);
if (values.take !== undefined && !existsSync(values.take)) refuse(`no such file: ${values.take}`);
if (values.take === undefined) await moveToOwnNetwork();

const order = Object.keys(parts);
const records = values.take === undefined ? await runParts(positionals.length > 0 ? positionals : order) : readRecords(values.take);
console.log(writeRecords(records, order));
process.exit(records.every(({ passed }) => passed) ? 0 : 1);

async function runParts(names: readonly string[]): Promise<readonly PartRecord[]> {
  const done: PartRecord[] = [];
  for (const name of names) {
    const about = describeRun();
    console.log(`${about.date} ${name} begins`);
    const record = { ...(await outcomeOf(name)), ...about };
    console.log(`${JSON.stringify({ ...record, series: undefined })}`);
    // At once: what comes after may take hours.
    writeRecords([record], order);
    done.push(record);
  }
  return done;
}

/** A part that breaks off has failed, and the others run all the same. */
async function outcomeOf(name: string): Promise<PartResult> {
  const beganAtMs = performance.now();
  try {
    const run = parts[name];
    if (run === undefined) throw new Error(`no part ${name}`);
    return await run(scale);
  } catch (error) {
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    const problem = error instanceof Error ? error.message : String(error);
    return { part: name, done: "broke off", passed: false, figures: {}, problems: [problem], seconds, seed: seedOfRun() };
  }
}

function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : refuse(`${JSON.stringify(text)} is no number`);
}

function refuse(what: string): never {
  console.error(`${what}\n${usage}`);
  process.exit(2);
}
