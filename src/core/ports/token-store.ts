import type { AccessToken, User } from "../domain.ts";
import type { Page, PageRequest } from "./page.ts";

export interface NewToken {
  readonly userId: number;
  readonly name: string;
  readonly description: string;
  /** SHA-256 of the secret, lower-case hexadecimal. */
  readonly secretSha256: string;
  readonly lastEight: string;
  readonly scopes: readonly string[];
  readonly nowMs: number;
  readonly expiresAtMs: number | null;
  /** Refuse the name where another token of the account, in force, has it. */
  readonly isNameUnique: boolean;
}

export type CreateTokenResult =
  | { readonly outcome: "created"; readonly token: AccessToken }
  | { readonly outcome: "name_taken" | "secret_taken" | "absent" };

export interface TokenStore {
  /** The token with this secret and the account behind it, expired or not. */
  findBySecret(secretSha256: string): Promise<{ token: AccessToken; user: User } | null>;
  /** Revoked or not; null when it was deleted. */
  findById(tokenId: number): Promise<AccessToken | null>;
  /** Those that are not revoked, ordered by id. */
  list(userId: number, page: PageRequest): Promise<Page<AccessToken>>;
  /** `absent` when the account is gone. */
  create(token: NewToken): Promise<CreateTokenResult>;
  /** By id, or by name where several cannot be meant; false when the user has no such token. */
  delete(userId: number, token: { readonly id: number } | { readonly name: string }): Promise<boolean>;
  /** Notes when tokens were last used; unknown ids are passed over. */
  touch(uses: readonly { readonly tokenId: number; readonly atMs: number }[]): Promise<void>;
}
