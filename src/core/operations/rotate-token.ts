import type { HeldToken } from "../ports/access-token-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { lastEightOf, newPrefixedSecret, secretDigest } from "../secret-digest.ts";
import { checkExpiry } from "./token-terms.ts";

/**
 * Ends a token and makes one of the same account, name and scopes in its place, at once; the caller has seen to it that this
 * may be done. The new secret is in the answer and nowhere else. Throws `token_not_found`, and `value_invalid` for an end that
 * has passed and for a token that was revoked before.
 */
export async function rotateToken(
  { metadata, clock }: Pick<RegistryDependencies, "metadata" | "clock">,
  tokenId: number,
  expiresAtMs: number | null,
): Promise<{ readonly held: HeldToken; readonly secret: string }> {
  const nowMs = clock.nowMs();
  checkExpiry(expiresAtMs, nowMs);
  const secret = newPrefixedSecret("personal");
  const rotation = { tokenId, secretSha256: secretDigest(secret), lastEight: lastEightOf(secret), nowMs, expiresAtMs };
  const result = await metadata.accessTokens.rotate(rotation);
  switch (result.outcome) {
    case "rotated":
      return { held: result.held, secret };
    case "absent":
      throw tokenNotFound();
    case "revoked":
      throw new RegistryError("value_invalid", "token already revoked");
  }
}

/** The refusal of a token that is not there, or not for the caller. */
export function tokenNotFound(): RegistryError {
  return new RegistryError("token_not_found", "there is no such token");
}
