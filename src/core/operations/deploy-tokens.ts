import type { Actor } from "../actor.ts";
import type { DeployToken } from "../domain.ts";
import { levelNeeded } from "../permissions.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { newPrefixedSecret, secretDigest } from "../secret-digest.ts";
import { requireKeeper, requireLevel, type NamespaceGrant } from "./open-namespace.ts";
import { requireAdministrator } from "./require-account.ts";
import { tokenNotFound } from "./rotate-token.ts";
import { checkTerms, endAtLatest, type TokenTerms } from "./token-terms.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock">;

/** A deploy token to make. */
export interface DeployTokenToCreate extends TokenTerms {
  /** Null for `gitlab+deploy-token-<id>`. */
  readonly username: string | null;
}

/** All deploy tokens of the instance, or those that have not expired. Administrators only. */
export async function listAllDeployTokens({ metadata, clock }: Needs, actor: Actor, onlyActive: boolean, page: PageRequest): Promise<Page<DeployToken>> {
  requireAdministrator(actor, "read");
  return metadata.deployTokens.list(null, onlyActive ? clock.nowMs() : null, page);
}

/** Those of a project or group, for its Maintainers. Throws `rights_missing`. */
export async function listDeployTokens(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"read">,
  onlyActive: boolean,
  page: PageRequest,
): Promise<Page<DeployToken>> {
  requireLevel(grant, levelNeeded.configure);
  return metadata.deployTokens.list(grant.namespace.id, onlyActive ? clock.nowMs() : null, page);
}

/** One of them. Throws `token_not_found`, `rights_missing`. */
export async function findDeployToken({ metadata }: Pick<Needs, "metadata">, grant: NamespaceGrant<"read">, tokenId: number): Promise<DeployToken> {
  requireLevel(grant, levelNeeded.configure);
  const token = await metadata.deployTokens.find(grant.namespace.id, tokenId);
  if (token === null) throw tokenNotFound();
  return token;
}

/**
 * Makes a deploy token of a project, as its Maintainer, or of a group, as its Owner; its secret is in the answer and
 * nowhere else. As in GitLab it may have expired before it is made; it lasts no longer than the token that makes it. Throws `value_invalid`, `rights_missing`, `scope_missing`.
 */
export async function createDeployToken(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"configure">,
  wanted: DeployTokenToCreate,
): Promise<{ readonly token: DeployToken; readonly secret: string }> {
  requireKeeper(grant);
  checkTerms(grant.actor, wanted, "deploy");
  const { name, username } = wanted;
  if (username !== null && !/^[A-Za-z0-9.+_-]{1,255}$/.test(username))
    throw new RegistryError("value_invalid", "can contain only letters, digits, '_', '-', '+', and '.'", { subject: "username" });
  const expiresAtMs = await endAtLatest({ metadata }, grant.actor, wanted.expiresAtMs);
  const secret = newPrefixedSecret("deploy");
  const scopes = [...new Set(wanted.scopes)];
  const { id } = grant.namespace;
  const nowMs = clock.nowMs();
  const result = await metadata.deployTokens.create({ namespaceId: id, name, username, secretSha256: secretDigest(secret), scopes, nowMs, expiresAtMs });
  if (result.outcome === "absent") throw new RegistryError("namespace_not_found", "the namespace was removed meanwhile");
  return { token: result.token, secret };
}

/** Ends a deploy token. Who makes them ends them. Throws `token_not_found`, `rights_missing`. */
export async function deleteDeployToken({ metadata }: Pick<Needs, "metadata">, grant: NamespaceGrant<"configure">, tokenId: number): Promise<void> {
  requireKeeper(grant);
  if (!(await metadata.deployTokens.delete(grant.namespace.id, tokenId))) throw tokenNotFound();
}
