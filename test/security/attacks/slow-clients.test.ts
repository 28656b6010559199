import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { readFileSync, statfsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { startServer } from "../../support/server.ts";
import { until } from "../../support/server-process.ts";
import { converse } from "./conversation.ts";
import { drippings, startDripper, tlsGreeting } from "./drippers.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

/** The shortest that the server may be told; nothing that an attacker sends may stay open for much longer without moving. */
const idleSeconds = 8;
const patienceMs = (2 * idleSeconds + 10) * 1000;

let target: Target;
beforeAll(async () => {
  target = await openTarget("slow and idle clients", { STOWAGE_IDLE_SECONDS: String(idleSeconds) });
  await target.town.make("PUT", `${target.project}/packages/generic/p/1.0/large`, "x".repeat(32 << 20));
}, 30_000);
afterAll(async () => await target.close());

interface Connection {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  received: number;
}

function open(bytes: string, isReading = true): Connection {
  const socket = connect({ port: target.port, host: "127.0.0.1" });
  target.count(1);
  const connection: Connection = {
    socket, received: 0,
    closed: new Promise((resolve) => socket.on("close", () => resolve())),
  };
  socket.on("error", () => {});
  if (isReading) socket.on("data", (chunk: Buffer) => (connection.received += chunk.length));
  socket.write(Buffer.from(bytes, "latin1"));
  return connection;
}

/** Fails where a connection is still open when the time is over. */
async function expectClosed(connections: readonly Pick<Connection, "socket" | "closed">[], what: string): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what}: ${connections.filter(({ socket }) => !socket.closed).length} still open`)), patienceMs);
  try {
    await Promise.race([Promise.all(connections.map(({ closed }) => closed)), late.promise]);
  } finally {
    clearTimeout(timer);
    for (const { socket } of connections) socket.destroy();
  }
}

/** Connections that the server holds, as the kernel lists them: its own end of each, as far as it is established. */
function establishedCount(): number {
  const port = target.port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/tcp", "latin1").split("\n").filter((line) => new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${port} [0-9A-F]{8}:[0-9A-F]{4} 01 `).test(line)).length;
}

/** Everybody else is served meanwhile. */
async function expectServed(): Promise<void> {
  for (let again = 0; again < 5; again += 1) {
    const answer = await target.send(requestOf(`GET ${target.project}/packages/generic/p/1.0/f`, [`PRIVATE-TOKEN: ${target.token}`]));
    expect([answer?.status, answer?.text]).toEqual([200, "content"]);
  }
  const put = await target.send(requestOf(`PUT ${target.project}/packages/generic/q/1.0/${crypto.randomUUID()}`, [`PRIVATE-TOKEN: ${target.token}`], "others"));
  expect(put?.status).toBe(201);
}

const upload = (body: string, length: string): string =>
  `PUT ${target.project}/packages/generic/slow/1.0/f HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: ${target.token}\r\n${length}\r\n\r\n${body}`;

describe("slow and idle clients", () => {
  it("that stop in the middle of anything are cut off, all at once, while others are served", async () => {
    const stuck = [
      "", "G", "GET ", "GET / HTTP/1.1", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: h\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX-A: ", "GET / HTTP/1.1\r\nHost: h\r\n\r",
      `GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n`, upload("", "Content-Length: 100"), upload("half", "Content-Length: 100"), upload("", "Transfer-Encoding: chunked"), upload("5\r\nab", "Transfer-Encoding: chunked"),
      `POST /api/v4/projects HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: ${target.token}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`, `POST /api/graphql HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n`, `PUT /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx`,
    ];
    const connections = stuck.flatMap((bytes) => Array.from({ length: 20 }, () => open(bytes)));
    await expectServed();
    await expectClosed(connections, "clients that stopped");
    expect(await target.town.site.server.stores.blobs.staging("count")).toBe(0);
    await target.expectSound();
  }, patienceMs + 30_000);

  it("that come by the thousand keep nobody out", async () => {
    const connections = Array.from({ length: 1500 }, (_, index) => open(index % 2 === 0 ? "" : "GET /healthz HTTP/1.1\r\nHost: h\r\nX-Slow: "));
    await expectServed();
    await expectClosed(connections, "idle connections");
    await expectServed();
  }, patienceMs + 30_000);

  it.skipIf(process.platform !== "linux")("that never read what they asked for hold little memory, and are cut off", async () => {
    const before = process.memoryUsage.rss();
    const connections = Array.from({ length: 50 }, () =>
      open(requestOf(`GET ${target.project}/packages/generic/p/1.0/large`, [`PRIVATE-TOKEN: ${target.token}`]), false),
    );
    await expectServed();
    // 50 times 32 MiB were asked for.
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 << 20);
    // The kernel keeps what was sent until they read it; the server has let go of them.
    await until(() => establishedCount() === 0, patienceMs, "the end of clients that do not read");
    for (const { socket } of connections) socket.destroy();
    await expectServed();
  }, patienceMs + 30_000);

  it("that send one byte at a time are no more than slow: their head is bounded, and others do not wait", async () => {
    const socket = connect({ port: target.port, host: "127.0.0.1" });
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
    socket.on("error", () => {});
    for (const character of "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") {
      socket.write(character);
      await Bun.sleep(5);
    }
    target.count(1);
    await expectServed();
    for (let waited = 0; !answer.startsWith("HTTP/1.1 200") && waited < 100; waited += 1) await Bun.sleep(50);
    expect(answer).toStartWith("HTTP/1.1 200");
    socket.destroy();
  }, 30_000);
});

