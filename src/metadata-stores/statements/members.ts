import type { AccessLevel, Namespace } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type { Member, MemberChanges, MemberReach, NewMember } from "../../core/ports/member-store.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import { toUser, userColumns, type UserRow } from "./accounts.ts";
import type { SqlConnection } from "./connection.ts";
import { namespaceChain } from "./namespace-chain.ts";
import { findNamespaceById, toAccessLevel } from "./namespaces.ts";

interface MemberRow extends UserRow {
  readonly member_level: number;
  readonly member_since_ms: number;
  readonly member_expires_at_ms: number | null;
}

function toMember(row: MemberRow): Member {
  return {
    user: toUser(row),
    level: toAccessLevel(row.member_level),
    createdAtMs: row.member_since_ms,
    expiresAtMs: row.member_expires_at_ms,
  };
}

/** Of several grants to one user SQLite takes the other columns from the row with the highest level. */
const memberColumns =
  `${userColumns}, max(g.level) AS member_level, g.expires_at_ms AS member_expires_at_ms, ` +
  // Grants from before memberships had a time are as old as what they belong to.
  "max(g.created_at_ms, n.created_at_ms, place.created_at_ms) AS member_since_ms";
const memberSource =
  "FROM grants g JOIN users u ON u.id = g.user_id JOIN namespaces n ON n.id = u.id JOIN namespaces place ON place.id = g.namespace_id";

async function reachedIds(sql: SqlConnection, namespaceId: number, reach: MemberReach): Promise<readonly number[]> {
  return reach === "direct" ? [namespaceId] : (await namespaceChain(sql, namespaceId)).map(({ id }) => id);
}

export async function listMembers(
  sql: SqlConnection,
  namespaceId: number,
  reach: MemberReach,
  query: string | null,
  page: PageRequest,
): Promise<Page<Member>> {
  const ids = await reachedIds(sql, namespaceId, reach);
  const folded = query === null ? null : foldName(query);
  const matching = folded === null ? "" : "AND (instr(n.path_folded, ?) > 0 OR instr(lower(n.full_name), ?) > 0)";
  const condition = `WHERE g.namespace_id IN (${ids.map(() => "?").join(", ")}) ${matching}`;
  const values = [...ids, ...(folded === null ? [] : [folded, folded])];
  const rows = await sql.all<MemberRow>(
    `SELECT ${memberColumns} ${memberSource} ${condition} GROUP BY g.user_id ORDER BY g.user_id LIMIT ? OFFSET ?`,
    ...values,
    page.limit,
    page.offset,
  );
  const total = await sql.get<{ total: number }>(`SELECT count(DISTINCT g.user_id) AS total ${memberSource} ${condition}`, ...values);
  return { items: rows.map(toMember), total: total?.total ?? 0 };
}

export async function findMember(sql: SqlConnection, namespaceId: number, reach: MemberReach, userId: number): Promise<Member | null> {
  const ids = await reachedIds(sql, namespaceId, reach);
  const row = await sql.get<MemberRow>(
    `SELECT ${memberColumns} ${memberSource} WHERE g.user_id = ? AND g.namespace_id IN (${ids.map(() => "?").join(", ")}) GROUP BY g.user_id`,
    userId,
    ...ids,
  );
  return row === null ? null : toMember(row);
}

export async function memberLevels(
  sql: SqlConnection,
  namespaceId: number,
  userId: number,
): Promise<{ readonly own: AccessLevel; readonly above: AccessLevel }> {
  let own = 0;
  let above = 0;
  for (const { id } of await namespaceChain(sql, namespaceId)) {
    const row = await sql.get<{ level: number | null }>(
      "SELECT max(level) AS level FROM grants WHERE namespace_id = ? AND user_id = ?",
      id,
      userId,
    );
    if (id === namespaceId) own = row?.level ?? 0;
    else above = Math.max(above, row?.level ?? 0);
  }
  return { own: toAccessLevel(own), above: toAccessLevel(above) };
}

