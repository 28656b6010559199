import type { Clock } from "./ports/clock.ts";

/** Keys kept at most; the one that was tried last the longest ago goes first. */
const entryLimit = 50_000;

/** The failures of one key. A clock that was set back makes nobody wait longer than the failures do. */
export interface FailureRecord {
  /** Seconds until one more attempt may be looked at while others are pending; 0 for at once. */
  waitSeconds(nowMs: number, pending: number): number;
  add(nowMs: number): void;
  isForgiven(nowMs: number): boolean;
}

/** Ends a reservation: with a failure that counts from now on, or as if it had never been. To be called once. */
export type Settle = (outcome: "failed" | "given_back") => void;

/**
 * Counts failures for each key. An attempt is reserved before it is looked at and counts as a failure until it is
 * settled, so attempts sent all at once are bounded like attempts sent one by one.
 */
export interface FailureCounter {
  /** Seconds to wait before the next attempt may be reserved; 0 for none. */
  waitSeconds(key: string): number;
  /** To be called only where `waitSeconds` has just said 0. */
  reserve(key: string): Settle;
}

export function createFailureCounter(clock: Clock, createRecord: () => FailureRecord): FailureCounter {
  const entries = new Map<string, { readonly record: FailureRecord; pending: number }>();
  return {
    waitSeconds: (key) => {
      const entry = entries.get(key);
      return entry === undefined ? 0 : entry.record.waitSeconds(clock.nowMs(), entry.pending);
    },
    reserve: (key) => {
      const entry = entries.get(key) ?? { record: createRecord(), pending: 0 };
      entry.pending += 1;
      setBounded(entries, key, entry, entryLimit);
      return (outcome) => {
        const nowMs = clock.nowMs();
        entry.pending -= 1;
        if (outcome === "failed") entry.record.add(nowMs);
        else if (entry.pending === 0 && entry.record.isForgiven(nowMs) && entries.get(key) === entry) entries.delete(key);
      };
    },
  };
}

/** So many failures are free; then they are forgiven one after the other, at a steady rate. */
export function createBucket(capacity: number, forgivenPerSecond: number): FailureRecord {
  let failures = 0;
  let atMs = 0;
  const failuresAt = (nowMs: number): number => {
    atMs = Math.min(atMs, nowMs);
    return Math.max(0, failures - ((nowMs - atMs) / 1000) * forgivenPerSecond);
  };
  return {
    waitSeconds: (nowMs, pending) => {
      const excess = failuresAt(nowMs) + pending - (capacity - 1);
      return excess <= 0 ? 0 : Math.max(1, Math.ceil(excess / forgivenPerSecond));
    },
    add: (nowMs) => {
      failures = Math.min(failuresAt(nowMs) + 1, capacity);
      atMs = nowMs;
    },
    isForgiven: (nowMs) => failuresAt(nowMs) === 0,
  };
}

/** So many failures in any span of this length, wherever it begins: each is forgiven when it is that old. */
export function createWindow(capacity: number, spanMs: number): FailureRecord {
  let times: readonly number[] = [];
  const timesAt = (nowMs: number): readonly number[] => {
    times = times.map((time) => Math.min(time, nowMs)).filter((time) => time > nowMs - spanMs);
    return times;
  };
  return {
    waitSeconds: (nowMs, pending) => {
      const excess = timesAt(nowMs).length + pending - (capacity - 1);
      if (excess <= 0) return 0;
      // What is pending may be given back at any moment.
      const freeAtMs = (times[excess - 1] ?? nowMs) + spanMs;
      return pending >= excess ? 1 : Math.max(1, Math.ceil((freeAtMs - nowMs) / 1000));
    },
    add: (nowMs) => {
      times = [...timesAt(nowMs), nowMs].slice(-capacity);
    },
    isForgiven: (nowMs) => timesAt(nowMs).length === 0,
  };
}

/** Puts an entry behind all others; maps keep insertion order, so the first is the one untouched for longest. */
export function setBounded<Value>(map: Map<string, Value>, key: string, value: Value, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
