import { describe, expect, it } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createContents, sha256Of } from "../support/fault-content.ts";
import { openRequest } from "../support/fault-cut.ts";
import { createRandom, seedOfRun, type Random } from "../support/fault-random.ts";
import { createJournaledSite, heldEntries, noFakeClock, steerableClock, type JournaledSite } from "../support/full-disk-site.ts";
import { admin, temporaryFolder, until } from "../support/server-process.ts";

const timeoutMs = 180_000;
/** Collections come every second; several have to pass before it is sure that they leave something alone. */
const collectionsMs = 2500;
/** Among them: a change of the last day of a leap year, the end of 32 bits, and what lies behind it. */
const times = ["+10d", "-2d", "@2028-02-28 23:59:58", "@2028-12-31 23:59:58", "@2038-01-19 03:14:06", "@2040-06-01 00:00:00", "+0"] as const;

interface Timed {
  readonly site: JournaledSite;
  readonly clock: ReturnType<typeof steerableClock>;
  readonly random: Random;
  readonly dataDirectory: string;
  readonly publishSome: (count: number) => Promise<void>;
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
  const beganAtMs = performance.now();
  try {
    await site.start();
    await action({ site, clock, random, dataDirectory, publishSome });
    await site.readAll();
    clock.set("+0");
    expect(await site.verify()).toMatchObject({ problems: [], stagingEntries: 0 });
    expect(site.violations).toEqual([]);
    console.log(JSON.stringify({ held: heldEntries(site).length, ...Object.fromEntries(site.answers), seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
  } finally {
    await site.end();
  }
}

async function metric({ site }: Timed, name: string): Promise<number> {
  const text = await (await fetch(`${site.server().url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
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
    const { site, clock, publishSome } = timed;
    await publishSome(10);
    for (const time of times) {
      clock.set(time);
      await publishSome(3);
      await site.readAll();
      const [entry] = heldEntries(site);
      if (entry !== undefined) expect(await site.delete(entry)).toBe(204);
      await Bun.sleep(1200);
      await site.readAll();
    }
    expect(await site.server().stop()).toBe(0);
    for (const time of ["-2d", "@2040-06-01 00:00:00", "+0"]) {
      clock.set(time);
      await site.start();
      await site.readAll();
      expect(await site.server().stop()).toBe(0);
    }
    await site.start();
  });

  itTimed("collects what lost its name only after the grace time has passed on its clock", async (timed) => {
    const { site, clock, publishSome } = timed;
    await publishSome(4);
    const [entry] = heldEntries(site);
    if (entry === undefined) throw new Error("nothing was published");
    const path = join(timed.dataDirectory, "blobs");
    const objects = (): number => [...new Bun.Glob("*/*").scanSync(path)].length;
    expect(await site.delete(entry)).toBe(204);
    for (const time of ["+0", "-2d", "+50m"]) {
      clock.set(time);
      await Bun.sleep(collectionsMs);
      expect(objects()).toBe(4);
    }
    clock.set("+70m");
    await until(() => objects() === 3, 20_000, "the collection of what lost its name");
  });

  itTimed("collects what has no record only when the records have known of it for the grace time", async (timed) => {
    const { clock, publishSome, dataDirectory } = timed;
    await publishSome(1);
    const orphan = plantOrphan(dataDirectory);
    // Old by its own time stamp at once, and seen for the first time.
    clock.set("+10d");
    await Bun.sleep(collectionsMs);
    clock.set("-2d");
    await Bun.sleep(collectionsMs);
    clock.set("+14430m");
    await Bun.sleep(collectionsMs);
    expect(existsSync(orphan)).toBe(true);
    clock.set("+14500m");
    await until(() => !existsSync(orphan), 20_000, "the collection of what has no record");
  });

  itTimed("finishes an upload during which it is set, and collects nothing of it", async (timed) => {
    const { site, clock, dataDirectory } = timed;
    const bytes = Buffer.alloc(300_000, "an upload that outlasts its clock ");
    const request = await openRequest(site.server().port);
    try {
      await request.write(
        `PUT /api/packages/${admin.name}/generic/slow/1/file.bin HTTP/1.1\r\nHost: stowage\r\nAuthorization: token ${admin.token}\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`,
      );
      for (const [index, time] of ["+10d", "-2d", "@2040-06-01 00:00:00"].entries()) {
        await request.write(bytes.subarray(index * 100_000, index * 100_000 + 99_999));
        clock.set(time);
        await Bun.sleep(1500);
        await request.write(bytes.subarray(index * 100_000 + 99_999, (index + 1) * 100_000));
      }
      expect(await request.answer(20_000)).toBe(201);
    } finally {
      request.close();
    }
    clock.set("+10d");
    await Bun.sleep(collectionsMs);
    expect(await site.client().read("slow/1/file.bin")).toMatchObject({ kind: "content", sha256: sha256Of(bytes) });
    expect(existsSync(join(dataDirectory, "staging"))).toBe(true);
  });

  itTimed("keeps what is published while collection runs and its clock jumps", async (timed) => {
    const { site, clock, random, publishSome } = timed;
    await publishSome(60);
    for (const entry of heldEntries(site).slice(0, 40)) expect(await site.delete(entry)).toBe(204);
    const blobsBefore = await metric(timed, "stowage_blobs");
    expect(blobsBefore).toBeGreaterThan(0);
    for (let step = 0; step < 25; step += 1) {
      clock.set(random.pick(["+10d", "-2d", "+2h", "+0", "@2040-06-01 00:00:00"]) ?? "+0");
      await publishSome(3);
      const held = random.pick(heldEntries(site));
      if (held !== null) expect(await site.delete(held)).toBe(204);
      await Bun.sleep(200);
    }
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
    for (const time of ["+0", "+4d", "-2d", "+6d", "@2038-01-19 03:14:06", "@2040-06-01 00:00:00"]) {
      clock.set(time);
      seen.push([time, await use()]);
    }
    expect(seen).toEqual([["+0", 200], ["+4d", 200], ["-2d", 200], ["+6d", 401], ["@2038-01-19 03:14:06", 401], ["@2040-06-01 00:00:00", 401]]);
  });
});
