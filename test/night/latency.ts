/** Each step is so much wider than the one before: figures are exact to two per cent. */
const growth = 1.02;
const leastMs = 0.05;

/** Times of requests, kept as counts of steps so that memory does not grow with their number. */
export interface Latency {
  note(ms: number): void;
  count(): number;
  /** The time within which this share of the requests was done, in milliseconds; 0 when there were none. */
  percentile(share: number): number;
}

export function createLatency(): Latency {
  const steps = new Map<number, number>();
  let count = 0;
  return {
    note: (ms) => {
      const step = Math.max(0, Math.ceil(Math.log(Math.max(ms, leastMs) / leastMs) / Math.log(growth)));
      steps.set(step, (steps.get(step) ?? 0) + 1);
      count += 1;
    },
    count: () => count,
    percentile: (share) => {
      let passed = 0;
      for (const [step, found] of [...steps].toSorted(([one], [other]) => one - other)) {
        passed += found;
        if (passed >= share * count) return Math.round(leastMs * growth ** step * 10) / 10;
      }
      return 0;
    },
  };
}
