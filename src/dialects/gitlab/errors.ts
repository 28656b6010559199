import { RegistryError, type RegistryErrorCode } from "../../core/registry-error.ts";
import { ParameterError } from "../../http/parameter-reader.ts";
import { jsonAnswer } from "./answers.ts";
import { movedAnswer, MovedProject } from "./moved-project.ts";
import type { RouteFamily } from "./route.ts";

/** What a refusal looks like: GitLab's own words, Grape's, or OAuth's. */
interface Answer {
  readonly status: number;
  readonly body: object;
}

type Say = (error: RegistryError, family: RouteFamily) => Answer;

/** The envelope of GitLab's own words (lib/api/helpers.rb, render_api_error). */
function message(status: number, text: string): Answer {
  return { status, body: { message: text } };
}

const fixed = (status: number, text: string): Say => () => message(status, text);
/** A 400 that begins as GitLab's do. */
const badRequest: Say = (error) => message(400, `400 Bad request - ${error.message}`);
/** The words of Grape's validations. */
const invalid: Say = (error) => ({ status: 400, body: { error: error.message } });
const notFound = (what: string): Say => (_error, family) => message(404, family === "generic" ? "404 Not Found" : `404 ${what}Not Found`);
/** One field of a record that will not do (lib/api/helpers.rb, render_validation_error). */
const field = (status: number): Say => (error) => {
  const { subject } = error.details;
  return subject === undefined ? message(status, error.message) : { status, body: { message: { [subject]: [error.message] } } };
};
/** RFC 6750 as GitLab writes it (lib/api/api_guard.rb). */
const token = (description: string): Say => () => ({ status: 401, body: { error: "invalid_token", error_description: description } });

/**
 * A right is missing: who may know of the project is told so; for the others it does not exist, except that the generic
 * routes ask who has not signed in to do so.
 */
const withoutRight: Say = (error, family) => {
  if (error.details.isVisible !== false) return message(403, "403 Forbidden");
  if (error.details.isAnonymous === true && family === "generic") return message(401, "401 Unauthorized");
  return message(404, absentText[family]);
};

/** What does not exist, or not for the caller, by family. */
const absentText: Readonly<Record<RouteFamily, string>> = {
  generic: "404 Not Found",
  packages: "404 Project Not Found",
  project: "404 Project Not Found",
  group: "404 Group Not Found",
  graphql: "404 Not Found",
  other: "404 Not Found",
};

/** A record that is looked up by its id or name (lib/api/helpers/..., rescue of ActiveRecord::RecordNotFound). */
const recordNotFound = fixed(404, "404 Not found");

/** Like a project that one may not see. */
const withoutNamespace: Say = (error, family) => withoutRight(new RegistryError("rights_missing", "", { ...error.details, isVisible: false }), family);

const internal = fixed(500, "500 Internal Server Error");

/** Every refusal in GitLab's words. */
const answers: Readonly<Record<RegistryErrorCode, Say>> = {
  credentials_invalid: fixed(401, "401 Unauthorized"),
  credentials_required: fixed(401, "401 Unauthorized"),
  password_required: fixed(401, "401 Unauthorized"),
  token_expired: token("Token is expired. You can either do re-authorization or token refresh."),
  token_revoked: token("Token was revoked. You have to re-authorize from the user."),
  sign_in_throttled: fixed(429, "429 Too Many Requests"),
  sign_in_busy: fixed(503, "503 Service Unavailable"),
  rights_missing: withoutRight,
  scope_missing: (error) => ({
    status: 403,
    body: {
      error: "insufficient_scope",
      error_description: "The request requires higher privileges than provided by the access token.",
      scope: error.details.subject?.startsWith("read:") === true ? "api read_api" : "api",
    },
  }),
  public_only: fixed(404, "404 Not Found"),
  namespace_not_found: withoutNamespace,
  project_not_found: withoutNamespace,
  package_not_found: notFound("Package "),
  version_not_found: recordNotFound,
  file_not_found: recordNotFound,
  user_not_found: notFound("User "),
  team_not_found: notFound(""),
  token_not_found: recordNotFound,
  member_not_found: notFound(""),
  variable_not_found: notFound("Variable "),
  variable_ambiguous: (error) => message(409, error.message),
  release_not_found: notFound(""),
  release_exists: fixed(409, "Release already exists"),
  link_not_found: notFound(""),
  rule_not_found: notFound("Package protection rule "),
  name_invalid: invalid,
  name_reserved: field(400),
  name_taken: field(400),
  id_taken: field(400),
  email_taken: fixed(409, "Email has already been taken"),
  value_invalid: field(400),
  still_in_use: badRequest,
  file_exists: fixed(400, "400 Bad request - Duplicate package is not allowed"),
  version_reserved: fixed(403, "403 Forbidden - Version is reserved."),
  package_protected: fixed(403, "403 Forbidden - Package protected."),
  package_deletion_protected: fixed(403, "403 Forbidden - Package is deletion protected."),
  precondition_failed: fixed(412, "412 Precondition Failed"),
  digest_mismatch: badRequest,
  rate_limited: fixed(429, "429 Too Many Requests"),
  upload_too_large: fixed(400, "400 Bad request - File is too large"),
  limit_file_bytes: fixed(400, "400 Bad request - File is too large"),
  limit_owner_bytes: fixed(403, "403 Forbidden - The storage quota is exceeded."),
  limit_owner_versions: fixed(403, "403 Forbidden - The limit of versions is reached."),
  body_incomplete: badRequest,
  body_malformed: badRequest,
  secret_unreadable: internal,
  blob_damaged: internal,
  storage_full: fixed(507, "507 Insufficient Storage"),
  storage_failed: internal,
  storage_busy: fixed(503, "503 Service Unavailable"),
};

/** The answer to a refusal; null for an error that is none. */
export function errorResponse(error: unknown, family: RouteFamily): Response | null {
  if (error instanceof ParameterError) {
    const body = family === "graphql" ? { errors: [{ message: error.message }] } : { error: error.message };
    return refusalAnswer({ status: error.status, body });
  }
  if (error instanceof MovedProject) return movedAnswer(error);
  if (!(error instanceof RegistryError)) return null;
  const said = answers[error.code](error, family);
  const answer = family === "graphql" ? inGraphql(said.status, error) : said;
  const response = refusalAnswer(answer);
  // Clients that send no credentials until they are asked for them, such as wget, need this.
  if (answer.status === 401) response.headers.set("www-authenticate", 'Basic realm="GitLab Packages Registry"');
  const seconds = error.details.retryAfterSeconds ?? (answer.status === 503 || answer.status === 429 ? 1 : null);
  if (seconds !== null) response.headers.set("retry-after", String(seconds));
  return response;
}

/** The envelope of GraphQL, for what keeps a query from being read (app/controllers/graphql_controller.rb). */
function inGraphql(status: number, error: RegistryError): Answer {
  const text = status === 401 ? "Invalid token" : status === 500 ? "Internal server error" : error.message;
  return { status, body: { errors: [{ message: text }] } };
}

/** What no route answers (Grape's words). */
export function noRoute(): Response {
  return refusalAnswer({ status: 404, body: { error: "404 Not Found" } });
}

/** A path that is no percent-encoded UTF-8 names nothing. */
export function undecodable(): Response {
  return refusalAnswer({ status: 400, body: { error: "path is no valid UTF-8" } });
}

/** An answer that nobody keeps. */
function refusalAnswer({ status, body }: Answer): Response {
  return jsonAnswer(status, body, { "cache-control": "no-store" });
}
