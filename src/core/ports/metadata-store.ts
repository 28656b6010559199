import type { AccountStore } from "./account-store.ts";
import type { BlobRecordStore } from "./blob-record-store.ts";
import type { NamespaceStore } from "./namespace-store.ts";
import type { PackageStore } from "./package-store.ts";
import type { PublishStore } from "./publish-store.ts";
import type { TeamStore } from "./team-store.ts";
import type { TokenStore } from "./token-store.ts";

/**
 * Keeps every record. Each method is one complete atomic command with a closed result: no transaction spans two
 * calls. A command that has returned is durable, and every read that begins afterwards sees it. All methods may run at
 * the same time, also from several processes. Missing is null. A failed commit throws `storage_failed` (fatal), a full
 * disk `storage_full`, a store that is closed or overloaded `storage_busy`.
 */
export interface MetadataStore {
  readonly namespaces: NamespaceStore;
  readonly accounts: AccountStore;
  readonly tokens: TokenStore;
  readonly teams: TeamStore;
  readonly packages: PackageStore;
  readonly publishing: PublishStore;
  readonly blobs: BlobRecordStore;
  /** Throws when the store does not answer. */
  ping(): Promise<void>;
  /** What the engine itself finds wrong with its files; empty when nothing is. */
  checkIntegrity(): Promise<readonly string[]>;
  close(): Promise<void>;
}
