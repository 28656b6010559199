import { describe, expect, it } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createContents, sha256Of } from "../support/fault-content.ts";
import { openRequest } from "../support/fault-cut.ts";
import { createRandom, seedOfRun, type Random } from "../support/fault-random.ts";
import { createJournaledSite, heldEntries, noFakeClock, steerableClock, type JournaledSite } from "../support/full-disk-site.ts";
import { admin, temporaryFolder, until } from "../support/server-process.ts";

const timeoutMs = 180_000;
/** Collections come every second; a busy machine may take its time over one. */
const collectionTimeoutMs = 60_000;
const lastTime = "@2040-06-01 00:00:00";
/** Among them: a change of the last day of a leap year, the end of 32 bits, and what lies behind it. */
const times = ["+10d", "-2d", "@2028-02-28 23:59:58", "@2028-12-31 23:59:58", "@2038-01-19 03:14:06", lastTime, "+0"] as const;

interface Timed {
  readonly site: JournaledSite;
  readonly clock: ReturnType<typeof steerableClock>;
  readonly random: Random;
  readonly dataDirectory: string;
  readonly publishSome: (count: number) => Promise<void>;
  /** Returns when a collection that began after the call, and so by the clock as it is now, has run to its end. */
  readonly collected: () => Promise<void>;
  /** How many have, since the server was started. */
  readonly collections: () => Promise<number>;
  /** How many contents lie on the disk, with a name or without. */
  readonly objects: () => number;
}

