interface RateLimit {
  /** The time in milliseconds since 1970. */
  readonly nowMs: () => number;
  /** How many requests of one key a period allows. */
  readonly limit: number;
  readonly periodSeconds: number;
  /** What clients are told about which limit it is. */
  readonly name: string;
}

/** What became of one request. */
export interface RateOutcome {
  readonly allowed: boolean;
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  /** How many requests of the key came in this period, this one and refused ones included. */
  readonly observed: number;
  /** When the period ends, in seconds since 1970. */
  readonly resetAtSeconds: number;
  /** How many seconds that is from now, rounded up: at least 1. */
  readonly retryAfterSeconds: number;
}

export interface RateLimiter {
  /** Counts a request of a key, such as an account or an address. */
  take(key: string): RateOutcome;
}

const maxKeys = 50_000;

/**
 * Counts requests by key in periods that begin at multiples of their length, the same for every key, as Rack::Attack
 * does. At most 50,000 keys are held: beyond that the one that came first in the period is forgotten.
 */
export function createRateLimiter({ nowMs, limit, periodSeconds, name }: RateLimit): RateLimiter {
  if (!(limit >= 0 && periodSeconds > 0)) throw new RangeError(`no rate limit: ${limit} in ${periodSeconds} s`);
  const observedOf = new Map<string, number>();
  let currentPeriod = -1;

  return {
    take: (key) => {
      const now = nowMs();
      const period = Math.floor(now / 1000 / periodSeconds);
      // Also when the clock was set back: a period that never comes again must not keep its counts.
      if (period !== currentPeriod) observedOf.clear();
      currentPeriod = period;
      const observed = (observedOf.get(key) ?? 0) + 1;
      observedOf.set(key, observed);
      const oldest = observedOf.size > maxKeys ? observedOf.keys().next().value : undefined;
      if (oldest !== undefined) observedOf.delete(oldest);
      const resetAtSeconds = (period + 1) * periodSeconds;
      return {
        allowed: observed <= limit,
        name,
        limit,
        remaining: Math.max(0, limit - observed),
        observed,
        resetAtSeconds,
        retryAfterSeconds: Math.max(1, Math.ceil(resetAtSeconds - now / 1000)),
      };
    },
  };
}

/** GitLab's headers about a rate limit (doc/administration/settings/user_and_ip_rate_limits); Retry-After on a refusal. */
export function rateLimitHeaders(outcome: RateOutcome): Record<string, string> {
  return {
    "ratelimit-limit": String(outcome.limit),
    "ratelimit-remaining": String(outcome.remaining),
    "ratelimit-reset": String(outcome.resetAtSeconds),
    "ratelimit-observed": String(outcome.observed),
    "ratelimit-name": outcome.name,
    ...(outcome.allowed ? {} : { "retry-after": String(outcome.retryAfterSeconds) }),
  };
}
