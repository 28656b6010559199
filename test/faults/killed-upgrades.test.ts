import { describe, expect, it } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { migrations } from "../../src/metadata-stores/migrate.ts";
import { createContents } from "../support/fault-content.ts";
import { contentAt, emptyFolder } from "../support/fault-folder.ts";
import { gateMissing, type GatedProcess } from "../support/fault-gate.ts";
import { beginGatedServer } from "../support/fault-gated-server.ts";
import { rowsOf, shapeOf, writeOldFolder } from "../support/fault-old-folder.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { killAtEachStep } from "../support/fault-steps.ts";
import { judgeUpgrade } from "../support/fault-upgraded-folder.ts";
import { until } from "../support/server-process.ts";

const timeoutMs = 480_000;
const seed = seedOfRun();
const random = createRandom(seed);
const contents = createContents(random);
const added = contentAt(contents, 0, 10_000);

/** Waits until the server listens, or is gone. */
async function listening(running: GatedProcess): Promise<void> {
  let isGone = false;
  void running.exitCode(30_000).then(
    () => (isGone = true),
    () => undefined,
  );
  await until(() => isGone || running.output().includes("listens on"), 30_000, "the start of a server or its end");
}

describe("a first start on data of an older schema", () => {
  for (const [version] of migrations.entries()) {
    const what = version === 0 ? "an empty folder" : `a folder of schema ${version}`;
    const name = `that is killed at any of its steps, on ${what}, leaves every old row and file as it was and is made up by the next start`;
    const action = async (): Promise<void> => {
      console.log(`FAULT_SEED=${seed}`);
      using folder = emptyFolder();
      const template = join(folder.path, "data");
      if (version === 0) mkdirSync(template);
      else writeOldFolder(template, version);
      const shape = version === 0 ? {} : shapeOf(template);
      const rows = version === 0 ? {} : rowsOf(template, shape);
      const { steps, missed, violations } = await killAtEachStep({
        name: `the first start on ${what}`,
        random,
        template,
        begins: "at its start",
        // What is the same in each start is done justice on the empty folder.
        passedOver: version === 0 ? /^(open|close) / : /^(open|close|create) |^(?!.*stowage\.db)/,
        start: async (dataDirectory, rules) => beginGatedServer(dataDirectory, rules),
        act: listening,
        judge: (dataDirectory) => judgeUpgrade(dataDirectory, { shape, rows }, { contents, added }),
      });
      expect(violations).toEqual([]);
      expect(missed).toEqual([]);
      expect(steps).toContain("write stowage.db-wal");
    };
    if (gateMissing === null) it(name, action, timeoutMs);
    else it.skip(`${name} (skipped: ${gateMissing})`, () => undefined);
  }
});
