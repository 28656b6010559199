import { actsAsAdministrator, anonymous, type Actor } from "../actor.ts";
import type { AccessLevel, Creator, Namespace, NamespaceSettings, Visibility } from "../domain.ts";
import { decide, isVisibleTo, levelNeeded, levelOf, type Capability, type NamespaceStanding } from "../permissions.ts";
import type { Standing } from "../ports/namespace-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import type { ScopeArea } from "../scopes.ts";
import { scopeMissing } from "./require-account.ts";
import { isExpired } from "../token-expiry.ts";

declare const granted: unique symbol;

/**
 * Proof that an actor was found to hold a capability in a namespace. Operations on packages take one and cannot be
 * called without; only `openNamespace` makes it.
 */
export interface NamespaceGrant<Held extends Capability = Capability> {
  readonly [granted]: Held;
  readonly actor: Actor;
  readonly namespace: Namespace;
  /** The strictest visibility on the path. */
  readonly visibility: Visibility;
  /** The actor's level here; 60 for administrators, 0 for strangers and deploy tokens. */
  readonly level: AccessLevel | 60;
  /** The settings in force here. */
  readonly settings: NamespaceSettings;
  readonly capability: Held;
  readonly area: ScopeArea;
}

type Needs = Pick<RegistryDependencies, "metadata" | "settings">;

/** A namespace by its path, without case, or by its id. */
export type NamespaceAddress = string | { readonly id: number };

/** A namespace as the paths of URLs name it: all digits are an id (0, which nothing has, for one too large), everything else is a path. */
export function namespaceAddress(text: string): NamespaceAddress {
  if (!/^[0-9]+$/.test(text)) return text;
  const id = Number(text);
  return { id: Number.isSafeInteger(id) ? id : 0 };
}

/**
 * Finds a namespace and decides whether the actor may do this there, by the rights as they are now.
 * Throws `namespace_not_found`, `scope_missing`, `public_only` or `rights_missing`; the last says in its details whether
 * the actor may know that the namespace exists.
 */
export async function openNamespace<Wanted extends Capability>(
  { metadata, settings }: Needs,
  actor: Actor,
  address: NamespaceAddress,
  capability: Wanted,
  area: ScopeArea = "package",
): Promise<NamespaceGrant<Wanted>> {
  const namespace = await (typeof address === "string" ? metadata.namespaces.find(address) : metadata.tree.findById(address.id));
  if (namespace === null)
    throw new RegistryError("namespace_not_found", "there is no such user or organisation", {
      subject: typeof address === "string" ? address : String(address.id),
      isAnonymous: actor.kind === "anonymous",
    });
  return grantOrThrow({ metadata, settings }, actor, namespace, capability, area);
}

/**
 * Decides once more, with the account and the namespace read anew: what was granted when a long upload began may have
 * been taken away since. The grant as it is now; throws what `openNamespace` throws.
 */
export async function confirmGrant<Held extends Capability>(
  needs: Needs & Pick<RegistryDependencies, "clock">,
  grant: NamespaceGrant<Held>,
): Promise<NamespaceGrant<Held>> {
  const actor = await currentActor(needs, grant.actor);
  return openNamespace(needs, actor, { id: grant.namespace.id }, grant.capability, grant.area);
}

/** Whether the holder of a grant also holds another capability there. */
export async function mayAlso({ metadata, settings }: Needs, grant: NamespaceGrant, capability: Capability): Promise<boolean> {
  const userId = grant.actor.kind === "user" ? grant.actor.user.id : null;
  const standing = standingFor(await metadata.namespaces.standing(grant.namespace.id, userId));
  return decide(grant.actor, standing, capability, { requireSignIn: settings.requireSignIn, area: grant.area }).allowed;
}

/** For what some members may read and others not: refuses who holds less than a level. Throws `rights_missing`. */
export function requireLevel(grant: Pick<NamespaceGrant, "level" | "actor">, level: AccessLevel): void {
  if (grant.level >= level) return;
  throw new RegistryError("rights_missing", "the right to do this is missing", { isVisible: true, isAnonymous: grant.actor.kind === "anonymous" });
}

