import { parseAuthorization } from "./authorization-header.ts";
import type { Exchange } from "./exchange.ts";

/** Who knows tokens and passwords; null for what is right for nobody. */
export interface SignIn<Caller> {
  signInWithToken(secret: string): Promise<Caller | null>;
  signInWithPassword(attempt: { readonly name: string; readonly password: string; readonly address: string }): Promise<Caller | null>;
}

/** One way in which the request names a caller; null when what it holds is right for nobody. */
type Attempt<Caller> = () => Promise<Caller | null>;

/**
 * Who asks: tokens in the query, then the Authorization header, then X-NuGet-ApiKey; the first that yields a caller wins.
 * `none` without any credential, `wrong` with nothing but wrong ones. Throws what signing in throws.
 */
export async function findCaller<Caller extends object>(door: SignIn<Caller>, exchange: Exchange): Promise<Caller | "none" | "wrong"> {
  const attempts = listAttempts(door, exchange);
  if (attempts.length === 0) return "none";
  for (const attempt of attempts) {
    const caller = await attempt();
    if (caller !== null) return caller;
  }
  return "wrong";
}

function listAttempts<Caller>(door: SignIn<Caller>, exchange: Exchange): readonly Attempt<Caller>[] {
  const attempts: Attempt<Caller>[] = [];
  for (const name of ["token", "access_token"]) {
    const secret = exchange.query.get(name);
    if (secret !== null && secret !== "") attempts.push(() => door.signInWithToken(secret));
  }
  const header = parseAuthorization(exchange.request.headers.get("authorization"));
  switch (header.scheme) {
    case "none":
      break;
    case "token":
    case "bearer":
      attempts.push(() => door.signInWithToken(header.token));
      break;
    case "basic":
      attempts.push(() => signInWithBasic(door, header, exchange.clientAddress));
      break;
    case "malformed":
    case "unknown":
      attempts.push(async () => null);
  }
  const apiKey = exchange.request.headers.get("x-nuget-apikey");
  if (apiKey !== null && apiKey !== "") attempts.push(() => door.signInWithToken(apiKey));
  return attempts;
}

/**
 * With an empty password or GitHub's `x-oauth-basic` the user is a token and nothing else. Any other password is tried as
 * a token first, whatever the user, so that tokens never cost a password check.
 */
async function signInWithBasic<Caller>(
  door: SignIn<Caller>,
  { user, password }: { readonly user: string; readonly password: string },
  address: string,
): Promise<Caller | null> {
  if (password === "" || password === "x-oauth-basic") return door.signInWithToken(user);
  return (await door.signInWithToken(password)) ?? door.signInWithPassword({ name: user, password, address });
}
