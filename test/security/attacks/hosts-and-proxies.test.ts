import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { converse } from "./conversation.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

const evil = "evil.example";
/** Every header by which a proxy may say who and where a client is, and some that other programs believe. */
const forwarded = [
  `X-Forwarded-Host: ${evil}`, `X-Forwarded-Host: ${evil}:443`, `X-Forwarded-Server: ${evil}`, `Forwarded: for=203.0.113.66;host=${evil};proto=https`, `X-Host: ${evil}`, `X-Original-Host: ${evil}`, `X-Original-URL: /api/v4/user`, `X-Rewrite-URL: /metrics`, `X-Forwarded-Prefix: //${evil}`, `X-Forwarded-Proto: https`,
  `X-Forwarded-For: 203.0.113.66`, `X-Forwarded-For: 127.0.0.1`, `X-Real-IP: 127.0.0.1`, `X-Client-IP: 127.0.0.1`, `True-Client-IP: 127.0.0.1`, `CF-Connecting-IP: 127.0.0.1`, `X-Forwarded-Port: 1`, `X-Forwarded-Scheme: javascript`, `Front-End-Https: on`, `Via: 1.1 ${evil}`, `X-HTTP-Host-Override: ${evil}`, `X-ProxyUser-Ip: 127.0.0.1`,
] as const;

let plain: Target;
let trusting: Target;
let named: Target;
beforeAll(async () => {
  plain = await openTarget("poisoned hosts and forged proxies, no proxy trusted");
  trusting = await openTarget("poisoned hosts and forged proxies, one trusted", { STOWAGE_TRUSTED_PROXIES: "127.0.0.3" });
  named = await openTarget("poisoned hosts, under a public address", { STOWAGE_PUBLIC_URL: "https://packages.example" });
  for (const target of [plain, trusting, named]) for (const version of ["2.0", "3.0"]) await target.town.make("PUT", `${target.project}/packages/generic/p/${version}/f`, "content");
}, 60_000);
afterAll(async () => {
  for (const target of [plain, trusting, named]) await target.close();
});
afterEach(async () => {
  for (const target of [plain, trusting, named]) await target.expectSound();
});

/** Requests whose answers name addresses of the server. */
const paths = (target: Target): string[] => [
  `${target.project}/packages?per_page=1`, "/api/v4/projects?per_page=1", "/api/v1/packages/root?limit=1", "/api/v1/users/nobody", `${target.project}/packages?pagination=keyset&per_page=1`, `${target.project}`, "/api/v1/orgs/vault-private",
];
const signedIn = (target: Target): string[] => [`PRIVATE-TOKEN: ${target.token}`, `Authorization: token ${target.token}`];

