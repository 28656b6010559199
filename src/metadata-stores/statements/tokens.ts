import type { AccessToken, User } from "../../core/domain.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { CreateTokenResult, NewToken } from "../../core/ports/token-store.ts";
import { toUser, userColumns, type UserRow } from "./accounts.ts";
import type { SqlConnection } from "./connection.ts";

export interface TokenRow {
  readonly id: number;
  readonly user_id: number;
  readonly name: string;
  readonly description: string;
  readonly last_eight: string;
  readonly scopes: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly last_used_at_ms: number | null;
  readonly revoked_at_ms: number | null;
}

const columns = "id, user_id, name, description, last_eight, scopes, created_at_ms, expires_at_ms, last_used_at_ms, revoked_at_ms";
/** Columns of a token in a statement that calls `tokens` t. */
export const tokenColumns = columns.replaceAll(/\w+/g, "t.$&");

export function toToken(row: TokenRow): AccessToken {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    description: row.description,
    lastEight: row.last_eight,
    scopes: JSON.parse(row.scopes) as string[],
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}

export async function findTokenBySecret(
  sql: SqlConnection,
  secretSha256: string,
): Promise<{ token: AccessToken; user: User } | null> {
  const row = await sql.get<TokenRow & UserRow>(
    `SELECT ${tokenColumns}, ${userColumns}
     FROM tokens t JOIN users u ON u.id = t.user_id JOIN namespaces n ON n.id = u.id WHERE t.secret_sha256 = ?`,
    secretSha256,
  );
  return row === null ? null : { token: toToken(row), user: toUser(row) };
}

export async function findTokenById(sql: SqlConnection, tokenId: number): Promise<AccessToken | null> {
  const row = await sql.get<TokenRow>(`SELECT ${columns} FROM tokens WHERE id = ?`, tokenId);
  return row === null ? null : toToken(row);
}

export async function listTokens(sql: SqlConnection, userId: number, page: PageRequest): Promise<Page<AccessToken>> {
  const rows = await sql.all<TokenRow>(
    `SELECT ${columns} FROM tokens WHERE user_id = ? AND revoked_at_ms IS NULL ORDER BY id LIMIT ? OFFSET ?`,
    userId,
    page.limit,
    page.offset,
  );
  const total = await sql.get<{ total: number }>("SELECT count(*) AS total FROM tokens WHERE user_id = ? AND revoked_at_ms IS NULL", userId);
  return { items: rows.map(toToken), total: total?.total ?? 0 };
}

export async function createToken(sql: SqlConnection, token: NewToken): Promise<CreateTokenResult> {
  if ((await sql.get("SELECT id FROM users WHERE id = ?", token.userId)) === null) return { outcome: "absent" };
  const same = "SELECT id FROM tokens WHERE user_id = ? AND name = ? AND revoked_at_ms IS NULL";
  if (token.isNameUnique && (await sql.get(same, token.userId, token.name)) !== null)
    return { outcome: "name_taken" };
  if ((await sql.get("SELECT id FROM tokens WHERE secret_sha256 = ?", token.secretSha256)) !== null)
    return { outcome: "secret_taken" };
  const row = await sql.get<TokenRow>(
    `INSERT INTO tokens (user_id, name, description, secret_sha256, last_eight, scopes, created_at_ms, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${columns}`,
    token.userId,
    token.name,
    token.description,
    token.secretSha256,
    token.lastEight,
    JSON.stringify(token.scopes),
    token.nowMs,
    token.expiresAtMs,
  );
  if (row === null) throw new Error("an insert returned no row");
  return { outcome: "created", token: toToken(row) };
}

export async function deleteToken(
  sql: SqlConnection,
  userId: number,
  token: { readonly id: number } | { readonly name: string },
): Promise<boolean> {
  const changed =
    "id" in token
      ? await sql.run("DELETE FROM tokens WHERE user_id = ? AND id = ?", userId, token.id)
      : await sql.run(
          `DELETE FROM tokens WHERE user_id = ? AND name = ? AND revoked_at_ms IS NULL
             AND (SELECT count(*) FROM tokens same WHERE same.user_id = ? AND same.name = ? AND same.revoked_at_ms IS NULL) = 1`,
          userId,
          token.name,
          userId,
          token.name,
        );
  return changed > 0;
}

export async function touchTokens(
  sql: SqlConnection,
  uses: readonly { readonly tokenId: number; readonly atMs: number }[],
): Promise<void> {
  for (const use of uses)
    await sql.run(
      "UPDATE tokens SET last_used_at_ms = ? WHERE id = ? AND (last_used_at_ms IS NULL OR last_used_at_ms < ?)",
      use.atMs,
      use.tokenId,
      use.atMs,
    );
}
