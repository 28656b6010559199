import type { Actor } from "../actor.ts";
import { addressGroup } from "../address-group.ts";
import { foldName } from "../fold-name.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { looksLikeTokenSecret, secretDigest } from "../secret-digest.ts";
import { isExpired } from "../token-expiry.ts";

/** Longer ones are no credential of anybody's. */
const maxSecretLength = 1024;

/** The actor behind a token's secret; null for one that is unknown, revoked or expired. Costs one indexed look-up. */
export async function signInWithToken(
  { metadata, clock, tokenUse }: Pick<RegistryDependencies, "metadata" | "clock" | "tokenUse">,
  secret: string,
): Promise<Actor | null> {
  if (secret === "" || secret.length > maxSecretLength) return null;
  // The look-up is by digest: what its timing could tell is a digest's prefix, of which no secret can be made.
  const found = await metadata.tokens.findBySecret(secretDigest(secret));
  if (found === null) return null;
  const { token, user } = found;
  if (isExpired(token, clock.nowMs())) return null;
  tokenUse.note(token.id);
  return { kind: "user", user, credential: { kind: "token", tokenId: token.id, scopes: token.scopes } };
}

type PasswordNeeds = Pick<RegistryDependencies, "metadata" | "passwords" | "signInGuard" | "events">;

/**
 * The actor behind a name and a password; null when they do not match. Takes the same time for names that do not exist.
 * Throws `sign_in_throttled` after too many failures from this address, `sign_in_busy` when too many checks wait.
 */
export async function signInWithPassword(
  { metadata, passwords, signInGuard, events }: PasswordNeeds,
  attempt: { readonly name: string; readonly password: string; readonly address: string },
): Promise<Actor | null> {
  const { name, password, address } = attempt;
  if (password === "" || password.length > maxSecretLength || name.length > maxSecretLength) return null;
  // A token that was revoked is often still sent in the password's place. No password has this form (`checkPassword`).
  if (looksLikeTokenSecret(password)) return null;
  const account = foldName(name);
  const from = addressGroup(address);
  signInGuard.admit(account, from);
  const user = await metadata.accounts.find(name);
  const storedHash = user?.passwordHash ?? null;
  const isRight = await signInGuard.judge({ account, password, storedHash, from }, (isFoundRight) =>
    passwords.verify(password, storedHash, {
      from,
      isFoundRight,
      reportUnreadable: (cause) => events.record({ kind: "background_failure", task: `password check of ${account}`, cause }),
    }),
  );
  return user !== null && isRight ? { kind: "user", user, credential: { kind: "password" } } : null;
}
