import type { Actor } from "./actor.ts";
import type { AccessLevel, Visibility } from "./domain.ts";
import { isPublicOnly, scopeReach, type ScopeArea } from "./scopes.ts";

/** What one may do in a namespace. */
export const capabilities = ["read", "publish", "delete", "administer"] as const;
export type Capability = (typeof capabilities)[number];

/** What the decision needs to know of the namespace and of the caller's place in it. */
export interface NamespaceStanding {
  /** The strictest visibility on the path. */
  readonly visibility: Visibility;
  /** The highest level granted on the path; 0 for a stranger. */
  readonly level: AccessLevel;
}

export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: "scope_missing" | "public_only" | "rights_missing" };

/** The level from which each capability is held. */
const levelNeeded: Readonly<Record<Capability, AccessLevel>> = {
  read: 10,
  publish: 30,
  delete: 40,
  administer: 50,
};

/** How far a token must reach in its area for each capability. */
const reachNeeded: Readonly<Record<Capability, "read" | "write">> = {
  read: "read",
  publish: "write",
  delete: "write",
  administer: "write",
};

/**
 * The one function that decides. Denies by default: what no line below allows is refused. The credential's own
 * limits come first, then the rights of the account behind it, as they are now.
 */
export function decide(
  actor: Actor,
  standing: NamespaceStanding,
  capability: Capability,
  settings: { readonly requireSignIn: boolean; readonly area?: ScopeArea },
): Decision {
  if (actor.kind === "anonymous") {
    const open = capability === "read" && standing.visibility === "public" && !settings.requireSignIn;
    return open ? allowed : refused("rights_missing");
  }
  const { user, credential } = actor;
  if (!user.isActive || user.isLoginProhibited) return refused("rights_missing");
  if (credential.kind === "token") {
    const reach = scopeReach(credential.scopes, settings.area ?? "package");
    if (reach === "none" || (reachNeeded[capability] === "write" && reach !== "write")) return refused("scope_missing");
    if (isPublicOnly(credential.scopes) && standing.visibility !== "public") return refused("public_only");
  }
  if (user.isAdmin || standing.level >= levelNeeded[capability]) return allowed;
  if (capability === "read" && isVisibleToStranger(standing.visibility, user.isRestricted)) return allowed;
  return refused("rights_missing");
}

/** Whether a signed-in user without any grant may read; restricted users only what is public. */
export function isVisibleToStranger(visibility: Visibility, isRestricted: boolean): boolean {
  return visibility === "public" || (visibility === "internal" && !isRestricted);
}

const allowed: Decision = { allowed: true };

function refused(reason: "scope_missing" | "public_only" | "rights_missing"): Decision {
  return { allowed: false, reason };
}

const strictness: Readonly<Record<Visibility, number>> = { public: 0, internal: 1, private: 2 };

/** The stricter of two visibilities. */
export function stricterVisibility(one: Visibility, other: Visibility): Visibility {
  return strictness[one] >= strictness[other] ? one : other;
}
