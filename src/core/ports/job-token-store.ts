import type { JobToken, User } from "../domain.ts";

export interface NewJobToken {
  readonly userId: number;
  readonly namespaceId: number;
  /** SHA-256 of the secret, lower-case hexadecimal. */
  readonly secretSha256: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

export interface JobTokenStore {
  /** The token with this secret and the account behind it, expired or not. */
  findBySecret(secretSha256: string): Promise<{ readonly token: JobToken; readonly user: User } | null>;
  /** Null when it was revoked. */
  find(tokenId: number): Promise<JobToken | null>;
  /** `absent` when user or namespace is gone. */
  create(token: NewJobToken): Promise<{ outcome: "created"; token: JobToken } | { outcome: "absent" }>;
  delete(tokenId: number): Promise<boolean>;
  /** Forgets tokens that expired before a time; how many. */
  removeExpired(beforeMs: number): Promise<number>;
}
