import { describe, expect, it } from "bun:test";
import { createRateLimiter, rateLimitHeaders } from "../../src/http/rate-limiter.ts";

function limiterAt(startMs: number, limit = 2) {
  const clock = { ms: startMs };
  return { clock, limiter: createRateLimiter({ nowMs: () => clock.ms, limit, periodSeconds: 60, name: "uploads" }) };
}

describe("createRateLimiter", () => {
  it("allows so many in a period and tells how long to wait", () => {
    const { limiter, clock } = limiterAt(600_000);
    const constant = { name: "uploads", limit: 2, resetAtSeconds: 660 };
    expect(limiter.take("a")).toEqual({ ...constant, allowed: true, remaining: 1, observed: 1, retryAfterSeconds: 60 });
    clock.ms += 1;
    expect(limiter.take("a")).toEqual({ ...constant, allowed: true, remaining: 0, observed: 2, retryAfterSeconds: 60 });
    clock.ms = 659_999;
    expect(limiter.take("a")).toEqual({ ...constant, allowed: false, remaining: 0, observed: 3, retryAfterSeconds: 1 });
    expect(limiter.take("b").allowed).toBe(true);
    clock.ms = 660_000;
    expect(limiter.take("a")).toMatchObject({ allowed: true, observed: 1, resetAtSeconds: 720, retryAfterSeconds: 60 });
  });
  it("counts anew when the clock is set back", () => {
    const { limiter, clock } = limiterAt(600_000, 1);
    limiter.take("a");
    expect(limiter.take("a").allowed).toBe(false);
    clock.ms = 0;
    expect(limiter.take("a")).toMatchObject({ allowed: true, resetAtSeconds: 60 });
  });
  it("holds 50,000 keys and forgets the oldest", () => {
    const { limiter } = limiterAt(0, 1);
    for (let index = 0; index < 50_000; index += 1) limiter.take(`key ${index}`);
    expect(limiter.take("key 0").observed).toBe(2);
    limiter.take("one more");
    expect(limiter.take("key 1").observed).toBe(2);
    expect(limiter.take("key 0").observed).toBe(1);
    expect(limiter.take("key 1").observed).toBe(1);
  });
  it("refuses what is no limit", () => {
    expect(() => createRateLimiter({ nowMs: Date.now, limit: 1, periodSeconds: 0, name: "x" })).toThrow(RangeError);
  });
});

describe("rateLimitHeaders", () => {
  it("tells when to come back only where it refuses", () => {
    const { limiter } = limiterAt(1000, 1);
    const common = { "ratelimit-limit": "1", "ratelimit-remaining": "0", "ratelimit-reset": "60", "ratelimit-name": "uploads" };
    expect(rateLimitHeaders(limiter.take("a"))).toEqual({ ...common, "ratelimit-observed": "1" });
    expect(rateLimitHeaders(limiter.take("a"))).toEqual({ ...common, "ratelimit-observed": "2", "retry-after": "59" });
  });
});