async function withClock(action: (timed: Timed) => Promise<void>): Promise<void> {
  const seed = seedOfRun();
  console.log(`FAULT_SEED=${seed}`);
  const random = createRandom(seed);
  const contents = createContents(random);
  using folder = temporaryFolder();
  const clock = steerableClock(folder.path);
  const dataDirectory = join(folder.path, "data");
  const settings = { ...clock.variables, STOWAGE_GC_INTERVAL_SECONDS: "1", STOWAGE_GC_GRACE_SECONDS: "3600" };
  const site = createJournaledSite({ dataDirectory, contents, settings });
  const publishSome = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1)
      expect(await site.publish(contents.window(random.whole(0, 8_000_000), random.whole(1, 50_000)))).toBe(201);
  };
  const collections = async (): Promise<number> => {
    const text = await (await fetch(`${site.server().url}/metrics`)).text();
    return Number(/^stowage_collections_total (\d+)$/m.exec(text)?.[1]);
  };
  const collected = async (): Promise<void> => {
    // One may be under way, which began before.
    const next = (await collections()) + 2;
    const isOver = async (): Promise<boolean> => {
      await Bun.sleep(100);
      return (await collections()) >= next;
    };
    await until(isOver, collectionTimeoutMs, "a collection that runs to its end");
  };
  const objects = (): number => [...new Bun.Glob("*/*").scanSync(join(dataDirectory, "blobs"))].length;
  const beganAtMs = performance.now();
  try {
    await site.start();
    await action({ site, clock, random, dataDirectory, publishSome, collected, collections, objects });
    await site.readAll();
    clock.set("+0");
    expect(await site.verify()).toMatchObject({ problems: [], stagingEntries: 0 });
    expect(site.violations).toEqual([]);
    console.log(JSON.stringify({ test: "clock steps", held: heldEntries(site).length, ...Object.fromEntries(site.answers), seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
  } finally {
    await site.end();
  }
}

/** An object that no record names, as a crash leaves it. */
function plantOrphan(dataDirectory: string): string {
  const bytes = Buffer.from("what a crash has left behind");
  const sha256 = sha256Of(bytes);
  const folder = join(dataDirectory, "blobs", sha256.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${sha256}.${"0123456789abcdef".repeat(2)}`);
  writeFileSync(path, bytes);
  return path;
}

describe("a server whose clock is set", () => {
  const itTimed = (name: string, action: (timed: Timed) => Promise<void>): void =>
    it.skipIf(noFakeClock !== null)(`${name}${noFakeClock === null ? "" : ` (skipped: ${noFakeClock})`}`, () => withClock(action), timeoutMs);

  itTimed("keeps every file that has a name, through steps of days and years and back", async (timed) => {
    const { site, clock, publishSome, collected, objects } = timed;
    await publishSome(10);
    let deletedBefore = 0;
    for (const time of times) {
      clock.set(time);
      await publishSome(3);
      await site.readAll();
      const [entry] = heldEntries(site);
      if (entry !== undefined) expect(await site.delete(entry)).toBe(204);
      await collected();
      await site.readAll();
      // Later than all others: what was deleted under them is gone, and nothing else.
      if (time === lastTime) expect(objects()).toBe(site.entries.length - deletedBefore);
      deletedBefore += 1;
    }
    expect(await site.server().stop()).toBe(0);
    for (const time of ["-2d", lastTime, "+0"]) {
      clock.set(time);
      await site.start();
      await site.readAll();
      expect(await site.server().stop()).toBe(0);
    }
    await site.start();
  });

  itTimed("collects what lost its name only after the grace time has passed on its clock", async (timed) => {
    const { site, clock, publishSome, collected, objects } = timed;
    await publishSome(4);
    const [entry] = heldEntries(site);
    if (entry === undefined) throw new Error("nothing was published");
    expect(await site.delete(entry)).toBe(204);
    for (const time of ["+0", "-2d", "+50m"]) {
      clock.set(time);
      await collected();
      expect(objects()).toBe(4);
    }
    clock.set("+70m");
    await collected();
    expect(objects()).toBe(3);
  });

  itTimed("collects what has no record only when the records have known of it for the grace time", async (timed) => {
    const { clock, publishSome, collected, dataDirectory } = timed;
    await publishSome(1);
    const orphan = plantOrphan(dataDirectory);
    // Old by its own time stamp at once, and seen for the first time.
    for (const time of ["+10d", "-2d", "+14430m"]) {
      clock.set(time);
      await collected();
      expect([time, existsSync(orphan)]).toEqual([time, true]);
    }
    clock.set("+14500m");
    await collected();
    expect(existsSync(orphan)).toBe(false);
  });

  itTimed("finishes an upload during which it is set, and collects nothing of it", async (timed) => {
    const { site, clock, publishSome, collected, objects, dataDirectory } = timed;
    const staged = (): number => readdirSync(join(dataDirectory, "staging")).length;
    await publishSome(1);
    const [garbage] = heldEntries(site);
    if (garbage === undefined || (await site.delete(garbage)) !== 204) throw new Error("nothing was published and deleted");
    const bytes = Buffer.alloc(300_000, "an upload that outlasts its clock ");
    const request = await openRequest(site.server().port);
    try {
      await request.write(
        `PUT /api/packages/${admin.name}/generic/slow/1/file.bin HTTP/1.1\r\nHost: stowage\r\nAuthorization: token ${admin.token}\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`,
      );
      for (const [index, time] of ["+10d", "-2d", lastTime].entries()) {
        await request.write(bytes.subarray(index * 100_000, index * 100_000 + 99_999));
        await until(() => staged() === 1, 20_000, "the bytes of the upload");
        clock.set(time);
        await collected();
        // What may be collected was, beside it.
        expect([objects(), staged()]).toEqual([0, 1]);
        await request.write(bytes.subarray(index * 100_000 + 99_999, (index + 1) * 100_000));
      }
      expect(await request.answer(20_000)).toBe(201);
    } finally {
      request.close();
    }
    clock.set("+10d");
    await collected();
    expect(await site.client().read("slow/1/file.bin")).toMatchObject({ kind: "content", sha256: sha256Of(bytes) });
    expect([objects(), staged()]).toEqual([1, 0]);
  });

  itTimed("keeps what is published while collection runs and its clock jumps", async (timed) => {
    const { site, clock, random, publishSome, collected, collections, objects } = timed;
    await publishSome(60);
    for (const entry of heldEntries(site).slice(0, 40)) expect(await site.delete(entry)).toBe(204);
    const before = await collections();
    // Ten days later there is something to collect.
    for (let step = 0; step < 25 || (await collections()) < before + 5; step += 1) {
      clock.set(step === 0 ? "+10d" : (random.pick(["+10d", "-2d", "+2h", "+0", lastTime]) ?? "+0"));
      await publishSome(3);
      const held = random.pick(heldEntries(site));
      if (held !== null) expect(await site.delete(held)).toBe(204);
      await Bun.sleep(200);
    }
    clock.set("+10d");
    await collected();
    expect(objects()).toBeLessThan(site.entries.length - 39);
    // A year after the last of them: of everything that was published what has a name is left.
    clock.set("@2041-06-01 00:00:00");
    await collected();
    expect(objects()).toBe(new Set(heldEntries(site).map(({ possible }) => possible[0]?.sha256)).size);
  });

  itTimed("ends tokens when their day has come on its clock", async (timed) => {
    const { site, clock } = timed;
    const { url } = site.server();
    const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const headers = { "private-token": admin.token, "content-type": "application/json" };
    const user = (await (await fetch(`${url}/api/v4/user`, { headers })).json()) as { id: number };
    const made = await fetch(`${url}/api/v4/users/${user.id}/personal_access_tokens`, {
      method: "POST", headers, body: JSON.stringify({ name: "short", scopes: ["api"], expires_at: day(5) }),
    });
    expect(made.status).toBe(201);
    const { token } = (await made.json()) as { token: string };
    const use = async (): Promise<number> => (await fetch(`${url}/api/v4/user`, { headers: { "private-token": token } })).status;
    const seen: [string, number][] = [];
    for (const time of ["+0", "+4d", "-2d", "+6d", "@2038-01-19 03:14:06", lastTime]) {
      clock.set(time);
      seen.push([time, await use()]);
    }
    expect(seen).toEqual([["+0", 200], ["+4d", 200], ["-2d", 200], ["+6d", 401], ["@2038-01-19 03:14:06", 401], [lastTime, 401]]);
  });
});
