import { readFileSync } from "node:fs";
import { serve } from "../../src/cli/serve.ts";
import { loadConfig } from "../../src/config.ts";
import { soakTimes } from "./soak-times.ts";

/** The server as `stowage serve` runs it, except that it collects after a minute what by configuration waits an hour at least. */
const config = loadConfig({ flags: {}, environment: process.env, readFile: (path) => readFileSync(path, "utf8") });
const { collectionIntervalMs: intervalMs, collectionGraceMs: graceMs } = soakTimes;
await serve.run({
  config: { ...config, collection: { intervalMs, graceMs } },
  names: [],
  flags: new Map(),
  print: (text) => void process.stdout.write(`${text}\n`),
  readInput: async () => "",
});
