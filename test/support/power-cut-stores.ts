import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig, type Config } from "../../src/config.ts";
import { collectGarbage, type CollectionReport } from "../../src/core/maintenance/collect-garbage.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { openStores } from "../../src/open-stores.ts";
import { serverSettings } from "./fault-process.ts";

/** Variables of a server whose records are on the first of these file systems and whose blobs are on the last. */
export function settingsOn(folders: readonly string[]): Readonly<Record<string, string>> {
  const [first = "", second] = folders;
  const settings = { STOWAGE_DATA: join(first, "data") };
  return second === undefined ? settings : { ...settings, STOWAGE_BLOBS: `file:${join(second, "blobs")}` };
}

/** The same as a configuration, for a server or stores in this process. */
export function configOn(folders: readonly string[]): Config {
  return loadConfig({
    flags: {},
    environment: {
      ...serverSettings(join(folders[0] ?? "", "data")),
      ...settingsOn(folders),
    },
    readFile: (path) => readFileSync(path, "utf8"),
  });
}

/** Collects beside the server, from this process, whatever no file names any more, without any time of grace. */
export async function collectOn(folders: readonly string[]): Promise<CollectionReport> {
  const stores = await openStores(configOn(folders), "as_it_is");
  try {
    return await collectGarbage({ ...stores, clock: systemClock }, { graceMs: 0 });
  } finally {
    await stores.close();
  }
}
