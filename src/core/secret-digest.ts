import { randomBytes } from "node:crypto";

/** How a token's secret is stored and looked up: SHA-256, lower-case hexadecimal. Secrets have 160 random bits. */
export function secretDigest(secret: string): string {
  return Bun.CryptoHasher.hash("sha256", secret, "hex");
}

/** A new secret in the form that Gitea's tokens have: 40 hexadecimal characters. */
export function newTokenSecret(): string {
  return randomBytes(20).toString("hex");
}

/** What a secret begins with, so that people and scanners can tell what it is (GitLab's prefixes). */
export const secretPrefixes = { personal: "glpat-", deploy: "gldt-", job: "glcbt-", reservation: "rsv-" } as const;
export type SecretKind = keyof typeof secretPrefixes;

/** A new secret with the prefix of its kind and 160 random bits. */
export function newPrefixedSecret(kind: SecretKind): string {
  return secretPrefixes[kind] + randomBytes(20).toString("base64url");
}

/** Which kind of secret a text claims to be by its prefix; one without a known prefix is a personal token's. */
export function secretKindOf(text: string): SecretKind {
  if (text.startsWith(secretPrefixes.deploy)) return "deploy";
  return text.startsWith(secretPrefixes.job) ? "job" : "personal";
}

/** Whether a text has the form of a secret made here. No password may have it: sign-in takes it for a token. */
export function looksLikeTokenSecret(text: string): boolean {
  return /^(?:[0-9a-f]{40}|gl(?:pat|dt|cbt)-[A-Za-z0-9_-]{27})$/.test(text);
}

/** The end of a secret, which lists show so that its owner can tell tokens apart. */
export function lastEightOf(secret: string): string {
  return secret.slice(-8);
}
