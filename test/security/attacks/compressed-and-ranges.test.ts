import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { openTarget, type Target } from "./open-target.ts";

let target: Target;
beforeAll(async () => {
  target = await openTarget("compressed bodies and many ranges");
  await target.town.make("PUT", `${target.project}/packages/generic/r/1.0/f`, "x".repeat(1 << 20));
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

const request = (first: string, lines: readonly string[], body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${first} HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: ${target.token}\r\n${lines.map((line) => `${line}\r\n`).join("")}Content-Length: ${body.length}\r\n\r\n`), body]);

describe("compressed request bodies", () => {
  const json = Buffer.from(JSON.stringify({ name: "unpacked", path: "unpacked", visibility: "private", description: " ".repeat(64 << 20) }));
  const bombs: readonly (readonly [coding: string, bytes: Uint8Array])[] = [
    ["gzip", gzipSync(json)], ["GZIP", gzipSync(json)], ["x-gzip", gzipSync(json)], ["deflate", deflateSync(json)], ["deflate", deflateRawSync(json)], ["br", brotliCompressSync(json, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
    ["zstd", zstdCompressSync(json)], ["gzip, gzip", gzipSync(gzipSync(json))], ["gzip, deflate", deflateSync(gzipSync(json))], ["compress", gzipSync(json)], ["identity, gzip", gzipSync(json)], ["gzip;q=1", gzipSync(json)],
  ];

  it("are never unpacked: JSON that only unpacking would show is none", async () => {
    const before = target.town.site.records();
    const memory = process.memoryUsage.rss();
    for (const [coding, bytes] of bombs)
      for (const [method, path] of [["POST", "/api/v4/projects"], ["POST", "/api/v4/groups"], ["POST", "/api/graphql"], ["POST", "/api/v1/orgs"]] as const) {
        const answer = await target.send(request(`${method} ${path}`, [`Content-Encoding: ${coding}`, "Content-Type: application/json", `Authorization: token ${target.token}`], bytes));
        expect([coding, path, (answer?.status ?? 0) >= 400 && (answer?.status ?? 0) < 500]).toEqual([coding, path, true]);
      }
    expect(target.town.site.records()).toBe(before);
    expect(process.memoryUsage.rss() - memory).toBeLessThan(256 << 20);
  }, 30_000);

  it("of uploads are kept as they came, or refused", async () => {
    for (const [index, [coding, bytes]] of bombs.entries()) {
      const path = `${target.project}/packages/generic/packed/1.0/f${index}`;
      const put = await target.send(request(`PUT ${path}`, [`Content-Encoding: ${coding}`], bytes));
      const got = await target.send(request(`GET ${path}`, ["Accept-Encoding: gzip, br, zstd"], new Uint8Array()));
      if (put?.status === 201) expect([coding, Bun.hash(got?.body ?? new Uint8Array()), got?.headers.get("content-encoding")]).toEqual([coding, Bun.hash(bytes), undefined]);
      else expect([coding, got?.status]).toEqual([coding, 404]);
    }
    // As transfer codings they are none that the server has.
    for (const coding of ["gzip", "gzip, chunked", "deflate, chunked", "chunked, gzip", "compress, chunked"]) {
      const head = `PUT ${target.project}/packages/generic/packed/1.0/t HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: ${target.token}\r\nTransfer-Encoding: ${coding}\r\n\r\n`;
      const packed = gzipSync("x");
      const answer = await target.send(Buffer.concat([Buffer.from(`${head}${packed.length.toString(16)}\r\n`), packed, Buffer.from("\r\n0\r\n\r\n")]));
      expect([coding, answer === null || answer.status >= 400]).toEqual([coding, true]);
    }
  }, 30_000);
});

describe("range bombs", () => {
  const list = (count: number, one: (index: number) => string): string => `bytes=${Array.from({ length: count }, (_, index) => one(index)).join(",")}`;
  const bombs = [
    list(1000, () => "0-"), list(1300, () => "0-0"), list(500, (index) => `${index}-`), list(1000, (index) => `${1000 - index}-1048575`), list(900, () => "-1048576"), list(800, () => "5-6"), list(2, () => "0-"),
    list(300, (index) => `${index * 2}-${index * 2}`), list(600, (index) => `${index}-${index + 1}`), `bytes=${",".repeat(3000)}0-1`, "bytes=0-0,0-0,0-0,0-0,0-0,0-0", list(100, () => "0-1048575"), `bytes=0-${"9".repeat(3000)}`, `bytes=-${"9".repeat(3000)}`,
  ];

  it("never make an answer much larger than the file, nor take long", async () => {
    for (const range of bombs)
      for (const method of ["GET", "HEAD"])
        for (const path of [`${target.project}/packages/generic/r/1.0/f`]) {
          const from = process.cpuUsage();
          const answer = await target.send(request(`${method} ${path}`, [`Range: ${range}`], new Uint8Array()), 20_000);
          const spentMs = (process.cpuUsage(from).user + process.cpuUsage(from).system) / 1000;
          expect([range.slice(0, 40), [200, 206, 416, 431].includes(answer?.status ?? 0)]).toEqual([range.slice(0, 40), true]);
          expect([range.slice(0, 40), (answer?.body.length ?? 0) < 1.2 * (1 << 20)]).toEqual([range.slice(0, 40), true]);
          expect([range.slice(0, 40), spentMs < 2000]).toEqual([range.slice(0, 40), true]);
        }
  }, 60_000);
});