describe("clients that drip for ever", () => {
  const dropEveryMs = 1500;
  const tls = join(import.meta.dir, "../../support/tls");
  let secured: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    secured = await startServer({ STOWAGE_IDLE_SECONDS: String(idleSeconds), STOWAGE_TLS_CERT: join(tls, "certificate.pem"), STOWAGE_TLS_KEY: join(tls, "key.pem") });
  }, 30_000);
  afterAll(async () => await secured.stop());

  it("are cut off whatever part of a request it is, hold little memory, and keep nobody waiting", async () => {
    const memory = process.memoryUsage.rss();
    const kinds = drippings(target.project, target.token);
    const drippers = [...kinds, tlsGreeting].flatMap((kind) =>
      Array.from({ length: 20 }, () => startDripper(kind === tlsGreeting ? secured.port : target.port, kind, dropEveryMs)),
    );
    target.count(drippers.length);
    let isOver = false;
    const servingOthers = async (): Promise<{ rounds: number; slowestMs: number }> => {
      let slowestMs = 0;
      for (let rounds = 1; ; rounds += 1) {
        const fromMs = performance.now();
        await expectServed();
        slowestMs = Math.max(slowestMs, performance.now() - fromMs);
        if (isOver) return { rounds, slowestMs };
        await Bun.sleep(100);
      }
    };
    const [{ rounds, slowestMs }, steady] = await Promise.all([
      servingOthers(),
      sendSteadily(),
      expectClosed(drippers, "clients that drip").finally(() => (isOver = true)),
    ]);
    // Six requests each.
    expect([rounds > 10, slowestMs < 5000, slowestMs]).toEqual([true, true, slowestMs]);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(128 << 20);
    // They were at it when they were cut off.
    const moving = [...kinds, tlsGreeting].map(({ name }) => [name, drippers.filter((one) => one.name === name && one.sentDrops() >= 3).length] as const);
    expect(moving.filter(([, count]) => count === 20).length).toBeGreaterThanOrEqual(13);
    // What is slow and yet comes along is none of them.
    expect(steady).toBe(201);
    await target.expectSound();
  }, patienceMs + 30_000);

  it("do not keep the room on the disk that they have announced to take", async () => {
    const { bavail, bsize } = statfsSync(target.town.site.server.dataDirectory);
    const most = upload("x", `Content-Length: ${Math.floor(bavail * bsize * 0.6)}`);
    const isRefused = async (): Promise<boolean> => {
      target.count(1);
      const { statuses } = await converse(target.port, most, 300);
      expect(statuses.filter((status) => status !== 507)).toEqual([]);
      return statuses.length > 0;
    };
    const dripper = startDripper(target.port, { name: "most of the disk", start: most, drops: "x" }, dropEveryMs);
    target.count(1);
    await until(isRefused, patienceMs, "the refusal of what has no room beside it");
    await expectClosed([dripper], "a client that drips");
    await until(async () => !(await isRefused()), patienceMs, "room for others");
    expect(dripper.sentDrops()).toBeGreaterThanOrEqual(3);
    await until(async () => (await target.town.site.server.stores.blobs.staging("count")) === 0, patienceMs, "the end of what was broken off");
    // A full disk is told as an error, so not everything is as if nothing had been.
    await expectServed();
  }, 3 * patienceMs);
});

/** An upload of 32 KiB a second for longer than anything may stand still. Answers its status. */
async function sendSteadily(): Promise<number> {
  const seconds = 2 * idleSeconds;
  const body = "x".repeat(32 << 10);
  const socket = connect({ port: target.port, host: "127.0.0.1" });
  const { promise, resolve } = Promise.withResolvers<number>();
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    const status = /^HTTP\/1\.1 (\d{3})/.exec(received)?.[1];
    if (status !== undefined) resolve(Number(status));
  });
  socket.on("error", () => {});
  socket.on("close", () => resolve(0));
  target.count(1);
  socket.write(upload("", `Content-Length: ${seconds * body.length}`).replace("/slow/", "/steady/"));
  for (let second = 0; second < seconds; second += 1) {
    socket.write(body);
    await Bun.sleep(1000);
  }
  const status = await promise;
  socket.destroy();
  return status;
}
