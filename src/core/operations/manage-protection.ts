import type { ProtectionLevel, ProtectionRule } from "../domain.ts";
import { checkNamePattern } from "../name-pattern.ts";
import { levelNeeded } from "../permissions.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { requireLevel, type NamespaceGrant } from "./open-namespace.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock">;

/** Each of them is looked at on every publish. */
const maxRules = 100;

/** What a rule says; null leaves the action to the usual roles. At least one of the levels has to be set. */
export interface ProtectionRuleFields {
  readonly packageNamePattern: string;
  readonly pushLevel: ProtectionLevel | null;
  readonly deleteLevel: ProtectionLevel | null;
}

/** The namespace's own rules, by id. Those in force may be those of a namespace above. */
export async function listProtectionRules({ metadata }: Needs, grant: NamespaceGrant<"read">): Promise<readonly ProtectionRule[]> {
  requireLevel(grant, levelNeeded.configure);
  return metadata.protection.list(grant.namespace.id);
}

/**
 * Protects packages from the next request on. Throws `value_invalid` (a pattern that will not do, no level, more than 100
 * rules), `name_taken` where the pattern has a rule, `namespace_not_found`.
 */
export async function createProtectionRule(
  { metadata, clock }: Needs,
  grant: NamespaceGrant<"configure">,
  fields: ProtectionRuleFields,
): Promise<ProtectionRule> {
  checkNamePattern(fields.packageNamePattern);
  if (fields.pushLevel === null && fields.deleteLevel === null) throw withoutLevel();
  const result = await metadata.protection.create({ namespaceId: grant.namespace.id, ...fields, nowMs: clock.nowMs() }, maxRules);
  switch (result.outcome) {
    case "created":
      return result.rule;
    case "pattern_taken":
      throw patternTaken();
    case "too_many":
      throw new RegistryError("value_invalid", `there may be at most ${maxRules} package protection rules`, { limit: maxRules });
    case "absent":
      throw new RegistryError("namespace_not_found", "the namespace was removed meanwhile");
  }
}

/** Changes what is given. Throws what creating throws, and `rule_not_found` for a rule that is not the namespace's own. */
export async function updateProtectionRule(
  { metadata }: Needs,
  grant: NamespaceGrant<"configure">,
  ruleId: number,
  changes: Partial<ProtectionRuleFields>,
): Promise<ProtectionRule> {
  if (changes.packageNamePattern !== undefined) checkNamePattern(changes.packageNamePattern);
  const result = await metadata.protection.update(grant.namespace.id, ruleId, changes);
  switch (result.outcome) {
    case "updated":
      return result.rule;
    case "pattern_taken":
      throw patternTaken();
    case "no_level":
      throw withoutLevel();
    case "absent":
      throw ruleNotFound();
  }
}

/** Protects no more from the next request on. Throws `rule_not_found`. */
export async function deleteProtectionRule({ metadata }: Needs, grant: NamespaceGrant<"configure">, ruleId: number): Promise<void> {
  if (!(await metadata.protection.delete(grant.namespace.id, ruleId))) throw ruleNotFound();
}

function patternTaken(): RegistryError {
  return new RegistryError("name_taken", "Package name pattern has already been taken", { subject: "package_name_pattern" });
}

function withoutLevel(): RegistryError {
  return new RegistryError("value_invalid", "A rule requires at least a minimum access level for push or a minimum access level for delete.", {
    subject: "base",
  });
}

function ruleNotFound(): RegistryError {
  return new RegistryError("rule_not_found", "there is no such package protection rule");
}
