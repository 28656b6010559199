import type { ProtectionLevel, ProtectionRule } from "../../core/domain.ts";
import type { NewProtectionRule, ProtectionRuleChanges } from "../../core/ports/protection-store.ts";
import type { SqlConnection } from "./connection.ts";

interface RuleRow {
  readonly id: number;
  readonly namespace_id: number;
  readonly package_name_pattern: string;
  readonly push_level: ProtectionLevel | null;
  readonly delete_level: ProtectionLevel | null;
}

const columns = "id, namespace_id, package_name_pattern, push_level, delete_level";

function toRule(row: RuleRow): ProtectionRule {
  return {
    id: row.id,
    namespaceId: row.namespace_id,
    packageNamePattern: row.package_name_pattern,
    pushLevel: row.push_level,
    deleteLevel: row.delete_level,
  };
}

export async function listProtectionRules(sql: SqlConnection, namespaceId: number): Promise<readonly ProtectionRule[]> {
  const rows = await sql.all<RuleRow>(`SELECT ${columns} FROM protection_rules WHERE namespace_id = ? ORDER BY id`, namespaceId);
  return rows.map(toRule);
}

export async function protectionRulesInForce(sql: SqlConnection, namespaceId: number): Promise<readonly ProtectionRule[]> {
  let next: number | null = namespaceId;
  while (next !== null) {
    const rules = await listProtectionRules(sql, next);
    if (rules.length > 0) return rules;
    const row: { parent_id: number | null } | null = await sql.get("SELECT parent_id FROM namespaces WHERE id = ?", next);
    next = row?.parent_id ?? null;
  }
  return [];
}

type ChangeResult<Outcome extends string> = { outcome: Outcome; rule: ProtectionRule } | { outcome: "pattern_taken" | "absent" };

export async function createProtectionRule(
  sql: SqlConnection,
  rule: NewProtectionRule,
  limit: number,
): Promise<ChangeResult<"created"> | { outcome: "too_many" }> {
  if ((await sql.get("SELECT id FROM namespaces WHERE id = ?", rule.namespaceId)) === null) return { outcome: "absent" };
  const own = await listProtectionRules(sql, rule.namespaceId);
  if (own.some((one) => one.packageNamePattern === rule.packageNamePattern)) return { outcome: "pattern_taken" };
  if (own.length >= limit) return { outcome: "too_many" };
  const row = await sql.get<RuleRow>(
    `INSERT INTO protection_rules (namespace_id, package_name_pattern, push_level, delete_level, created_at_ms)
     VALUES (?, ?, ?, ?, ?) RETURNING ${columns}`,
    rule.namespaceId,
    rule.packageNamePattern,
    rule.pushLevel,
    rule.deleteLevel,
    rule.nowMs,
  );
  if (row === null) throw new Error("an insert returned no row");
  return { outcome: "created", rule: toRule(row) };
}

export async function updateProtectionRule(
  sql: SqlConnection,
  namespaceId: number,
  ruleId: number,
  changes: ProtectionRuleChanges,
): Promise<ChangeResult<"updated"> | { outcome: "no_level" }> {
  const own = await listProtectionRules(sql, namespaceId);
  const rule = own.find((one) => one.id === ruleId);
  if (rule === undefined) return { outcome: "absent" };
  const changed = { ...rule, ...changes };
  if (own.some((one) => one.id !== ruleId && one.packageNamePattern === changed.packageNamePattern)) return { outcome: "pattern_taken" };
  if (changed.pushLevel === null && changed.deleteLevel === null) return { outcome: "no_level" };
  await sql.run(
    "UPDATE protection_rules SET package_name_pattern = ?, push_level = ?, delete_level = ? WHERE id = ?",
    changed.packageNamePattern,
    changed.pushLevel,
    changed.deleteLevel,
    ruleId,
  );
  return { outcome: "updated", rule: changed };
}

export async function deleteProtectionRule(sql: SqlConnection, namespaceId: number, ruleId: number): Promise<boolean> {
  return (await sql.run("DELETE FROM protection_rules WHERE id = ? AND namespace_id = ?", ruleId, namespaceId)) > 0;
}
