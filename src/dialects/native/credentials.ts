import { actorName, type Actor } from "../../core/actor.ts";
import { tokenRefusal, type TokenKind } from "../../core/operations/sign-in.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { kindsAt, presentedSecrets } from "../../http/token-credentials.ts";

/** The native API takes no secrets in addresses, which end up in logs. */
const noQuery = new URLSearchParams();

/**
 * Who asks: the first credential of a form that the route takes decides; forms that it does not take count for nothing.
 * Nobody is let in without one. Throws `credentials_required`, `credentials_invalid`, `token_expired`, `token_revoked`,
 * `sign_in_busy`.
 */
export async function authenticate(registry: Registry, exchange: Exchange, kinds: readonly TokenKind[]): Promise<Actor> {
  for (const { place, secret } of presentedSecrets({ query: noQuery, request: exchange.request })) {
    const welcome = kindsAt[place].filter((kind) => kinds.includes(kind));
    if (welcome.length === 0 && place !== "malformed") continue;
    const found = await registry.inspectToken(secret, welcome);
    if (found.outcome !== "actor") throw tokenRefusal(found);
    exchange.noteActor(actorName(found.actor));
    return found.actor;
  }
  throw new RegistryError("credentials_required", "this needs a token");
}
