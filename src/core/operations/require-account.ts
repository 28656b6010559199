import type { Actor } from "../actor.ts";
import type { User } from "../domain.ts";
import { RegistryError } from "../registry-error.ts";
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
      throw new RegistryError("scope_missing", `the token lacks the scope ${reach}:${area}`);
  }
  return user;
}

/** The same, for administrators only. Throws `rights_missing` for everyone else. */
export function requireAdministrator(actor: Actor, reach: Exclude<ScopeReach, "none">): User {
  const user = requireAccount(actor, "admin", reach);
  if (!user.isAdmin) throw new RegistryError("rights_missing", "this is for administrators");
  return user;
}

/**
 * The account, for administrators and for the account itself, proven by its password: a token never makes, lists or
 * removes tokens. Throws `password_required` for tokens.
 */
export function requirePasswordOf(actor: Actor, subject: User): User {
  const user = requireAccount(actor, "user", "write");
  if (actor.kind === "user" && actor.credential.kind === "token")
    throw new RegistryError("password_required", "this needs the password, not a token");
  if (!user.isAdmin && user.id !== subject.id) throw new RegistryError("rights_missing", "these are another user's tokens");
  return user;
}
