import type { User, Visibility } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type { CreateUserResult, NewUser, UpdateUserResult, UserChanges, UserOrder, UserSearch } from "../../core/ports/account-store.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";
import { isNamespaceInUse, removeNamespace, takeOverPath } from "./namespaces.ts";

export interface UserRow {
  readonly user_id: number;
  readonly user_name: string;
  readonly user_full_name: string;
  readonly user_email: string;
  readonly user_visibility: Visibility;
  readonly password_hash: string;
  readonly is_admin: number;
  readonly is_active: number;
  readonly is_restricted: number;
  readonly is_login_prohibited: number;
  readonly bot_of_namespace_id: number | null;
  readonly user_created_at_ms: number;
}

/** Columns of a user in a statement that joins `users u` with `namespaces n`. */
export const userColumns =
  "u.id AS user_id, n.path AS user_name, n.full_name AS user_full_name, u.email AS user_email, n.visibility AS user_visibility, " +
  "u.password_hash, u.is_admin, u.is_active, u.is_restricted, u.is_login_prohibited, u.bot_of_namespace_id, n.created_at_ms AS user_created_at_ms";

export function toUser(row: UserRow): User {
  return {
    id: row.user_id,
    name: row.user_name,
    fullName: row.user_full_name,
    email: row.user_email,
    visibility: row.user_visibility,
    passwordHash: row.password_hash,
    isAdmin: row.is_admin === 1,
    isActive: row.is_active === 1,
    isRestricted: row.is_restricted === 1,
    isLoginProhibited: row.is_login_prohibited === 1,
    botOfNamespaceId: row.bot_of_namespace_id,
    createdAtMs: row.user_created_at_ms,
  };
}

export async function findUser(sql: SqlConnection, name: string): Promise<User | null> {
  const row = await sql.get<UserRow>(
    `SELECT ${userColumns} FROM namespaces n JOIN users u ON u.id = n.id WHERE n.path_folded = ?`,
    foldName(name),
  );
  return row === null ? null : toUser(row);
}

export async function findUserById(sql: SqlConnection, userId: number): Promise<User | null> {
  const row = await sql.get<UserRow>(
    `SELECT ${userColumns} FROM users u JOIN namespaces n ON n.id = u.id WHERE u.id = ?`,
    userId,
  );
  return row === null ? null : toUser(row);
}

export async function hasAnyUser(sql: SqlConnection): Promise<boolean> {
  return (await sql.get("SELECT 1 AS found FROM users LIMIT 1")) !== null;
}

export async function listUsers(sql: SqlConnection, page: PageRequest): Promise<Page<User>> {
  const rows = await sql.all<UserRow>(
    `SELECT ${userColumns}
     FROM (SELECT n.id FROM namespaces n JOIN users u ON u.id = n.id ORDER BY n.path_folded LIMIT ? OFFSET ?) chosen
     JOIN users u ON u.id = chosen.id JOIN namespaces n ON n.id = u.id ORDER BY n.path_folded`,
    page.limit,
    page.offset,
  );
  const total = await sql.get<{ total: number }>("SELECT count(*) AS total FROM users");
  return { items: rows.map(toUser), total: total?.total ?? 0 };
}

const orderColumns: Readonly<Record<UserOrder["by"], string>> = {
  id: "u.id",
  name: "lower(n.full_name)",
  username: "n.path_folded",
  created_at: "n.created_at_ms",
};

