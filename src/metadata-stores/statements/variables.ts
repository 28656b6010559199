import type { Variable, VariableType } from "../../core/domain.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { NewVariable, VariableChanges } from "../../core/ports/variable-store.ts";
import type { SqlConnection } from "./connection.ts";

interface VariableRow {
  readonly id: number;
  readonly namespace_id: number;
  readonly name: string;
  readonly environment_scope: string;
  readonly sealed_value: string;
  readonly variable_type: VariableType;
  readonly description: string | null;
  readonly is_protected: number;
  readonly is_masked: number;
  readonly is_hidden: number;
  readonly is_raw: number;
}

const columns =
  "id, namespace_id, name, environment_scope, sealed_value, variable_type, description, is_protected, is_masked, is_hidden, is_raw";

function toVariable(row: VariableRow): Variable {
  return {
    id: row.id,
    namespaceId: row.namespace_id,
    key: row.name,
    environmentScope: row.environment_scope,
    sealedValue: row.sealed_value,
    type: row.variable_type,
    description: row.description,
    isProtected: row.is_protected === 1,
    isMasked: row.is_masked === 1,
    isHidden: row.is_hidden === 1,
    isRaw: row.is_raw === 1,
  };
}

export async function listVariables(sql: SqlConnection, namespaceId: number, page: PageRequest): Promise<Page<Variable>> {
  const rows = await sql.all<VariableRow>(
    `SELECT ${columns} FROM variables WHERE namespace_id = ? ORDER BY name, environment_scope LIMIT ? OFFSET ?`,
    namespaceId,
    page.limit,
    page.offset,
  );
  return { items: rows.map(toVariable), total: await countVariables(sql, namespaceId) };
}

export async function findVariables(
  sql: SqlConnection,
  namespaceId: number,
  key: string,
  environmentScope: string | null,
): Promise<readonly Variable[]> {
  const rows = await sql.all<VariableRow>(
    `SELECT ${columns} FROM variables WHERE namespace_id = ? AND name = ? AND environment_scope = coalesce(?, environment_scope)
     ORDER BY environment_scope LIMIT 2`,
    namespaceId,
    key,
    environmentScope,
  );
  return rows.map(toVariable);
}

export async function createVariable(
  sql: SqlConnection,
  variable: NewVariable,
  limit: number,
): Promise<{ outcome: "created"; variable: Variable } | { outcome: "taken" | "absent" | "too_many" }> {
  const { namespaceId, key, environmentScope } = variable;
  if ((await sql.get("SELECT id FROM namespaces WHERE id = ?", namespaceId)) === null) return { outcome: "absent" };
  if ((await findVariables(sql, namespaceId, key, environmentScope)).length > 0) return { outcome: "taken" };
  if ((await countVariables(sql, namespaceId)) >= limit) return { outcome: "too_many" };
  const row = await sql.get<VariableRow>(
    `INSERT INTO variables (namespace_id, name, environment_scope, sealed_value, variable_type, description,
       is_protected, is_masked, is_hidden, is_raw)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${columns}`,
    namespaceId,
    key,
    environmentScope,
    variable.sealedValue,
    variable.type,
    variable.description,
    Number(variable.isProtected),
    Number(variable.isMasked),
    Number(variable.isHidden),
    Number(variable.isRaw),
  );
  if (row === null) throw new Error("an insert returned no row");
  return { outcome: "created", variable: toVariable(row) };
}

export async function updateVariable(
  sql: SqlConnection,
  seen: Variable,
  changes: VariableChanges,
): Promise<{ outcome: "updated"; variable: Variable } | { outcome: "taken" | "absent" | "overtaken" }> {
  const row = await sql.get<VariableRow>(`SELECT ${columns} FROM variables WHERE id = ? AND namespace_id = ?`, seen.id, seen.namespaceId);
  if (row === null) return { outcome: "absent" };
  const current = toVariable(row);
  const changed = { ...current, ...changes };
  const isAsSeen = current.sealedValue === seen.sealedValue && current.isMasked === seen.isMasked && current.isRaw === seen.isRaw;
  if (changed.isMasked && !isAsSeen) return { outcome: "overtaken" };
  const others = await findVariables(sql, changed.namespaceId, changed.key, changed.environmentScope);
  if (others.some(({ id }) => id !== changed.id)) return { outcome: "taken" };
  await sql.run(
    `UPDATE variables SET environment_scope = ?, sealed_value = ?, variable_type = ?, description = ?, is_protected = ?,
       is_masked = ?, is_raw = ?
     WHERE id = ?`,
    changed.environmentScope,
    changed.sealedValue,
    changed.type,
    changed.description,
    Number(changed.isProtected),
    Number(changed.isMasked),
    Number(changed.isRaw),
    changed.id,
  );
  return { outcome: "updated", variable: changed };
}

export async function deleteVariable(sql: SqlConnection, namespaceId: number, variableId: number): Promise<boolean> {
  return (await sql.run("DELETE FROM variables WHERE id = ? AND namespace_id = ?", variableId, namespaceId)) > 0;
}

export async function hasVariables(sql: SqlConnection): Promise<boolean> {
  return (await sql.get("SELECT id FROM variables LIMIT 1")) !== null;
}

async function countVariables(sql: SqlConnection, namespaceId: number): Promise<number> {
  const row = await sql.get<{ total: number }>("SELECT count(*) AS total FROM variables WHERE namespace_id = ?", namespaceId);
  return row?.total ?? 0;
}
