import { anonymous, type Actor } from "../actor.ts";
import type { Creator, Namespace, Visibility } from "../domain.ts";
import { decide, type Capability } from "../permissions.ts";
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
  readonly capability: Held;
}

type Needs = Pick<RegistryDependencies, "metadata" | "settings">;

/**
 * Finds a namespace and decides whether the actor may do this there, by the rights as they are now.
 * Throws `namespace_not_found`, `scope_missing`, `public_only` or `rights_missing`.
 */
export async function openNamespace<Wanted extends Capability>(
  { metadata, settings }: Needs,
  actor: Actor,
  path: string,
  capability: Wanted,
  area: ScopeArea = "package",
): Promise<NamespaceGrant<Wanted>> {
  const namespace = await metadata.namespaces.find(path);
  if (namespace === null)
    throw new RegistryError("namespace_not_found", "there is no such user or organisation", { subject: path });
  return grantOrThrow({ metadata, settings }, actor, namespace, capability, area);
}

/**
 * Decides once more, with the account and the namespace read anew: what was granted when a long upload began may have
 * been taken away since. The actor as it is now; throws what `openNamespace` throws.
 */
export async function confirmGrant(needs: Needs & Pick<RegistryDependencies, "clock">, grant: NamespaceGrant): Promise<Actor> {
  const { metadata } = needs;
  const actor = await currentActor(needs, grant.actor);
  await openNamespace({ metadata, settings: needs.settings }, actor, grant.namespace.path, grant.capability);
  return actor;
}

async function grantOrThrow<Wanted extends Capability>(
  { metadata, settings }: Needs,
  actor: Actor,
  namespace: Namespace,
  capability: Wanted,
  area: ScopeArea,
): Promise<NamespaceGrant<Wanted>> {
  const userId = actor.kind === "user" ? actor.user.id : null;
  const standing = await metadata.namespaces.standing(namespace.id, userId);
  const decision = decide(actor, standing, capability, { requireSignIn: settings.requireSignIn, area });
  if (!decision.allowed) throw refusal(actor, decision.reason, `${capability === "read" ? "read" : "write"}:${area}`, settings);
  // The one place where a grant is made.
  return { actor, namespace, visibility: standing.visibility, capability } as NamespaceGrant<Wanted>;
}

function refusal(
  actor: Actor,
  reason: "scope_missing" | "public_only" | "rights_missing",
  scope: `${"read" | "write"}:${ScopeArea}`,
  { requireSignIn }: Needs["settings"],
): RegistryError {
  if (reason === "scope_missing" && actor.kind === "user" && actor.credential.kind === "token")
    return scopeMissing(actor.credential.scopes, scope);
  const details = actor.kind === "anonymous" && requireSignIn ? { subject: "sign_in" } : {};
  return new RegistryError(reason, "the right to do this is missing", details);
}

/** The same actor with the account read anew; anonymous when the account or its token is gone, or the token has expired. */
async function currentActor(
  { metadata, clock }: Pick<RegistryDependencies, "metadata" | "clock">,
  actor: Actor,
): Promise<Actor> {
  if (actor.kind === "anonymous" || actor.credential.kind === "operator") return actor;
  const user = await metadata.accounts.findById(actor.user.id);
  if (user === null) return anonymous;
  const { credential } = actor;
  if (credential.kind === "password") {
    return user.passwordHash === actor.user.passwordHash ? { ...actor, user } : anonymous;
  }
  const token = await metadata.tokens.findById(credential.tokenId);
  const isValid = token !== null && !isExpired(token, clock.nowMs());
  return isValid ? { kind: "user", user, credential } : anonymous;
}

/** Who is written down as the creator of what this grant publishes. */
export function creatorOf(grant: NamespaceGrant): Creator {
  if (grant.actor.kind === "anonymous") throw new RegistryError("rights_missing", "an anonymous caller cannot publish");
  return { kind: "user", id: grant.actor.user.id, name: grant.actor.user.name };
}
