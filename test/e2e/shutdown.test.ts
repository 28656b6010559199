import { describe, expect, it } from "bun:test";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { openStores } from "../../src/open-stores.ts";
import { addGroup, newBlob, publish } from "../contracts/metadata-store/records.ts";
import {
  admin, adminHeaders, adminSettings, startServerProcess, temporaryFolder, until, verifyFolder, within, type ServerProcess,
} from "../support/server-process.ts";

const path = `/api/packages/${admin.name}/generic/slow/1.0.0/file.bin`;
const content = Buffer.alloc(200_000, "slow upload ");
const half = content.byteLength / 2;

/** A connection that keeps what it has received. */
async function openConnection(port: number): Promise<{ socket: Socket; received: () => string; closed: Promise<void> }> {
  const socket = connect({ port, host: "127.0.0.1" });
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  await within(new Promise<void>((resolve) => socket.on("connect", () => resolve())), 5000, "a connection");
  return { socket, received: () => received, closed };
}

/** Begins an upload of known length and sends half of it. */
async function beginUpload(server: ServerProcess) {
  const connection = await openConnection(server.port);
  connection.socket.write(
    `PUT ${path} HTTP/1.1\r\nHost: stowage\r\nAuthorization: ${adminHeaders.authorization}\r\nContent-Length: ${content.byteLength}\r\n\r\n`,
  );
  connection.socket.write(content.subarray(0, half));
  const metrics = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
  await until(async () => /^stowage_uploads_in_progress 1$/m.test(await metrics()), 5000, "the upload under way");
  return connection;
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}

/** Records files whose digests take far longer than a stop may: their bytes are holes, which cost no room. */
async function addUndigested(dataDirectory: string, files: number, sizeBytes: number): Promise<void> {
  const database = { scheme: "sqlite", path: join(dataDirectory, "stowage.db") } as const;
  const stores = await openStores({ database, blobs: { scheme: "file", directory: dataDirectory } });
  try {
    const { id } = await addGroup(stores.metadata, "holes");
    for (let number = 0; number < files; number += 1) {
      const blob = { ...newBlob(`hole ${number}`), sizeBytes };
      const shard = join(dataDirectory, "blobs", blob.storageName.slice(0, 2));
      mkdirSync(shard, { recursive: true });
      writeFileSync(join(shard, blob.storageName), "");
      truncateSync(join(shard, blob.storageName), sizeBytes);
      await publish(stores.metadata, id, { packageName: "p", version: "1", path: `hole-${number}`, blob });
    }
  } finally {
    await stores.close();
  }
}

describe("a server that is told to stop", () => {
  for (const isListed of [false, true])
    it(`does not wait for digests of stored files${isListed ? ", even while a client does" : ""}`, async () => {
      using folder = temporaryFolder();
      const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data"), STOWAGE_SHUTDOWN_SECONDS: "1" };
      await addUndigested(environment.STOWAGE_DATA, 6, 2 * 1024 ** 3);
      await using server = await startServerProcess({ environment });
      const listed = isListed
        ? fetch(`${server.url}/api/v1/packages/holes/generic/p/1/files`).then((answer) => answer.status, () => "cut")
        : null;
      await Bun.sleep(500);
      const begunMs = performance.now();
      server.signal("SIGTERM");
      expect(await server.exitCode()).toBe(0);
      expect(performance.now() - begunMs).toBeLessThan(isListed ? 2500 : 1500);
      if (listed !== null) expect(["cut", 503]).toContain(await within(listed, 1000, "the end of the list"));
      expect(server.output()).not.toContain("damaged");

      const database = { scheme: "sqlite", path: join(environment.STOWAGE_DATA, "stowage.db") } as const;
      const stores = await openStores({ database, blobs: { scheme: "memory" } }, "as_it_is");
      expect(await stores.metadata.blobs.listWithoutDigests(0, 10)).toHaveLength(6);
      await stores.close();
    });

  it("finishes a running upload, and takes nothing new meanwhile", async () => {
    using folder = temporaryFolder();
    const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data") };
    await using server = await startServerProcess({ environment });
    const idle = await openConnection(server.port);
    const upload = await beginUpload(server);

    server.signal("SIGTERM");
    await until(() => isRefused(server.port), 5000, "the refusal of new connections");
    idle.socket.write("GET /healthz HTTP/1.1\r\nHost: stowage\r\n\r\n");
    await Bun.sleep(200);
    expect(idle.received()).not.toContain("200 OK");
    expect(upload.received()).toBe("");
    upload.socket.write(content.subarray(half));
    await until(() => upload.received().includes("\r\n\r\n"), 5000, "the answer to the upload");
    expect(upload.received()).toStartWith("HTTP/1.1 201 ");
    expect(await server.exitCode()).toBe(0);

    await using again = await startServerProcess({ environment });
    const answer = await fetch(`${again.url}${path}`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
  });

  it("cuts an upload that lasts longer than the configured time, and keeps nothing of it", async () => {
    using folder = temporaryFolder();
    const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data"), STOWAGE_SHUTDOWN_SECONDS: "1" };
    await using server = await startServerProcess({ environment });
    const upload = await beginUpload(server);

    const begunMs = performance.now();
    server.signal("SIGTERM");
    expect(await server.exitCode()).toBe(0);
    const tookMs = performance.now() - begunMs;
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThan(4000);
    await within(upload.closed, 5000, "the end of the connection");
    expect(upload.received()).not.toContain("201");

    expect(await verifyFolder(environment.STOWAGE_DATA)).toMatchObject({ ok: true, blobs: 0, stagingEntries: 0, youngObjects: 0 });
    await using again = await startServerProcess({ environment });
    expect((await fetch(`${again.url}${path}`)).status).toBe(404);
  });

  it("still waits for a running upload when further signals come", async () => {
    using folder = temporaryFolder();
    const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data") };
    await using server = await startServerProcess({ environment });
    const upload = await beginUpload(server);
    for (const name of ["SIGINT", "SIGTERM", "SIGINT", "SIGINT"] as const) {
      server.signal(name);
      await Bun.sleep(100);
    }
    upload.socket.write(content.subarray(half));
    await until(() => upload.received().includes("\r\n\r\n"), 5000, "the answer to the upload");
    expect(upload.received()).toStartWith("HTTP/1.1 201 ");
    expect(await server.exitCode()).toBe(0);
  });
});
