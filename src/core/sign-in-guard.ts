import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "./ports/clock.ts";

/** Failures that are free for one account from one address, and how fast they are forgiven (per second). */
const perAccount = { capacity: 10, refillPerSecond: 1 } as const;
/** The same for an address, whatever the account. */
const perAddress = { capacity: 100, refillPerSecond: 100 / 60 } as const;
/** A verified password is remembered for so long at most. */
const rememberMs = 30_000;
/** Entries of each kind kept at most; the oldest go first. */
const entryLimit = 50_000;

interface Bucket {
  failures: number;
  atMs: number;
}

/**
 * Slows down guessing without locking anybody out: failures are counted for each account and address together, and for
 * each address, so a right password from elsewhere always passes. Remembers a verified password for a moment, as an HMAC
 * under a key of this process, bound to the stored hash it matched: a changed password is forgotten at once.
 */
export interface SignInGuard {
  /** Seconds to wait before the next attempt is looked at; 0 for none. */
  delaySeconds(account: string, address: string): number;
  noteFailure(account: string, address: string): void;
  isRemembered(account: string, password: string, storedHash: string): boolean;
  remember(account: string, password: string, storedHash: string): void;
}

export function createSignInGuard(clock: Clock): SignInGuard {
  const key = randomBytes(32);
  const accounts = new Map<string, Bucket>();
  const addresses = new Map<string, Bucket>();
  const remembered = new Map<string, { digest: Buffer; untilMs: number }>();
  const digestOf = (account: string, password: string, storedHash: string): Buffer =>
    createHmac("sha256", key).update(JSON.stringify([account, password, storedHash])).digest();
  const accountKey = (account: string, address: string): string => JSON.stringify([account, address]);

  return {
    delaySeconds: (account, address) => {
      const nowMs = clock.nowMs();
      return Math.max(
        waitFor(accounts.get(accountKey(account, address)), perAccount, nowMs),
        waitFor(addresses.get(address), perAddress, nowMs),
      );
    },
    noteFailure: (account, address) => {
      const nowMs = clock.nowMs();
      addFailure(accounts, accountKey(account, address), perAccount, nowMs);
      addFailure(addresses, address, perAddress, nowMs);
    },
    isRemembered: (account, password, storedHash) => {
      const entry = remembered.get(account);
      if (entry === undefined) return false;
      if (entry.untilMs <= clock.nowMs()) {
        remembered.delete(account);
        return false;
      }
      return timingSafeEqual(entry.digest, digestOf(account, password, storedHash));
    },
    remember: (account, password, storedHash) => {
      const entry = { digest: digestOf(account, password, storedHash), untilMs: clock.nowMs() + rememberMs };
      setBounded(remembered, account, entry);
    },
  };
}

type Rate = { readonly capacity: number; readonly refillPerSecond: number };

/** Failures that still count, after what time has forgiven. */
function failuresNow(bucket: Bucket, rate: Rate, nowMs: number): number {
  const elapsedSeconds = Math.max(0, nowMs - bucket.atMs) / 1000;
  return Math.max(0, bucket.failures - elapsedSeconds * rate.refillPerSecond);
}

function waitFor(bucket: Bucket | undefined, rate: Rate, nowMs: number): number {
  if (bucket === undefined) return 0;
  const excess = failuresNow(bucket, rate, nowMs) - (rate.capacity - 1);
  return excess <= 0 ? 0 : Math.max(1, Math.ceil(excess / rate.refillPerSecond));
}

function addFailure(buckets: Map<string, Bucket>, key: string, rate: Rate, nowMs: number): void {
  const known = buckets.get(key);
  const failures = known === undefined ? 0 : failuresNow(known, rate, nowMs);
  setBounded(buckets, key, { failures: Math.min(failures + 1, rate.capacity), atMs: nowMs });
}

/** Maps keep insertion order, so the first key is the one untouched for longest. */
function setBounded<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= entryLimit) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
