import { actsAsAdministrator, type Actor } from "../actor.ts";
import type { AccessToken } from "../domain.ts";
import type { TokenFilter } from "../ports/access-token-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { credentialReach } from "../scopes.ts";
import { lastEightOf, newPrefixedSecret, secretDigest } from "../secret-digest.ts";
import { refuseBot, requireAccount, requireAdministrator, requireToken } from "./require-account.ts";
import { rotateToken, tokenNotFound } from "./rotate-token.ts";
import { checkExpiry, checkReach, checkTerms, endAtLatest, type TokenTerms } from "./token-terms.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock">;

/** A token with its secret, which is shown once. */
export interface MintedToken {
  readonly token: AccessToken;
  readonly secret: string;
}

/** A personal token to make; scopes are GitLab's. */
export interface PersonalTokenToCreate extends TokenTerms {
  readonly description: string;
}

/** Which tokens a caller wants to see. */
export interface PersonalTokenSearch extends Pick<TokenFilter, "isRevoked" | "nameContains"> {
  /** Null for one's own, for administrators all. */
  readonly userId: number | null;
  readonly isActive: boolean | null;
}

/** The caller's tokens, or for administrators anybody's. Throws `rights_missing` for somebody else's. */
export async function listPersonalTokens(
  { metadata, clock }: Needs,
  actor: Actor,
  { userId, isActive, ...search }: PersonalTokenSearch,
  page: PageRequest,
): Promise<Page<AccessToken>> {
  const caller = requireAccount(actor, "user", "read");
  const seesAll = actsAsAdministrator(actor) && credentialReach(actor.credential, "admin") !== "none";
  if (userId !== null && userId !== caller.id) requireAdministrator(actor, "read");
  const activity = isActive === null ? null : { isActive, atMs: clock.nowMs() };
  const whose = userId ?? (seesAll ? null : caller.id);
  const found = await metadata.accessTokens.list({ ...search, userId: whose, botOfNamespaceId: null, activity }, page);
  return { items: found.items.map(({ token }) => token), total: found.total };
}

/**
 * One of the caller's tokens, or for administrators anybody's. Throws `token_not_found` for administrators only: others
 * get `rights_missing` whether it exists or not.
 */
export async function findPersonalToken(needs: Pick<Needs, "metadata">, actor: Actor, tokenId: number): Promise<AccessToken> {
  return managedToken(needs, actor, tokenId, "read");
}

/** Ends a token; one that was revoked before stays so. Throws what `findPersonalToken` throws. */
export async function revokePersonalToken({ metadata, clock }: Needs, actor: Actor, tokenId: number): Promise<void> {
  const token = await managedToken({ metadata }, actor, tokenId, "write");
  await metadata.accessTokens.revoke(token.id, clock.nowMs());
}

/**
 * Ends a token and makes one of the same name and scopes in its place, at once. Throws what `findPersonalToken` throws,
 * `value_invalid` also for one that was revoked before, `scope_missing` for one that reaches further than the caller's.
 */
export async function rotatePersonalToken(
  needs: Needs,
  actor: Actor,
  tokenId: number,
  expiresAtMs: number | null,
): Promise<MintedToken> {
  const token = await managedToken(needs, actor, tokenId, "write");
  checkReach(actor, token.scopes);
  return rotate(needs, token.id, expiresAtMs);
}

/** The token that the caller shows, whatever its scopes. Throws `credentials_required`, `rights_missing`, `token_not_found`. */
export async function findShownToken({ metadata }: Pick<Needs, "metadata">, actor: Actor): Promise<AccessToken> {
  const found = await metadata.accessTokens.find(requireToken(actor).credential.tokenId);
  if (found === null) throw tokenNotFound();
  return found.token;
}

/** Ends the token that the caller shows, whatever its scopes. */
export async function revokeShownToken({ metadata, clock }: Needs, actor: Actor): Promise<void> {
  await metadata.accessTokens.revoke(requireToken(actor).credential.tokenId, clock.nowMs());
}

/** Makes a successor of the token that the caller shows, which `self_rotate` alone allows. Throws as `rotatePersonalToken`. */
export async function rotateShownToken(needs: Needs, actor: Actor, expiresAtMs: number | null): Promise<MintedToken> {
  const { credential } = requireToken(actor);
  if (!credential.scopes.includes("self_rotate")) requireAccount(actor, "user", "write");
  return rotate(needs, credential.tokenId, expiresAtMs);
}

/**
 * Makes a token for somebody. Administrators only, and never for bots. Throws `user_not_found`, `value_invalid`,
 * `rights_missing`, `scope_missing`.
 */
export async function createTokenFor(
  needs: Needs,
  actor: Actor,
  userId: number,
  wanted: PersonalTokenToCreate,
): Promise<MintedToken> {
  requireAdministrator(actor, "write");
  checkTerms(actor, wanted, "gitlab");
  const user = await needs.metadata.accounts.findById(userId);
  if (user === null || user.botOfNamespaceId !== null) throw userGone();
  return create(needs, user.id, { ...wanted, expiresAtMs: await endAtLatest(needs, actor, wanted.expiresAtMs) });
}

/**
 * Makes a token for oneself. With a token, never one that reaches further or lasts longer than that token itself: it ends
 * with it at the latest. (GitLab lets tokens make only such as hardly reach anything.) Throws
 * `value_invalid`, `scope_missing`, `rights_missing` for bots.
 */
export async function createOwnToken(needs: Needs, actor: Actor, wanted: PersonalTokenToCreate): Promise<MintedToken> {
  const user = requireAccount(actor, "user", "write");
  refuseBot(actor);
  checkTerms(actor, wanted, "gitlab");
  return create(needs, user.id, { ...wanted, expiresAtMs: await endAtLatest(needs, actor, wanted.expiresAtMs) });
}

async function managedToken(
  { metadata }: Pick<Needs, "metadata">,
  actor: Actor,
  tokenId: number,
  reach: "read" | "write",
): Promise<AccessToken> {
  const caller = requireAccount(actor, "user", reach);
  const found = await metadata.accessTokens.find(tokenId);
  if (found?.token.userId === caller.id) return found.token;
  requireAdministrator(actor, reach);
  if (found === null) throw tokenNotFound();
  return found.token;
}

async function create({ metadata, clock }: Needs, userId: number, wanted: PersonalTokenToCreate): Promise<MintedToken> {
  const nowMs = clock.nowMs();
  const { name, description, expiresAtMs } = wanted;
  checkExpiry(expiresAtMs, nowMs);
  const secret = newPrefixedSecret("personal");
  const result = await metadata.tokens.create({
    userId,
    name,
    description,
    isNameUnique: false,
    secretSha256: secretDigest(secret),
    lastEight: lastEightOf(secret),
    scopes: [...new Set(wanted.scopes)],
    nowMs,
    expiresAtMs,
  });
  if (result.outcome !== "created") throw userGone();
  return { token: result.token, secret };
}

async function rotate(needs: Needs, tokenId: number, expiresAtMs: number | null): Promise<MintedToken> {
  const { held, secret } = await rotateToken(needs, tokenId, expiresAtMs);
  return { token: held.token, secret };
}

function userGone(): RegistryError {
  return new RegistryError("user_not_found", "there is no such user");
}
