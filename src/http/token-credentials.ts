import { parseAuthorization } from "./authorization-header.ts";
import type { Exchange } from "./exchange.ts";

/** Where a secret stood in a request, which tells what kinds of tokens it may be. */
export type SecretPlace = "private" | "job" | "deploy" | "bearer" | "basic" | "basic_job" | "malformed";

/** The user name with which CI jobs send their token as a password (GitLab). */
const jobUser = "gitlab-ci-token";

/** A secret that a request carries; empty where the header is malformed. */
export interface PresentedSecret {
  readonly place: SecretPlace;
  readonly secret: string;
}

/** The kinds of tokens that each form may carry (GitLab's documentation of generic packages, authentication). */
export const kindsAt: Readonly<Record<SecretPlace, readonly ("personal" | "job" | "deploy")[]>> = {
  private: ["personal"],
  job: ["job"],
  deploy: ["deploy"],
  bearer: ["personal", "job", "deploy"],
  basic: ["personal", "job", "deploy"],
  basic_job: ["personal", "job", "deploy"],
  malformed: [],
};

/** Parameters of the query that hold a personal, then a job token (GitLab, lib/gitlab/auth/auth_finders.rb). */
const queryPlaces = [
  ["private_token", "private"],
  ["job_token", "job"],
  ["token", "job"],
  ["access_token", "bearer"],
] as const;

/** Parameters of the query that are credentials, here or at GitLab: they never stand in a link. */
export const secretNames: readonly string[] = [...queryPlaces.map(([name]) => name), "oauth_token"];

const headerPlaces = [
  ["private-token", "private"],
  ["job-token", "job"],
  ["deploy-token", "deploy"],
] as const;

/**
 * The secrets of a request in the order in which they count: of each of GitLab's own forms the query before the header,
 * then the Authorization header. The user name of Basic means nothing; its password is the secret.
 */
export function presentedSecrets(exchange: Pick<Exchange, "query" | "request">): readonly PresentedSecret[] {
  const found: PresentedSecret[] = [];
  for (const [name, place] of queryPlaces) add(found, place, exchange.query.get(name));
  for (const [name, place] of headerPlaces) add(found, place, exchange.request.headers.get(name));
  const authorization = parseAuthorization(exchange.request.headers.get("authorization"));
  switch (authorization.scheme) {
    case "none":
      break;
    case "basic":
      // A name has to be there, whichever (doc: generic packages, basic HTTP authentication).
      found.push({
        place: authorization.user === jobUser ? "basic_job" : "basic",
        secret: authorization.user === "" ? "" : authorization.password,
      });
      break;
    case "bearer":
    case "token":
      found.push({ place: "bearer", secret: authorization.token });
      break;
    case "malformed":
    case "unknown":
      found.push({ place: "malformed", secret: "" });
  }
  return found;
}

function add(found: PresentedSecret[], place: SecretPlace, secret: string | null): void {
  if (secret !== null && secret !== "") found.push({ place, secret });
}
