import { describe, expect, it } from "bun:test";
import { createLatencyHistogram } from "../../benchmarks/latency-histogram.ts";
import { median, pairwiseRatios, summarize } from "../../benchmarks/statistics.ts";

describe("the bench's statistics", () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
    [[10, 9, 100], 10],
  ])("find the middle of %p", (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it("have no middle of nothing", () => {
    expect(() => median([])).toThrow("no median");
  });

  it("give the range beside the middle", () => {
    expect(summarize([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
  });

  it("compare round by round, so that a slow round of the machine changes no ratio", () => {
    expect(pairwiseRatios([100, 50, 200], [100, 50, 200])).toEqual([1, 1, 1]);
    expect(pairwiseRatios([100, 50], [50, 100])).toEqual([2, 0.5]);
    expect(() => pairwiseRatios([1], [1, 2])).toThrow("paired");
  });
});

describe("the histogram of latencies", () => {
  it("gives quantiles within 1 % of a sorted list's, from microseconds to minutes", () => {
    const histogram = createLatencyHistogram();
    const values = Array.from({ length: 5000 }, (_, index) => 0.005 * 1.0035 ** index);
    for (const value of values.toReversed()) histogram.record(value);
    for (const share of [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = values[Math.ceil(values.length * share) - 1] ?? 0;
      // A whole microsecond is the finest that it tells apart.
      expect(Math.abs(histogram.quantile(share) - exact)).toBeLessThanOrEqual(Math.max(0.001, exact * 0.01));
    }
    expect(histogram.count()).toBe(5000);
    expect(histogram.maxMs()).toBe(values.at(-1) ?? 0);
  });

  it("has a place for what is longer than an hour, and none for what is shorter than nothing", () => {
    const histogram = createLatencyHistogram();
    histogram.record(1e12);
    histogram.record(-1);
    expect(histogram.quantile(0.5)).toBe(0);
    expect(histogram.quantile(1)).toBeGreaterThan(3_600_000);
  });

  it("gives 0 while there is nothing", () => {
    expect(createLatencyHistogram().quantile(0.99)).toBe(0);
  });
});
