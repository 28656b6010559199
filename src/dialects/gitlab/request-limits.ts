import type { Actor } from "../../core/actor.ts";
import { addressGroup } from "../../core/address-group.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { createRateLimiter, rateLimitHeaders, type RateLimiter, type RateOutcome } from "../../http/rate-limiter.ts";
import { authenticate } from "./credentials.ts";
import type { GitlabRoute } from "./route.ts";

/** How many requests a period allows; 0 for any number. */
export interface RequestLimits {
  /** For each address (of IPv6 each /64) whose requests carry no valid credential. */
  readonly anonymous: number;
  /** For each account and each deploy token, whatever address it asks from. */
  readonly signedIn: number;
  readonly periodSeconds: number;
  /** The time in milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** Requests limited by who sends them. */
export interface LimitedRoutes {
  readonly routes: readonly GitlabRoute[];
  /** What answers to a request tell of its limit: nothing where it has none. */
  headersFor(exchange: Exchange): Readonly<Record<string, string>>;
}

/**
 * Counts the requests of every route by who sends them, as soon as that is known and before anything else is done, and
 * refuses those beyond the limit as GitLab does (doc: user and IP rate limits): 429, `Retry later`. A wrong credential
 * counts for the address it came from.
 */
export function limitRoutes(registry: Registry, routes: readonly GitlabRoute[], limits: RequestLimits): LimitedRoutes {
  const { nowMs, periodSeconds } = limits;
  const limiterOf = (limit: number, name: string): RateLimiter | null =>
    limit === 0 ? null : createRateLimiter({ nowMs, limit, periodSeconds, name });
  const anonymous = limiterOf(limits.anonymous, "throttle_unauthenticated_packages_api");
  const signedIn = limiterOf(limits.signedIn, "throttle_authenticated_packages_api");
  if (anonymous === null && signedIn === null) return { routes, headersFor: () => ({}) };

  const outcomes = new WeakMap<Exchange, RateOutcome>();
  /** Null where the request may go on. */
  const count = (exchange: Exchange, actor: Actor | null): Response | null => {
    const key = actor === null ? null : keyOf(actor);
    const outcome = key === null ? anonymous?.take(addressGroup(exchange.clientAddress)) : signedIn?.take(key);
    if (outcome === undefined) return null;
    outcomes.set(exchange, outcome);
    if (outcome.allowed) return null;
    return new Response("Retry later\n", { status: 429, headers: { "content-type": "text/plain", "cache-control": "no-store" } });
  };
  const headersFor = (exchange: Exchange): Readonly<Record<string, string>> => {
    const outcome = outcomes.get(exchange);
    return outcome === undefined ? {} : rateLimitHeaders(outcome);
  };
  const limited = (route: GitlabRoute): GitlabRoute => ({
    ...route,
    handler: async (exchange) => {
      const response = await answer(route, exchange);
      for (const [name, value] of Object.entries(headersFor(exchange))) response.headers.set(name, value);
      return response;
    },
  });
  const answer = async (route: GitlabRoute, exchange: Exchange): Promise<Response> => {
    let actor: Actor;
    try {
      actor = await authenticate(registry, exchange, route.admission);
    } catch (error) {
      const refused = count(exchange, null);
      if (refused !== null) return refused;
      throw error;
    }
    return count(exchange, actor) ?? route.serve(exchange, actor);
  };
  return { routes: routes.map(limited), headersFor };
}

/** Null for who has not signed in. */
function keyOf(actor: Actor): string | null {
  switch (actor.kind) {
    case "anonymous":
      return null;
    case "user":
      return `user:${actor.user.id}`;
    case "deploy_token":
      return `deploy_token:${actor.token.id}`;
  }
}
