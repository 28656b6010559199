import { describe, expect, it } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFailingDisk, diskMissing } from "../support/failing-disk.ts";
import { createFaultClient } from "../support/fault-client.ts";
import { createContents } from "../support/fault-content.ts";
import { entryAfter, settledEntry } from "../support/fault-folder.ts";
import type { JournalEntry } from "../support/fault-journal.ts";
import { administrator } from "../support/fault-process.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { recover } from "../support/fault-recovery.ts";
import { delay } from "../support/fault-waiting.ts";
import { runCommand, startServerProcess, until, within } from "../support/server-process.ts";

const timeoutMs = 120_000;
const writers = 6;
const soundMs = 1500;
const failingMs = 5000;
const endTimeoutMs = 15_000;
/** A journal of ext4 is written every five seconds, at the latest then it meets the disk. */
const readOnlyTimeoutMs = 30_000;

/** Whether the file system takes nothing any more. */
function isReadOnly(mountPoint: string): boolean {
  try {
    writeFileSync(join(mountPoint, "probe"), "x");
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EROFS";
  }
}

/** Publishes, one new name after the other, until there is no server; every fourth is deleted again. */
function createWriters(url: string, seed: number) {
  const random = createRandom(seed);
  const contents = createContents(random);
  const client = createFaultClient(url, administrator);
  const entries: JournalEntry[] = [];
  /** When requests began that were answered with success. */
  const begunAtMs: number[] = [];
  const write = async (number: number): Promise<void> => {
    for (let turn = 0; ; turn += 1) {
      const content = contents.next(random);
      const path = `writer-${number}/1.0/${turn}.bin`;
      const place = entries.push(settledEntry(path, null)) - 1;
      let atMs = Date.now();
      const status = await client.put(path, contents.bytesOf(content));
      entries[place] = entryAfter(path, null, { kind: "upload", content }, status);
      if (status !== 201) return;
      begunAtMs.push(atMs);
      if (turn % 4 !== 0) continue;
      atMs = Date.now();
      const deleted = await client.delete(path);
      entries[place] = entryAfter(path, content, { kind: "delete" }, deleted);
      if (deleted !== 204) return;
      begunAtMs.push(atMs);
    }
  };
  return { contents, entries, begunAtMs, done: Promise.all(Array.from({ length: writers }, (_, number) => write(number))) };
}

describe("a server on a disk that fails for five seconds", () => {
  const name = "ends and says why, has answered nothing that the disk did not take, and loses nothing once the disk is repaired";
  const action = async (): Promise<void> => {
    const seed = seedOfRun();
    console.log(`FAULT_SEED=${seed}`);
    const beganAtMs = performance.now();
    await using disk = await createFailingDisk();
    const dataDirectory = join(disk.mountPoint, "data");
    const environment = {
      STOWAGE_DATA: dataDirectory, STOWAGE_ADMIN_USER: administrator.name,
      STOWAGE_ADMIN_PASSWORD: administrator.password, STOWAGE_ADMIN_TOKEN: administrator.token,
    };
    const traffic = await (async () => {
      await using server = await startServerProcess({ environment });
      const running = createWriters(server.url, seed);
      await delay(soundMs);
      const failsAtMs = Date.now();
      disk.fail();
      expect(await server.exitCode(endTimeoutMs)).toBe(70);
      const tookMs = Date.now() - failsAtMs;
      await within(running.done, endTimeoutMs, "the end of the writers");
      expect(server.output()).toMatch(/"level":"error"[^\n]*stored state is in doubt, the server ends and recovers at its next start/);
      expect(running.begunAtMs.filter((atMs) => atMs > failsAtMs)).toEqual([]);
      await delay(Math.max(0, failsAtMs + failingMs - Date.now()));
      return { ...running, tookMs };
    })();
    disk.heal();
    await until(() => isReadOnly(disk.mountPoint), readOnlyTimeoutMs, "a file system that is read-only");
    // A supervisor starts it again and again: it says in one line what is the matter, and changes nothing.
    const refused = await runCommand(["serve", "--listen", "127.0.0.1:0", "--data", dataDirectory]);
    expect(refused).toMatchObject({ exitCode: 3, output: "" });
    expect(refused.errors).toMatch(/cannot be written \(E?.*ROFS.*\): check its owner, its permissions and that the disk is not full or read-only/);
    await disk.repair();
    const violations = await recover(dataDirectory, traffic);
    const acknowledged = traffic.begunAtMs.length;
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(JSON.stringify({ acknowledged, names: traffic.entries.length, endedAfterMs: traffic.tookMs, violations: violations.length, seconds }));
    expect(violations).toEqual([]);
    expect(acknowledged).toBeGreaterThan(writers);
  };
  if (diskMissing === null) it(name, action, timeoutMs);
  else it.skip(`${name} (skipped: ${diskMissing})`, () => undefined);
});
