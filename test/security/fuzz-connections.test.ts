import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { rawTargetPatterns, type RawTarget } from "../../src/http/raw-target.ts";
import { seedOfRun } from "../support/fault-random.ts";
import { inParallel } from "../support/fault-waiting.ts";
import { openSite, type Site } from "../support/gitlab-site.ts";
import { openConnection } from "../support/keep-alive-connection.ts";
import { NoAnswerError, rawRequest } from "../support/raw-http.ts";
import { createFuzz, type Fuzz } from "./fuzz/fuzz-part.ts";

const seed = seedOfRun();
const parallel = 8;
const requestCount = 5000;
const targetCount = 40_000;
/** A machine under load answers late; one that has stopped answering never does. */
const timeoutMs = 30_000;

/** Text as it may stand in a request's head: bytes of one character each, no line break. */
function headText(text: string): string {
  return [...Buffer.from(text.toWellFormed())].flatMap((byte) => (byte === 9 || (byte >= 32 && byte !== 127) ? String.fromCharCode(byte) : [])).join("");
}

/** What may stand between the spaces of a request line. */
function targetText(text: string): string {
  return headText(text).replaceAll(/[\t ]/g, "%20");
}

const targets = [
  "/api/packages/root/generic/tool/1.0/file.bin",
  "/api/packages/root/generic/tool/1.0",
  "/api/v1/packages/root?page=1&limit=50&type=generic&q=a",
  "/api/v1/packages/root/generic/tool/1.0/files",
  "/api/v1/user?access_token=x",
  "/api/v1/orgs/tools/teams",
  "/api/v4/projects/tools%2Fapp/packages/generic/tool/1.0/dir%2Ffile.bin?select=package_file&status=default",
  "/api/v4/projects/tools%2Fapp/packages?order_by=version&sort=desc&per_page=2&cursor=e30",
  "/api/v4/groups/tools/packages?page=2&package_name=x",
  "/api/v4/projects?search=a&pagination=keyset&order_by=id",
  "/api/v4/projects/tools%2Fapp/releases/v1.0",
  "/api/graphql?query=%7Bproject(fullPath:%22tools/app%22)%7Bid%7D%7D",
  "/healthz",
  "/-/%2e%2e/%2F/..%5c/%00",
] as const;

const bodies = [
  ["application/json", '{"name":"x","username":"y","scopes":["all"],"visibility":"private","query":"{ currentUser { id } }"}'],
  ["application/x-www-form-urlencoded", "name=x&links[][url]=http://a&a[b]=c"],
  ["multipart/form-data; boundary=B", '--B\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nbytes\r\n--B--\r\n'],
  ["application/octet-stream", "content"],
] as const;

