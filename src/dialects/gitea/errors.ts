import type { RegistryError, RegistryErrorCode } from "../../core/registry-error.ts";

/** How a refusal is said: by a handler (no newline), or by what stands before it (one word and a newline). */
interface PackageAnswer {
  readonly status: number;
  readonly text: string | ((error: RegistryError) => string);
  readonly from: "handler" | "gate";
  readonly isChallenge?: boolean;
}

const handler = (status: number, text: PackageAnswer["text"]): PackageAnswer => ({ status, text, from: "handler" });
const gate = (status: number, text: string, isChallenge = false): PackageAnswer => ({
  status,
  text,
  from: "gate",
  isChallenge,
});
const ownMessage = (error: RegistryError): string => error.message;

/** Refusals on /api/packages: plain text (routers/api/packages/generic, services/context/package.go). */
const packageAnswers: Readonly<Record<RegistryErrorCode, PackageAnswer>> = {
  credentials_invalid: gate(401, "Failed to authenticate user"),
  credentials_required: gate(401, "reqPackageAccess", true),
  password_required: gate(401, "reqPackageAccess", true),
  sign_in_throttled: gate(429, "too many failed sign-ins"),
  sign_in_busy: gate(503, "too many sign-ins wait"),
  rights_missing: gate(401, "reqPackageAccess", true),
  scope_missing: gate(401, "reqPackageAccess", true),
  public_only: gate(403, "reqToken"),
  namespace_not_found: handler(404, "Not found.\n"),
  package_not_found: handler(404, "package does not exist"),
  version_not_found: handler(404, "package does not exist"),
  file_not_found: handler(404, "package file does not exist"),
  user_not_found: handler(404, "Not found.\n"),
  team_not_found: handler(404, "Not found.\n"),
  token_not_found: handler(404, "Not found.\n"),
  token_expired: gate(401, "Failed to authenticate user"),
  token_revoked: gate(401, "Failed to authenticate user"),
  project_not_found: handler(404, "Not found.\n"),
  member_not_found: handler(404, "Not found.\n"),
  variable_not_found: handler(404, "Not found.\n"),
  variable_ambiguous: handler(409, ownMessage),
  release_not_found: handler(404, "Not found.\n"),
  release_exists: handler(409, ownMessage),
  link_not_found: handler(404, "Not found.\n"),
  rule_not_found: handler(404, "Not found.\n"),
  name_invalid: handler(400, ownMessage),
  name_reserved: handler(400, ownMessage),
  name_taken: handler(409, ownMessage),
  email_taken: handler(409, ownMessage),
  value_invalid: handler(400, ownMessage),
  still_in_use: handler(409, ownMessage),
  id_taken: handler(409, ownMessage),
  file_exists: handler(409, "package file already exists"),
  version_reserved: handler(403, ownMessage),
  package_protected: handler(403, ownMessage),
  package_deletion_protected: handler(403, ownMessage),
  precondition_failed: handler(412, ownMessage),
  digest_mismatch: handler(400, ownMessage),
  rate_limited: gate(429, "too many requests"),
  upload_too_large: handler(413, ownMessage),
  limit_file_bytes: handler(403, "maximum allowed package type size exceeded"),
  limit_owner_bytes: handler(403, "maximum allowed package storage quota exceeded"),
  limit_owner_versions: handler(403, "maximum allowed package count exceeded"),
  body_incomplete: handler(400, ownMessage),
  body_malformed: handler(400, ownMessage),
  blob_damaged: handler(500, "internal server error"),
  storage_full: handler(507, "no space left on the server"),
  storage_failed: handler(500, "internal server error"),
  storage_busy: handler(503, "the server is busy, try again later"),
  secret_unreadable: handler(500, "internal server error"),
};

