import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createBucket, createFailureCounter, createWindow, setBounded } from "./failure-counter.ts";
import type { Clock } from "./ports/clock.ts";
import { RegistryError } from "./registry-error.ts";

/** A verified password is remembered for so long at most. */
const rememberMs = 30_000;
/** Passwords remembered at most; the oldest go first. */
const rememberLimit = 50_000;

/** Whose password it is said to be, and who says so. */
export interface PasswordClaim {
  /** The folded name. */
  readonly account: string;
  readonly password: string;
  /** What the account's passwords are compared with; null where there is no such account. */
  readonly storedHash: string | null;
  /** The sender, as `addressGroup` knows it. */
  readonly from: string;
}

/**
 * Slows down guessing without locking anybody out: failures are counted for each account and sender together (ten are
 * free, then one a second), and for each sender (a hundred in any minute), so a right password from elsewhere always
 * passes. Remembers a verified password for a moment, as an HMAC under a key of this process, bound to the stored hash it
 * matched: a changed password is forgotten at once.
 */
export interface SignInGuard {
  /** Throws `sign_in_throttled` when an attempt would not be looked at now. Counts nothing. */
  admit(account: string, from: string): void;
  /**
   * Whether a claim is right. Asks `verify` only for what is not remembered, and once for equal claims at the same time
   * from one sender; the failure is counted before and given back when the claim is right or could not be looked at. What
   * `verify` is handed tells whether the claim has been found right meanwhile. Throws `sign_in_throttled`, and what
   * `verify` throws.
   */
  judge(claim: PasswordClaim, verify: (isFoundRight: () => boolean) => Promise<boolean>): Promise<boolean>;
}

export function createSignInGuard(clock: Clock): SignInGuard {
  const failures = createFailures(clock);
  const memory = createMemory(clock);
  const running = new Map<string, Promise<boolean>>();

  return {
    admit: failures.admit,
    judge: async (claim, verify) => {
      const digest = memory.digestOf(claim);
      const key = `${digest.toString("base64")} ${claim.from}`;
      const equal = running.get(key);
      if (equal !== undefined) {
        if (await equal) return true;
        // A guess that is sent many times at once is verified once, and counts each time.
        failures.reserve(claim.account, claim.from)("failed");
        return false;
      }
      const settle = failures.reserve(claim.account, claim.from);
      const isFoundRight = (): boolean => memory.holds(claim, digest);
      // Compared only under a reservation: what is remembered must not answer guesses for nothing.
      if (isFoundRight()) {
        settle("given_back");
        return true;
      }
      let outcome: "failed" | "given_back" = "given_back";
      try {
        const verification = verify(isFoundRight);
        running.set(key, verification);
        const isRight = await verification;
        if (isRight) memory.note(claim, digest);
        else outcome = "failed";
        return isRight;
      } finally {
        running.delete(key);
        settle(outcome);
      }
    },
  };
}

/** The two counts that every attempt has to pass. */
function createFailures(clock: Clock) {
  const bySender = createFailureCounter(clock, () => createWindow(100, 60_000));
  const byAccount = createFailureCounter(clock, () => createBucket(10, 1));
  const keyOf = (account: string, from: string): string => JSON.stringify([account, from]);
  const admit = (account: string, from: string): void => {
    const retryAfterSeconds = Math.max(byAccount.waitSeconds(keyOf(account, from)), bySender.waitSeconds(from));
    if (retryAfterSeconds > 0)
      throw new RegistryError("sign_in_throttled", "too many failed sign-ins", { retryAfterSeconds });
  };
  return {
    admit,
    reserve: (account: string, from: string) => {
      admit(account, from);
      const settles = [byAccount.reserve(keyOf(account, from)), bySender.reserve(from)];
      return (outcome: "failed" | "given_back"): void => {
        for (const settle of settles) settle(outcome);
      };
    },
  };
}

/** Claims that were found right a moment ago, one for each account. */
function createMemory(clock: Clock) {
  const key = randomBytes(32);
  const entries = new Map<string, { readonly digest: Buffer; readonly untilMs: number }>();
  return {
    digestOf: ({ account, password, storedHash }: PasswordClaim): Buffer =>
      createHmac("sha256", key).update(JSON.stringify([account, password, storedHash])).digest(),
    holds: ({ account }: PasswordClaim, digest: Buffer): boolean => {
      const entry = entries.get(account);
      if (entry === undefined) return false;
      if (entry.untilMs > clock.nowMs()) return timingSafeEqual(entry.digest, digest);
      entries.delete(account);
      return false;
    },
    note: ({ account }: PasswordClaim, digest: Buffer): void =>
      setBounded(entries, account, { digest, untilMs: clock.nowMs() + rememberMs }, rememberLimit),
  };
}
