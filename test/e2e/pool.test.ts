import { describe, expect, it } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createContents, sha256Of, type Content } from "../support/fault-content.ts";
import { createRandom, seedOfRun, type Random } from "../support/fault-random.ts";
import {
  admin, adminHeaders, adminSettings, projectFolder, runCommand, sourceCommand, startServerProcess, temporaryFolder, verifyFolder,
} from "../support/server-process.ts";

const strace = "/usr/bin/strace";
const syncDelayMs = 300;
const publishers = 8;
/** Of each kind. */
const downloads = 250;
/** Half the time of a sync, more than which who meets one waits as often as not; and more than what a busy machine adds. */
const longestMs = syncDelayMs / 2;
const timeoutMs = 120_000;

/** Every sync of the server takes 300 ms longer; the tracer stands aside, so that the server is the process started. */
const slowSyncs = [
  strace, "-D", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null",
  "-e", "trace=fsync,fdatasync", "-e", `inject=fsync,fdatasync:delay_enter=${syncDelayMs * 1000}`,
] as const;

// Outside CI a machine may lack the tracer; there its absence is a failure.
const isSkipped = !existsSync(strace) && process.env["CI"] === undefined;

/** Contents of up to 64 KiB are read at once and kept; larger ones are read for each answer. */
const smallBytes = 10_240;
const largeBytes = [65_537, 100_000, 300_000, 1_000_000] as const;
const filesOfEachSize = 4;
const partBytes = 100;

/**
 * Ways to fetch: a small file, different large ones, and two parts of a large one. The runtime sends a whole file by itself
 * and without the pool, as things are; the parts are read in it.
 */
const kinds = ["small", "large", "ranges"] as const;
type Kind = (typeof kinds)[number];

interface StoredFile {
  readonly version: string;
  readonly content: Content;
}

/** A server whose syncs are slow, and who publishes and fetches there. */
interface PoolSite {
  publish(version: string, content: Content): Promise<number>;
  /** Milliseconds until all had come; fails where it is not what was published. */
  fetchOne(kind: Kind): Promise<number>;
  readonly contents: ReturnType<typeof createContents>;
}

/** What was seen while syncs were slow, in milliseconds. */
interface Measured {
  readonly published: number;
  readonly p99Ms: Readonly<Record<Kind, number>>;
  /** Of the answer that the server is ready: it reads a folder. */
  readonly readinessP50Ms: number;
}

function percentile(times: readonly number[], part: number): number {
  return Math.round(10 * (times.toSorted((left, right) => left - right).at(Math.floor(times.length * part)) ?? Infinity)) / 10;
}

describe("downloads beside slow syncs", () => {
  const name = `have a 99th percentile under ${longestMs} ms with ${publishers} publishers`;
  const expectQuick = ({ p99Ms, readinessP50Ms }: Measured): void => {
    const slow = Object.entries({ ...p99Ms, readinessP50Ms }).filter(([, ms]) => !(ms < longestMs));
    expect(slow).toEqual([]);
  };

  it.skipIf(isSkipped)(`${name} (skipped without ${strace})`, async () => expectQuick(await downloadBesidePublishers(sourceCommand)), timeoutMs);

  it.skipIf(isSkipped)(`${name}, from the executable (skipped without ${strace})`, async () => {
    using built = temporaryFolder();
    const executable = join(built.path, "stowage");
    const [bun = "", ...options] = sourceCommand;
    const build = await runCommand([executable], { command: [bun, ...options.slice(0, -1), join(projectFolder, "scripts/build.ts")] });
    expect(build).toMatchObject({ exitCode: 0, errors: "" });
    expectQuick(await downloadBesidePublishers([executable]));
  }, timeoutMs);

  it.skipIf(isSkipped)(`are caught waiting where the pool has four threads (skipped without ${strace})`, async () => {
    const { p99Ms } = await downloadBesidePublishers(sourceCommand, { pool: "4", count: 40 });
    expect(p99Ms.ranges).toBeGreaterThan(longestMs);
  }, timeoutMs);
});

