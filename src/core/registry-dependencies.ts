import type { Limits } from "./domain.ts";
import type { DownloadCounter } from "./download-counter.ts";
import type { BlobStore } from "./ports/blob-store.ts";
import type { Clock } from "./ports/clock.ts";
import type { EventSink } from "./ports/event-sink.ts";
import type { ForeignJobs } from "./ports/foreign-jobs.ts";
import type { MetadataStore } from "./ports/metadata-store.ts";
import type { PasswordHasher } from "./ports/password-hasher.ts";
import type { SecretBox } from "./ports/secret-box.ts";
import type { DigestQueue } from "./maintenance/digest-queue.ts";
import type { WokenWork } from "./maintenance/woken-work.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
import type { TokenUse } from "./token-use.ts";

/** What an operator decides for the whole instance. */
export interface RegistrySettings {
  /** Anonymous callers may do nothing, not even read what is public. */
  readonly requireSignIn: boolean;
  /** In force where a namespace sets none of its own; administrators are exempt. */
  readonly limits: Limits;
  /** Larger uploads are refused for everyone; null for no bound. */
  readonly maxUploadBytes: number | null;
}

/** Everything that operations use; each takes only the part it names. */
export interface RegistryDependencies {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly passwords: PasswordHasher;
  /** Seals what is kept but must not be read from the database alone. */
  readonly secrets: SecretBox;
  readonly settings: RegistrySettings;
  readonly digests: DigestQueue;
  /** Woken when a project was deleted. */
  readonly deletedProjects: Pick<WokenWork, "wake">;
  readonly downloads: DownloadCounter;
  readonly signInGuard: SignInGuard;
  readonly tokenUse: TokenUse;
  /** Null unless the operator named a GitLab whose jobs are welcome. */
  readonly foreignJobs: ForeignJobs | null;
}
