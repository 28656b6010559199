import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChangeCount } from "../../src/metadata-stores/change-count.ts";
import { openDatabase } from "../../src/metadata-stores/sqlite-connection.ts";

/** Longer than a count that was just read is trusted. */
const pastTrustMs = 1;

describe("the count of changes", () => {
  let directory = "";
  let path = "";
  let database: Database;
  const opened: ReturnType<typeof openChangeCount>[] = [];
  const open = () => {
    const changes = openChangeCount(path);
    opened.push(changes);
    return changes;
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "stowage-changes-"));
    path = join(directory, "records.db");
    database = openDatabase(path);
    database.run("CREATE TABLE noted (text TEXT)");
  });
  afterEach(async () => {
    database.close();
    for (const changes of opened.splice(0)) changes.close();
    await rm(directory, { recursive: true });
  });

  it("is another one after each commit, of this connection or another process, and stays without", async () => {
    const changes = open();
    let last = changes.read();
    for (let round = 0; round < 20; round += 1) {
      await Bun.sleep(pastTrustMs);
      expect(changes.read()).toBe(last);
      database.run("INSERT INTO noted VALUES ('here')");
      await Bun.sleep(pastTrustMs);
      expect(changes.read()).not.toBe(last);
      last = changes.read();
    }
    const program = `const { Database } = require("bun:sqlite"); const d = new Database(${JSON.stringify(path)}); d.run("INSERT INTO noted VALUES ('there')"); d.close();`;
    expect(Bun.spawnSync([process.execPath, "--no-env-file", "-e", program]).exitCode).toBe(0);
    expect(changes.read()).not.toBe(last);
  });

  it("is another one at once after a commit that was noted, for every one of the file in this process", () => {
    const one = open();
    const other = open();
    for (let round = 0; round < 1000; round += 1) {
      const before = [one.read(), other.read()];
      database.run("INSERT INTO noted VALUES ('here')");
      one.noteCommit();
      expect(other.read()).not.toBe(before[1] ?? -1);
      expect(one.read()).not.toBe(before[0] ?? -1);
    }
  });

  it("is another one after the log was written back and began anew", async () => {
    const changes = open();
    const before = changes.read();
    database.run("PRAGMA wal_checkpoint(RESTART)");
    database.run("INSERT INTO noted VALUES ('after')");
    await Bun.sleep(pastTrustMs);
    expect(changes.read()).not.toBe(before);
  });

  it("leaves the locks of the file to its connections when one of two is closed", () => {
    const one = openChangeCount(path);
    const other = openChangeCount(path);
    database.run("BEGIN IMMEDIATE");
    one.close();
    const program = `const { Database } = require("bun:sqlite"); const d = new Database(${JSON.stringify(path)}); try { d.run("BEGIN IMMEDIATE"); process.exit(1); } catch { process.exit(0); }`;
    expect(Bun.spawnSync([process.execPath, "--no-env-file", "-e", program]).exitCode).toBe(0);
    database.run("ROLLBACK");
    other.close();
  });
});
