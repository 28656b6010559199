import { afterAll, beforeAll, beforeEach, describe, expect, it } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFaultClient } from "../support/fault-client.ts";
import { sha256Of } from "../support/fault-content.ts";
import { openRequest, type Ending, type PartialRequest } from "../support/fault-cut.ts";
import { administrator, startServerProcess, type ServerProcess } from "../support/fault-process.ts";
import { until } from "../support/fault-waiting.ts";

/** Larger than what the server holds in memory, so that early and late cuts meet it in different states. */
const body = Buffer.alloc(3 * 1024 * 1024, "an upload that is cut ");
const chunkBytes = 64 * 1024;
const steps = 20;
const stagingTimeoutMs = 1000;
const timeoutMs = 60_000;

const framings = ["length", "chunked"] as const;
type Framing = (typeof framings)[number];

function headOf(path: string, framing: string): string {
  const lines = [
    `PUT /api/packages/${administrator.name}/generic/${path} HTTP/1.1`,
    "Host: localhost",
    `Authorization: token ${administrator.token}`,
    framing,
  ];
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
  const client = () => createFaultClient(server().url, administrator);
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
  const cut = async (framing: Framing, ending: Ending, step: number): Promise<number> => {
    const path = `cut/1.0/${framing}-${ending}-${step}.bin`;
    const whole = framing === "length" ? body : chunked(body);
    let waitedMs = 0;
    await withRequest(async (request) => {
      await request.write(headOf(path, framing === "length" ? `Content-Length: ${body.byteLength}` : "Transfer-Encoding: chunked"));
      await request.write(whole.subarray(0, Math.floor((whole.byteLength * step) / steps)));
      await untilStaged();
      request.end(ending);
      waitedMs = await untilNothingStaged();
    });
    await expectAbsent(path);
    return waitedMs;
  };

  beforeAll(async () => {
    running = await startServerProcess("server-entry.ts", dataDirectory);
    expect(await client().put("kept/1.0/before.bin", body)).toBe(201);
    expect(await client().delete("kept/1.0/before.bin")).toBe(204);
  });
  beforeEach(() => expect(stagedCount()).toBe(0));
  afterAll(async () => {
    await running?.kill();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  for (const framing of framings)
    for (const ending of ["rst", "fin"] as const)
      it(
        `leaves nothing when it is cut at any twentieth (${framing}, ${ending})`,
        async () => {
          const before = server().openDescriptors();
          let slowestMs = 0;
          // With chunks all bytes can have come without the upload being whole: the last, empty chunk is missing.
          const last = framing === "length" ? steps - 1 : steps;
          for (let step = 0; step <= last; step += 1) slowestMs = Math.max(slowestMs, await cut(framing, ending, step));
          const seen = (): string => `${before} before, ${server().openDescriptors()} now`;
          await until(5000, "descriptors", () => ({ isSo: server().openDescriptors() <= before, seen: seen() }));
          console.log(`${framing}, ${ending}: staging empty after at most ${Math.round(slowestMs)} ms; descriptors: ${seen()}`);
          expect(await listedVersions()).toEqual([]);
          expect(server().errors()).toEqual([]);
          expect(server().isRunning()).toBe(true);
        },
        timeoutMs,
      );

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
      const path = `cut/1.0/${framing}-rst-10.bin`;
      expect(await (framing === "length" ? client().put(path, body) : client().putChunked(path, body))).toBe(201);
      expect(await client().read(path)).toEqual({ kind: "content", sizeBytes: body.byteLength, sha256: sha256Of(body) });
    }
    expect(server().errors()).toEqual([]);
    expect(await server().stop()).toBe(0);
  });
});
