import { anonymous, type Actor } from "../../core/actor.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { parseAuthorization } from "../../http/authorization-header.ts";
import type { Exchange } from "../../http/exchange.ts";

/** One way in which the request names a caller; null when what it holds is right for nobody. */
type Attempt = () => Promise<Actor | null>;

/**
 * Who asks: tokens in the query, then the Authorization header, then X-NuGet-ApiKey; the first that yields a user wins.
 * Without any credential the caller is anonymous; with nothing but wrong ones it is refused, also where anonymous
 * callers are welcome (services/auth). Throws `credentials_invalid`, `sign_in_throttled`, `sign_in_busy`.
 */
export async function authenticate(registry: Registry, exchange: Exchange): Promise<Actor> {
  const attempts = listAttempts(registry, exchange);
  if (attempts.length === 0) return anonymous;
  for (const attempt of attempts) {
    const actor = await attempt();
    if (actor === null || actor.kind === "anonymous") continue;
    exchange.noteActor(actor.user.name);
    return actor;
  }
  throw new RegistryError("credentials_invalid", "the credentials are wrong");
}

const refuse: Attempt = async () => null;

function listAttempts(registry: Registry, exchange: Exchange): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (const name of ["token", "access_token"]) {
    const secret = exchange.query.get(name);
    if (secret !== null && secret !== "") attempts.push(() => registry.signInWithToken(secret));
  }
  const header = parseAuthorization(exchange.request.headers.get("authorization"));
  switch (header.scheme) {
    case "none":
      break;
    case "token":
    case "bearer":
      attempts.push(() => registry.signInWithToken(header.token));
      break;
    case "basic":
      attempts.push(() => signInWithBasic(registry, header, exchange.clientAddress));
      break;
    case "malformed":
    case "unknown":
      attempts.push(refuse);
  }
  const apiKey = exchange.request.headers.get("x-nuget-apikey");
  if (apiKey !== null && apiKey !== "") attempts.push(() => registry.signInWithToken(apiKey));
  return attempts;
}

/** A token in the password's place (whatever the user), or as user without password; otherwise name and password. */
async function signInWithBasic(
  registry: Registry,
  { user, password }: { readonly user: string; readonly password: string },
  address: string,
): Promise<Actor | null> {
  const isTokenAsUser = password === "" || password === "x-oauth-basic";
  const byToken = await registry.signInWithToken(isTokenAsUser ? user : password);
  if (byToken !== null || password === "") return byToken;
  return registry.signInWithPassword({ name: user, password, address });
}
