import { describe, expect, it } from "bun:test";
import { createMetrics } from "../../src/http/metrics.ts";

const shortMs = 50;

describe("metrics of which some cannot be read", () => {
  it("hold all the others, and count what is missing by its name", async () => {
    const metrics = createMetrics(shortMs);
    metrics.counter("visits_total", "Visits.").labels({}).add(3);
    metrics.gauge("before", "Read before.", () => 1);
    metrics.gauge("thrown", "Throws.", () => {
      throw new Error("the disk is gone");
    });
    metrics.gauge("failed", "Fails.", () => Promise.reject(new Error("the disk is gone")));
    metrics.gauge("late", "Never comes.", () => new Promise<number>(() => undefined));
    metrics.gauge("after", "Read after.", async () => 2);
    for (const reads of [1, 2]) {
      const text = await metrics.render();
      expect(text).toMatch(/^visits_total 3$/m);
      expect(text).toMatch(/^before 1$/m);
      expect(text).toMatch(/^after 2$/m);
      expect(text).not.toMatch(/^(# \w+ )?(thrown|failed|late)\b/m);
      for (const name of ["thrown", "failed", "late"])
        expect(text).toMatch(new RegExp(`^stowage_unread_gauges_total\\{gauge="${name}"\\} ${reads}$`, "m"));
    }
  });

  it("ask for a slow one once at a time, and tell it again when it comes in time", async () => {
    const metrics = createMetrics(shortMs);
    let asked = 0;
    const { promise: slow, resolve } = Promise.withResolvers<number>();
    metrics.gauge("slow", "Comes late.", () => {
      asked += 1;
      return asked === 1 ? slow : 7;
    });
    expect(await metrics.render()).not.toMatch(/^slow /m);
    expect(await metrics.render()).not.toMatch(/^slow /m);
    expect(asked).toBe(1);
    resolve(6);
    await slow;
    await Bun.sleep(0);
    expect(await metrics.render()).toMatch(/^slow 7$/m);
    expect(asked).toBe(2);
  });
});