export async function searchUsers(sql: SqlConnection, search: UserSearch, order: UserOrder, page: PageRequest): Promise<Page<User>> {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const flags = [["is_active", search.isActive], ["is_login_prohibited", search.isLoginProhibited], ["is_admin", search.isAdmin]] as const;
  for (const [column, wanted] of flags) {
    if (wanted === null) continue;
    conditions.push(`u.${column} = ?`);
    values.push(wanted ? 1 : 0);
  }
  if (search.text !== null) {
    const folded = foldName(search.text);
    conditions.push(`(instr(n.path_folded, ?) > 0 OR instr(lower(n.full_name), ?) > 0${search.byEmail ? " OR u.email_folded = ?" : ""})`);
    values.push(folded, folded, ...(search.byEmail ? [folded] : []));
  }
  if (search.viewer !== null) {
    const { userId, visibilities } = search.viewer;
    conditions.push(`(u.id = ? OR n.visibility IN (${visibilities.map(() => "?").join(", ")}))`);
    values.push(userId, ...visibilities);
  }
  const source = `FROM users u JOIN namespaces n ON n.id = u.id${conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`}`;
  const direction = order.direction === "asc" ? "ASC" : "DESC";
  const rows = await sql.all<UserRow>(
    `SELECT ${userColumns} ${source} ORDER BY ${orderColumns[order.by]} ${direction}, u.id ${direction} LIMIT ? OFFSET ?`,
    ...values,
    page.limit,
    page.offset,
  );
  const total = await sql.get<{ total: number }>(`SELECT count(*) AS total ${source}`, ...values);
  return { items: rows.map(toUser), total: total?.total ?? 0 };
}

export async function createUser(sql: SqlConnection, user: NewUser): Promise<CreateUserResult> {
  if (user.onlyAsFirst === true && (await sql.get("SELECT id FROM users LIMIT 1")) !== null) return { outcome: "not_first" };
  const folded = foldName(user.name);
  if ((await sql.get("SELECT id FROM namespaces WHERE path_folded = ?", folded)) !== null) return { outcome: "name_taken" };
  if (await isEmailTaken(sql, user.email, null)) return { outcome: "email_taken" };
  const namespace = await sql.get<{ id: number }>(
    `INSERT INTO namespaces (kind, path, path_folded, visibility, full_name, created_at_ms)
     VALUES ('user', ?, ?, ?, ?, ?) RETURNING id`,
    user.name,
    folded,
    user.visibility,
    user.fullName,
    user.nowMs,
  );
  if (namespace === null) throw new Error("an insert returned no row");
  await takeOverPath(sql, folded);
  await sql.run(
    "INSERT INTO users (id, email, email_folded, password_hash, is_admin, is_restricted) VALUES (?, ?, ?, ?, ?, ?)",
    namespace.id,
    user.email,
    foldName(user.email),
    user.passwordHash,
    user.isAdmin ? 1 : 0,
    user.isRestricted ? 1 : 0,
  );
  await sql.run(
    "INSERT INTO grants (namespace_id, user_id, level, team_id) VALUES (?, ?, 50, 0)",
    namespace.id,
    namespace.id,
  );
  if (user.token !== undefined)
    await sql.run(
      "INSERT INTO tokens (user_id, name, secret_sha256, last_eight, scopes, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
      namespace.id,
      user.token.name,
      user.token.secretSha256,
      user.token.lastEight,
      JSON.stringify(["all"]),
      user.nowMs,
    );
  const created = await findUserById(sql, namespace.id);
  if (created === null) throw new Error("an account just created is not there");
  return { outcome: "created", user: created };
}

async function isEmailTaken(sql: SqlConnection, email: string, exceptUserId: number | null): Promise<boolean> {
  const holder = await sql.get<{ id: number }>("SELECT id FROM users WHERE email_folded = ?", foldName(email));
  return holder !== null && holder.id !== exceptUserId;
}

export async function updateUser(sql: SqlConnection, userId: number, changes: UserChanges): Promise<UpdateUserResult> {
  if ((await findUserById(sql, userId)) === null) return { outcome: "absent" };
  if (changes.email !== undefined && (await isEmailTaken(sql, changes.email, userId))) return { outcome: "email_taken" };
  if (losesAdministrator(changes) && (await isLastAdministrator(sql, userId))) return { outcome: "last_administrator" };
  const account: [string, SqlValue | boolean | undefined][] = [
    ["email", changes.email],
    ["email_folded", changes.email === undefined ? undefined : foldName(changes.email)],
    ["password_hash", changes.passwordHash],
    ["is_admin", changes.isAdmin],
    ["is_active", changes.isActive],
    ["is_restricted", changes.isRestricted],
    ["is_login_prohibited", changes.isLoginProhibited],
  ];
  await assign(sql, "users", userId, account);
  await assign(sql, "namespaces", userId, [
    ["visibility", changes.visibility],
    ["full_name", changes.fullName],
  ]);
  const user = await findUserById(sql, userId);
  return user === null ? { outcome: "absent" } : { outcome: "updated", user };
}

function losesAdministrator({ isAdmin, isActive, isLoginProhibited }: UserChanges): boolean {
  return isAdmin === false || isActive === false || isLoginProhibited === true;
}

/** Whether this account is an administrator who can sign in, and no other one is. */
async function isLastAdministrator(sql: SqlConnection, userId: number): Promise<boolean> {
  const able = await sql.all<{ id: number }>(
    "SELECT id FROM users WHERE is_admin = 1 AND is_active = 1 AND is_login_prohibited = 0 ORDER BY id = ? DESC LIMIT 2",
    userId,
  );
  return able.length === 1 && able[0]?.id === userId;
}

/** Sets the columns that have a value. */
async function assign(
  sql: SqlConnection,
  table: "users" | "namespaces",
  id: number,
  columns: readonly [string, SqlValue | boolean | undefined][],
): Promise<void> {
  const given = columns.filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const values = given.map(([, value]) => (typeof value === "boolean" ? Number(value) : (value ?? null)));
  await sql.run(`UPDATE ${table} SET ${given.map(([column]) => `${column} = ?`).join(", ")} WHERE id = ?`, ...values, id);
}

export async function deleteUser(sql: SqlConnection, userId: number): Promise<"deleted" | "absent" | "still_in_use"> {
  if ((await findUserById(sql, userId)) === null) return "absent";
  if (await isNamespaceInUse(sql, userId)) return "still_in_use";
  await sql.run("DELETE FROM packages WHERE namespace_id = ?", userId);
  await removeNamespace(sql, userId);
  return "deleted";
}
