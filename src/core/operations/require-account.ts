import { actsAsAdministrator, type Actor, type Credential } from "../actor.ts";
import type { User, Visibility } from "../domain.ts";
import { isShutOut } from "../permissions.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistrySettings } from "../registry-dependencies.ts";
import { credentialReach, isConfined, type ScopeArea, type ScopeReach } from "../scopes.ts";

/**
 * The active account behind an actor whose credential reaches far enough in an area. Throws `credentials_required` for
 * anonymous callers, `rights_missing` for inactive accounts, `scope_missing` for narrower tokens.
 */
export function requireAccount(actor: Actor, area: ScopeArea, reach: Exclude<ScopeReach, "none">): User {
  if (actor.kind === "anonymous") throw new RegistryError("credentials_required", "this needs a signed-in user");
  if (actor.kind === "deploy_token") throw new RegistryError("rights_missing", "a deploy token reaches packages only");
  const { user } = actor;
  if (isShutOut(user)) throw new RegistryError("rights_missing", "the account is not active");
  requireReach(actor, area, reach);
  return user;
}

/** Throws `scope_missing` for an account's credential that does not reach far enough in an area, whatever the account may do. */
export function requireReach(actor: Actor, area: ScopeArea, reach: Exclude<ScopeReach, "none">): void {
  if (actor.kind !== "user") return;
  const held = credentialReach(actor.credential, area);
  if (held === "none" || (reach === "write" && held !== "write")) throw scopeMissing(actor.credential, `${reach}:${area}`);
}

/** The refusal of a token that is too narrow; `details.subject` is the scope it lacks. */
export function scopeMissing(credential: Credential, required: `${"read" | "write"}:${ScopeArea}`): RegistryError {
  const held = credential.kind === "token" ? credential.scopes : [];
  return new RegistryError(
    "scope_missing",
    `token does not have at least one of required scope(s), required=[${required}], token scope=${held.join(",")}`,
    { subject: required },
  );
}

/**
 * Lets in who may ask what is shown to everybody: signed-in callers within their scopes, and anonymous ones unless the
 * instance wants everyone to sign in. Throws `rights_missing`, `scope_missing`.
 */
export function admitReader(actor: Actor, area: ScopeArea, { requireSignIn }: Pick<RegistrySettings, "requireSignIn">): void {
  if (actor.kind === "user") requireAccount(actor, area, "read");
  else if (requireSignIn) throw new RegistryError("rights_missing", "Only signed in user is allowed to call APIs.");
}

/** The same as `requireAccount`, for administrators only. Throws `rights_missing` for everyone else. */
export function requireAdministrator(actor: Actor, reach: Exclude<ScopeReach, "none">): User {
  const user = requireAccount(actor, "admin", reach);
  if (!actsAsAdministrator(actor)) throw new RegistryError("rights_missing", "user should be the site admin");
  return user;
}

/**
 * The active account behind an actor, proven by its password: a token never makes tokens. Throws
 * `password_required` for tokens and for anonymous callers.
 */
export function requirePassword(actor: Actor): User {
  if (actor.kind !== "user" || actor.credential.kind === "token" || actor.credential.kind === "job")
    throw new RegistryError("password_required", "this needs the password, not a token");
  return requireAccount(actor, "user", "write");
}

/** The refusal for a token that is confined to what is public: it makes nothing that it could not see afterwards. */
export function refuseHidden(actor: Actor, visibility: Visibility): void {
  if (visibility !== "public" && actor.kind === "user" && isConfined(actor.credential))
    throw new RegistryError("public_only", "the token is limited to what is public");
}

/** The refusal for bots: they act in the namespace that they were made for, and make nothing that would outlive them. */
export function refuseBot(actor: Actor): void {
  if (actor.kind === "user" && actor.user.botOfNamespaceId !== null)
    throw new RegistryError("rights_missing", "a token of a project or group cannot do this");
}

/**
 * The active account behind a token, and the token, whatever its scopes. Throws `credentials_required` for every other
 * credential, `rights_missing` for inactive accounts.
 */
export function requireToken(actor: Actor): { readonly user: User; readonly credential: Extract<Credential, { kind: "token" }> } {
  if (actor.kind !== "user" || actor.credential.kind !== "token")
    throw new RegistryError("credentials_required", "this needs an access token");
  const { user, credential } = actor;
  if (isShutOut(user)) throw new RegistryError("rights_missing", "the account is not active");
  return { user, credential };
}
