import type { ProtectionRule } from "../domain.ts";
import { matchesNamePattern } from "../name-pattern.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { NamespaceGrant } from "./open-namespace.ts";

type Action = "publish" | "delete";

/**
 * Throws `package_protected` or `package_deletion_protected` where a rule in force asks for a higher level than the grant
 * has. Deploy tokens have none: they never push a protected package (GitLab, package protection rules).
 */
export async function refuseProtected(
  metadata: Pick<MetadataStore, "protection">,
  grant: NamespaceGrant,
  packageName: string,
  action: Action,
): Promise<void> {
  const rules = await metadata.protection.inForce(grant.namespace.id);
  if (!isProtectedFrom(rules, action, packageName, grant.level)) return;
  throw action === "publish"
    ? new RegistryError("package_protected", "the package is protected", { subject: packageName })
    : new RegistryError("package_deletion_protected", "the package is protected from deletion", { subject: packageName });
}

/** Whether any of these rules keeps a caller of a level from an action; 0 is nobody's level. */
export function isProtectedFrom(rules: readonly ProtectionRule[], action: Action, packageName: string, level = 0): boolean {
  return rules.some((rule) => {
    const needed = action === "publish" ? rule.pushLevel : rule.deleteLevel;
    return needed !== null && level < needed && matchesNamePattern(rule.packageNamePattern, packageName);
  });
}
