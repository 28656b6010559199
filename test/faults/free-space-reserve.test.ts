import { describe, expect, it } from "bun:test";
import { readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { createContents, type Content } from "../support/fault-content.ts";
import { openRequest } from "../support/fault-cut.ts";
import { createRandom, seedOfRun } from "../support/fault-random.ts";
import { createJournaledSite, heldEntries, signIn, type JournaledSite } from "../support/full-disk-site.ts";
import { admin, adminHeaders, until } from "../support/server-process.ts";
import { mountSmallDisk, noSmallDisk, type SmallDisk } from "../support/small-disk.ts";

const timeoutMs = 120_000;
const mebibyte = 1024 * 1024;
const diskBytes = 48 * mebibyte;
/** What an upload adds besides its bytes: records, and the rest of its last block. */
const recordsBytes = mebibyte;

interface Reserved {
  readonly disk: SmallDisk;
  readonly site: JournaledSite;
  /** A tenth of the disk. */
  readonly reserveBytes: number;
  readonly contentOf: (sizeBytes: number) => Content;
}

async function withReserve(action: (reserved: Reserved) => Promise<void>): Promise<void> {
  const seed = seedOfRun();
  console.log(`FAULT_SEED=${seed}`);
  const random = createRandom(seed);
  const contents = createContents(random);
  using disk = mountSmallDisk({ kind: "ext4", bytes: diskBytes });
  const site = createJournaledSite({ dataDirectory: join(disk.path, "data"), contents, settings: { STOWAGE_FREE_SPACE_RESERVE: "10%" } });
  const contentOf = (sizeBytes: number): Content => contents.window(random.whole(0, 8 * mebibyte), sizeBytes);
  const { blocks, bsize } = statfsSync(disk.path);
  const beganAtMs = performance.now();
  try {
    await site.start();
    await action({ disk, site, contentOf, reserveBytes: Math.floor((blocks * bsize) / 10) });
    await site.readAll();
    expect(await site.verify()).toMatchObject({ problems: [], stagingEntries: 0 });
    expect(site.violations).toEqual([]);
    console.log(JSON.stringify({ held: heldEntries(site).length, ...Object.fromEntries(site.answers), seconds: Math.round((performance.now() - beganAtMs) / 1000) }));
  } finally {
    await site.end();
  }
}

async function fillToReserve({ site, contentOf }: Reserved, how: "announced" | "chunked"): Promise<void> {
  for (let status: number | null = 201; status === 201; ) {
    status = await site.publish(contentOf(3 * mebibyte), how);
    expect([201, 507]).toContain(status ?? 0);
  }
}

function isStagingEmpty({ path }: SmallDisk): boolean {
  return readdirSync(join(path, "data", "staging")).length === 0;
}

function uploadHead(path: string, announcedBytes: number): string {
  return `PUT ${path} HTTP/1.1\r\nHost: stowage\r\nAuthorization: Bearer ${admin.token}\r\nContent-Length: ${announcedBytes}\r\n\r\n`;
}

describe("the reserve of free space", () => {
  const reason = noSmallDisk === null ? "" : ` (skipped: ${noSmallDisk})`;
  const itReserved = (name: string, action: (reserved: Reserved) => Promise<void>): void =>
    it.skipIf(noSmallDisk !== null)(`${name}${reason}`, () => withReserve(action), timeoutMs);

  for (const how of ["announced", "chunked"] as const)
    itReserved(`is left free by uploads, and changes of records go on (${how})`, async (reserved) => {
      const { site, disk, reserveBytes, contentOf } = reserved;
      await fillToReserve(reserved, how);
      expect(disk.freeBytes()).toBeGreaterThan(reserveBytes - recordsBytes);
      expect(disk.freeBytes()).toBeLessThan(reserveBytes + 3 * mebibyte + recordsBytes);
      // What still fits in is taken, to the last small one.
      for (let status: number | null = 201; status === 201; ) status = await site.publish(contentOf(150_000), how);
      expect(disk.freeBytes()).toBeGreaterThan(reserveBytes - recordsBytes);
      expect(await signIn(site.server())).toBe(200);
      for (let number = 0; number < 20; number += 1) {
        const group = await fetch(`${site.server().url}/api/v1/orgs`, { method: "POST", headers: { ...adminHeaders, "content-type": "application/json" }, body: JSON.stringify({ username: `group-${number}` }) });
        expect(group.status).toBe(201);
      }
      for (const entry of heldEntries(site).slice(0, 3)) expect(await site.delete(entry)).toBe(204);
    });

  itReserved("is told to an upload before its body, and in both dialects", async (reserved) => {
    const { site } = reserved;
    const server = site.server();
    const paths = [
      `/api/packages/${admin.name}/generic/early/1/file.bin`,
      `/api/v4/projects/${admin.name}%2Fproject/packages/generic/early/1/file.bin`,
    ];
    const project = await fetch(`${server.url}/api/v4/projects`, { method: "POST", headers: { "private-token": admin.token, "content-type": "application/json" }, body: JSON.stringify({ name: "project" }) });
    expect(project.status).toBe(201);
    for (const path of paths) {
      const request = await openRequest(server.port);
      try {
        // Nothing of the body is ever sent.
        await request.write(uploadHead(path, diskBytes));
        expect(await request.answer(20_000)).toBe(507);
      } finally {
        request.close();
      }
    }
  });

  itReserved("counts what running uploads have announced and not sent yet", async (reserved) => {
    const { site, disk, reserveBytes, contentOf } = reserved;
    const server = site.server();
    const path = `/api/packages/${admin.name}/generic/slow/1/file.bin`;
    const slow = await openRequest(server.port);
    const announcedBytes = disk.freeBytes() - reserveBytes - 4 * mebibyte;
    await slow.write(uploadHead(path, announcedBytes));
    await slow.write(Buffer.alloc(1000));
    await until(() => !isStagingEmpty(disk), 20_000, "the slow upload");
    expect(await site.publish(contentOf(5 * mebibyte))).toBe(507);
    expect(await site.publish(contentOf(5 * mebibyte), "chunked")).toBe(507);
    expect(await site.publish(contentOf(mebibyte))).toBe(201);
    slow.end("rst");
    await until(() => isStagingEmpty(disk), 20_000, "the end of the slow upload");
    expect(await site.publish(contentOf(5 * mebibyte))).toBe(201);
  });
});
