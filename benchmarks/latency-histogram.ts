/** Counts of latencies in buckets no wider than 1 % of their value, so that any number of them fits into a few kilobytes. */
export interface LatencyHistogram {
  record(milliseconds: number): void;
  count(): number;
  /** The latency that this share of all recorded ones does not exceed, within 1 %; milliseconds, 0 while there is none. */
  quantile(share: number): number;
  maxMs(): number;
}

/** Below this many microseconds every bucket is one wide; from there on each doubling has half as many buckets. */
const linearMicroseconds = 256;
const bucketsPerDoubling = linearMicroseconds / 2;
/** More than an hour. */
const doublings = 24;

/** An empty histogram of latencies from a microsecond to an hour. */
export function createLatencyHistogram(): LatencyHistogram {
  const counts = new Uint32Array(linearMicroseconds + doublings * bucketsPerDoubling);
  let total = 0;
  let longestMs = 0;
  return {
    record: (milliseconds) => {
      const bucket = Math.min(bucketOf(Math.max(0, Math.round(milliseconds * 1000))), counts.length - 1);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      total += 1;
      longestMs = Math.max(longestMs, milliseconds);
    },
    count: () => total,
    quantile: (share) => {
      const wanted = Math.max(1, Math.ceil(total * share));
      let seen = 0;
      for (const [bucket, count] of counts.entries()) {
        seen += count;
        if (seen >= wanted) return Math.min(upperEdge(bucket) / 1000, longestMs);
      }
      return 0;
    },
    maxMs: () => longestMs,
  };
}

function bucketOf(microseconds: number): number {
  if (microseconds < linearMicroseconds) return microseconds;
  const doubling = Math.floor(Math.log2(microseconds / linearMicroseconds));
  const width = 2 ** (doubling + 1);
  return linearMicroseconds + doubling * bucketsPerDoubling + Math.floor(microseconds / width) - bucketsPerDoubling;
}

/** The largest number of microseconds that falls into a bucket. */
function upperEdge(bucket: number): number {
  if (bucket < linearMicroseconds) return bucket;
  const doubling = Math.floor((bucket - linearMicroseconds) / bucketsPerDoubling);
  const width = 2 ** (doubling + 1);
  return (((bucket - linearMicroseconds) % bucketsPerDoubling) + bucketsPerDoubling + 1) * width - 1;
}
