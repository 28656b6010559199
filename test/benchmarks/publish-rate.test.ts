import { describe, expect, it } from "bun:test";
import { findPublishRate } from "../../benchmarks/publish-rate.ts";
import type { Row } from "../../benchmarks/row.ts";

function uploads(id: string, values: readonly number[]): Row {
  const samples = values.map((value) => ({ value, clientCpuShare: 0.2, serverCpuMicroseconds: 1000, othersCpuShare: 0 }));
  return { id, title: `uploads of ${id}`, unit: "files/s", series: [{ program: "Stowage", samples, peakMemoryMiB: 100 }] };
}

describe("the rate of uploads that downloads are measured beside", () => {
  it("is half of what the same table says of 32 connections", async () => {
    const rows = [uploads("put-10k-8", [300, 300, 300]), uploads("put-10k-32", [877, 985, 1257])];
    const rate = await findPublishRate(rows, () => Promise.reject(new Error("what the table says is measured again")));
    expect(rate).toEqual({ mostPerSecond: 985, halfPerSecond: 493, source: 'the row "uploads of put-10k-32"' });
  });

  it("is half of the usual turn where the table has no such row", async () => {
    const measured = uploads("put-10k-32", [746, 1000, 1200, 990, 300]);
    const rate = await findPublishRate([uploads("put-10k-8", [300])], async () => measured);
    expect(rate).toEqual({ mostPerSecond: 990, halfPerSecond: 495, source: "measured just before, median of 5 turns" });
  });

  it("is one upload a second at least", async () => {
    expect((await findPublishRate([uploads("put-10k-32", [0.4])], async () => uploads("x", [1]))).halfPerSecond).toBe(1);
  });
});