describe("poisoned hosts", () => {
  it("in headers that only proxies may send reach no answer, where the sender is no proxy", async () => {
    for (const target of [plain, trusting, named])
      for (const path of paths(target))
        for (const line of forwarded) {
          const { received, statuses } = await converse(target.port, requestOf(`GET ${path}`, [...signedIn(target), line, "Connection: close"]));
          target.count(1);
          expect([path, line, statuses.length, received.includes(evil), received.includes("203.0.113.66")]).toEqual([path, line, 1, false, false]);
          // The protocol of links is the one that is spoken, or that was configured.
          if (target !== named) expect([path, line, received.includes("https://h")]).toEqual([path, line, false]);
        }
  }, 60_000);

  it("in the Host itself reach no link, where the operator has said the address", async () => {
    for (const path of paths(named))
      for (const host of [evil, `${evil}:80`, `packages.example.${evil}`, `packages.example@${evil}`, "localhost", "127.0.0.1", "[::1]", "PACKAGES.EXAMPLE", `${evil}.`, "x".repeat(200)]) {
        const { received } = await converse(named.port, requestOf(`GET ${path}`, [...signedIn(named), "Connection: close"]).replace("Host: h", `Host: ${host}`));
        named.count(1);
        const links = [...received.matchAll(/https?:\/\/[^\s"<>]+/g)].map(([link]) => link).filter((link) => !link.startsWith("https://packages.example"));
        expect([path, host, links]).toEqual([path, host, []]);
      }
  }, 60_000);

  it("lead no redirection to another host", async () => {
    const { make } = plain.town;
    await make("POST", `${plain.project}/releases`, { tag_name: "v1" });
    for (const start of [`//${evil}/%2e%2e`, `/%2f%2f${evil}`, `/\\${evil}`, `//${evil}`, `///${evil}/`, `/%5c${evil}`, `/.${evil}`, `http://${evil}/`, `https:${evil}`, `/api/v4//${evil}`])
      for (const path of [start, `${start}/-/releases/permalink/latest`, `/api/v4/projects/${plain.place.project.id}/releases/permalink/latest/${encodeURIComponent(start)}`, `/vault-private/tools/-/releases/v1/downloads/${encodeURIComponent(start)}`]) {
        const { received } = await converse(plain.port, requestOf(`GET ${path}`, [...signedIn(plain), "Connection: close"]));
        plain.count(1);
        const location = /^location: *(.*)\r$/im.exec(received)?.[1] ?? "";
        expect([path, location === "" || location.startsWith(`http://h/`) || /^\/(?![/\\])/.test(location)]).toEqual([path, true]);
      }
  }, 60_000);
});

describe("forged addresses", () => {
  it("open nothing that loopback may and others may not", async () => {
    for (const line of forwarded) {
      // From an address of this machine that is loopback as well: a header that names a proxy is enough to be a stranger.
      const isProxyHeader = /^(?:X-Forwarded-For|Forwarded):/.test(line);
      const { statuses } = await converse(plain.port, requestOf("GET /metrics", [line, "Connection: close"]));
      plain.count(1);
      expect([line, statuses]).toEqual([line, [isProxyHeader ? 401 : 200]]);
    }
  });

  it("are believed from the trusted proxy alone, and no further than it vouches for", async () => {
    const addressOf = async (from: string, line: string): Promise<string | undefined> => {
      await converse(trusting.port, requestOf("GET /api/v1/users/nobody", [line, "Connection: close"]), 300, from);
      trusting.count(1);
      return /"address":"([^"]*)"/.exec(trusting.town.site.server.logLines.at(-1) ?? "")?.[1];
    };
    const cases: readonly (readonly [from: string, line: string, address: string])[] = [
      ["127.0.0.1", "X-Forwarded-For: 203.0.113.66", "127.0.0.1"], ["127.0.0.2", "X-Forwarded-For: 203.0.113.66", "127.0.0.2"], ["127.0.0.2", "X-Forwarded-For: 127.0.0.3", "127.0.0.2"], ["127.0.0.3", "X-Forwarded-For: 203.0.113.66", "203.0.113.66"],
      ["127.0.0.3", "X-Forwarded-For: 198.51.100.1, 203.0.113.66", "203.0.113.66"], ["127.0.0.3", "X-Forwarded-For: 198.51.100.1, 203.0.113.66, 127.0.0.3", "203.0.113.66"], ["127.0.0.3", "X-Forwarded-For: evil, 203.0.113.66", "203.0.113.66"], ["127.0.0.3", "X-Forwarded-For: 203.0.113.66, evil", "127.0.0.3"],
      ["127.0.0.3", "X-Forwarded-For: 203.0.113.66, 127.0.0.1", "127.0.0.1"], ["127.0.0.3", "X-Real-IP: 203.0.113.66", "127.0.0.3"], ["127.0.0.3", "Forwarded: for=203.0.113.66", "127.0.0.3"], ["127.0.0.3", "X-Forwarded-For:", "127.0.0.3"],
    ];
    for (const [from, line, address] of cases) expect([from, line, await addressOf(from, line)]).toEqual([from, line, address]);
  });
});
