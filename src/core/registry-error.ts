/**
 * Every way in which the registry says no. The set is closed: a dialect answers each code in a table typed
 * `Record<RegistryErrorCode, ...>`, so a new code does not compile until every dialect knows what to say.
 */
export const registryErrorCodes = [
  "credentials_invalid",
  "credentials_required",
  "password_required",
  "sign_in_throttled",
  "sign_in_busy",
  "rights_missing",
  "scope_missing",
  "public_only",
  "namespace_not_found",
  "package_not_found",
  "version_not_found",
  "file_not_found",
  "user_not_found",
  "team_not_found",
  "token_not_found",
  "token_expired",
  "token_revoked",
  "project_not_found",
  "member_not_found",
  "variable_not_found",
  "variable_ambiguous",
  "release_not_found",
  "release_exists",
  "link_not_found",
  "rule_not_found",
  "name_invalid",
  "name_reserved",
  "name_taken",
  "email_taken",
  "value_invalid",
  "still_in_use",
  "id_taken",
  "file_exists",
  "version_reserved",
  "package_protected",
  "package_deletion_protected",
  "precondition_failed",
  "digest_mismatch",
  "rate_limited",
  "upload_too_large",
  "limit_file_bytes",
  "limit_owner_bytes",
  "limit_owner_versions",
  "body_incomplete",
  "body_malformed",
  "blob_damaged",
  "storage_full",
  "storage_failed",
  "storage_busy",
  "secret_unreadable",
] as const;

/** One of the closed set of refusals. */
export type RegistryErrorCode = (typeof registryErrorCodes)[number];

/** Facts that belong to a refusal, for the dialect's answer and for the log; never a secret. */
export interface RegistryErrorDetails {
  /** Which name or field was wrong. */
  readonly subject?: string;
  /** A limit in bytes, or in versions. */
  readonly limit?: number;
  /** Seconds after which the caller may try again. */
  readonly retryAfterSeconds?: number;
  /** The caller may know that the namespace exists, though not do this there. */
  readonly isVisible?: boolean;
  /** The caller has not signed in. */
  readonly isAnonymous?: boolean;
  /** Stored bytes have the right length and another hash. */
  readonly isCorrupt?: boolean;
  readonly cause?: unknown;
}

/** What the core throws when it refuses. The message says what failed, with which name, and what to do. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly details: RegistryErrorDetails;

  constructor(code: RegistryErrorCode, message: string, details: RegistryErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "RegistryError";
    this.code = code;
    this.details = details;
  }
}
