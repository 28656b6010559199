import { describe, expect, it } from "bun:test";
import { blockBytes, createBigContents, hashOf, partOf } from "./big-content.ts";
import { percentileOf, watchLag } from "./event-loop-lag.ts";
import { createLatency } from "./latency.ts";
import { fitLine } from "./line-fit.ts";
import { judgeLoad } from "./load-limits.ts";
import { runOpenLoop } from "./open-loop.ts";
import { transfer } from "./raw-transfer.ts";
import { watchLife } from "./sign-of-life.ts";

describe("the line through samples", () => {
  it("has the slope and the rise of what grows", () => {
    const course = fitLine(Array.from({ length: 10 }, (_, at) => ({ seconds: at * 360, value: 100 + at * 2 + (at % 2) })));
    expect(course.samples).toBe(10);
    expect(course.perHour).toBeGreaterThan(19);
    expect(course.perHour).toBeLessThan(21.5);
    expect(course.rise).toBeCloseTo((course.perHour * 3240) / 3600, 6);
    expect([course.least, course.most]).toEqual([100, 119]);
  });

  it("is level where nothing grows, and where there is one sample or none", () => {
    expect(fitLine([5, 5, 5].map((value, at) => ({ seconds: at, value }))).perHour).toBe(0);
    expect(fitLine([{ seconds: 3, value: 7 }]).rise).toBe(0);
    expect(fitLine([]).samples).toBe(0);
  });
});

describe("the times of requests", () => {
  it("have percentiles that are exact to two per cent", () => {
    const latency = createLatency();
    for (let ms = 1; ms <= 1000; ms += 1) latency.note(ms);
    expect(latency.count()).toBe(1000);
    for (const [share, wanted] of [[0.5, 500], [0.99, 990], [1, 1000]] as const) {
      expect(latency.percentile(share)).toBeGreaterThanOrEqual(wanted * 0.999);
      expect(latency.percentile(share)).toBeLessThanOrEqual(wanted * 1.021);
    }
  });
});

describe("the watch over signs of life", () => {
  it("tells how late a server is that does nothing else for a while, and how often it is asked", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("ok") });
    using watch = watchLife(server.url.origin);
    await Bun.sleep(1000);
    Bun.sleepSync(600);
    await Bun.sleep(300);
    const signs = await watch.end();
    expect(signs.unanswered).toBe(0);
    expect(signs.asked).toBeGreaterThanOrEqual(5);
    expect(signs.p99Ms).toBeGreaterThan(300);
  });

  it("counts those that do not come", async () => {
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("not now", { status: 503 }) });
    using watch = watchLife(server.url.origin);
    await Bun.sleep(1000);
    const { asked, unanswered } = await watch.end();
    expect([asked > 0, unanswered]).toEqual([true, asked]);
  });
});

describe("the lag that a server tells of its event loop", () => {
  it("is spread evenly between two bounds, from what was counted since the beginning", async () => {
    const counts = (...each: readonly number[]) => [10, 20, Infinity].map((boundMs, index) => ({ boundMs, atMost: each[index] ?? 0 }));
    expect(percentileOf(counts(100, 100, 100), 0.99)).toBe(9.9);
    expect(percentileOf(counts(98, 100, 100), 0.99)).toBe(15);
    expect(percentileOf(counts(90, 98, 100), 0.99)).toBe(Infinity);
    expect(percentileOf(counts(0, 0, 0), 0.99)).toBeNaN();
    let asked = 0;
    const answers = [[500, 510, 512], [598, 610, 612]].map((values) => ["10", "20", "+Inf"].map((bound, index) => `stowage_event_loop_lag_seconds_bucket{le="${bound === "+Inf" ? bound : Number(bound) / 1000}"} ${values[index]}\n`).join(""));
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(answers[asked++]) });
    const watch = await watchLag(server.url.origin);
    expect(await watch.p99Ms()).toBe(15);
  });
});

