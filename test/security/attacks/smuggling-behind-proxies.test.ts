import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { ambiguousRequests, brokenHeads } from "./ambiguous-requests.ts";
import { proxyPrograms, type Proxy } from "./behind-proxy.ts";
import { converse } from "./conversation.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";
import { rawRequest } from "../../support/raw-http.ts";

/** A server, and a proxy in front of it. */
interface Site {
  readonly target: Target;
  readonly proxy: Proxy;
}

/** Whoever comes next, over a connection to the server that the proxy may have used before: always gets what was asked for. */
async function expectVictimServed({ target, proxy }: Site, about: string): Promise<void> {
  for (const [file, status, text] of [["f", 200, "content"], ["none", 404, null]] as const) {
    const answer = await rawRequest(proxy.port, requestOf(`GET ${target.project}/packages/generic/p/1.0/${file}`, [`PRIVATE-TOKEN: ${target.token}`]), { timeoutMs: 10_000 });
    expect([about, file, answer.status]).toEqual([about, file, status]);
    if (text !== null) expect([about, answer.text]).toEqual([about, text]);
  }
}

for (const { name: program, missing, start } of proxyPrograms) {
  const canRun = missing === null || process.env["CI"] !== undefined;
  describe.skipIf(!canRun)(`request smuggling behind ${program}${canRun ? "" : ` (skipped: ${missing})`}`, () => {
    let target: Target;
    let proxy: Proxy;
    beforeAll(async () => {
      if (!canRun) return;
      target = await openTarget(`request smuggling behind ${program}`, { STOWAGE_TRUSTED_PROXIES: "127.0.0.1" });
      await target.town.make("PUT", `${target.project}/packages/generic/p/1.0/hidden`, "the hidden request would remove this");
      proxy = await start(target.port);
    }, 40_000);
    afterAll(async () => {
      if (!canRun) return;
      await proxy[Symbol.asyncDispose]();
      await target.close();
    });
    afterEach(async () => {
      if (canRun) await target.expectSound();
    });

    it("gets nothing past the proxy that it has not read as a request, and mixes up nobody's answers", async () => {
      const file = (name: string): string => `${target.project}/packages/generic/hidden/1.0/${name}`;
      const publish = (name: string) => target.town.make("PUT", file(name), "the hidden request would remove this");
      const isThere = async (name: string): Promise<boolean> => (await target.town.ask("GET", file(name), { "private-token": target.token })).status === 200;
      const cases = ["/api/v1/version", `${target.project}/packages/generic/p/1.0/none`].flatMap((first, round) => {
        const count = ambiguousRequests(first, "").length + brokenHeads(first).length;
        return Array.from({ length: count }, (_, index) => {
          const name = `f-${round}-${index}`;
          const hidden = requestOf(`DELETE ${file(name)}`, [`PRIVATE-TOKEN: ${target.token}`]);
          const [one] = [...ambiguousRequests(first, hidden), ...brokenHeads(first)].slice(index);
          return { file: name, name: one?.name ?? "", bytes: one?.bytes ?? "" };
        });
      });
      for (const one of cases) await publish(one.file);
      for (const { name, bytes } of cases) {
        await converse(proxy.port, bytes, 60);
        target.count(1);
        await expectVictimServed({ target, proxy }, name);
      }
      const wrong: unknown[] = [];
      for (const one of cases) {
        if (await isThere(one.file)) continue;
        // Where the proxy itself reads two requests and answers both, nothing was hidden from it.
        await publish(one.file);
        const { statuses } = await converse(proxy.port, one.bytes, 1500);
        if (statuses.length < 2) wrong.push([one.name, statuses, "the hidden request was answered"]);
      }
      expect(wrong).toEqual([]);
    }, 60_000);

    it("keeps apart uploads that break off, refused ones, and what comes after them", async () => {
      const upload = (lines: readonly string[], body: string): string =>
        `PUT ${target.project}/packages/generic/q/1.0/f HTTP/1.1\r\nHost: h\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
      const hidden = requestOf(`GET ${target.project}/packages/generic/p/1.0/hidden`, [`PRIVATE-TOKEN: ${target.token}`]);
      const cases: readonly (readonly [string, string])[] = [
        ["refused for its credentials", upload(["PRIVATE-TOKEN: wrong", `Content-Length: ${hidden.length}`], hidden)],
        ["refused without any", upload([`Content-Length: ${hidden.length}`], hidden)],
        ["refused for its name", upload([`PRIVATE-TOKEN: ${target.token}`, `Content-Length: ${hidden.length}`], hidden).replace("/q/1.0/f", "/q/1.0/~")],
        ["refused in chunks", upload(["PRIVATE-TOKEN: wrong", "Transfer-Encoding: chunked"], `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`)],
        ["broken off", upload([`PRIVATE-TOKEN: ${target.token}`, "Content-Length: 100000"], hidden)],
        ["broken off in chunks", upload([`PRIVATE-TOKEN: ${target.token}`, "Transfer-Encoding: chunked"], `fff\r\n${hidden}`)],
        ["waiting for a 100", upload([`PRIVATE-TOKEN: wrong`, "Expect: 100-continue", `Content-Length: ${hidden.length}`], hidden)],
        ["to a route that takes no body", upload([`PRIVATE-TOKEN: ${target.token}`, `Content-Length: ${hidden.length}`], hidden).replace("PUT", "PATCH")],
        ["to nowhere", upload([`Content-Length: ${hidden.length}`], hidden).replace(/PUT \S+/, "PUT /nowhere")],
        ["of a GET", upload([`PRIVATE-TOKEN: ${target.token}`, `Content-Length: ${hidden.length}`], hidden).replace("PUT", "GET")],
        ["of a DELETE", upload(["PRIVATE-TOKEN: wrong", `Content-Length: ${hidden.length}`], hidden).replace("PUT", "DELETE")],
      ];
      for (const [name, bytes] of cases) {
        const { received } = await converse(proxy.port, bytes, 60);
        target.count(1);
        expect([name, received.includes("the hidden request")]).toEqual([name, false]);
        await expectVictimServed({ target, proxy }, name);
        await expectVictimServed({ target, proxy }, name);
      }
    }, 60_000);

    it("tells the server who is asking by what the proxy adds, not by what the client claims", async () => {
      for (let round = 0; round < 10; round += 1) {
        const claimed = `X-Forwarded-For: 203.0.113.${round}`;
        await converse(proxy.port, requestOf(`GET /api/v1/users/marked-${round}`, [claimed, "Connection: close"]), 300, "127.0.0.2");
        target.count(1);
      }
      const lines = target.town.site.server.logLines.slice(-10);
      expect(lines.map((line) => /"address":"([^"]*)"/.exec(line)?.[1])).toEqual(Array(10).fill("127.0.0.2"));
    });
  });
}