function makeRequest(fuzz: Fuzz, { server }: Site): Buffer {
  const credentials = [
    `authorization: token ${server.admin.token}`,
    `authorization: Basic ${Buffer.from(`${server.admin.name}:${server.admin.token}`).toString("base64")}`,
    `private-token: ${server.admin.token}`,
    "authorization: Bearer none",
    "job-token: none",
  ];
  const others = ["range: bytes=0-3,5-", 'if-none-match: "x", *', "if-range: Sun, 06 Nov 1994 08:49:37 GMT", "x-forwarded-for: 1.2.3.4", "x-checksum-sha256: 00", "content-md5: x", "repr-digest: sha-256=:AA==:", "cookie: a=b", "accept: */*"];
  const method = fuzz.one(["GET", "GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]);
  const [type, body] = fuzz.one(bodies);
  const content = method === "GET" || method === "HEAD" ? "" : Buffer.from((fuzz.oneIn(2) ? body : fuzz.changed([body])).toWellFormed()).toString("latin1");
  /** The name of a field stays what it is, so that a changed one is no request of another shape. */
  const field = (line: string): string => {
    const colon = line.indexOf(":");
    return `${line.slice(0, colon)}: ${headText(fuzz.oneIn(2) ? line.slice(colon + 2) : fuzz.changed([line.slice(colon + 2)]))}`;
  };
  const fields = [fuzz.one(credentials), ...fuzz.list(3, () => fuzz.one(others))];
  const target = targetText(fuzz.oneIn(3) ? fuzz.one(targets) : fuzz.changed(targets));
  const head = [
    `${method} ${target.startsWith("/") ? target : `/${target}`} HTTP/1.1`,
    `host: ${fuzz.oneIn(10) ? headText(fuzz.changed(["example.com:1", "[::1]"])) : "localhost"}`,
    ...[...new Map(fields.map((line) => [line.split(":")[0] ?? "", line])).values()].map(field),
    ...(content === "" ? [] : [field(`content-type: ${type}`), `content-length: ${content.length}`]),
    "connection: close",
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${content}`, "latin1");
}

describe("a server that is sent requests of every kind over connections of their own", () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
    const group = await site.group("tools");
    await site.project(group.id, "app");
    const url = `${site.server.url}/api/packages/root/generic/tool/1.0/file.bin`;
    const headers = { authorization: `token ${site.server.admin.token}` };
    expect((await fetch(url, { method: "PUT", headers, body: "content" })).status).toBe(201);
  });
  afterAll(async () => {
    await site.stop();
  });

  it("answers each of them, and none with a fault of its own", async () => {
    const fuzz = createFuzz(seed);
    const begunMs = performance.now();
    const statuses: Record<number, number> = {};
    const requests = Array.from({ length: requestCount }, () => makeRequest(fuzz, site));
    await inParallel(parallel, requests, async (request) => {
      const what = `FAULT_SEED=${seed}: ${JSON.stringify(request.toString("latin1"))}`;
      const { status, text } = await rawRequest(site.server.port, request, { timeoutMs }).catch((error: unknown) => {
        throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      });
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status >= 500) throw new Error(`${what}: ${status} ${text}`);
    });
    console.log(JSON.stringify({ test: "requests of every kind", seed, requests: requestCount, statuses, seconds: (performance.now() - begunMs) / 1000 }));
    // Requests that the server takes for good ones are among them, and such as it refuses.
    expect([statuses[200], statuses[201], statuses[400], statuses[404]].every((count) => (count ?? 0) > 0)).toBe(true);
    const errors = site.server.logLines.filter((line) => line.includes('"level":"error"'));
    expect(errors).toEqual([]);
    expect(site.server.fatalErrors).toEqual([]);
    expect((await site.server.verify()).problems).toEqual([]);
  }, 180_000);

  it("goes on after bytes that are no request", async () => {
    const fuzz = createFuzz(seed + 1);
    const outcomes = { answered: 0, closed: 0 };
    const requests = Array.from({ length: 400 }, () => (fuzz.oneIn(3) ? fuzz.bytes(200) : Buffer.from(fuzz.changed([makeRequest(fuzz, site).toString("latin1")]).toWellFormed(), "latin1")));
    await inParallel(parallel, requests, async (request) => {
      try {
        // Half of a request is followed by nothing: the connection ends, and nobody waits for an answer.
        const { status } = await rawRequest(site.server.port, request, { timeoutMs, cut: true });
        outcomes.answered += 1;
        if (status >= 500 && status !== 501 && status !== 505) throw new Error(`FAULT_SEED=${seed}: ${JSON.stringify(request.toString("latin1"))}: ${status}`);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        if (error.message.includes("ms passed")) throw new Error(`FAULT_SEED=${seed}: ${JSON.stringify(request.toString("latin1"))}: no end`, { cause: error });
        outcomes.closed += 1;
      }
    });
    console.log(JSON.stringify({ test: "bytes that are no request", seed, ...outcomes }));
    const { status } = await rawRequest(site.server.port, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n", { timeoutMs });
    expect(status).toBe(200);
    expect(site.server.fatalErrors).toEqual([]);
    expect((await site.server.verify()).problems).toEqual([]);
  }, 180_000);
});

/** A segment, with every character that must be encoded and some that need not be written with percent signs. */
function encoded(fuzz: Fuzz, segment: string): string {
  return [...Buffer.from(segment)]
    .map((byte) => {
      const isPlain = /[A-Za-z0-9._~!$&'()*+,;=:@-]/.test(String.fromCharCode(byte));
      const hex = byte.toString(16).padStart(2, "0");
      return isPlain && !fuzz.oneIn(4) ? String.fromCharCode(byte) : `%${fuzz.oneIn(2) ? hex : hex.toUpperCase()}`;
    })
    .join("");
}

/** What has to be read from a target; of one that is broken, no more than its kind. */
interface Wanted {
  readonly kind: RawTarget["kind"];
  readonly segments?: readonly string[];
  readonly hasEmptySegments?: boolean;
}

function makeTarget(fuzz: Fuzz): { readonly target: string; readonly wanted: Wanted } {
  const segments = Array.from({ length: fuzz.whole(1, 8) }, () => fuzz.text(12).toWellFormed().replaceAll("\ufffd", "") || "x");
  const written = segments.map((segment) => encoded(fuzz, segment));
  const at = fuzz.whole(0, segments.length);
  const isDot = (segment: string): boolean => segment === "." || segment === "..";
  const isBroken = fuzz.oneIn(10);
  const isBackslashed = !isBroken && fuzz.oneIn(10);
  if (isBroken) written[at] += fuzz.one(["%zz", "%ff", "%c0%af", "%ed%a0%80"]);
  if (isBackslashed) {
    // As it is, where the runtime reads a slash.
    segments[at] += "\\x";
    written[at] += "\\x";
  }
  const empties = fuzz.list(2, () => fuzz.whole(0, written.length + 1));
  for (const place of empties) written.splice(place, 0, "");
  const target = `/${written.join("/")}`;
  // The first segment that is wrong decides.
  if (isBroken) return { target, wanted: { kind: segments.slice(0, at).some(isDot) ? "ambiguous" : "undecodable" } };
  return { target, wanted: { kind: isBackslashed || segments.some(isDot) ? "ambiguous" : "segments", segments, hasEmptySegments: empties.length > 0 } };
}

describe("a raw target", () => {
  it("gives the segments that were encoded, however they were, and never one that leads elsewhere or is no text", async () => {
    const fuzz = createFuzz(seed + 2);
    const begunMs = performance.now();
    const answer = (target: RawTarget): Response => Response.json(target);
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      routes: Object.fromEntries(rawTargetPatterns().map(({ pattern, read }) => [pattern, (request: Bun.BunRequest) => answer(read(request))])),
      fetch: () => answer({ kind: "unroutable" }),
    });
    try {
      const kinds: Record<string, number> = {};
      const connections = await Promise.all(Array.from({ length: parallel }, () => openConnection(server.port ?? 0)));
      const cases = Array.from({ length: targetCount }, () => makeTarget(fuzz));
      await inParallel(parallel, cases, async ({ target, wanted }) => {
        const connection = connections.pop();
        if (connection === undefined) throw new Error("more at once than connections");
        const { body } = await connection.ask("GET", `${target}?x=/../y`, {});
        connections.push(connection);
        kinds[wanted.kind] = (kinds[wanted.kind] ?? 0) + 1;
        const found: RawTarget = JSON.parse(body.toString());
        const told = wanted.segments === undefined ? { kind: found.kind } : found;
        if (!Bun.deepEquals(told, wanted)) throw new Error(`FAULT_SEED=${seed}: ${target}: ${body.toString()} instead of ${JSON.stringify(wanted)}`);
      });
      for (const connection of connections) connection.close();
      expect(Object.keys(kinds).toSorted()).toEqual(["ambiguous", "segments", "undecodable"]);
      console.log(JSON.stringify({ test: "raw targets", seed, targets: targetCount, kinds, seconds: (performance.now() - begunMs) / 1000 }));
    } finally {
      await server.stop(true);
    }
  }, 180_000);
});