describe("the limits of the load", () => {
  const good = {
    "publishers.p99Ms": 999, "publishers.eventLoopLagP99Ms": 19, "publishers.signOfLifeP99Ms": 19, "herd.firstByteP99Ms": 2999, "herd.publishBesideP99Ms": 2999,
    "herd.signOfLifeP99Ms": 999, "mixed.readP99Ms": 99, "mixed.publishP99Ms": 999,
    "mixed.eventLoopLagP99Ms": 19, "mixed.signOfLifeP99Ms": 99, residentMostMib: 299,
  };

  it("hold every phase, and want each figure", () => {
    expect(judgeLoad(good)).toEqual([]);
    for (const [name, value] of Object.entries(good)) {
      expect(judgeLoad({ ...good, [name]: value + 1 })).toEqual([`${name} is ${value + 1}, wanted less than ${value + 1}`]);
      const { [name]: _, ...others } = { ...good } as Record<string, number>;
      expect(judgeLoad(others)).toEqual([`${name} is not known, wanted less than ${value + 1}`]);
    }
  });
});

describe("an open loop", () => {
  it("begins every request although none has ended, and counts its time from when it was due", async () => {
    const release = Promise.withResolvers<void>();
    let begun = 0;
    const delays: number[] = [];
    const counts = await runOpenLoop({
      perSecond: 200,
      seconds: 0.1,
      act: async (dueMs) => {
        begun += 1;
        if (begun === 20) release.resolve();
        await release.promise;
        delays.push(performance.now() - dueMs);
      },
    });
    expect(counts).toEqual({ arrivals: 20, leftOut: 0 });
    // The first was due 95 ms before the last, which is when all were let go.
    expect(Math.max(...delays)).toBeGreaterThanOrEqual(90);
  });

  it("ends with the first failure", async () => {
    let failure: unknown = null;
    await runOpenLoop({ perSecond: 1000, seconds: 60, act: () => Promise.reject(new Error("told")) }).catch((error: unknown) => (failure = error));
    expect(String(failure)).toContain("told");
  });
});

describe("contents too large for memory", () => {
  it("are the same whenever they are made, and others for another number", () => {
    const sizeBytes = 3 * blockBytes + 17;
    const [one, again] = [createBigContents(7, "rows").content(1, sizeBytes), createBigContents(7, "rows").content(1, sizeBytes)];
    expect(one.blocks).toBe(4);
    expect(hashOf(one)).toBe(hashOf(again));
    expect(hashOf(createBigContents(7, "rows").content(2, sizeBytes))).not.toBe(hashOf(one));
    expect(partOf(one, blockBytes - 3, blockBytes + 5)).toEqual(Buffer.concat([one.block(0).subarray(-3), one.block(1).subarray(0, 5)]));
    expect(partOf(one, 3 * blockBytes, sizeBytes).byteLength).toBe(17);
  });
});

describe("a raw transfer", () => {
  it("sends a large body, receives a large one, and tells of a connection that ends without an answer", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: async (request) => new Response(await request.arrayBuffer()),
    });
    const content = createBigContents(3, "noise").content(0, 5 * blockBytes + 1);
    const chunks = Array.from({ length: content.blocks }, (_, number) => content.block(number));
    const hash = new Bun.CryptoHasher("sha256");
    const url = server.url.origin;
    const answer = await transfer({ url, method: "PUT", path: "/", headers: {}, body: { sizeBytes: content.sizeBytes, chunks }, onData: (chunk) => void hash.update(chunk), idleMs: 20_000 });
    expect([answer.status, answer.bodyBytes, hash.digest("hex")]).toEqual([200, content.sizeBytes, hashOf(content)]);
    await server.stop(true);
    const refused = await transfer({ url, method: "GET", path: "/", headers: {}, idleMs: 20_000 });
    expect([refused.status, refused.firstByteMs]).toEqual([null, null]);
  });
});
