import { describe, expect, it } from "bun:test";
import { copyFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { findDamageQuickly } from "../../src/metadata-stores/queries.ts";
import { createSqliteConnection, openReadOnly } from "../../src/metadata-stores/sqlite-connection.ts";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addGroup, publish } from "../contracts/metadata-store/records.ts";
import { temporaryFolder } from "../support/server-process.ts";

/** What a look at a copy of a file of records finds, into which a byte was written at a place. */
async function lookAtDamaged(place: number): Promise<readonly string[]> {
  using folder = temporaryFolder();
  const path = join(folder.path, "metadata.db");
  const store = await openSqliteStore(path, "migrate");
  await publish(store, (await addGroup(store, "tools")).id);
  await store.close();
  const copy = join(folder.path, "copy.db");
  copyFileSync(path, copy);
  const file = await open(copy, "r+");
  await file.write(Buffer.from([99]), 0, 1, place);
  await file.close();
  const database = openReadOnly(copy);
  try {
    return await findDamageQuickly(createSqliteConnection(database));
  } finally {
    database.close();
  }
}

describe("a file of records that the engine cannot read", () => {
  for (const [what, place, found] of [
    ["what marks it as a database", 3, "not a database"],
    ["the page that names the tables", 100, "malformed"],
  ] as const)
    it(`is damaged, which is no failure of the check: ${what}`, async () => {
      expect((await lookAtDamaged(place)).join("\n")).toContain(found);
    });
});
