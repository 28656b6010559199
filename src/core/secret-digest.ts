import { createHash, randomBytes } from "node:crypto";

/** How a token's secret is stored and looked up: SHA-256, lower-case hexadecimal. Secrets have 160 random bits. */
export function secretDigest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** A new secret in the form that Gitea's tokens have: 40 hexadecimal characters. */
export function newTokenSecret(): string {
  return randomBytes(20).toString("hex");
}

/** Whether a text has the form of a secret made here. No password may have it: sign-in takes it for a token. */
export function looksLikeTokenSecret(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** The end of a secret, which lists show so that its owner can tell tokens apart. */
export function lastEightOf(secret: string): string {
  return secret.slice(-8);
}
