import { afterAll, beforeAll, beforeEach, describe, expect, it } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import { systemClock } from "../../src/core/ports/clock.ts";
import { openStores } from "../../src/open-stores.ts";
import { createFaultClient, type FaultDialect } from "../support/fault-client.ts";
import { sha256Of } from "../support/fault-content.ts";
import { openRequest, type Ending, type PartialRequest } from "../support/fault-cut.ts";
import { administrator, startServerProcess, type ServerProcess } from "../support/fault-process.ts";
import { delay, until } from "../support/fault-waiting.ts";

/** Larger than what the server holds in memory, so that early and late cuts meet it in different states. */
const body = Buffer.alloc(3 * 1024 * 1024, "an upload that is cut ");
const chunkBytes = 64 * 1024;
const steps = 20;
const stagingTimeoutMs = 1000;
const timeoutMs = 60_000;

const framings = ["length", "chunked"] as const;
type Framing = (typeof framings)[number];

function headOf(path: string, framing: string, dialect: FaultDialect = "gitea"): string {
  const isGitlab = dialect === "gitlab";
  const base = isGitlab ? `/api/v4/projects/${administrator.name}/packages/generic` : `/api/packages/${administrator.name}/generic`;
  const credential = isGitlab ? `Private-Token: ${administrator.token}` : `Authorization: token ${administrator.token}`;
  const lines = [`PUT ${base}/${path} HTTP/1.1`, "Host: localhost", credential, framing];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The body as chunks, without the last one that ends it. */
function chunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    const part = bytes.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${part.byteLength.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

describe("an upload that does not arrive whole", () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "stowage-cut-"));
  let running: ServerProcess | null = null;
  const server = (): ServerProcess => {
    if (running === null) throw new Error("the server runs only within a test");
    return running;
  };
  const client = (dialect: FaultDialect = "gitea") => createFaultClient(server().url, administrator, dialect);
  const beganAtMs = performance.now();
  const count = { cuts: 0, wholeAfterCut: 0, absentAfterCut: 0, refused: 0, slow: 0 };
  const stagedCount = (): number => readdirSync(join(dataDirectory, "staging")).length;
  /** So that the cut meets an upload that the server has begun to store. */
  const untilStaged = () =>
    until(5000, "an upload in staging", () => ({ isSo: stagedCount() === 1, seen: `${stagedCount()} entries` }));
  const untilNothingStaged = () =>
    until(stagingTimeoutMs, "empty staging", () => ({ isSo: stagedCount() === 0, seen: `${stagedCount()} entries` }));
  const withRequest = async (act: (request: PartialRequest) => Promise<void>): Promise<void> => {
    const request = await openRequest(server().port);
    try {
      await act(request);
    } finally {
      request.close();
    }
  };
  const expectAbsent = async (path: string): Promise<void> =>
    expect(await client().read(path)).toEqual({ kind: "absent" });

  const listedVersions = async (): Promise<unknown> => {
    const response = await fetch(`${server().url}/api/v1/packages/${administrator.name}`, {
      headers: { authorization: `token ${administrator.token}` },
      signal: AbortSignal.timeout(10_000),
    });
    return response.json();
  };
  /** Cuts an upload after a share of its bytes; how long staging took to become empty. */
  const cut = async (dialect: FaultDialect, framing: Framing, ending: Ending, step: number): Promise<number> => {
    const path = `cut/1.0/${dialect}-${framing}-${ending}-${step}.bin`;
    const whole = framing === "length" ? body : chunked(body);
    let waitedMs = 0;
    await withRequest(async (request) => {
      await request.write(headOf(path, framing === "length" ? `Content-Length: ${body.byteLength}` : "Transfer-Encoding: chunked", dialect));
      await request.write(whole.subarray(0, Math.floor((whole.byteLength * step) / steps)));
      await untilStaged();
      request.end(ending);
      waitedMs = await untilNothingStaged();
    });
    await expectAbsent(path);
    count.cuts += 1;
    return waitedMs;
  };

  beforeAll(async () => {
    running = await startServerProcess("server-entry.ts", dataDirectory);
    expect(await client().put("kept/1.0/before.bin", body)).toBe(201);
    expect(await client().delete("kept/1.0/before.bin")).toBe(204);
  });
  // What the test before has refused may still be on its way out.
  beforeEach(() => until(5000, "staging", () => ({ isSo: stagedCount() === 0, seen: `${stagedCount()} staged` })));
  afterAll(async () => {
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(JSON.stringify({ test: "cut uploads", ...count, seconds }));
    await running?.kill();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  const untilNoMoreDescriptors = async (before: number): Promise<string> => {
    const seen = (): string => `${before} before, ${server().openDescriptors()} now`;
    await until(5000, "descriptors", () => ({ isSo: server().openDescriptors() <= before, seen: seen() }));
    return seen();
  };

  for (const dialect of ["gitea", "gitlab"] as const)
    for (const framing of framings)
      for (const ending of ["rst", "fin"] as const)
        it(
          `leaves nothing when it is cut at any twentieth (${dialect}, ${framing}, ${ending})`,
          async () => {
            const before = server().openDescriptors();
            let slowestMs = 0;
            // With chunks all bytes can have come without the upload being whole: the last, empty chunk is missing.
            const last = framing === "length" ? steps - 1 : steps;
            for (let step = 0; step <= last; step += 1) slowestMs = Math.max(slowestMs, await cut(dialect, framing, ending, step));
            const seen = await untilNoMoreDescriptors(before);
            console.log(`${dialect}, ${framing}, ${ending}: staging empty after at most ${Math.round(slowestMs)} ms; descriptors: ${seen}`);
            expect(await listedVersions()).toEqual([]);
            expect(server().errors()).toEqual([]);
            expect(server().isRunning()).toBe(true);
          },
          timeoutMs,
        );

  for (const ending of ["rst", "fin"] as const)
    it(
      `is there whole or not at all when its sender leaves right after the last byte (${ending})`,
      async () => {
        const sizes = [100, 300_000] as const;
        // The folders of placed files are kept open: these two are from here on.
        for (const size of sizes) expect(await client().put(`left/${ending}.0/before-${size}.bin`, body.subarray(0, size))).toBe(201);
        const before = server().openDescriptors();
        for (let turn = 0; turn < 40; turn += 1) {
          const dialect = turn % 2 === 0 ? "gitea" : "gitlab";
          const framing = turn % 4 < 2 ? "length" : "chunked";
          const path = `left/${ending}.0/file-${turn}.bin`;
          const small = body.subarray(0, sizes[turn % 3 === 0 ? 0 : 1]);
          const whole = framing === "length" ? small : Buffer.concat([chunked(small), Buffer.from("0\r\n\r\n")]);
          await withRequest(async (request) => {
            await request.write(headOf(path, framing === "length" ? `Content-Length: ${small.byteLength}` : "Transfer-Encoding: chunked", dialect));
            await request.write(whole);
            // Between at once and after the answer.
            if (ending === "rst") await delay(turn);
            request.end(ending);
            // The runtime takes the end of the sending side for the end of the client, so there need not be an answer.
            if (ending === "fin") expect([201, null]).toContain(await request.answer(10_000));
          });
          await untilNothingStaged();
          const reading = await client().read(path);
          if (reading.kind === "absent") count.absentAfterCut += 1;
          else {
            expect(reading).toEqual({ kind: "content", sizeBytes: small.byteLength, sha256: sha256Of(small) });
            count.wholeAfterCut += 1;
          }
        }
        await untilNoMoreDescriptors(before);
        expect(count.wholeAfterCut).toBeGreaterThan(0);
        expect(server().errors()).toEqual([]);
      },
      timeoutMs,
    );

  for (const header of [
    `X-Checksum-Sha256: ${sha256Of(Buffer.from("others"))}`,
    `X-Checksum-Md5: ${"0".repeat(32)}`,
    `Content-MD5: ${Buffer.alloc(16).toString("base64")}`,
    `Repr-Digest: sha-256=:${Buffer.alloc(32).toString("base64")}:`,
    "X-Checksum-Sha256: not hexadecimal",
  ])
    it(`is refused and leaves nothing when it says that its bytes hash to something else (${header.slice(0, 40)})`, async () => {
      const path = "wrong/2.0/digest.bin";
      await withRequest(async (request) => {
        await request.write(headOf(path, `${header}\r\nContent-Length: ${body.byteLength}`, "gitlab"));
        await request.write(body).catch(() => undefined);
        expect(await request.answer(10_000)).toBe(400);
        await untilNothingStaged();
      });
      await expectAbsent(path);
      count.refused += 1;
    });

  it("does not hold up others while it arrives slowly, and arrives whole", async () => {
    const slow = body.subarray(0, 40 * 500);
    const requests = await Promise.all(Array.from({ length: 50 }, () => openRequest(server().port)));
    try {
      for (const [number, request] of requests.entries()) {
        const dialect = number % 2 === 0 ? "gitea" : "gitlab";
        await request.write(headOf(`slow/${number}.0/file.bin`, `Content-Length: ${slow.byteLength}`, dialect));
      }
      for (let part = 0; part < 40; part += 1) {
        await Promise.all(requests.map((request) => request.write(slow.subarray(500 * part, 500 * (part + 1)))));
        // All of them are under way, and another one is answered.
        if (part % 10 === 5) {
          expect(await client().put(`slow/quick.0/file-${part}.bin`, body)).toBe(201);
          expect(stagedCount()).toBe(requests.length);
        }
        await delay(20);
      }
      for (const request of requests) expect(await request.answer(10_000)).toBe(201);
    } finally {
      for (const request of requests) request.close();
    }
    for (const number of requests.keys()) {
      expect(await client().read(`slow/${number}.0/file.bin`)).toEqual({ kind: "content", sizeBytes: slow.byteLength, sha256: sha256Of(slow) });
      count.slow += 1;
    }
  });

  it("leaves nothing when it announces more than it sends and waits for the answer", async () => {
    await withRequest(async (request) => {
      await request.write(headOf("wrong/1.0/larger.bin", `Content-Length: ${body.byteLength + 1}`));
      await request.write(body);
      await untilStaged();
      request.end("fin");
      const status = await request.answer(10_000);
      expect(status === null || status === 400).toBe(true);
      await untilNothingStaged();
    });
    await expectAbsent("wrong/1.0/larger.bin");
  });

  it("is what it announced or nothing when it sends more than that", async () => {
    const announced = 1000;
    const path = "wrong/1.0/smaller.bin";
    await withRequest(async (request) => {
      await request.write(headOf(path, `Content-Length: ${announced}`));
      await request.write(body.subarray(0, 2 * announced));
      // What is too much is a second request, and a broken one: its refusal may overtake the answer to the first.
      const status = await request.answer(10_000);
      await untilNothingStaged();
      const reading = await client().read(path);
      if (reading.kind === "absent") expect(status).not.toBe(201);
      else expect(reading).toEqual({ kind: "content", sizeBytes: announced, sha256: sha256Of(body.subarray(0, announced)) });
    });
  });

  it("may be sent again in full afterwards", async () => {
    for (const framing of framings) {
      const path = `cut/1.0/gitea-${framing}-rst-10.bin`;
      expect(await (framing === "length" ? client().put(path, body) : client().putChunked(path, body))).toBe(201);
      expect(await client().read(path)).toEqual({ kind: "content", sizeBytes: body.byteLength, sha256: sha256Of(body) });
    }
    expect(server().errors()).toEqual([]);
    expect(await server().stop()).toBe(0);
    const stores = await openStores({
      database: { scheme: "sqlite", path: join(dataDirectory, "stowage.db") },
      blobs: { scheme: "file", directory: dataDirectory },
    });
    const report = await verifyStores({ ...stores, clock: systemClock }, { graceMs: 0, isServerRunning: false });
    await stores.close();
    expect(report).toMatchObject({ problems: [], youngObjects: 0, stagingEntries: 0 });
  });
});
