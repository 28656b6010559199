import { randomBytes } from "node:crypto";
import type { Namespace } from "../domain.ts";
import type { HeldToken } from "../ports/access-token-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { lastEightOf, newPrefixedSecret, secretDigest } from "../secret-digest.ts";
import { memberLevels } from "./manage-members.ts";
import { requireKeeper, requireLevel, type NamespaceGrant } from "./open-namespace.ts";
import { refuseBot } from "./require-account.ts";
import { rotateToken, tokenNotFound } from "./rotate-token.ts";
import { checkExpiry, checkReach, checkTerms, endAtLatest, type TokenTerms } from "./token-terms.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock">;

/** The levels that a token of a project or group may have: its bot is a member. */
export const tokenLevels = memberLevels;
export type TokenLevel = (typeof tokenLevels)[number];

/** A token of a project or group to make; scopes are GitLab's. */
export interface NamespaceTokenToCreate extends TokenTerms {
  readonly description: string;
  readonly level: TokenLevel;
}

/** A token of a project or group with its secret, which is shown once. */
export interface MintedNamespaceToken {
  readonly held: HeldToken;
  readonly secret: string;
}

/** Which tokens of a namespace a list shows; null leaves out nothing. */
export interface NamespaceTokenSearch {
  readonly isActive: boolean | null;
  readonly isRevoked: boolean | null;
  readonly nameContains: string | null;
}

/** The tokens of a project, for its Maintainers, or of a group, for its Owners. Throws `rights_missing`. */
export async function listNamespaceTokens(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"read">,
  { isActive, ...search }: NamespaceTokenSearch,
  page: PageRequest,
): Promise<Page<HeldToken>> {
  requireKeeper(grant);
  const activity = isActive === null ? null : { isActive, atMs: clock.nowMs() };
  return metadata.accessTokens.list({ ...search, userId: null, botOfNamespaceId: grant.namespace.id, activity }, page);
}

/** One of them. Throws `token_not_found`, `rights_missing`. */
export async function findNamespaceToken({ metadata }: Pick<Needs, "metadata">, grant: NamespaceGrant<"read">, tokenId: number): Promise<HeldToken> {
  requireKeeper(grant);
  return ownToken(metadata, grant.namespace, tokenId);
}

/**
 * Makes a token with a bot of its own that has a level in the namespace and below, never above the caller's. Throws
 * `value_invalid`, `rights_missing` (also for bots, which would outlive their own end so), `scope_missing`.
 */
export async function createNamespaceToken(
  { metadata, clock, passwords }: Needs & Pick<RegistryDependencies, "passwords">,
  grant: NamespaceGrant<"configure">,
  wanted: NamespaceTokenToCreate,
): Promise<MintedNamespaceToken> {
  requireKeeper(grant);
  refuseBot(grant.actor);
  const nowMs = clock.nowMs();
  checkTerms(grant.actor, wanted, "gitlab");
  checkExpiry(wanted.expiresAtMs, nowMs);
  if (wanted.level > grant.level)
    throw new RegistryError("value_invalid", "Access level of the token can't be greater the access level of the user who created the token", {
      subject: "access_level",
    });
  const expiresAtMs = await endAtLatest({ metadata }, grant.actor, wanted.expiresAtMs);
  const botName = newBotName(grant.namespace);
  const secret = newPrefixedSecret("personal");
  const result = await metadata.accessTokens.createBot({
    namespaceId: grant.namespace.id,
    level: wanted.level,
    botName,
    botEmail: `${botName}@noreply.localhost`,
    // Nobody ever learns it.
    passwordHash: await passwords.hash(randomBytes(32).toString("base64")),
    isRestricted: grant.actor.kind === "user" && grant.actor.user.isRestricted,
    tokenName: wanted.name,
    description: wanted.description,
    secretSha256: secretDigest(secret),
    lastEight: lastEightOf(secret),
    scopes: [...new Set(wanted.scopes)],
    nowMs,
    expiresAtMs,
  });
  if (result.outcome === "created") return { held: result.held, secret };
  if (result.outcome === "absent") throw new RegistryError("namespace_not_found", "the namespace was removed meanwhile");
  throw new RegistryError("name_taken", "the name of the token's account is taken: try again");
}

/** Ends a token, and with it all rights of its bot. Throws `token_not_found`, also where it was revoked before. */
export async function revokeNamespaceToken({ metadata, clock }: Needs, grant: NamespaceGrant<"configure">, tokenId: number): Promise<void> {
  requireKeeper(grant);
  const { token } = await ownToken(metadata, grant.namespace, tokenId);
  if (!(await metadata.accessTokens.revoke(token.id, clock.nowMs()))) throw tokenNotFound();
}

/**
 * Ends a token and makes one of the same bot in its place, at once. Throws `token_not_found`, `value_invalid`,
 * `rights_missing` for a token above the caller's own level, and for bots but their own; `scope_missing`.
 */
export async function rotateNamespaceToken(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"configure">,
  tokenId: number,
  expiresAtMs: number | null,
): Promise<MintedNamespaceToken> {
  requireKeeper(grant);
  const { token, level } = await ownToken(metadata, grant.namespace, tokenId);
  if (grant.actor.kind !== "user" || grant.actor.user.id !== token.userId) refuseBot(grant.actor);
  requireLevel(grant, level);
  checkReach(grant.actor, token.scopes);
  return rotateToken({ metadata, clock }, token.id, expiresAtMs);
}

async function ownToken(metadata: Needs["metadata"], namespace: Namespace, tokenId: number): Promise<HeldToken> {
  const held = await metadata.accessTokens.find(tokenId);
  if (held === null || held.botOfNamespaceId !== namespace.id) throw tokenNotFound();
  return held;
}

/** As GitLab calls them, with fewer random digits. */
function newBotName({ id, kind }: Namespace): string {
  return `${kind === "group" ? "group" : "project"}_${id}_bot_${randomBytes(6).toString("hex")}`;
}
