import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { copyFileSync, lstatSync, mkdirSync, readFileSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sha256 } from "../../src/core/domain.ts";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { runDueScrub } from "../../src/core/maintenance/scrub-blobs.ts";
import { verifyStores, type StoreProblem } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import type { EventSink } from "../../src/core/ports/event-sink.ts";
import { sha256Of } from "../support/fault-content.ts";
import { openSite, type Site } from "../support/gitlab-site.ts";
import { until } from "../support/server-process.ts";

const sizeBytes = 300_000;
const graceMs = 24 * 3600 * 1000;

/** What may happen to a stored file behind the server's back; the path is that of its bytes. */
interface Damage {
  readonly name: string;
  readonly inflict: (path: string) => void;
  /** How verification calls it. */
  readonly found: StoreProblem["kind"];
  /** Whether the file's size gives it away, so that a download is refused and new bytes take its place. */
  readonly isSeenAtOnce: boolean;
}

const damages: readonly Damage[] = [
  { name: "flipped", inflict: flipOneByte, found: "blob_corrupt", isSeenAtOnce: false },
  { name: "truncated", inflict: (path) => truncateSync(path, sizeBytes - 1), found: "blob_missing_or_cut", isSeenAtOnce: true },
  { name: "emptied", inflict: (path) => truncateSync(path, 0), found: "blob_missing_or_cut", isSeenAtOnce: true },
  { name: "grown", inflict: (path) => truncateSync(path, sizeBytes + 1), found: "blob_missing_or_cut", isSeenAtOnce: true },
  { name: "missing", inflict: (path) => unlinkSync(path), found: "blob_missing_or_cut", isSeenAtOnce: true },
  { name: "folder", inflict: putFolder, found: "blob_missing_or_cut", isSeenAtOnce: true },
  { name: "symlink", inflict: putLinkToGoodCopy, found: "blob_missing_or_cut", isSeenAtOnce: true },
];

function flipOneByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[sizeBytes / 2] = (bytes[sizeBytes / 2] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function putFolder(path: string): void {
  unlinkSync(path);
  mkdirSync(path);
}

/** The right bytes, but by way of a link: what it names may change or lie anywhere. */
function putLinkToGoodCopy(path: string): void {
  const copy = join(path, "..", "..", "..", "copy-elsewhere");
  copyFileSync(path, copy);
  unlinkSync(path);
  symlinkSync(copy, path);
}

/** How files are published and read. */
interface Dialect {
  readonly name: string;
  /** Where the files of one package are, for the administrator. */
  readonly open: (site: Site) => Promise<{ readonly base: string; readonly headers: Readonly<Record<string, string>> }>;
}

const gitea: Dialect = {
  name: "Gitea",
  open: async ({ server }) => ({
    base: `${server.url}/api/packages/root/generic/damage/1.0`,
    headers: { authorization: `token ${server.admin.token}` },
  }),
};

const dialects: readonly Dialect[] = [
  gitea,
  {
    name: "GitLab",
    open: async (site) => {
      const project = await site.project((await site.group("tools")).id, "app");
      return {
        base: `${site.server.url}/api/v4/projects/${project.id}/packages/generic/damage/1.0`,
        headers: { "private-token": site.server.admin.token },
      };
    },
  },
];

/** What looks through everything; the problems that it tells of, by storage name. */
interface Finder {
  readonly name: string;
  readonly find: (site: Site) => Promise<readonly string[]>;
}

const finders: readonly Finder[] = [
  {
    name: "verification",
    find: async ({ server }) => {
      const { problems } = await verifyStores({ ...server.stores, clock: systemClock }, { graceMs, isServerRunning: true });
      return problems.map(({ kind, detail }) => `${kind} ${/[0-9a-f]{64}\.[0-9a-f]{32}/.exec(detail)?.[0] ?? detail}`);
    },
  },
  {
    name: "the scheduled check",
    find: async ({ server }) => {
      const found: string[] = [];
      const events: EventSink = {
        record: (event) => {
          if (event.kind !== "blob_damaged") return;
          expect(event.fileCount).toBeGreaterThan(0);
          const isWhole = event.cause instanceof Error && event.cause.message.includes("holds bytes with the hash");
          found.push(`${isWhole ? "blob_corrupt" : "blob_missing_or_cut"} ${event.storageName}`);
        },
      };
      const options = { intervalMs: 0, bytesPerSecond: 100 * 2 ** 20, signal: new AbortController().signal };
      const report = await runDueScrub({ ...server.stores, clock: systemClock, events }, options);
      expect(report).toMatchObject({ isComplete: true, unreadable: 0, damaged: found.length });
      return found;
    },
  },
];

const contentOf = (name: string): Buffer<ArrayBuffer> => Buffer.alloc(sizeBytes, `the content called ${name} `);

for (const dialect of dialects)
  for (const finder of finders)
    describe(`a stored file that was damaged behind the server's back, with ${dialect.name}, looked for by ${finder.name}`, () => damagedFiles(dialect, finder));

function damagedFiles(dialect: Dialect, finder: Finder): void {
  let opened: (Awaited<ReturnType<Dialect["open"]>> & { readonly site: Site }) | null = null;
  let begunMs = 0;
  let requests = 0;
  /** Physical names, as recorded before the damage. */
  const storageNames = new Map<string, string>();
  const world = () => {
    if (opened === null) throw new Error("the server runs only within a test");
    return opened;
  };
  const send = (method: string, path: string, headers: Record<string, string> = {}, body: Buffer<ArrayBuffer> | null = null) => {
    requests += 1;
    return fetch(`${world().base}/${path}`, { method, body, headers: { ...world().headers, ...headers }, signal: AbortSignal.timeout(20_000) });
  };
  const publish = async (path: string, name: string): Promise<number> => (await send("PUT", path, {}, contentOf(name))).status;
  const liveNameOf = async (name: string): Promise<string> => {
    const record = await world().site.server.stores.metadata.blobs.findLive(sha256Of(contentOf(name)) as Sha256);
    if (record === null) throw new Error(`the content ${name} has no record`);
    return record.storageName;
  };
  const expectWhole = async (path: string, name: string): Promise<void> => {
    const response = await send("GET", path);
    expect(response.status).toBe(200);
    expect(sha256Of(await response.bytes())).toBe(sha256Of(contentOf(name)));
  };
  /** 500 and nothing of the content, whatever is asked. */
  const expectRefused = async (path: string): Promise<void> => {
    const askings: readonly [string, Record<string, string>][] = [["GET", {}], ["GET", { range: "bytes=0-9" }], ["GET", { range: "bytes=-1" }], ["GET", { "if-none-match": '"other"' }], ["HEAD", {}]];
    for (const [method, headers] of askings) {
      const response = await send(method, path, headers);
      expect([method, headers, response.status]).toEqual([method, headers, 500]);
      expect(await response.text()).not.toContain("content");
    }
  };
  const pathOf = (name: string): string => {
    const storageName = storageNames.get(name) ?? "";
    return join(world().site.server.dataDirectory, "blobs", storageName.slice(0, 2), storageName);
  };

  beforeAll(async () => {
    begunMs = performance.now();
    const site = await openSite({ STOWAGE_SCRUB_INTERVAL_SECONDS: "0" });
    opened = { site, ...(await dialect.open(site)) };
    for (const { name } of [...damages, { name: "sound" }, { name: "unseen" }]) {
      expect(await publish(`${name}.bin`, name)).toBe(201);
      storageNames.set(name, await liveNameOf(name));
    }
    // Nothing reads the bytes any more when they are damaged.
    const { metadata } = site.server.stores;
    const isDigested = async (): Promise<boolean> => (await metadata.blobs.listWithoutDigests(0, 1)).length === 0;
    await until(isDigested, 20_000, "the digests");
    for (const { name, inflict } of damages) inflict(pathOf(name));
    flipOneByte(pathOf("unseen"));
  });
  afterAll(async () => {
    await opened?.site.stop();
    const seconds = (performance.now() - begunMs) / 1000;
    console.log(JSON.stringify({ test: "damaged files", dialect: dialect.name, finder: finder.name, damages: damages.length + 1, requests, seconds }));
  });

  for (const { name } of damages.filter(({ isSeenAtOnce }) => isSeenAtOnce))
    it(`is refused with 500 before the first byte: ${name}`, () => expectRefused(`${name}.bin`));

  it("leaves the files beside it alone", () => expectWhole("sound.bin", "sound"));

  it("is given away by the digest in the answer where its length is right", async () => {
    const response = await send("GET", "flipped.bin");
    const digest = `sha-256=:${Buffer.from(sha256Of(contentOf("flipped")), "hex").toString("base64")}:`;
    expect([response.status, response.headers.get("repr-digest")]).toEqual([200, digest]);
    expect(sha256Of(await response.bytes())).not.toBe(sha256Of(contentOf("flipped")));
  });

  it("is reported in the log as an error, and does not end the server", async () => {
    await send("GET", "truncated.bin");
    const { server } = world().site;
    const storageName = storageNames.get("truncated") ?? "";
    const reports = server.logLines.filter((line) => line.includes('"level":"error"') && line.includes(storageName));
    expect(reports.length).toBeGreaterThan(0);
    expect(server.fatalErrors).toEqual([]);
  });

  it("is healed by an upload of the same bytes although nothing had found it before", async () => {
    expect(await publish("unseen-again.bin", "unseen")).toBe(201);
    for (const path of ["unseen.bin", "unseen-again.bin"]) await expectWhole(path, "unseen");
  });

  it(`is found by ${finder.name}, and nothing else is`, async () => {
    const expected = damages.map((damage) => `${damage.found} ${storageNames.get(damage.name) ?? ""}`);
    expect((await finder.find(world().site)).toSorted()).toEqual(expected.toSorted());
    expect(await world().site.server.stores.metadata.blobs.countDamaged()).toBe(damages.length);
  });

  it("is refused from then on, also where only that could find it", () => expectRefused("flipped.bin"));

  for (const { name } of damages)
    it(`is healed by the same bytes under another name: ${name}`, async () => {
      expect(await publish(`${name}-again.bin`, name)).toBe(201);
      expect(await liveNameOf(name)).not.toBe(storageNames.get(name) ?? "");
      for (const path of [`${name}.bin`, `${name}-again.bin`]) await expectWhole(path, name);
    });

  it("is found no more once it is healed, and what was damaged is collected", async () => {
    expect(await finder.find(world().site)).toEqual([]);
    const { stores } = world().site.server;
    for (const aheadMs of [2 * graceMs, 4 * graceMs])
      await collectGarbage({ ...stores, clock: { nowMs: () => Date.now() + aheadMs } }, { graceMs });
    const { problems } = await verifyStores({ ...stores, clock: systemClock }, { graceMs: 0, isServerRunning: false });
    expect(problems).toEqual([]);
    // What is no object of the store's is not the store's to remove.
    const left = [...storageNames.keys()].filter((name) => name !== "sound" && lstatSync(pathOf(name), { throwIfNoEntry: false }) !== undefined);
    expect(left).toEqual(["folder"]);
  });
}

describe("the check that a server runs by itself", () => {
  it("finds what changed in place, tells of it in the log and the metrics, and stops within a second", async () => {
    const begunMs = performance.now();
    const site = await openSite({ STOWAGE_SCRUB_INTERVAL_SECONDS: "1", STOWAGE_SCRUB_BYTES_PER_SECOND: "50 MiB" });
    let read = 0;
    try {
      const { base, headers } = await gitea.open(site);
      for (const name of ["one", "two"]) await fetch(`${base}/${name}`, { method: "PUT", headers, body: contentOf(name) });
      const metrics = async (): Promise<string> => (await fetch(`${site.server.url}/metrics`)).text();
      const { metadata } = site.server.stores;
      await until(async () => (await metadata.upkeep.read()).lastScrubEndedAtMs !== null, 20_000, "a first pass");
      expect(await metrics()).toMatch(/^stowage_damaged_blobs 0$/m);
      const { storageName = "" } = (await metadata.blobs.list(0, 10))[1] ?? {};
      flipOneByte(join(site.server.dataDirectory, "blobs", storageName.slice(0, 2), storageName));
      await until(async () => (await metadata.blobs.countDamaged()) === 1, 20_000, "the damage to be found");
      expect((await fetch(`${base}/two`, { headers })).status).toBe(500);
      const text = await metrics();
      expect(text).toMatch(/^stowage_damaged_blobs 1$/m);
      read = Number(/^stowage_scrubbed_blobs_total (\d+)$/m.exec(text)?.[1]);
      expect(read).toBeGreaterThan(1);
      expect(text).toMatch(/^stowage_scrub_age_seconds \d$/m);
      const told = site.server.logLines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ object }) => object === storageName);
      expect(told).toMatchObject({ level: "error", message: "a stored object is damaged", files: 1 });
    } finally {
      const stoppedMs = performance.now();
      await site.stop();
      expect(performance.now() - stoppedMs).toBeLessThan(3000);
    }
    console.log(JSON.stringify({ test: "damage found by the server itself", damages: 1, objectsRead: read, seconds: (performance.now() - begunMs) / 1000 }));
  });
});
