import { describe, expect, it } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { migrations } from "../../src/metadata-stores/migrate.ts";
import { createContents, sha256Of } from "../support/fault-content.ts";
import { contentAt, emptyFolder, entryAfter } from "../support/fault-folder.ts";
import { gateMissing, type GatedProcess } from "../support/fault-gate.ts";
import { beginGatedServer } from "../support/fault-gated-server.ts";
import type { Violation } from "../support/fault-journal.ts";
import { oldFiles, rowsOf, shapeOf, writeOldFolder, type Shape } from "../support/fault-old-folder.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { recover } from "../support/fault-recovery.ts";
import { killAtEachStep } from "../support/fault-steps.ts";
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

/** Starts again: every old row is as it was, every old file is served, and new ones are taken. */
async function judge(dataDirectory: string, shape: Shape, rows: ReturnType<typeof rowsOf>): Promise<readonly Violation[]> {
  const entries = [entryAfter("added/1.0/file.bin", null, { kind: "upload", content: added }, null)];
  return recover(dataDirectory, { entries: [], contents }, async ({ server, client }) => {
    // What the start itself notes may come on top.
    const now = rowsOf(dataDirectory, shape);
    for (const [table, old] of Object.entries(rows)) expect(now[table]).toEqual(expect.arrayContaining(old));
    const files = Object.keys(shape).length > 0 ? oldFiles : [];
    for (const { path, bytes } of files) expect(await client.read(path)).toEqual({ kind: "content", sizeBytes: bytes.byteLength, sha256: sha256Of(bytes) });
    for (const { path } of entries) expect(await client.put(path, contents.bytesOf(added))).toBe(201);
    expect(await server.stores.metadata.checkIntegrity()).toEqual([]);
  });
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
        judge: (dataDirectory) => judge(dataDirectory, shape, rows),
      });
      expect(violations).toEqual([]);
      expect(missed).toEqual([]);
      expect(steps).toContain("write stowage.db-wal");
    };
    if (gateMissing === null) it(name, action, timeoutMs);
    else it.skip(`${name} (skipped: ${gateMissing})`, () => undefined);
  }
});
