import { actsAsAdministrator, type Actor, type UserActor } from "./actor.ts";
import type { AccessLevel, DeployToken, RegistryAccess, User, Visibility } from "./domain.ts";
import { credentialReach, isConfined, scopeReach, type ScopeArea } from "./scopes.ts";

/** What one may do in a namespace. */
export const capabilities = ["read", "publish", "delete", "configure", "administer"] as const;
export type Capability = (typeof capabilities)[number];

/** What the decision needs to know of the namespace and of the caller's place in it. */
export interface NamespaceStanding {
  /** The strictest visibility on the path. */
  readonly visibility: Visibility;
  /** The highest level granted on the path; 0 for a stranger. */
  readonly level: AccessLevel;
  /** The namespace itself and everything above it, by id. */
  readonly path: readonly number[];
  /** Who reaches its packages; `enabled` leaves that to the visibility. */
  readonly registryAccess: RegistryAccess;
  /** The caller is a member of something below. */
  readonly isMemberBelow?: boolean;
}

export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: "scope_missing" | "public_only" | "rights_missing" };

/** The level from which each capability is held. */
export const levelNeeded: Readonly<Record<Capability, AccessLevel>> = {
  read: 10,
  publish: 30,
  delete: 40,
  configure: 40,
  administer: 50,
};

/** How far a token must reach in its area for each capability. */
const reachNeeded: Readonly<Record<Capability, "read" | "write">> = {
  read: "read",
  publish: "write",
  delete: "write",
  configure: "write",
  administer: "write",
};

interface DecisionSettings {
  readonly requireSignIn: boolean;
  readonly area?: ScopeArea;
}

/**
 * The one function that decides. Denies by default: what no line below allows is refused. The credential's own
 * limits come first, then the rights of the account behind it, as they are now.
 */
export function decide(
  actor: Actor,
  standing: NamespaceStanding,
  capability: Capability,
  settings: DecisionSettings,
): Decision {
  const area = settings.area ?? "package";
  const access = area === "package" ? standing.registryAccess : "enabled";
  if (access === "disabled") return refused("rights_missing");
  switch (actor.kind) {
    case "anonymous": {
      const isOpen = access === "public" || (access === "enabled" && standing.visibility === "public");
      return capability === "read" && isOpen && !settings.requireSignIn ? allowed : refused("rights_missing");
    }
    case "deploy_token":
      return decideForDeployToken(actor.token, standing, capability, area, access);
    case "user":
      return decideForUser(actor, standing, capability, area, access);
  }
}

function decideForUser(
  actor: UserActor,
  standing: NamespaceStanding,
  capability: Capability,
  area: ScopeArea,
  access: RegistryAccess,
): Decision {
  const { user, credential } = actor;
  if (isShutOut(user)) return refused("rights_missing");
  const reach = credentialReach(credential, area);
  if (reach === "none" || (reachNeeded[capability] === "write" && reach !== "write")) return refused("scope_missing");
  if (isConfined(credential) && standing.visibility !== "public") return refused("public_only");
  if (actsAsAdministrator(actor) || levelOf(actor, standing) >= levelNeeded[capability]) return allowed;
  if (capability !== "read") return refused("rights_missing");
  const isOpen = access === "public" || (access === "enabled" && isVisibleToStranger(standing.visibility, user.isRestricted));
  return isOpen || seesFromBelow(actor, standing, area) ? allowed : refused("rights_missing");
}

/** Whether an account may do nothing at all, whatever its rights. */
export function isShutOut(user: User): boolean {
  return !user.isActive || user.isLoginProhibited;
}

/**
 * Who is a member of something below a group sees the group itself, though not its packages (GitLab, group_policy.rb:
 * has_projects enables read_group).
 */
function seesFromBelow({ credential }: UserActor, { isMemberBelow }: NamespaceStanding, area: ScopeArea): boolean {
  return isMemberBelow === true && credential.kind !== "job" && (area === "organization" || area === "group");
}

/** The level that counts: a job token carries its user's only where it is bound to. */
export function levelOf(actor: Actor, standing: Pick<NamespaceStanding, "level" | "path">): AccessLevel {
  if (actor.kind !== "user") return 0;
  const { credential } = actor;
  return credential.kind === "job" && !standing.path.includes(credential.namespaceId) ? 0 : standing.level;
}

/** Packages of its own namespace and below by its scopes (writing includes reading); elsewhere what is public. */
function decideForDeployToken(
  token: DeployToken,
  standing: NamespaceStanding,
  capability: Capability,
  area: ScopeArea,
  access: RegistryAccess,
): Decision {
  if (area !== "package" || (capability !== "read" && capability !== "publish")) return refused("rights_missing");
  const isOpen = access === "public" || (access === "enabled" && standing.visibility === "public");
  if (capability === "read" && isOpen) return allowed;
  if (!standing.path.includes(token.namespaceId)) return refused("rights_missing");
  const reach = scopeReach(token.scopes, "package");
  return reach === "write" || (reach === "read" && capability === "read") ? allowed : refused("rights_missing");
}

/** Whether a signed-in user without any grant may read; restricted users only what is public. */
export function isVisibleToStranger(visibility: Visibility, isRestricted: boolean): boolean {
  return visibility === "public" || (visibility === "internal" && !isRestricted);
}

/**
 * Whether the caller may know that the namespace exists: who may read the project itself, who holds a deploy token of it,
 * and everyone who asks for its packages where those are open to all.
 */
export function isVisibleTo(actor: Actor, standing: NamespaceStanding, settings: DecisionSettings): boolean {
  const isAboutPackages = (settings.area ?? "package") === "package";
  if (isAboutPackages && standing.registryAccess === "public" && !(settings.requireSignIn && actor.kind === "anonymous")) return true;
  switch (actor.kind) {
    case "anonymous":
      return standing.visibility === "public" && !settings.requireSignIn;
    case "deploy_token":
      return standing.visibility === "public" || standing.path.includes(actor.token.namespaceId);
    case "user": {
      // Who may do nothing learns no more than everybody does.
      if (isShutOut(actor.user)) return standing.visibility === "public";
      if (isVisibleToStranger(standing.visibility, actor.user.isRestricted)) return true;
      if (settings.area !== undefined && seesFromBelow(actor, standing, settings.area)) return true;
      return actsAsAdministrator(actor) || levelOf(actor, standing) >= levelNeeded.read;
    }
  }
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
