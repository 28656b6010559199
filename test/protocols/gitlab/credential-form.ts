import { basicAuthorization } from "../basic-authorization.ts";

/** How a secret travels. `query` is ?private_token=, `job-query` ?job_token=, `job-password` Basic as gitlab-ci-token. */
export type CredentialForm = "private" | "bearer" | "basic" | "job" | "deploy" | "job-password" | "query" | "job-query";

/** The header lines that carry this secret. */
export function credentialLines(secret: string, form: CredentialForm): readonly (readonly [string, string])[] {
  switch (form) {
    case "private":
      return [["PRIVATE-TOKEN", secret]];
    case "bearer":
      return [["Authorization", `Bearer ${secret}`]];
    case "basic":
      return [["Authorization", basicAuthorization("anything", secret)]];
    case "job":
      return [["JOB-TOKEN", secret]];
    case "job-password":
      return [["Authorization", basicAuthorization("gitlab-ci-token", secret)]];
    case "deploy":
      return [["DEPLOY-TOKEN", secret]];
    case "query":
    case "job-query":
      return [];
  }
}

/** The target with this secret in its query, for the forms that travel there. */
export function credentialTarget(target: string, secret: string, form: CredentialForm): string {
  if (form !== "query" && form !== "job-query") return target;
  const name = form === "query" ? "private_token" : "job_token";
  return `${target}${target.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(secret)}`;
}
