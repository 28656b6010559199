import type { Actor, SignedInActor, UserActor } from "../actor.ts";
import type { ForeignJobs } from "../ports/foreign-jobs.ts";
import { addressGroup } from "../address-group.ts";
import { foldName } from "../fold-name.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { looksLikeTokenSecret, secretDigest, secretKindOf, type SecretKind } from "../secret-digest.ts";
import { isExpired } from "../token-expiry.ts";

/** Longer ones are no credential of anybody's. */
const maxSecretLength = 1024;

type TokenNeeds = Pick<RegistryDependencies, "metadata" | "clock" | "tokenUse" | "foreignJobs">;

/** What a token turned out to be. */
export type TokenFinding =
  | { readonly outcome: "actor"; readonly actor: SignedInActor; readonly kind: TokenKind }
  | { readonly outcome: "unknown" | "expired" | "revoked" };

/** The refusal of a token that lets nobody in. */
export function tokenRefusal({ outcome }: Exclude<TokenFinding, { outcome: "actor" }>): RegistryError {
  switch (outcome) {
    case "expired":
      return new RegistryError("token_expired", "the token has expired");
    case "revoked":
      return new RegistryError("token_revoked", "the token was revoked");
    case "unknown":
      return new RegistryError("credentials_invalid", "the credentials are wrong");
  }
}

/** The kinds of tokens that sign somebody in. */
export type TokenKind = Exclude<SecretKind, "reservation">;

/** The actor behind a personal token's secret; null for one that is unknown, revoked or expired. Costs one indexed look-up. */
export async function signInWithToken(needs: TokenNeeds, secret: string): Promise<Actor | null> {
  const found = await inspectToken(needs, secret, ["personal"]);
  return found.outcome === "actor" ? found.actor : null;
}

/**
 * Finds out what a secret is worth, if it is of one of the kinds that are welcome. Costs one indexed look-up; what is said to
 * be a job's token and is none of ours is shown to the GitLab that the operator named, if any. Throws `sign_in_busy` when that does not answer.
 */
export async function inspectToken(
  needs: TokenNeeds,
  secret: string,
  welcome: readonly TokenKind[],
  isSaidToBeJob = false,
): Promise<TokenFinding> {
  if (secret === "" || secret.length > maxSecretLength) return { outcome: "unknown" };
  const kind = kindOf(secret);
  // The look-up is by digest: what its timing could tell is a digest's prefix, of which no secret can be made.
  const digest = secretDigest(secret);
  const known = welcome.includes(kind) ? await findByKind(needs, kind, digest) : ({ outcome: "unknown" } as const);
  if (known.outcome !== "unknown" || !isSaidToBeJob || !welcome.includes("job") || needs.foreignJobs === null) return known;
  const actor = await findForeignJob(needs, needs.foreignJobs, secret);
  return actor === null ? known : { outcome: "actor", actor, kind: "job" };
}

function kindOf(secret: string): TokenKind {
  const kind = secretKindOf(secret);
  return kind === "reservation" ? "personal" : kind;
}

async function findByKind({ metadata, clock, tokenUse }: TokenNeeds, kind: TokenKind, digest: string): Promise<TokenFinding> {
  const nowMs = clock.nowMs();
  switch (kind) {
    case "personal": {
      const found = await metadata.tokens.findBySecret(digest);
      if (found === null) return { outcome: "unknown" };
      const { token, user } = found;
      if (token.revokedAtMs !== null) return { outcome: "revoked" };
      if (isExpired(token, nowMs)) return { outcome: "expired" };
      tokenUse.note(token.id);
      return { outcome: "actor", kind, actor: { kind: "user", user, credential: { kind: "token", tokenId: token.id, scopes: token.scopes } } };
    }
    case "deploy": {
      const token = await metadata.deployTokens.findBySecret(digest);
      if (token === null) return { outcome: "unknown" };
      return isExpired(token, nowMs) ? { outcome: "expired" } : { outcome: "actor", kind, actor: { kind: "deploy_token", token } };
    }
    case "job": {
      const found = await metadata.jobTokens.findBySecret(digest);
      if (found === null) return { outcome: "unknown" };
      const { token, user } = found;
      if (isExpired(token, nowMs)) return { outcome: "expired" };
      const credential = { kind: "job", tokenId: token.id, namespaceId: token.namespaceId, expiresAtMs: token.expiresAtMs } as const;
      return { outcome: "actor", kind, actor: { kind: "user", user, credential } };
    }
  }
}

/** The account of the same name as the job's user, in the namespace with the path of the job's project; null where either is missing. */
async function findForeignJob({ metadata }: TokenNeeds, foreignJobs: ForeignJobs, secret: string): Promise<UserActor | null> {
  const job = await foreignJobs.find(secret);
  if (job === null) return null;
  const user = await metadata.accounts.find(job.userName);
  const namespace = await metadata.namespaces.find(job.projectPath);
  if (user === null || namespace === null) return null;
  const isStillVouchedFor = async (): Promise<boolean> => {
    const again = await foreignJobs.find(secret);
    return again !== null && again.userName === job.userName && again.projectPath === job.projectPath;
  };
  const credential = { kind: "job", tokenId: null, namespaceId: namespace.id, expiresAtMs: job.checkAgainAtMs, isStillVouchedFor } as const;
  return { kind: "user", user, credential };
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