/** Publishes with slow syncs all the while, and fetches `count` times in each way. */
async function downloadBesidePublishers(
  program: readonly string[],
  { pool, count = downloads }: { readonly pool?: string; readonly count?: number } = {},
): Promise<Measured> {
  const seed = seedOfRun();
  console.log(`FAULT_SEED=${seed}`);
  using folder = temporaryFolder();
  const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data"), ...(pool === undefined ? {} : { UV_THREADPOOL_SIZE: pool }) };
  await using server = await startServerProcess({ environment, command: [...slowSyncs, ...program, "serve"] });
  const begunMs = performance.now();
  const site = await fillSite(server.url, createRandom(seed));
  expect(performance.now() - begunMs).toBeGreaterThan(syncDelayMs);
  const publishing = keepPublishing(site);
  const times: Record<Kind, number[]> = { small: [], large: [], ranges: [] };
  const readiness: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    for (const kind of kinds) times[kind].push(await site.fetchOne(kind));
    if (turn % 5 === 0) {
      const askedMs = performance.now();
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      readiness.push(performance.now() - askedMs);
    }
    // Spread over many syncs.
    await Bun.sleep(10);
  }
  const published = await publishing.end();
  expect(published).toBeGreaterThan(publishers);
  expect(await server.stop()).toBe(0);
  expect(await verifyFolder(environment.STOWAGE_DATA)).toMatchObject({ ok: true });
  const p99Ms = { small: percentile(times.small, 0.99), large: percentile(times.large, 0.99), ranges: percentile(times.ranges, 0.99) };
  const measured = { published, p99Ms, readinessP50Ms: percentile(readiness, 0.5) };
  const seconds = Math.round((performance.now() - begunMs) / 1000);
  console.log(JSON.stringify({ test: "downloads beside slow syncs", pool: pool ?? "as it is", ofEachKind: count, ...measured, seconds }));
  return measured;
}

/** Publishes what is fetched later. */
async function fillSite(url: string, random: Random): Promise<PoolSite> {
  const contents = createContents(random);
  const urlOf = (version: string): string => `${url}/api/packages/${admin.name}/generic/pool/${version}/file.bin`;
  const publish = async (version: string, content: Content): Promise<number> =>
    (await fetch(urlOf(version), { method: "PUT", headers: adminHeaders, body: contents.bytesOf(content) })).status;
  const sizes = [smallBytes, ...largeBytes.flatMap((sizeBytes) => Array.from({ length: filesOfEachSize }, () => sizeBytes))];
  const files = sizes.map((sizeBytes, number): StoredFile => ({ version: `fetched-${number}`, content: contents.window(number * 10_000, sizeBytes) }));
  const answers = await Promise.all(files.map(({ version, content }) => publish(version, content)));
  expect(answers.filter((status) => status !== 201)).toEqual([]);
  const pick = (kind: Kind): StoredFile => {
    const file = kind === "small" ? files[0] : random.pick(files.slice(1));
    if (file === undefined || file === null) throw new Error("there are no files");
    return file;
  };
  const fetchOne = async (kind: Kind): Promise<number> => {
    const { version, content } = pick(kind);
    const range = `bytes=0-${partBytes - 1},${content.sizeBytes - partBytes}-${content.sizeBytes - 1}`;
    const startMs = performance.now();
    const answer = await fetch(urlOf(version), { headers: kind === "ranges" ? { range } : {} });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const tookMs = performance.now() - startMs;
    const whole = contents.bytesOf(content);
    if (kind !== "ranges") expect([answer.status, sha256Of(bytes)]).toEqual([200, content.sha256]);
    else expect([answer.status, bytes.includes(whole.subarray(0, partBytes)), bytes.includes(whole.subarray(-partBytes))]).toEqual([206, true, true]);
    return tookMs;
  };
  return { publish, fetchOne, contents };
}

/** Eight publishers, each with one file after the other. `end` waits for the last ones, and gives how many there were. */
function keepPublishing({ publish, contents }: PoolSite): { end(): Promise<number> } {
  let isOver = false;
  let published = 0;
  const statuses = new Set<number>();
  const publishOn = async (publisher: number): Promise<void> => {
    while (!isOver) {
      published += 1;
      statuses.add(await publish(`1.${publisher}.${published}`, contents.window(1_000_000 + published * 100, 10_000)));
    }
  };
  const running = Promise.all(Array.from({ length: publishers }, (_, publisher) => publishOn(publisher)));
  // Whoever waits for the end is told of it.
  running.catch(() => undefined);
  return {
    end: async () => {
      isOver = true;
      await running;
      expect([...statuses]).toEqual([201]);
      return published;
    },
  };
}
