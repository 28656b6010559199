import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { rmSync, renameSync } from "node:fs";
import { join } from "node:path";
import { openStores } from "../../src/open-stores.ts";
import { startServer } from "../support/server.ts";
import { admin, adminHeaders, adminSettings, doubtToldAtMs, runCommand, startServerProcess, temporaryFolder, until, type ServerProcess } from "../support/server-process.ts";

const folder = temporaryFolder();
const data = join(folder.path, "data");
const forwarded = { "x-forwarded-for": "192.0.2.1" } as const;
let server: ServerProcess;

beforeAll(async () => {
  server = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: data } });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("/healthz and /readyz", () => {
  it("answer anyone", async () => {
    for (const [path, body] of [["/healthz", "ok\n"], ["/readyz", "ready\n"]] as const) {
      const answer = await fetch(`${server.url}${path}`, { headers: forwarded });
      expect([answer.status, await answer.text()]).toEqual([200, body]);
    }
  });

  it("tell alive from ready when a store does not answer", async () => {
    renameSync(join(data, "staging"), join(data, "staging-away"));
    try {
      expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    } finally {
      renameSync(join(data, "staging-away"), join(data, "staging"));
    }
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});

describe("/metrics", () => {
  it("counts requests, bytes, uploads, blobs and store errors in Prometheus text", async () => {
    const url = `${server.url}/api/packages/${admin.name}/generic/counted/1.0/file.bin`;
    expect((await fetch(url, { method: "PUT", headers: adminHeaders, body: "12345" })).status).toBe(201);
    await (await fetch(url)).arrayBuffer();
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await answer.text();
    expect(text).toMatch(/^stowage_http_requests_total\{method="PUT",route="[^"]+",status="201"\} 1$/m);
    expect(text).toMatch(/^stowage_http_received_bytes_total\{route="[^"]+"\} 5$/m);
    expect(text).toMatch(/^stowage_http_sent_bytes_total\{route="[^"]+"\} \d+$/m);
    expect(text).toMatch(/^stowage_http_request_duration_seconds_bucket\{route="[^"]+",le="0\.001"\} \d+$/m);
    expect(text).toMatch(/^stowage_uploads_in_progress 0$/m);
    expect(text).toMatch(/^stowage_blobs 1$/m);
    expect(text).toMatch(/^stowage_blob_bytes 5$/m);
    expect(text).toMatch(/^stowage_records_unknown 0$/m);
    expect(text).toMatch(/^# TYPE stowage_store_errors_total counter$/m);
    expect(Number(/^stowage_records_log_bytes (\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(512 * 1024);
    expect(text).not.toContain("counted");
  });

  it("is for administrators and for this machine", async () => {
    const user = await runCommand(["user", "add", "ann", "--email", "a@example.com", "--password-stdin", "--data", data], { input: "Anns-Password-1" });
    expect(user.exitCode).toBe(0);
    const basic = (name: string, secret: string) => ({ authorization: `Basic ${btoa(`${name}:${secret}`)}` });
    const rows: readonly (readonly [number, Record<string, string>])[] = [
      [200, {}],
      [401, forwarded],
      [401, { forwarded: "for=192.0.2.1" }],
      [403, { ...forwarded, ...basic("ann", "Anns-Password-1") }],
      [200, { ...forwarded, ...adminHeaders }],
      [200, { ...forwarded, authorization: `Bearer ${admin.token}` }],
      [200, { ...forwarded, ...basic(admin.name, admin.token) }],
    ];
    for (const [status, headers] of rows) expect([headers, (await fetch(`${server.url}/metrics`, { headers })).status]).toEqual([headers, status]);
  });

  it("refuses wrong credentials from elsewhere", async () => {
    for (const authorization of ["Bearer wrong", `Basic ${btoa(`${admin.name}:wrong-password`)}`])
      expect((await fetch(`${server.url}/metrics`, { headers: { ...forwarded, authorization } })).status).toBe(401);
  });

  it("is for everyone when configured so", async () => {
    using other = temporaryFolder();
    const environment = { ...adminSettings, STOWAGE_DATA: join(other.path, "data"), STOWAGE_METRICS: "public" };
    await using open = await startServerProcess({ environment });
    expect((await fetch(`${open.url}/metrics`, { headers: forwarded })).status).toBe(200);
    expect(await open.stop()).toBe(0);
  });
});

describe("a server whose storage fails", () => {
  it("answers, says so, and ends with 70 within a second", async () => {
    using other = temporaryFolder();
    const place = join(other.path, "data");
    await using failing = await startServerProcess({ environment: { ...adminSettings, STOWAGE_DATA: place } });
    // A folder that cannot be synced or read any more: the staging file cannot be put in place.
    rmSync(join(place, "blobs"), { recursive: true });
    const url = `${failing.url}/api/packages/${admin.name}/generic/lost/1.0/file.bin`;
    const answer = await fetch(url, { method: "PUT", headers: adminHeaders, body: "lost" });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(await failing.exitCode()).toBe(70);
    expect(Date.now() - doubtToldAtMs(failing.output())).toBeLessThan(1000);
  });
});

describe("a check of the records that cannot be carried out", () => {
  it("is told by the log and by a metric of its own, and takes nothing out of service", async () => {
    const unreadable = await startServer({}, {
      open: async (...given) => {
        const stores = await openStores(...given);
        const checkQuickly = () => Promise.reject(new Error("disk I/O error"));
        return { ...stores, metadata: { ...stores.metadata, needsCheck: () => true, checkQuickly } };
      },
    });
    try {
      await until(() => unreadable.logLines.some((line) => line.includes("the check of the records failed")), 10_000, "the line in the log");
      const text = await (await fetch(`${unreadable.url}/metrics`)).text();
      expect(text).toMatch(/^stowage_records_unknown 1$/m);
      expect(text).toMatch(/^stowage_records_damaged 0$/m);
      expect((await fetch(`${unreadable.url}/readyz`)).status).toBe(200);
    } finally {
      await unreadable.stop();
    }
  });
});
