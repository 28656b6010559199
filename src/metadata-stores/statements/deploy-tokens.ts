import type { DeployToken } from "../../core/domain.ts";
import type { NewDeployToken } from "../../core/ports/deploy-token-store.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";

interface DeployTokenRow {
  readonly id: number;
  readonly namespace_id: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number | null;
}

const columns = "id, namespace_id, name, username, scopes, created_at_ms, expires_at_ms";

function toDeployToken(row: DeployTokenRow): DeployToken {
  return {
    id: row.id,
    namespaceId: row.namespace_id,
    name: row.name,
    username: row.username,
    scopes: JSON.parse(row.scopes) as string[],
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
}

export async function findDeployTokenBySecret(sql: SqlConnection, secretSha256: string): Promise<DeployToken | null> {
  const row = await sql.get<DeployTokenRow>(`SELECT ${columns} FROM deploy_tokens WHERE secret_sha256 = ?`, secretSha256);
  return row === null ? null : toDeployToken(row);
}

export async function findDeployToken(sql: SqlConnection, namespaceId: number, tokenId: number): Promise<DeployToken | null> {
  const row = await sql.get<DeployTokenRow>(
    `SELECT ${columns} FROM deploy_tokens WHERE id = ? AND namespace_id = ?`,
    tokenId,
    namespaceId,
  );
  return row === null ? null : toDeployToken(row);
}

export async function listDeployTokens(
  sql: SqlConnection,
  namespaceId: number | null,
  activeAtMs: number | null,
  page: PageRequest,
): Promise<Page<DeployToken>> {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  if (namespaceId !== null) {
    conditions.push("namespace_id = ?");
    values.push(namespaceId);
  }
  if (activeAtMs !== null) {
    conditions.push("(expires_at_ms IS NULL OR expires_at_ms > ?)");
    values.push(activeAtMs);
  }
  const source = `FROM deploy_tokens${conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`}`;
  const rows = await sql.all<DeployTokenRow>(`SELECT ${columns} ${source} ORDER BY id LIMIT ? OFFSET ?`, ...values, page.limit, page.offset);
  const total = await sql.get<{ total: number }>(`SELECT count(*) AS total ${source}`, ...values);
  return { items: rows.map(toDeployToken), total: total?.total ?? 0 };
}

export async function createDeployToken(
  sql: SqlConnection,
  token: NewDeployToken,
): Promise<{ outcome: "created"; token: DeployToken } | { outcome: "absent" }> {
  if ((await sql.get("SELECT id FROM namespaces WHERE id = ?", token.namespaceId)) === null) return { outcome: "absent" };
  const row = await sql.get<{ id: number }>(
    `INSERT INTO deploy_tokens (namespace_id, name, username, secret_sha256, scopes, created_at_ms, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    token.namespaceId,
    token.name,
    token.username ?? "",
    token.secretSha256,
    JSON.stringify(token.scopes),
    token.nowMs,
    token.expiresAtMs,
  );
  if (row === null) throw new Error("an insert returned no row");
  if (token.username === null)
    await sql.run("UPDATE deploy_tokens SET username = ? WHERE id = ?", `gitlab+deploy-token-${row.id}`, row.id);
  const created = await findDeployToken(sql, token.namespaceId, row.id);
  if (created === null) throw new Error("a token just created is not there");
  return { outcome: "created", token: created };
}

export async function deleteDeployToken(sql: SqlConnection, namespaceId: number, tokenId: number): Promise<boolean> {
  return (await sql.run("DELETE FROM deploy_tokens WHERE id = ? AND namespace_id = ?", tokenId, namespaceId)) > 0;
}
