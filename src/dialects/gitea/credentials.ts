import { anonymous, type Actor } from "../../core/actor.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { findCaller } from "../../http/credentials.ts";
import type { Exchange } from "../../http/exchange.ts";

/**
 * Who asks. Without any credential the caller is anonymous; with nothing but wrong ones it is refused, also where anonymous
 * callers are welcome (services/auth). Throws `credentials_invalid`, `sign_in_throttled`, `sign_in_busy`.
 */
export async function authenticate(registry: Registry, exchange: Exchange): Promise<Actor> {
  const caller = await findCaller(registry, exchange);
  if (caller === "none") return anonymous;
  if (caller === "wrong" || caller.kind !== "user")
    throw new RegistryError("credentials_invalid", "the credentials are wrong");
  exchange.noteActor(caller.user.name);
  return caller;
}
