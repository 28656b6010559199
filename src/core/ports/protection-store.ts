import type { ProtectionLevel, ProtectionRule } from "../domain.ts";

export interface NewProtectionRule {
  readonly namespaceId: number;
  readonly packageNamePattern: string;
  readonly pushLevel: ProtectionLevel | null;
  readonly deleteLevel: ProtectionLevel | null;
  readonly nowMs: number;
}

/** A missing field stays. */
export type ProtectionRuleChanges = Partial<Omit<NewProtectionRule, "namespaceId" | "nowMs">>;

export interface ProtectionStore {
  /** The namespace's own rules, by id. */
  list(namespaceId: number): Promise<readonly ProtectionRule[]>;
  /** The rules in force: those of the nearest namespace on the path that has any. */
  inForce(namespaceId: number): Promise<readonly ProtectionRule[]>;
  create(rule: NewProtectionRule, limit: number): Promise<{ outcome: "created"; rule: ProtectionRule } | { outcome: "pattern_taken" | "absent" | "too_many" }>;
  /** `no_level` when both levels would be null. */
  update(namespaceId: number, ruleId: number, changes: ProtectionRuleChanges): Promise<{ outcome: "updated"; rule: ProtectionRule } | { outcome: "pattern_taken" | "absent" | "no_level" }>;
  /** False when the namespace has no such rule. */
  delete(namespaceId: number, ruleId: number): Promise<boolean>;
}
