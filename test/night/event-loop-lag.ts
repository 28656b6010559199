/** Watches how late the event loop of a server is, as its metrics tell it, from now until it is asked for. */
export async function watchLag(url: string): Promise<{ p99Ms(): Promise<number> }> {
  const before = await lagCounts(url);
  return {
    p99Ms: async () => {
      const counts = (await lagCounts(url)).map(({ boundMs, atMost }, index) => ({ boundMs, atMost: atMost - (before[index]?.atMost ?? 0) }));
      return percentileOf(counts, 0.99);
    },
  };
}

/** How many of the values were at most so large, in growing order of the bounds; the last bound is infinite. */
export interface BoundedCount {
  readonly boundMs: number;
  readonly atMost: number;
}

/** Taken for evenly spread between two bounds, as histogram_quantile of Prometheus does; NaN where there is no value. */
export function percentileOf(counts: readonly BoundedCount[], share: number): number {
  const rank = (counts.at(-1)?.atMost ?? 0) * share;
  const index = counts.findIndex(({ atMost }) => atMost >= rank);
  const found = counts[index];
  if (found === undefined || rank === 0) return Number.NaN;
  const below = counts[index - 1] ?? { boundMs: 0, atMost: 0 };
  if (found.boundMs === Infinity) return Infinity;
  const part = (rank - below.atMost) / (found.atMost - below.atMost);
  return Math.round((below.boundMs + (found.boundMs - below.boundMs) * part) * 10) / 10;
}

async function lagCounts(url: string): Promise<readonly BoundedCount[]> {
  const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(60_000) });
  const lines = (await answer.text()).matchAll(/^stowage_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm);
  const counts = [...lines].map(([, bound, count]) => ({ boundMs: bound === "+Inf" ? Infinity : Number(bound) * 1000, atMost: Number(count) }));
  if (counts.length === 0) throw new Error(`the server tells nothing of its event loop: ${answer.status}`);
  return counts;
}
