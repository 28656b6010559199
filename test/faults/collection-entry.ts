import { loadConfig } from "../../src/config.ts";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { openStores } from "../../src/open-stores.ts";

const graceMs = 3600 * 1000;

/**
 * Opens the stores of a data folder, says so, and at SIGTERM collects twice, each time with a clock that is far enough
 * ahead for everything to be old: what has no record is noted by the first run and removed by the second.
 */
const config = loadConfig({ flags: {}, environment: process.env, readFile: () => "" });
const stores = await openStores(config, "as_it_is");
process.on("SIGTERM", () => void collect());
process.stdout.write("ready\n");

async function collect(): Promise<void> {
  for (const ahead of [2, 4]) {
    const clock = { nowMs: () => Date.now() + ahead * graceMs };
    await collectGarbage({ ...stores, clock }, { graceMs });
  }
  await stores.close();
  process.exit(0);
}
