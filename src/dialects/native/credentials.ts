import type { Actor } from "../../core/actor.ts";
import type { TokenKind } from "../../core/operations/sign-in.ts";
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
    switch (found.outcome) {
      case "actor":
        if (found.actor.kind === "user") exchange.noteActor(found.actor.user.name);
        if (found.actor.kind === "deploy_token") exchange.noteActor(found.actor.token.username);
        return found.actor;
      case "expired":
        throw new RegistryError("token_expired", "the token has expired");
      case "revoked":
        throw new RegistryError("token_revoked", "the token was revoked");
      case "unknown":
        throw new RegistryError("credentials_invalid", "the credentials are wrong");
    }
  }
  throw new RegistryError("credentials_required", "this needs a token");
}
