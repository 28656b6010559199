import { afterAll, beforeAll, expect, test } from "bun:test";
import { NoAnswerError, rawRequest } from "../support/raw-http.ts";
import { openSite, type Site } from "./site.ts";

/** What no authority looks like (RFC 9112 section 3.2: such a request is answered 400). */
const hosts = [
  "[", "[::1", "a b", "%zz", "a?token=x", "a/b/../c", "a#b", "http://x/", "user:password@host", ":", "a:99999", "a:b:c", "a\\b", "<script>",
] as const;
const targets = [
  "PUT /api/packages/vault/generic/p/1.0/f", "GET /api/packages/vault/generic/p/1.0/f", "GET /api/v1/packages/vault?limit=1&page=2",
  "GET /api/v1/users/nobody", "GET /api/v1/orgs/nobody", "POST /api/v1/orgs", "GET /healthz", "GET /metrics", "GET /nothing",
] as const;

let site: Site;

beforeAll(async () => {
  site = await openSite();
  await site.must("POST", "/api/v1/orgs", { username: "vault", visibility: "private" });
  for (const version of ["1.0", "2.0", "3.0"]) await site.must("PUT", `/api/packages/vault/generic/p/${version}/f`, "content");
});
afterAll(async () => await site.server.stop());

/** The status on the wire; 0 where the connection was closed without one. */
async function statusOf(target: string, host: string, authorization: string): Promise<number> {
  const [method, path] = target.split(" ");
  const length = method === "GET" ? "" : "Content-Length: 0\r\n";
  try {
    const bytes = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${length}${authorization}\r\n`;
    return (await rawRequest(site.port, Buffer.from(bytes, "latin1"))).status;
  } catch (error) {
    if (error instanceof NoAnswerError) return 0;
    throw error;
  }
}

test("a Host that is none is refused with 400, logged as no error, and counted to its end", async () => {
  const before = site.records();
  const wrong: unknown[] = [];
  for (const host of hosts)
    for (const target of targets)
      for (const authorization of ["", `Authorization: ${site.root}\r\n`]) {
        const status = await statusOf(target, host, authorization);
        if (status !== 400) wrong.push([host, target, authorization === "" ? "anonymous" : "signed in", status]);
      }
  const { text } = await site.ask("GET", "/metrics");
  const errors = site.server.logLines.filter((line) => line.includes('"level":"error"'));
  expect(text).toContain("stowage_uploads_in_progress 0\n");
  expect(errors).toEqual([]);
  expect(wrong).toEqual([]);
  expect(site.records()).toBe(before);
});

test("a Host that is one is welcome in every form", async () => {
  for (const host of ["h", "h:1", "127.0.0.1:7171", "[::1]", "[::1]:80", "my_host.example.", "xn--bcher-kva.example", "H.Example:65535", "x".repeat(250)])
    expect([host, await statusOf("GET /healthz", host, "")]).toEqual([host, 200]);
});

test("a request without Host, as HTTP/1.0 allows, is answered like any other", async () => {
  const ask = async (target: string, head: string): Promise<number> => {
    const [method, path] = target.split(" ");
    return (await rawRequest(site.port, `${method} ${path} ${head}Authorization: ${site.root}\r\nContent-Length: 0\r\n\r\n`)).status;
  };
  for (const target of [...targets, "GET /api/packages/nobody/generic/p/1.0/f", "DELETE /api/packages/vault/generic/none/1.0"]) {
    const usual = await ask(target, "HTTP/1.1\r\nHost: h\r\n");
    for (const head of ["HTTP/1.0\r\n", "HTTP/1.1\r\nHost:\r\n"]) expect([target, head, await ask(target, head)]).toEqual([target, head, usual]);
  }
});
