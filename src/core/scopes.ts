import type { Credential } from "./actor.ts";

/** The areas that a token's scopes speak of (Gitea's categories). */
const scopeCategories = [
  "activitypub",
  "admin",
  "issue",
  "misc",
  "notification",
  "organization",
  "package",
  "repository",
  "user",
] as const;
type ScopeCategory = (typeof scopeCategories)[number];

/**
 * What a route is about, as far as credentials differ in it: Gitea's categories, what GitLab's job tokens may reach of a
 * project apart from the rest, and `group` for what a group shows of everything below it.
 */
export type ScopeArea = ScopeCategory | "project" | "release" | "group";

/** How far a token's scopes reach in one area. */
export type ScopeReach = "none" | "read" | "write";

/** Gitea's scopes, which reach by category. */
const giteaScopes: ReadonlySet<string> = new Set([
  "all",
  "public-only",
  ...scopeCategories.flatMap((category) => [`read:${category}`, `write:${category}`]),
]);

/** GitLab's scopes for personal, project and group access tokens (doc: personal access token scopes). */
const gitlabScopes: ReadonlySet<string> = new Set([
  "api", "read_api", "read_user", "read_repository", "write_repository", "read_registry", "write_registry",
  "read_virtual_registry", "write_virtual_registry", "create_runner", "manage_runner", "ai_features", "k8s_proxy",
  "self_rotate", "read_service_ping", "sudo", "admin_mode", "read_package_registry", "write_package_registry",
]);

/** GitLab's scopes for deploy tokens (doc: deploy tokens API). */
const deployScopes: ReadonlySet<string> = new Set([
  "read_repository", "read_registry", "write_registry", "read_package_registry", "write_package_registry",
  "read_virtual_registry", "write_virtual_registry",
]);

const scopesOf = { gitea: giteaScopes, gitlab: gitlabScopes, deploy: deployScopes } as const;

/** Which words a token's scopes are given in. */
export type ScopeVocabulary = keyof typeof scopesOf;

/** Whether a scope is one that a token may be granted in these words. */
export function isKnownScope(scope: string, vocabulary: ScopeVocabulary): boolean {
  return scopesOf[vocabulary].has(scope);
}

/** How far these scopes reach in an area. Write implies read, `all` and `api` imply everything. */
export function scopeReach(scopes: readonly string[], area: ScopeArea): ScopeReach {
  if (area === "group") {
    const [one, other] = [scopeReach(scopes, "package"), scopeReach(scopes, "organization")];
    return reachRank[one] >= reachRank[other] ? one : other;
  }
  const category = area === "project" || area === "release" ? "repository" : area;
  if (scopes.includes("all") || scopes.includes("api") || scopes.includes(`write:${category}`)) return "write";
  if (category === "package" && scopes.includes("write_package_registry")) return "write";
  if (scopes.includes("read_api") || scopes.includes(`read:${category}`)) return "read";
  if (category === "user" && scopes.includes("read_user")) return "read";
  return category === "package" && scopes.includes("read_package_registry") ? "read" : "none";
}

/** How far a job token reaches, whatever its user's rights: packages and releases, and reading of the project itself. */
const jobReach: Readonly<Partial<Record<ScopeArea, ScopeReach>>> = { package: "write", release: "write", project: "read" };

/** How far a credential reaches in an area. */
export function credentialReach(credential: Credential, area: ScopeArea): ScopeReach {
  if (credential.kind === "token") return scopeReach(credential.scopes, area);
  return credential.kind === "job" ? (jobReach[area] ?? "none") : "write";
}

/** Whether these scopes confine their token to public namespaces. */
function isPublicOnly(scopes: readonly string[]): boolean {
  return scopes.includes("public-only");
}

/** Whether a credential is confined to what is public. */
export function isConfined(credential: Credential): boolean {
  return credential.kind === "token" && isPublicOnly(credential.scopes);
}

/** Whether every right of `wanted` is in `held`, in every area. */
export function isWithin(wanted: readonly string[], held: readonly string[]): boolean {
  if (isPublicOnly(held) && !isPublicOnly(wanted)) return false;
  return scopeCategories.every((category) => reachRank[scopeReach(wanted, category)] <= reachRank[scopeReach(held, category)]);
}

const reachRank: Readonly<Record<ScopeReach, number>> = { none: 0, read: 1, write: 2 };