/** For tokens and variables: those of projects are their Maintainers', those of groups their Owners'. Throws `rights_missing`. */
export function requireKeeper(grant: Pick<NamespaceGrant, "level" | "actor" | "namespace">): void {
  requireLevel(grant, grant.namespace.kind === "group" ? levelNeeded.administer : levelNeeded.configure);
}

/** What decides, from what the stores say of a namespace and a user. */
export function standingFor({ visibility, level, path, settings, isMemberBelow }: Standing): NamespaceStanding {
  return { visibility, level, path, isMemberBelow, registryAccess: settings.registryAccess ?? "enabled" };
}

async function grantOrThrow<Wanted extends Capability>(
  { metadata, settings }: Needs,
  actor: Actor,
  namespace: Namespace,
  capability: Wanted,
  area: ScopeArea,
): Promise<NamespaceGrant<Wanted>> {
  const userId = actor.kind === "user" ? actor.user.id : null;
  const found = await metadata.namespaces.standing(namespace.id, userId);
  const standing = standingFor(found);
  const decision = decide(actor, standing, capability, { requireSignIn: settings.requireSignIn, area });
  if (!decision.allowed) {
    const isVisible = isVisibleTo(actor, standing, { requireSignIn: settings.requireSignIn, area });
    throw refusal(actor, decision.reason, `${capability === "read" ? "read" : "write"}:${area}`, { ...settings, isVisible });
  }
  const level = actsAsAdministrator(actor) ? 60 : levelOf(actor, standing);
  // The one place where a grant is made.
  return { actor, namespace, visibility: found.visibility, level, settings: found.settings, capability, area } as NamespaceGrant<Wanted>;
}

function refusal(
  actor: Actor,
  reason: "scope_missing" | "public_only" | "rights_missing",
  scope: `${"read" | "write"}:${ScopeArea}`,
  { requireSignIn, isVisible }: { readonly requireSignIn: boolean; readonly isVisible: boolean },
): RegistryError {
  if (reason === "scope_missing" && actor.kind === "user") return scopeMissing(actor.credential, scope);
  const isAnonymous = actor.kind === "anonymous";
  const subject = isAnonymous && requireSignIn ? { subject: "sign_in" } : {};
  return new RegistryError(reason, "the right to do this is missing", { ...subject, isVisible, isAnonymous });
}

/** The same actor with the account read anew; anonymous when the account or its token is gone, or the token has expired. */
async function currentActor(
  { metadata, clock }: Pick<RegistryDependencies, "metadata" | "clock">,
  actor: Actor,
): Promise<Actor> {
  const nowMs = clock.nowMs();
  if (actor.kind === "anonymous") return actor;
  if (actor.kind === "deploy_token") {
    const token = await metadata.deployTokens.find(actor.token.namespaceId, actor.token.id);
    return token !== null && !isExpired(token, nowMs) ? { kind: "deploy_token", token } : anonymous;
  }
  const { credential } = actor;
  if (credential.kind === "operator") return actor;
  const user = await metadata.accounts.findById(actor.user.id);
  if (user === null) return anonymous;
  switch (credential.kind) {
    case "password":
      return user.passwordHash === actor.user.passwordHash ? { ...actor, user } : anonymous;
    case "token": {
      const token = await metadata.tokens.findById(credential.tokenId);
      const isValid = token !== null && token.revokedAtMs === null && !isExpired(token, nowMs);
      return isValid ? { kind: "user", user, credential } : anonymous;
    }
    case "job": {
      const isInTime = !isExpired(credential, nowMs);
      const isValid =
        credential.tokenId === null
          ? isInTime || (await credential.isStillVouchedFor?.()) === true
          : isInTime && (await metadata.jobTokens.find(credential.tokenId)) !== null;
      return isValid ? { kind: "user", user, credential } : anonymous;
    }
  }
}

/** Who is written down as the creator of what this grant publishes. */
export function creatorOf({ actor }: Pick<NamespaceGrant, "actor">): Creator {
  switch (actor.kind) {
    case "anonymous":
      throw new RegistryError("rights_missing", "an anonymous caller cannot publish");
    case "deploy_token":
      return { kind: "deploy_token", id: actor.token.id, name: actor.token.username };
    case "user":
      return { kind: "user", id: actor.user.id, name: actor.user.name };
  }
}
