import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sha256 } from "../../src/core/domain.ts";
import { verifyStores, type StoreProblem } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { sha256Of } from "../support/fault-content.ts";
import { startServer, type RunningServer } from "../support/server.ts";

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

const contentOf = (name: string): Buffer<ArrayBuffer> => Buffer.alloc(sizeBytes, `the content called ${name} `);

describe("a stored file that was damaged behind the server's back", () => {
  let opened: RunningServer | null = null;
  /** Physical names, as recorded before the damage. */
  const storageNames = new Map<string, string>();
  const server = (): RunningServer => {
    if (opened === null) throw new Error("the server runs only within a test");
    return opened;
  };
  const send = (method: string, path: string, headers: Record<string, string> = {}, body: Buffer<ArrayBuffer> | null = null) =>
    fetch(`${server().url}/api/packages/root/generic/damage/1.0/${path}`, {
      method,
      body,
      headers: { authorization: `token ${server().admin.token}`, ...headers },
      signal: AbortSignal.timeout(10_000),
    });
  const publish = async (path: string, name: string): Promise<number> => (await send("PUT", path, {}, contentOf(name))).status;
  const liveNameOf = async (name: string): Promise<string> => {
    const record = await server().stores.metadata.blobs.findLive(sha256Of(contentOf(name)) as Sha256);
    if (record === null) throw new Error(`the content ${name} has no record`);
    return record.storageName;
  };
  const verify = () => verifyStores({ ...server().stores, clock: systemClock }, { graceMs, isServerRunning: true });

  beforeAll(async () => {
    opened = await startServer();
    for (const { name } of [...damages, { name: "sound" }]) {
      expect(await publish(`${name}.bin`, name)).toBe(201);
      storageNames.set(name, await liveNameOf(name));
    }
    // Nothing reads the bytes any more when they are damaged.
    const listed = await fetch(`${server().url}/api/v1/packages/root/generic/damage/1.0/files`, {
      headers: { authorization: `token ${server().admin.token}` },
      signal: AbortSignal.timeout(10_000),
    });
    expect(listed.status).toBe(200);
    for (const { name, inflict } of damages) {
      const storageName = storageNames.get(name) ?? "";
      inflict(join(server().dataDirectory, "blobs", storageName.slice(0, 2), storageName));
    }
  });
  afterAll(async () => {
    await opened?.stop();
  });

  for (const { name } of damages.filter(({ isSeenAtOnce }) => isSeenAtOnce))
    it(`is refused with 500 before the first byte: ${name}`, async () => {
      const whole = await send("GET", `${name}.bin`);
      expect([whole.status, await whole.text()]).toEqual([500, "internal server error"]);
      const range = await send("GET", `${name}.bin`, { range: "bytes=0-9" });
      expect([range.status, await range.text()]).toEqual([500, "internal server error"]);
      const head = await send("HEAD", `${name}.bin`);
      expect(head.status).toBe(500);
    });

  it("leaves the files beside it alone", async () => {
    const response = await send("GET", "sound.bin");
    expect(response.status).toBe(200);
    expect(sha256Of(await response.bytes())).toBe(sha256Of(contentOf("sound")));
  });

  it("is reported in the log as an error, and does not end the server", async () => {
    await send("GET", "truncated.bin");
    const storageName = storageNames.get("truncated") ?? "";
    const reports = server().logLines.filter((line) => line.includes('"level":"error"') && line.includes(storageName));
    expect(reports.length).toBeGreaterThan(0);
    expect(server().fatalErrors).toEqual([]);
  });

  it("is found by verification, and nothing else is", async () => {
    const { problems } = await verify();
    const found = problems.map(({ kind, detail }) => `${kind} ${/[0-9a-f]{64}\.[0-9a-f]{32}/.exec(detail)?.[0] ?? detail}`);
    const expected = damages.map((damage) => `${damage.found} ${storageNames.get(damage.name) ?? ""}`);
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  it("is refused from then on, also where only verification could find it", async () => {
    const response = await send("GET", "flipped.bin");
    expect([response.status, await response.text()]).toEqual([500, "internal server error"]);
  });

  for (const { name } of damages)
    it(`is healed by the same bytes under another name: ${name}`, async () => {
      expect(await publish(`${name}-again.bin`, name)).toBe(201);
      expect(await liveNameOf(name)).not.toBe(storageNames.get(name) ?? "");
      for (const path of [`${name}.bin`, `${name}-again.bin`]) {
        const response = await send("GET", path);
        expect(response.status).toBe(200);
        expect(sha256Of(await response.bytes())).toBe(sha256Of(contentOf(name)));
      }
    });

  it("is found no more once it is healed", async () => {
    const { problems } = await verify();
    expect(problems).toEqual([]);
  });
});
