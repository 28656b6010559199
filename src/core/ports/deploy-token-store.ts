import type { DeployToken } from "../domain.ts";
import type { Page, PageRequest } from "./page.ts";

export interface NewDeployToken {
  readonly namespaceId: number;
  readonly name: string;
  /** Null for `gitlab+deploy-token-<id>`. */
  readonly username: string | null;
  /** SHA-256 of the secret, lower-case hexadecimal. */
  readonly secretSha256: string;
  readonly scopes: readonly string[];
  readonly nowMs: number;
  readonly expiresAtMs: number | null;
}

export interface DeployTokenStore {
  /** Expired or not. */
  findBySecret(secretSha256: string): Promise<DeployToken | null>;
  /** A token of this namespace, expired or not. */
  find(namespaceId: number, tokenId: number): Promise<DeployToken | null>;
  /** Those of one namespace, or of all (null), by id; with `activeAtMs` only those that have not expired by then. */
  list(namespaceId: number | null, activeAtMs: number | null, page: PageRequest): Promise<Page<DeployToken>>;
  /** `absent` when the namespace is gone. */
  create(token: NewDeployToken): Promise<{ outcome: "created"; token: DeployToken } | { outcome: "absent" }>;
  /** False when the namespace has no such token. */
  delete(namespaceId: number, tokenId: number): Promise<boolean>;
}
