import { foldName } from "../../core/fold-name.ts";
import type { HeldToken, NewBotToken, TokenFilter, TokenRotation } from "../../core/ports/access-token-store.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { NewToken } from "../../core/ports/token-store.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";
import { toAccessLevel } from "./namespaces.ts";
import { createToken, tokenColumns, toToken, type TokenRow } from "./tokens.ts";

interface HeldTokenRow extends TokenRow {
  readonly bot_of_namespace_id: number | null;
  readonly level: number | null;
}

const columns = `${tokenColumns}, u.bot_of_namespace_id,
  (SELECT max(g.level) FROM grants g WHERE g.namespace_id = u.bot_of_namespace_id AND g.user_id = u.id) AS level`;
const tables = "tokens t JOIN users u ON u.id = t.user_id";

function toHeldToken(row: HeldTokenRow): HeldToken {
  return { token: toToken(row), botOfNamespaceId: row.bot_of_namespace_id, level: toAccessLevel(row.level ?? 0) };
}

export async function findHeldToken(sql: SqlConnection, tokenId: number): Promise<HeldToken | null> {
  const row = await sql.get<HeldTokenRow>(`SELECT ${columns} FROM ${tables} WHERE t.id = ?`, tokenId);
  return row === null ? null : toHeldToken(row);
}

export async function listHeldTokens(sql: SqlConnection, filter: TokenFilter, page: PageRequest): Promise<Page<HeldToken>> {
  const { condition, values } = conditionOf(filter);
  const rows = await sql.all<HeldTokenRow>(
    `SELECT ${columns} FROM ${tables} ${condition} ORDER BY t.id LIMIT ? OFFSET ?`,
    ...values,
    page.limit,
    page.offset,
  );
  const total = await sql.get<{ total: number }>(`SELECT count(*) AS total FROM ${tables} ${condition}`, ...values);
  return { items: rows.map(toHeldToken), total: total?.total ?? 0 };
}

function conditionOf(filter: TokenFilter): { readonly condition: string; readonly values: readonly SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  if (filter.userId !== null) {
    conditions.push("t.user_id = ?");
    values.push(filter.userId);
  }
  if (filter.botOfNamespaceId !== null) {
    conditions.push("u.bot_of_namespace_id = ?");
    values.push(filter.botOfNamespaceId);
  }
  if (filter.isRevoked !== null) conditions.push(`t.revoked_at_ms IS ${filter.isRevoked ? "NOT " : ""}NULL`);
  if (filter.activity !== null) {
    const inForce = "t.revoked_at_ms IS NULL AND (t.expires_at_ms IS NULL OR t.expires_at_ms > ?)";
    conditions.push(filter.activity.isActive ? `(${inForce})` : `NOT (${inForce})`);
    values.push(filter.activity.atMs);
  }
  if (filter.nameContains !== null) {
    conditions.push("instr(lower(t.name), lower(?)) > 0");
    values.push(filter.nameContains);
  }
  return { condition: conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`, values };
}

export async function revokeToken(sql: SqlConnection, tokenId: number, nowMs: number): Promise<boolean> {
  const changed = await sql.run("UPDATE tokens SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL", nowMs, tokenId);
  if (changed === 0) return false;
  await sql.run(
    `DELETE FROM grants WHERE user_id =
       (SELECT u.id FROM users u JOIN tokens t ON t.user_id = u.id WHERE t.id = ? AND u.bot_of_namespace_id IS NOT NULL)`,
    tokenId,
  );
  return true;
}

export async function rotateToken(
  sql: SqlConnection,
  rotation: TokenRotation,
): Promise<{ outcome: "rotated"; held: HeldToken } | { outcome: "absent" | "revoked" }> {
  const old = await findHeldToken(sql, rotation.tokenId);
  if (old === null) return { outcome: "absent" };
  if (old.token.revokedAtMs !== null) return { outcome: "revoked" };
  await sql.run("UPDATE tokens SET revoked_at_ms = ? WHERE id = ?", rotation.nowMs, old.token.id);
  const { userId, name, description, scopes } = old.token;
  const { secretSha256, lastEight, nowMs, expiresAtMs } = rotation;
  const successor = { userId, name, description, scopes, secretSha256, lastEight, nowMs, expiresAtMs };
  return { outcome: "rotated", held: await addToken(sql, successor) };
}

async function addToken(sql: SqlConnection, token: Omit<NewToken, "isNameUnique">): Promise<HeldToken> {
  const created = await createToken(sql, { ...token, isNameUnique: false });
  // A secret has 160 random bits, and the account was found in this transaction: anything else is a fault.
  if (created.outcome !== "created") throw new Error(`a token could not be made: ${created.outcome}`);
  const held = await findHeldToken(sql, created.token.id);
  if (held === null) throw new Error("a token just created is not there");
  return held;
}

export async function createBotToken(
  sql: SqlConnection,
  wanted: NewBotToken,
): Promise<{ outcome: "created"; held: HeldToken } | { outcome: "absent" | "taken" }> {
  if ((await sql.get("SELECT id FROM namespaces WHERE id = ?", wanted.namespaceId)) === null) return { outcome: "absent" };
  const taken = await sql.get(
    "SELECT id FROM namespaces WHERE path_folded = ? UNION ALL SELECT id FROM users WHERE email_folded = ?",
    foldName(wanted.botName),
    foldName(wanted.botEmail),
  );
  if (taken !== null) return { outcome: "taken" };
  const bot = await sql.get<{ id: number }>(
    `INSERT INTO namespaces (kind, path, path_folded, visibility, full_name, created_at_ms)
     VALUES ('user', ?, ?, 'private', ?, ?) RETURNING id`,
    wanted.botName,
    foldName(wanted.botName),
    wanted.tokenName,
    wanted.nowMs,
  );
  if (bot === null) throw new Error("an insert returned no row");
  await sql.run(
    "INSERT INTO users (id, email, email_folded, password_hash, is_restricted, bot_of_namespace_id) VALUES (?, ?, ?, ?, ?, ?)",
    bot.id,
    wanted.botEmail,
    foldName(wanted.botEmail),
    wanted.passwordHash,
    wanted.isRestricted ? 1 : 0,
    wanted.namespaceId,
  );
  await sql.run(
    "INSERT INTO grants (namespace_id, user_id, level, team_id, created_at_ms) VALUES (?, ?, ?, 0, ?)",
    wanted.namespaceId,
    bot.id,
    wanted.level,
    wanted.nowMs,
  );
  const { description, secretSha256, lastEight, scopes, nowMs, expiresAtMs } = wanted;
  const token = { userId: bot.id, name: wanted.tokenName, description, secretSha256, lastEight, scopes, nowMs, expiresAtMs };
  return { outcome: "created", held: await addToken(sql, token) };
}