export async function addMember(sql: SqlConnection, member: NewMember): Promise<"added" | "already_member" | "absent"> {
  const { namespaceId, userId } = member;
  const both = await sql.get(
    "SELECT 1 AS found FROM namespaces, users WHERE namespaces.id = ? AND users.id = ?",
    namespaceId,
    userId,
  );
  if (both === null) return "absent";
  if ((await findMember(sql, namespaceId, "direct", userId)) !== null) return "already_member";
  await grantDirectly(sql, member);
  return "added";
}

export async function updateMember(
  sql: SqlConnection,
  namespaceId: number,
  userId: number,
  changes: MemberChanges,
): Promise<"updated" | "absent" | "last_owner"> {
  const member = await findMember(sql, namespaceId, "direct", userId);
  const namespace = await findNamespaceById(sql, namespaceId);
  if (member === null || namespace === null) return "absent";
  const endsBySelf = (changes.expiresAtMs ?? null) !== null;
  if ((changes.level < 50 || endsBySelf) && (await isLastOwner(sql, namespace, member))) return "last_owner";
  await sql.run("DELETE FROM grants WHERE namespace_id = ? AND user_id = ?", namespaceId, userId);
  const { expiresAtMs = member.expiresAtMs } = changes;
  await grantDirectly(sql, { namespaceId, userId, level: changes.level, expiresAtMs, nowMs: member.createdAtMs });
  return "updated";
}

export async function removeMember(sql: SqlConnection, namespaceId: number, userId: number): Promise<"removed" | "absent" | "last_owner"> {
  const member = await findMember(sql, namespaceId, "direct", userId);
  const namespace = await findNamespaceById(sql, namespaceId);
  if (member === null || namespace === null) return "absent";
  if (await isLastOwner(sql, namespace, member)) return "last_owner";
  await sql.run("DELETE FROM grants WHERE namespace_id = ? AND user_id = ?", namespaceId, userId);
  return "removed";
}

/** Whether any membership has ended by then: most minutes none has, and a command would cost a commit. */
export async function hasExpiredMembers(sql: SqlConnection, nowMs: number): Promise<boolean> {
  return (await sql.get("SELECT 1 AS found FROM grants WHERE expires_at_ms <= ? LIMIT 1", nowMs)) !== null;
}

export async function removeExpiredMembers(sql: SqlConnection, nowMs: number): Promise<number> {
  return sql.run("DELETE FROM grants WHERE expires_at_ms <= ?", nowMs);
}

async function grantDirectly(sql: SqlConnection, { namespaceId, userId, level, expiresAtMs, nowMs }: NewMember): Promise<void> {
  await sql.run(
    "INSERT INTO grants (namespace_id, user_id, level, team_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, 0, ?, ?)",
    namespaceId,
    userId,
    level,
    nowMs,
    expiresAtMs,
  );
}

/** Whether nobody else owns a group, itself or from above; accounts own their namespace and its projects for good. Bots own nothing. */
async function isLastOwner(sql: SqlConnection, namespace: Namespace, { user, level }: Member): Promise<boolean> {
  if (namespace.kind === "user") return namespace.id === user.id;
  if (namespace.kind === "project") return namespace.parentId === user.id;
  if (level < 50 || user.botOfNamespaceId !== null) return false;
  const ids = await reachedIds(sql, namespace.id, "all");
  const elsewhere = ids.filter((id) => id !== namespace.id);
  const other = await sql.get(
    `SELECT 1 AS found FROM grants g JOIN users u ON u.id = g.user_id
     WHERE g.level >= 50 AND u.bot_of_namespace_id IS NULL
       AND ((g.namespace_id = ? AND g.user_id <> ?)${elsewhere.length === 0 ? "" : ` OR g.namespace_id IN (${elsewhere.map(() => "?").join(", ")})`})
     LIMIT 1`,
    namespace.id,
    user.id,
    ...elsewhere,
  );
  return other === null;
}
