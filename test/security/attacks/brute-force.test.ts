import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { basic } from "../site.ts";
import { converse } from "./conversation.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

const right = "The-Right-Marker-Password-1";
let target: Target;
let token = "";
beforeAll(async () => {
  target = await openTarget("brute force and exhaustion", { STOWAGE_TRUSTED_PROXIES: "127.0.0.1" });
  await target.town.site.addUserWithPassword("alice", right);
  token = await target.town.site.addToken("alice", "all");
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => {
  // That too many wait for a password check is said to the operator, and is no fault of the server.
  const errors = target.town.site.server.logLines.filter((line) => line.includes('"level":"error"') && !line.includes("too many passwords wait"));
  expect([errors, target.town.site.server.fatalErrors]).toEqual([[], []]);
  expect(await target.town.site.server.stores.blobs.staging("count")).toBe(0);
});

async function signIn(header: string, address: string, path = "/api/v1/user"): Promise<number> {
  const { statuses } = await converse(target.port, requestOf(`GET ${path}`, [`Authorization: ${header}`, `X-Forwarded-For: ${address}`, "Connection: close"]), 2000);
  target.count(1);
  return statuses[0] ?? 0;
}

describe("brute force", () => {
  it("at one account from many addresses is slowed for each of them, and never locks the account's owner out", async () => {
    const counts: Record<number, number> = {};
    const guesses = Array.from({ length: 48 }, async (_, index) => {
      const status = await signIn(basic("alice", `guess-${index}`), `198.51.100.${index % 4}`);
      counts[status] = (counts[status] ?? 0) + 1;
    });
    // Meanwhile, from elsewhere, with the password and with a token.
    expect(await signIn(token, "203.0.113.1")).toBe(200);
    expect(await signIn(basic("alice", right), "203.0.113.2")).toBe(200);
    await Promise.all(guesses);
    expect(counts[200] ?? 0).toBe(0);
    expect((counts[401] ?? 0) <= 44).toBe(true);
    expect((counts[429] ?? 0) + (counts[503] ?? 0)).toBeGreaterThanOrEqual(4);
    expect(await signIn(basic("alice", right), "203.0.113.3")).toBe(200);
    expect(await signIn(token, "198.51.100.0")).toBe(200);
  }, 60_000);

  it("at tokens costs nothing but look-ups, in every form, and leaves other callers served", async () => {
    const from = process.cpuUsage();
    const inputs = 600;
    for (let index = 0; index < inputs; index += 30)
      await Promise.all(
        Array.from({ length: 30 }, async (_, one) => {
          const secret = `glpat-${String(index + one).padStart(20, "0")}`;
          const lines = [[`PRIVATE-TOKEN: ${secret}`], [`Authorization: Bearer ${secret}`], [`Authorization: ${basic("alice", secret)}`], [`JOB-TOKEN: ${secret}`], [`DEPLOY-TOKEN: ${secret}`]][one % 5] ?? [];
          const answer = await target.send(requestOf(`GET ${target.project}/packages/generic/p/1.0/f`, lines));
          expect(answer?.status).toBe(401);
        }),
      );
    const spent = process.cpuUsage(from);
    // Both ends, in one process: a password check would cost ten times as much for each.
    expect((spent.user + spent.system) / 1000 / inputs).toBeLessThan(20);
    expect(await signIn(token, "198.51.100.7")).toBe(200);
  }, 60_000);

  it("by reservations, job tokens and ids that are guessed meets what nobody can count up to", async () => {
    const { make } = target.town;
    const made = await Promise.all(Array.from({ length: 20 }, () => make("POST", "/api/stowage/v1/job-tokens", { user: "developer", namespace: target.place.project.path })));
    const secrets = made.map((one) => String(one["token"]));
    expect(new Set(secrets).size).toBe(20);
    for (const secret of secrets) expect(secret.replace(/^glcbt-/, "").length).toBeGreaterThanOrEqual(27);
    // No two share a beginning or an end that would tell of a counter or a clock.
    const parts = secrets.flatMap((secret) => [secret.slice(6, 14), secret.slice(-8)]);
    expect(new Set(parts).size).toBe(parts.length);
  });
});

describe("exhaustion", () => {
  it("by large heads, many connections and refused uploads at once leaves others served", async () => {
    const storm = [
      ...Array.from({ length: 100 }, (_, index) => converse(target.port, requestOf("GET /healthz", [`X-${index}: ${"y".repeat(12_000)}`, "Connection: close"]))),
      ...Array.from({ length: 50 }, () => converse(target.port, `PUT ${target.project}/packages/generic/x/1/f HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n${"x".repeat(100_000)}`)),
      ...Array.from({ length: 50 }, () => converse(target.port, `POST /api/v4/projects HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: ${target.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n${" ".repeat(100_000)}`)),
    ];
    target.count(storm.length);
    for (let again = 0; again < 10; again += 1) expect(await signIn(token, "203.0.113.9")).toBe(200);
    await Promise.all(storm);
  }, 60_000);
});
