import type { Actor } from "../actor.ts";
import type { User } from "../domain.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistrySettings } from "../registry-dependencies.ts";
import { scopeReach, type ScopeArea, type ScopeReach } from "../scopes.ts";

/**
 * The active account behind an actor whose credential reaches far enough in an area. Throws `credentials_required` for
 * anonymous callers, `rights_missing` for inactive accounts, `scope_missing` for narrower tokens.
 */
export function requireAccount(actor: Actor, area: ScopeArea, reach: Exclude<ScopeReach, "none">): User {
  if (actor.kind === "anonymous") throw new RegistryError("credentials_required", "this needs a signed-in user");
  const { user, credential } = actor;
  if (!user.isActive || user.isLoginProhibited) throw new RegistryError("rights_missing", "the account is not active");
  if (credential.kind === "token") {
    const held = scopeReach(credential.scopes, area);
    if (held === "none" || (reach === "write" && held !== "write"))
      throw scopeMissing(credential.scopes, `${reach}:${area}`);
  }
  return user;
}

/** The refusal of a token that is too narrow; `details.subject` is the scope it lacks. */
export function scopeMissing(held: readonly string[], required: `${"read" | "write"}:${ScopeArea}`): RegistryError {
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
  if (!user.isAdmin) throw new RegistryError("rights_missing", "user should be the site admin");
  return user;
}

/**
 * The active account behind an actor, proven by its password: a token never makes tokens. Throws
 * `password_required` for tokens and for anonymous callers.
 */
export function requirePassword(actor: Actor): User {
  if (actor.kind === "anonymous" || actor.credential.kind === "token")
    throw new RegistryError("password_required", "this needs the password, not a token");
  return requireAccount(actor, "user", "write");
}
