import { actorName, anonymous, type Actor } from "../../core/actor.ts";
import { tokenRefusal, type TokenKind } from "../../core/operations/sign-in.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { kindsAt, presentedSecrets, type SecretPlace } from "../../http/token-credentials.ts";

/** Which credentials a route takes, and whether it is open to callers without any. */
export interface Admission {
  readonly kinds: readonly TokenKind[];
  readonly anonymous: "welcome" | "refused";
}

/**
 * Who asks: the first credential of a form that the route takes decides. Forms that it does not take count for nothing, as
 * in GitLab; a wrong Basic credential counts for nothing where callers without any are welcome. Throws
 * `credentials_invalid`, `token_expired`, `token_revoked`, `credentials_required`, `sign_in_busy`.
 */
export async function authenticate(registry: Registry, exchange: Exchange, { kinds, anonymous: strangers }: Admission): Promise<Actor> {
  for (const { place, secret } of presentedSecrets(exchange)) {
    const welcome = kindsAt[place].filter((kind) => kinds.includes(kind));
    if (welcome.length === 0 && place !== "malformed") continue;
    const isForgiven = strangers === "welcome" && (place === "basic" || place === "basic_job" || place === "malformed");
    const found = await registry.inspectToken(secret, welcome, isSaidToBeJob(place));
    if (found.outcome === "actor") {
      exchange.noteActor(actorName(found.actor));
      return found.actor;
    }
    if (isForgiven) continue;
    throw tokenRefusal(found);
  }
  if (strangers === "welcome") return anonymous;
  throw new RegistryError("credentials_required", "this needs a token");
}

/** Only what is sent as a job's token is ever shown to another server: anything else may be a password. */
function isSaidToBeJob(place: SecretPlace): boolean {
  return place === "job" || place === "basic_job";
}
