import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { ambiguousRequests, brokenHeads } from "./ambiguous-requests.ts";
import { converse } from "./conversation.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

let target: Target;
beforeAll(async () => {
  target = await openTarget("request smuggling");
  await target.town.make("PUT", `${target.project}/packages/generic/p/1.0/hidden`, "the hidden request would remove this");
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

/** What is hidden within other requests: it would succeed, and change the records. */
const hidden = (): string => requestOf(`DELETE ${target.project}/packages/generic/p/1.0/hidden`, [`PRIVATE-TOKEN: ${target.token}`]);

describe("request smuggling", () => {
  it("gets no hidden request answered, whatever is ambiguous", async () => {
    const before = target.town.site.records();
    const found: unknown[] = [];
    for (const first of ["/api/v1/version", `${target.project}/packages/generic/p/1.0/none`])
      for (const { name, bytes } of ambiguousRequests(first, hidden())) {
        const { statuses, received } = await converse(target.port, bytes);
        target.count(1);
        if (statuses.length > 1 || target.town.site.records() !== before) found.push([name, first, statuses, received.slice(0, 60)]);
      }
    expect(found).toEqual([]);
    expect(target.town.site.records()).toBe(before);
  }, 60_000);

  it("refuses heads that are none, and closes", async () => {
    const before = target.town.site.records();
    const wrong: unknown[] = [];
    for (const { name, bytes } of brokenHeads("/api/v1/version")) {
      const { statuses, isClosed } = await converse(target.port, bytes + hidden());
      target.count(1);
      const isRefused = statuses.length === 0 || (statuses.length === 1 && [400, 405, 431, 501, 505].includes(statuses[0] ?? 0));
      if (!isRefused || !isClosed || target.town.site.records() !== before) wrong.push([name, statuses, isClosed]);
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  // The runtime closes a connection on which a request comes while another is being answered.
  it("answers whole requests that are sent ahead in their order, or not at all", async () => {
    const one = (file: string): string => requestOf(`GET ${target.project}/packages/generic/p/1.0/${file}`, [`PRIVATE-TOKEN: ${target.token}`]);
    for (let round = 0; round < 10; round += 1) {
      const { statuses, received } = await converse(target.port, one("f") + one("none") + one("f") + requestOf(`HEAD ${target.project}/packages/generic/p/1.0/f`, [`PRIVATE-TOKEN: ${target.token}`]));
      target.count(4);
      expect(statuses).toEqual([200, 404, 200, 200].slice(0, statuses.length));
      expect(received).not.toContain("the hidden");
    }
  }, 30_000);

  it("would have been noticed: the hidden request does what it says when it is sent openly", async () => {
    const before = target.town.site.records();
    expect((await target.send(hidden()))?.status).toBe(204);
    expect(target.town.site.records()).not.toBe(before);
  });
});

describe("methods that proxies and debuggers know", () => {
  it("are none of the server's, give nothing back, and change nothing", async () => {
    const before = target.town.site.records();
    for (const method of ["TRACE", "TRACK", "CONNECT", "OPTIONS", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "DEBUG", "PURGE", "BAN", "get", "Post", "GETT"])
      for (const path of [`${target.project}/packages/generic/p/1.0/f`, "/api/v1/version", "/healthz", "h:80", "*"]) {
        const { statuses, received } = await converse(target.port, requestOf(`${method} ${path}`, [`PRIVATE-TOKEN: ${target.token}`, "X-Echo: echoed", "Max-Forwards: 0", "X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE"]), 100);
        target.count(1);
        expect([method, path, statuses.every((status) => status >= 400 && status < 600 && status !== 500)]).toEqual([method, path, true]);
        expect([method, received.includes("echoed"), received.includes(target.token)]).toEqual([method, false, false]);
      }
    expect(target.town.site.records()).toBe(before);
  }, 60_000);

  it("are not chosen by a header or a parameter either", async () => {
    const before = target.town.site.records();
    for (const name of ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"])
      for (const method of ["DELETE", "PUT", "PATCH"])
        for (const carrier of ["GET", "POST"]) {
          await target.send(requestOf(`${carrier} ${target.project}/packages/generic/p/1.0/f?_method=${method}`, [`PRIVATE-TOKEN: ${target.token}`, `${name}: ${method}`], carrier === "POST" ? "_method=DELETE" : null));
          expect([name, method, carrier, target.town.site.records() === before]).toEqual([name, method, carrier, true]);
        }
  });
});
