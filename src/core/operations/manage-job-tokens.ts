import type { Actor } from "../actor.ts";
import type { JobToken, Namespace, User } from "../domain.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { newPrefixedSecret, secretDigest } from "../secret-digest.ts";
import { accountOrThrow } from "./manage-accounts.ts";
import { requireAdministrator } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock">;

/** How long a job token may last. */
export const minJobTokenSeconds = 60;
export const maxJobTokenSeconds = 86_400;

/** A job token to make. */
export interface JobTokenToCreate {
  readonly userName: string;
  readonly namespacePath: string;
  readonly lifetimeMs: number;
}

/**
 * Makes a short-lived token that acts for a user within a namespace and below; its secret is in the answer and nowhere
 * else. Administrators only. Minting checks no rights of the user: those at the time of use count. Throws
 * `user_not_found`, `namespace_not_found`, `value_invalid`, `rights_missing`.
 */
export async function createJobToken(
  { metadata, clock }: Needs,
  actor: Actor,
  wanted: JobTokenToCreate,
): Promise<{ readonly token: JobToken; readonly secret: string; readonly user: User; readonly namespace: Namespace }> {
  requireAdministrator(actor, "write");
  const { lifetimeMs } = wanted;
  if (!Number.isInteger(lifetimeMs) || lifetimeMs < 1000 * minJobTokenSeconds || lifetimeMs > 1000 * maxJobTokenSeconds)
    throw new RegistryError("value_invalid", `a job token lasts ${minJobTokenSeconds} to ${maxJobTokenSeconds} seconds`);
  const user = await accountOrThrow(metadata, wanted.userName);
  const namespace = await metadata.namespaces.find(wanted.namespacePath);
  if (namespace === null) throw namespaceNotFound(wanted.namespacePath);
  const secret = newPrefixedSecret("job");
  const nowMs = clock.nowMs();
  const result = await metadata.jobTokens.create({
    userId: user.id,
    namespaceId: namespace.id,
    secretSha256: secretDigest(secret),
    nowMs,
    expiresAtMs: nowMs + lifetimeMs,
  });
  if (result.outcome === "absent") throw namespaceNotFound(wanted.namespacePath);
  return { token: result.token, secret, user, namespace };
}

/** Ends a job token before its time. Administrators only. Throws `token_not_found`. */
export async function deleteJobToken({ metadata }: Pick<Needs, "metadata">, actor: Actor, tokenId: number): Promise<void> {
  requireAdministrator(actor, "write");
  if (!(await metadata.jobTokens.delete(tokenId))) throw new RegistryError("token_not_found", "there is no such job token");
}

function namespaceNotFound(path: string): RegistryError {
  return new RegistryError("namespace_not_found", "there is no namespace of this path", { subject: path });
}
