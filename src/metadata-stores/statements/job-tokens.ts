import type { JobToken, User } from "../../core/domain.ts";
import type { NewJobToken } from "../../core/ports/job-token-store.ts";
import { toUser, userColumns, type UserRow } from "./accounts.ts";
import type { SqlConnection } from "./connection.ts";

interface JobTokenRow {
  readonly id: number;
  readonly user_id: number;
  readonly namespace_id: number;
  readonly expires_at_ms: number;
}

function toJobToken(row: JobTokenRow): JobToken {
  return { id: row.id, userId: row.user_id, namespaceId: row.namespace_id, expiresAtMs: row.expires_at_ms };
}

export async function findJobTokenBySecret(
  sql: SqlConnection,
  secretSha256: string,
): Promise<{ readonly token: JobToken; readonly user: User } | null> {
  const row = await sql.get<JobTokenRow & UserRow>(
    `SELECT t.id, t.namespace_id, t.expires_at_ms, ${userColumns}
     FROM job_tokens t JOIN users u ON u.id = t.user_id JOIN namespaces n ON n.id = u.id WHERE t.secret_sha256 = ?`,
    secretSha256,
  );
  return row === null ? null : { token: toJobToken(row), user: toUser(row) };
}

export async function findJobToken(sql: SqlConnection, tokenId: number): Promise<JobToken | null> {
  const row = await sql.get<JobTokenRow>("SELECT id, user_id, namespace_id, expires_at_ms FROM job_tokens WHERE id = ?", tokenId);
  return row === null ? null : toJobToken(row);
}

export async function createJobToken(
  sql: SqlConnection,
  token: NewJobToken,
): Promise<{ outcome: "created"; token: JobToken } | { outcome: "absent" }> {
  const both = await sql.get(
    "SELECT 1 AS found FROM namespaces, users WHERE namespaces.id = ? AND users.id = ?",
    token.namespaceId,
    token.userId,
  );
  if (both === null) return { outcome: "absent" };
  const row = await sql.get<JobTokenRow>(
    `INSERT INTO job_tokens (user_id, namespace_id, secret_sha256, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?)
     RETURNING id, user_id, namespace_id, expires_at_ms`,
    token.userId,
    token.namespaceId,
    token.secretSha256,
    token.nowMs,
    token.expiresAtMs,
  );
  if (row === null) throw new Error("an insert returned no row");
  return { outcome: "created", token: toJobToken(row) };
}

export async function deleteJobToken(sql: SqlConnection, tokenId: number): Promise<boolean> {
  return (await sql.run("DELETE FROM job_tokens WHERE id = ?", tokenId)) > 0;
}

export async function removeExpiredJobTokens(sql: SqlConnection, beforeMs: number): Promise<number> {
  return sql.run("DELETE FROM job_tokens WHERE expires_at_ms < ?", beforeMs);
}
