import type { Actor } from "../actor.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { isKnownScope, isWithin, type ScopeVocabulary } from "../scopes.ts";
import { scopeMissing } from "./require-account.ts";

/** What a token is made with, whatever its kind. */
export interface TokenTerms {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Epoch milliseconds from which it is worth nothing; null for one that does not expire. */
  readonly expiresAtMs: number | null;
}

const maxNameLength = 255;
const maxDescriptionLength = 1000;
/** So much of a wrong scope is repeated in the refusal. */
const maxShownLength = 80;

/**
 * Throws `value_invalid` for a name, scopes or a description that no token has, and `scope_missing` where a token would make
 * one that reaches further than itself: it must not be worth more to who stole it than its own scopes.
 */
export function checkTerms(actor: Actor, terms: TokenTerms & { readonly description?: string }, vocabulary: ScopeVocabulary): void {
  if (terms.name.trim() === "" || terms.name.length > maxNameLength)
    throw new RegistryError("value_invalid", `a token needs a name of at most ${maxNameLength} characters`, { subject: "name" });
  if ((terms.description ?? "").length > maxDescriptionLength)
    throw new RegistryError("value_invalid", `a description has at most ${maxDescriptionLength} characters`, { subject: "description" });
  if (terms.scopes.length === 0) throw new RegistryError("value_invalid", "can't be blank", { subject: "scopes" });
  const unknown = terms.scopes.find((scope) => !isKnownScope(scope, vocabulary));
  if (unknown !== undefined)
    throw new RegistryError("value_invalid", `there is no scope ${unknown.slice(0, maxShownLength)}`, { subject: "scopes" });
  checkReach(actor, terms.scopes);
}

/** Throws `value_invalid` for an end that has passed. */
export function checkExpiry(expiresAtMs: number | null, nowMs: number): void {
  if (expiresAtMs !== null && expiresAtMs <= nowMs)
    throw new RegistryError("value_invalid", "must be in the future", { subject: "expires_at" });
}

/**
 * When a token that is made now ends: as asked, but never after the token that makes it. Clients ask for far ends and must
 * not fail for it.
 */
export async function endAtLatest(
  { metadata }: Pick<RegistryDependencies, "metadata">,
  actor: Actor,
  expiresAtMs: number | null,
): Promise<number | null> {
  const lastMs = await endOf({ metadata }, actor);
  return lastMs === null ? expiresAtMs : Math.min(lastMs, expiresAtMs ?? lastMs);
}

/** When the caller's own token ends; null for never, and for other credentials. */
async function endOf({ metadata }: Pick<RegistryDependencies, "metadata">, actor: Actor): Promise<number | null> {
  if (actor.kind !== "user" || actor.credential.kind !== "token") return null;
  return (await metadata.tokens.findById(actor.credential.tokenId))?.expiresAtMs ?? null;
}

/** Throws `scope_missing` where the caller's token does not itself reach as far as these scopes. */
export function checkReach(actor: Actor, scopes: readonly string[]): void {
  if (actor.kind === "user" && actor.credential.kind === "token" && !isWithin(scopes, actor.credential.scopes))
    throw scopeMissing(actor.credential, "write:user");
}