/** The plain-text answer of the package routes. */
export function packageErrorResponse(error: RegistryError): Response {
  const answer = packageAnswers[error.code];
  const text = typeof answer.text === "string" ? answer.text : answer.text(error);
  const headers = new Headers({
    "content-type": answer.from === "gate" ? "text/plain; charset=utf-8" : "text/plain;charset=utf-8",
  });
  if (answer.isChallenge === true) headers.set("www-authenticate", 'Basic realm="Gitea Package API"');
  addRetryAfter(headers, error);
  return new Response(answer.from === "gate" ? `${text}\n` : text, { status: answer.status, headers });
}

interface ApiAnswer {
  readonly status: number;
  readonly message: string | null;
}

const api = (status: number, message: string | null = null): ApiAnswer => ({ status, message });

/** Refusals on /api/v1: JSON; null stands for the refusal's own message. */
const apiAnswers: Readonly<Record<RegistryErrorCode, ApiAnswer>> = {
  credentials_invalid: api(401, "invalid username, password or token"),
  credentials_required: api(401, "token is required"),
  password_required: api(401, "auth required"),
  sign_in_throttled: api(429, "too many failed sign-ins"),
  sign_in_busy: api(503, "too many sign-ins wait"),
  rights_missing: api(403),
  scope_missing: api(403),
  public_only: api(403, "token scope is limited to public packages"),
  namespace_not_found: api(404, "GetUserByName: user does not exist"),
  package_not_found: api(404, "GetPackageByName: package does not exist"),
  version_not_found: api(404, "GetVersionByNameAndVersion: package does not exist"),
  file_not_found: api(404, "package file does not exist"),
  user_not_found: api(404),
  team_not_found: api(404, "GetTeamByID: team does not exist"),
  token_not_found: api(404, "DeleteAccessTokenByID: access token does not exist"),
  token_expired: api(401, "invalid username, password or token"),
  token_revoked: api(401, "invalid username, password or token"),
  project_not_found: api(404),
  member_not_found: api(404),
  variable_not_found: api(404),
  variable_ambiguous: api(409),
  release_not_found: api(404),
  release_exists: api(409),
  link_not_found: api(404),
  rule_not_found: api(404),
  name_invalid: api(422),
  name_reserved: api(422),
  name_taken: api(422),
  email_taken: api(422),
  value_invalid: api(422),
  still_in_use: api(422),
  id_taken: api(422),
  file_exists: api(409),
  version_reserved: api(403),
  package_protected: api(403),
  package_deletion_protected: api(403),
  precondition_failed: api(412),
  digest_mismatch: api(400),
  rate_limited: api(429),
  upload_too_large: api(413),
  limit_file_bytes: api(403),
  limit_owner_bytes: api(403),
  limit_owner_versions: api(403),
  body_incomplete: api(400),
  body_malformed: api(400),
  blob_damaged: api(500, "internal server error"),
  storage_full: api(507, "no space left"),
  storage_failed: api(500, "internal server error"),
  storage_busy: api(503, "the server is busy, try again later"),
  secret_unreadable: api(500, "internal server error"),
};

/** The JSON answer of the REST routes; `message` replaces the table's where the route knows better. */
export function apiErrorResponse(error: RegistryError, publicUrl: string, message?: string): Response {
  const answer = apiAnswers[error.code];
  const response = apiMessage(answer.status, message ?? answer.message ?? error.message, publicUrl);
  addRetryAfter(response.headers, error);
  return response;
}

/** An error in the shape of the REST API. */
export function apiMessage(status: number, message: string, publicUrl: string): Response {
  return new Response(`${JSON.stringify({ message, url: `${publicUrl}/api/swagger` })}\n`, {
    status,
    headers: { "content-type": "application/json;charset=utf-8" },
  });
}

function addRetryAfter(headers: Headers, error: RegistryError): void {
  const seconds = error.details.retryAfterSeconds ?? (error.code === "sign_in_busy" || error.code === "storage_busy" ? 1 : null);
  if (seconds !== null) headers.set("retry-after", String(seconds));
}
