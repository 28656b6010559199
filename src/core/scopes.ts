/** The areas that a token's scopes speak of (Gitea's categories). */
export const scopeAreas = [
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
export type ScopeArea = (typeof scopeAreas)[number];

/** How far a token's scopes reach in one area. */
export type ScopeReach = "none" | "read" | "write";

const knownScopes: ReadonlySet<string> = new Set([
  "all",
  "public-only",
  ...scopeAreas.flatMap((area) => [`read:${area}`, `write:${area}`]),
]);

/** Whether a scope is one that a token may be granted. */
export function isKnownScope(scope: string): boolean {
  return knownScopes.has(scope);
}

/** How far these scopes reach in an area. Write implies read, `all` implies everything. */
export function scopeReach(scopes: readonly string[], area: ScopeArea): ScopeReach {
  if (scopes.includes("all") || scopes.includes(`write:${area}`)) return "write";
  return scopes.includes(`read:${area}`) ? "read" : "none";
}

/** Whether these scopes confine their token to public namespaces. */
export function isPublicOnly(scopes: readonly string[]): boolean {
  return scopes.includes("public-only");
}
