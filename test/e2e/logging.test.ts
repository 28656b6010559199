import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { join } from "node:path";
import { admin, adminHeaders, adminSettings, startServerProcess, temporaryFolder, until, type ServerProcess } from "../support/server-process.ts";

const folder = temporaryFolder();
const packagePath = `/api/packages/${admin.name}/generic/secret-project/1.0.0/secret-file.bin`;
let server: ServerProcess;

beforeAll(async () => {
  const environment = { ...adminSettings, STOWAGE_DATA: join(folder.path, "data") };
  server = await startServerProcess({ environment });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** The line of the access log that a request with this id left. */
async function accessLine(id: string): Promise<Record<string, unknown>> {
  const find = (): string | undefined => server.output().split("\n").find((line) => line.includes(`"id":"${id}"`));
  await until(() => find() !== undefined, 5000, `the log line of ${id}`);
  return JSON.parse(find() ?? "");
}

async function requestWithId(id: string, path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(`${server.url}${path}`, { ...init, headers: { ...init.headers, "x-request-id": id } });
  await answer.arrayBuffer();
  return answer;
}

describe("the access log", () => {
  it("has one JSON line for each request, with these fields", async () => {
    await requestWithId("publish-1", packagePath, { method: "PUT", headers: adminHeaders, body: "12345" });
    const line = await accessLine("publish-1");
    expect(Object.keys(line).toSorted()).toEqual(
      ["actor", "address", "bytes", "id", "method", "ms", "receivedBytes", "route", "status", "time"],
    );
    expect(line).toMatchObject({ method: "PUT", status: 201, receivedBytes: 5, actor: admin.name, address: "127.0.0.1" });
    expect(Math.abs(Date.parse(String(line["time"])) - Date.now())).toBeLessThan(60_000);
    expect(line["ms"]).toBeNumber();

    await requestWithId("download-1", packagePath);
    expect(await accessLine("download-1")).toMatchObject({ method: "GET", status: 200, bytes: 5, receivedBytes: 0, actor: null });
    await requestWithId("unknown-1", "/no/such/path");
    expect(await accessLine("unknown-1")).toMatchObject({ status: 404 });
  });

  it("names the pattern of the route, never the path", async () => {
    await requestWithId("route-1", packagePath);
    const { route } = await accessLine("route-1");
    expect(route).toStartWith("/api/packages/");
    expect(server.output()).not.toMatch(/secret-project|secret-file/);
  });

  it("holds no secret and no query, however it was sent", async () => {
    const forms: readonly (readonly [string, Record<string, string>])[] = [
      [`${packagePath}?token=${admin.token}`, {}],
      [`${packagePath}?access_token=${admin.token}`, {}],
      [packagePath, { authorization: `token ${admin.token}` }],
      [packagePath, { authorization: `Bearer ${admin.token}` }],
      [packagePath, { "x-nuget-apikey": admin.token }],
      [packagePath, { authorization: `Basic ${btoa(`${admin.token}:x-oauth-basic`)}` }],
      [`${packagePath}?token=Wrong-Marker-Token-0001`, {}],
      [`/api/v1/user/Wrong-Marker-Path?x=Wrong-Marker-Query`, { authorization: `Basic ${btoa("nobody:Wrong-Marker-Password")}` }],
    ];
    for (const [index, [path, headers]] of forms.entries()) {
      await requestWithId(`form-${index}`, path, { headers });
      await accessLine(`form-${index}`);
    }
    const logged = server.output() + server.errors();
    for (const secret of [admin.password, admin.token, adminHeaders.authorization.slice(6), "Wrong-Marker"]) expect(logged).not.toContain(secret);
  });

  it("repeats the caller's X-Request-Id where it is harmless, and makes one otherwise", async () => {
    expect((await requestWithId("caller.id-1_A", "/healthz")).headers.get("x-request-id")).toBe("caller.id-1_A");
    const made: (string | null)[] = [];
    for (const id of ["with space", "x".repeat(65), '"quoted"']) made.push((await requestWithId(id, "/healthz")).headers.get("x-request-id"));
    made.push((await fetch(`${server.url}/healthz`)).headers.get("x-request-id"));
    for (const id of made) expect(id).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
    expect(new Set(made).size).toBe(made.length);
    expect(await accessLine(String(made[0]))).toMatchObject({ status: 200 });
  });

  it("is written to its last line when the server stops, and is text on request", async () => {
    using other = temporaryFolder();
    const environment = { ...adminSettings, STOWAGE_DATA: join(other.path, "data"), STOWAGE_LOG: "text" };
    await using textual = await startServerProcess({ environment });
    await fetch(`${textual.url}/healthz`, { headers: { "x-request-id": "last-one" } });
    expect(await textual.stop()).toBe(0);
    expect(textual.output()).toMatch(/^\S+Z 200 GET \/healthz 3B [\d.]+ms - last-one$/m);
    expect(textual.errors()).toBe("");
  });
});
