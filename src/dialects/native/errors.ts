import { RegistryError, type RegistryErrorCode } from "../../core/registry-error.ts";

/** The status of every refusal. */
const statuses: Readonly<Record<RegistryErrorCode, number>> = {
  credentials_invalid: 401,
  credentials_required: 401,
  password_required: 401,
  token_expired: 401,
  token_revoked: 401,
  sign_in_throttled: 429,
  sign_in_busy: 503,
  rights_missing: 403,
  scope_missing: 403,
  public_only: 404,
  namespace_not_found: 404,
  project_not_found: 404,
  package_not_found: 404,
  version_not_found: 404,
  file_not_found: 404,
  user_not_found: 404,
  team_not_found: 404,
  token_not_found: 404,
  member_not_found: 404,
  variable_not_found: 404,
  variable_ambiguous: 409,
  release_not_found: 404,
  release_exists: 409,
  link_not_found: 404,
  rule_not_found: 404,
  name_invalid: 400,
  name_reserved: 400,
  name_taken: 409,
  email_taken: 409,
  id_taken: 409,
  value_invalid: 400,
  still_in_use: 409,
  file_exists: 409,
  version_reserved: 403,
  package_protected: 403,
  package_deletion_protected: 403,
  precondition_failed: 412,
  digest_mismatch: 400,
  rate_limited: 429,
  upload_too_large: 413,
  limit_file_bytes: 413,
  limit_owner_bytes: 403,
  limit_owner_versions: 403,
  body_incomplete: 400,
  body_malformed: 400,
  secret_unreadable: 500,
  blob_damaged: 500,
  storage_full: 507,
  storage_failed: 500,
  storage_busy: 503,
};

/** The words of RFC 9110 (and 4918) for the statuses above. */
const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

/** What is wrong with the server is its own business: such refusals are logged, and said without detail. */
const hiddenDetail = "the server failed; its log has the cause under this answer's X-Request-Id";

/**
 * The answer to a refusal as `application/problem+json` (RFC 9457), with the registry's own word for it in `code`; null
 * for an error that is none. What the caller may not see is missing, not forbidden.
 */
export function errorResponse(error: unknown): Response | null {
  if (!(error instanceof RegistryError)) return null;
  // What is missing and what is hidden have to look the same.
  const isHidden = error.code === "public_only" || (error.code === "rights_missing" && error.details.isVisible === false);
  if (isHidden || error.code === "namespace_not_found") return problem(404, "namespace_not_found", "there is no such namespace");
  const status = statuses[error.code];
  const seconds = error.details.retryAfterSeconds ?? (status === 503 || status === 429 ? 1 : null);
  return problem(status, error.code, status === 500 ? hiddenDetail : error.message, {
    ...(status === 401 ? { "www-authenticate": 'Bearer realm="Stowage"' } : {}),
    ...(seconds === null ? {} : { "retry-after": String(seconds) }),
  });
}

/** A refusal that is no registry's: `code` is a word of the API. */
export function problem(status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}): Response {
  const body = { type: "about:blank", title: titles[status] ?? "Error", status, code, detail };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}
