import { describe, expect, it } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createFaultClient } from "../support/fault-client.ts";
import { createContents } from "../support/fault-content.ts";
import { contentAt, emptyFolder, fillFolder, settledEntry } from "../support/fault-folder.ts";
import { escaped, gateMissing, type GateRule } from "../support/fault-gate.ts";
import type { Violation } from "../support/fault-journal.ts";
import { administrator } from "../support/fault-process.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { recover, settle } from "../support/fault-recovery.ts";
import { until } from "../support/fault-waiting.ts";
import { firstError, verifyBeside, watchServer, type WatchedServer } from "../support/fault-watched-server.ts";

const timeoutMs = 240_000;
const seed = seedOfRun();
const contents = createContents(createRandom(seed));
/** One that is kept in memory once it was read, and two that are read from the disk by each download. */
const files = [3000, 300_000, 2_500_000].map((sizeBytes, number) => settledEntry(`kept/1.0/${number}.bin`, contentAt(contents, 1000 * number, sizeBytes)));

/** Calls by which the check reads a stored object (`BLOBS` stands for their folder), and the errors that it may meet. */
const steps: Readonly<Record<string, { readonly calls: string; readonly errors: readonly GateRule["action"][] }>> = {
  "open an object": { calls: "^open BLOBS/../[0-9a-f.]+$", errors: ["EIO", "EMFILE", "EACCES"] },
  "look at an object": { calls: "^stat BLOBS/../[0-9a-f.]+$", errors: ["EIO"] },
  "read an object": { calls: "^read BLOBS/../[0-9a-f.]+$", errors: ["EIO"] },
};

/** Names and places of everything below the folder of blobs. */
const objectsIn = (blobs: string): string[] => (readdirSync(blobs, { recursive: true }) as string[]).toSorted();

async function metric({ server }: WatchedServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? 0);
}

/** Lets the check meet the error in whole rounds, then without it; gives every promise that was found broken. */
async function tryStep(running: WatchedServer, blobs: string, expression: string, action: GateRule["action"]): Promise<Violation[]> {
  const violations: Violation[] = [];
  const expectSo = (isSo: boolean, detail: string): void => void (isSo || violations.push({ kind: "fault reported", detail: `${action} at ${expression}: ${detail}` }));
  const objects = objectsIn(blobs);
  const unreadable = 'stowage_store_errors_total{kind="blob_unreadable"}';
  const reportedBefore = await metric(running, unreadable);
  const seenBefore = running.server.calls().length;
  running.server.setRules([{ from: 1, to: 1_000_000_000, action, expression: expression.replace("BLOBS", escaped(blobs)) }]);
  let reported = 0;
  const deadlineMs = Date.now() + 20_000;
  // More than there are: several rounds.
  while (reported < 2 * files.length + 1 && Date.now() < deadlineMs && running.endedAtMs() === null) reported = (await metric(running, unreadable).catch(() => 0)) - reportedBefore;
  expectSo(reported > 2 * files.length, `it was reported ${reported} times`);
  expectSo(firstError(running.server.calls(), seenBefore) !== null, "it was never met");
  expectSo(running.endedAtMs() === null, "the server ended");
  running.server.setRules([]);
  const calls = running.server.calls().slice(seenBefore);
  const changes = calls.filter(({ step }) => /^(unlink|rename|truncate|write|create) blobs/.test(step)).map(({ step }) => step);
  expectSo(changes.length === 0, `it did ${changes.join(", ")}`);
  expectSo((await metric(running, "stowage_damaged_blobs")) === 0, "an object was taken out of service");
  expectSo(objectsIn(blobs).join() === objects.join(), "objects were removed or moved");
  const client = createFaultClient(running.server.url, administrator);
  for (const file of files) violations.push(...(await settle(client, contents, file)));
  const checked = await metric(running, "stowage_scrubbed_blobs_total");
  let now = checked;
  while (now < checked + 2 * files.length && Date.now() < deadlineMs) now = await metric(running, "stowage_scrubbed_blobs_total");
  expectSo(now >= checked + 2 * files.length, "the check does not go on");
  return violations;
}

describe("a system that refuses the calls of the scheduled check of stored objects", () => {
  const name = "is reported for each object; none is taken out of service, moved or removed, and all are read again afterwards";
  const action = async (): Promise<void> => {
    console.log(`FAULT_SEED=${seed}`);
    const beganAtMs = performance.now();
    using folder = emptyFolder();
    const dataDirectory = join(folder.path, "data");
    await fillFolder(dataDirectory, async (client) => {
      for (const { path, possible } of files) for (const holds of possible) if (holds !== null) expect(await client.put(path, contents.bytesOf(holds))).toBe(201);
    });
    const settings = { STOWAGE_GC_INTERVAL_SECONDS: "0", STOWAGE_SCRUB_BYTES_PER_SECOND: "-1" };
    const running = await watchServer(dataDirectory, { entry: "server-entry-tireless-steered.ts", settings, withReads: true });
    const violations: Violation[] = [];
    let cells = 0;
    try {
      for (const { calls, errors } of Object.values(steps))
        for (const error of errors) {
          cells += 1;
          violations.push(...(await tryStep(running, join(dataDirectory, "blobs"), calls, error)));
        }
      violations.push(...(await verifyBeside(dataDirectory)));
      running.server.signal("SIGTERM");
      await until(10_000, "the end of the server", () => ({ isSo: running.endedAtMs() !== null, seen: "it runs" }));
    } finally {
      await running.server[Symbol.asyncDispose]();
    }
    violations.push(...(await recover(dataDirectory, { entries: files, contents })));
    console.log(JSON.stringify({ test: "failing scrub", cells, files: files.length, violations: violations.length, seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
    expect(violations).toEqual([]);
  };
  if (gateMissing === null) it(name, action, timeoutMs);
  else it.skip(`${name} (skipped: ${gateMissing})`, () => undefined);
});
