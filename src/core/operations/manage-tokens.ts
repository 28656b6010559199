import { actsAsAdministrator, type Actor } from "../actor.ts";
import type { AccessToken, User } from "../domain.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { isKnownScope, type ScopeVocabulary } from "../scopes.ts";
import { lastEightOf, newTokenSecret, secretDigest } from "../secret-digest.ts";
import { isUserVisible, userNotFound } from "./manage-accounts.ts";
import { requireAccount, requirePassword } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock">;

/** So much of a wrong scope is repeated in the refusal. */
const maxShownLength = 80;

/** A token to make. */
export interface TokenToCreate {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Epoch milliseconds; null for one that does not expire. */
  readonly expiresAtMs: number | null;
}

/**
 * Makes a token for an account; its secret is in the answer and nowhere else. Only with the account's own password or an
 * administrator's. Throws `name_taken`, `value_invalid`, `user_not_found`, `password_required`, `rights_missing`.
 */
export async function createToken(
  { metadata, clock }: Needs,
  actor: Actor,
  userName: string,
  wanted: TokenToCreate,
): Promise<{ token: AccessToken; secret: string }> {
  const user = await tokenOwner(metadata, requirePassword(actor), actor, userName);
  if (wanted.name === "" || wanted.name.length > 255)
    throw new RegistryError("value_invalid", "a token needs a name of at most 255 characters", { subject: "name" });
  if (wanted.scopes.length === 0) throw new RegistryError("value_invalid", "access token must have a scope", { subject: "scopes" });
  const unknown = wanted.scopes.find((scope) => !vocabulariesOf(actor).some((words) => isKnownScope(scope, words)));
  if (unknown !== undefined)
    throw new RegistryError("value_invalid", `invalid access token scope provided: ${unknown.slice(0, maxShownLength)}`, {
      subject: "scopes",
    });
  const secret = newTokenSecret();
  const result = await metadata.tokens.create({
    userId: user.id,
    name: wanted.name,
    description: "",
    isNameUnique: true,
    secretSha256: secretDigest(secret),
    lastEight: lastEightOf(secret),
    scopes: [...new Set(wanted.scopes)],
    nowMs: clock.nowMs(),
    expiresAtMs: wanted.expiresAtMs,
  });
  if (result.outcome === "absent") throw new RegistryError("user_not_found", "the user was removed meanwhile");
  if (result.outcome !== "created")
    throw new RegistryError("name_taken", "access token name has been used already", { subject: wanted.name });
  return { token: result.token, secret };
}

/** The command line makes tokens for either dialect; over HTTP a token is granted in Gitea's words here. */
function vocabulariesOf(actor: Actor): readonly ScopeVocabulary[] {
  return actor.kind === "user" && actor.credential.kind === "operator" ? ["gitea", "gitlab"] : ["gitea"];
}

/** The tokens of an account, without their secrets. */
export async function listTokens(
  { metadata }: Needs,
  actor: Actor,
  userName: string,
  page: PageRequest,
): Promise<Page<AccessToken>> {
  const user = await tokenOwner(metadata, requireAccount(actor, "user", "read"), actor, userName);
  return metadata.tokens.list(user.id, page);
}

/** Revokes a token by id or, where the text is no id of the account's, by name. Throws `token_not_found`. */
export async function deleteToken({ metadata }: Needs, actor: Actor, userName: string, idOrName: string): Promise<void> {
  const user = await tokenOwner(metadata, requireAccount(actor, "user", "write"), actor, userName);
  const byId = /^[0-9]{1,15}$/.test(idOrName) && (await metadata.tokens.delete(user.id, { id: Number(idOrName) }));
  if (byId || (await metadata.tokens.delete(user.id, { name: idOrName }))) return;
  throw new RegistryError("token_not_found", "there is no such token", { subject: idOrName });
}

/**
 * The account whose tokens the actor may manage: its own, or any for administrators. Whether an account exists is decided
 * before the right, as Gitea does; one that the actor may not see does not exist for it.
 */
async function tokenOwner(metadata: Needs["metadata"], caller: User, actor: Actor, userName: string): Promise<User> {
  const user = await metadata.accounts.find(userName);
  if (user === null || !isUserVisible(actor, user)) throw userNotFound(userName);
  if (!actsAsAdministrator(actor) && caller.id !== user.id)
    throw new RegistryError("rights_missing", "these are another user's tokens: only an administrator manages them");
  return user;
}
