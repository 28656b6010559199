import type { AccessTokenStore } from "./access-token-store.ts";
import type { AccountStore } from "./account-store.ts";
import type { BlobRecordStore } from "./blob-record-store.ts";
import type { DeployTokenStore } from "./deploy-token-store.ts";
import type { IndexStore } from "./index-store.ts";
import type { InstanceSettingsStore } from "./instance-settings-store.ts";
import type { JobTokenStore } from "./job-token-store.ts";
import type { MemberStore } from "./member-store.ts";
import type { NamespaceStore } from "./namespace-store.ts";
import type { PackageStore } from "./package-store.ts";
import type { ProtectionStore } from "./protection-store.ts";
import type { PublishStore } from "./publish-store.ts";
import type { ReleaseLinkStore } from "./release-link-store.ts";
import type { ReleaseStore } from "./release-store.ts";
import type { ReservationStore } from "./reservation-store.ts";
import type { TeamStore } from "./team-store.ts";
import type { TokenStore } from "./token-store.ts";
import type { TreeStore } from "./tree-store.ts";
import type { UpkeepStore } from "./upkeep-store.ts";
import type { VariableStore } from "./variable-store.ts";

/**
 * Keeps every record. Each method is one complete atomic command with a closed result: no transaction spans two
 * calls. A command that has returned is durable, and every read that begins afterwards sees it. All methods may run at
 * the same time, also from several processes. Missing is null. A failed commit throws `storage_failed` (fatal), a full
 * disk `storage_full`, a store that is closed or overloaded `storage_busy`.
 */
export interface MetadataStore {
  readonly namespaces: NamespaceStore;
  readonly tree: TreeStore;
  readonly accounts: AccountStore;
  readonly tokens: TokenStore;
  readonly accessTokens: AccessTokenStore;
  readonly deployTokens: DeployTokenStore;
  readonly jobTokens: JobTokenStore;
  readonly teams: TeamStore;
  readonly members: MemberStore;
  readonly packages: PackageStore;
  readonly index: IndexStore;
  readonly publishing: PublishStore;
  readonly protection: ProtectionStore;
  readonly reservations: ReservationStore;
  readonly instance: InstanceSettingsStore;
  readonly upkeep: UpkeepStore;
  readonly variables: VariableStore;
  readonly releases: ReleaseStore;
  readonly releaseLinks: ReleaseLinkStore;
  readonly blobs: BlobRecordStore;
  /** Throws when the store does not answer. */
  ping(): Promise<void>;
  /**
   * Bytes of the log in which commands are durable before they are moved to where they stay; 0 where there is none. It
   * begins anew once all of it was moved, which a check of the records, or a long list, puts off until it has ended.
   */
  logBytes(): Promise<number>;
  /** What the engine itself finds wrong with its files; empty when nothing is. */
  checkIntegrity(): Promise<readonly string[]>;
  /** Whether the last one who served from the files did not close them, and nobody has found them sound since. */
  needsCheck(): boolean;
  /**
   * What is wrong as far as a look at the structure of the files shows it, apart from everything else that runs. Throws
   * `storage_busy` at once when the signal is aborted.
   */
  checkQuickly(signal: AbortSignal): Promise<readonly string[]>;
  close(): Promise<void>;
}
