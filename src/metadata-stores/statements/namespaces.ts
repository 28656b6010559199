import type { AccessLevel, Namespace, NamespaceKind, NamespaceSettings, OwnLimits, Visibility } from "../../core/domain.ts";
import { accessLevels } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type { NamespaceChanges, NewGroup, Usage } from "../../core/ports/namespace-store.ts";
import type { Page, PageRequest } from "../../core/ports/page.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";

export interface NamespaceRow {
  readonly id: number;
  readonly parent_id: number | null;
  readonly kind: NamespaceKind;
  readonly path: string;
  readonly visibility: Visibility;
  readonly full_name: string;
  readonly description: string;
  readonly email: string;
  readonly website: string;
  readonly location: string;
  readonly limits: string;
  readonly settings: string;
  readonly created_at_ms: number;
}

export const namespaceColumns =
  "id, parent_id, kind, path, visibility, full_name, description, email, website, location, limits, settings, created_at_ms";

export function toNamespace(row: NamespaceRow): Namespace {
  return {
    id: row.id,
    parentId: row.parent_id,
    kind: row.kind,
    path: row.path,
    visibility: row.visibility,
    fullName: row.full_name,
    description: row.description,
    email: row.email,
    website: row.website,
    location: row.location,
    limits: parseLimits(row.limits),
    settings: parseSettings(row.settings),
    createdAtMs: row.created_at_ms,
  };
}

/** Own limits as stored by `updateNamespace`. */
export function parseLimits(text: string): OwnLimits {
  return text === "{}" ? noLimits : (JSON.parse(text) as OwnLimits);
}

const noLimits: OwnLimits = {};

/** Own settings as stored by `updateNamespace`. */
export function parseSettings(text: string): NamespaceSettings {
  return text === "{}" ? noSettings : (JSON.parse(text) as NamespaceSettings);
}

export const noSettings: NamespaceSettings = {};

export async function findNamespace(sql: SqlConnection, path: string): Promise<Namespace | null> {
  const row = await sql.get<NamespaceRow>(
    `SELECT ${namespaceColumns} FROM namespaces WHERE path_folded = ? AND deleted_at_ms IS NULL`,
    foldName(path),
  );
  return row === null ? null : toNamespace(row);
}

export async function findNamespaceById(sql: SqlConnection, id: number): Promise<Namespace | null> {
  const row = await sql.get<NamespaceRow>(`SELECT ${namespaceColumns} FROM namespaces WHERE id = ? AND deleted_at_ms IS NULL`, id);
  return row === null ? null : toNamespace(row);
}

/** The highest known level that is not above a number. */
export function toAccessLevel(level: number): AccessLevel {
  return accessLevels.findLast((known) => known <= level) ?? 0;
}

export async function listNamespaces(sql: SqlConnection, page: PageRequest): Promise<Page<Namespace>> {
  const rows = await sql.all<NamespaceRow>(
    `SELECT ${namespaceColumns} FROM namespaces WHERE id IN (SELECT id FROM namespaces WHERE deleted_at_ms IS NULL ORDER BY path_folded LIMIT ? OFFSET ?)
     ORDER BY path_folded`,
    page.limit,
    page.offset,
  );
  const total = await sql.get<{ total: number }>("SELECT count(*) AS total FROM namespaces WHERE deleted_at_ms IS NULL");
  return { items: rows.map(toNamespace), total: total?.total ?? 0 };
}

export async function namespaceUsage(sql: SqlConnection, namespaceId: number): Promise<Usage> {
  const row = await sql.get<Usage>(
    "SELECT version_count AS versions, stored_bytes AS bytes FROM namespaces WHERE id = ? AND deleted_at_ms IS NULL",
    namespaceId,
  );
  return row ?? { versions: 0, bytes: 0 };
}

/** How many versions a namespace itself holds: its counter includes those below. Null when there is no such namespace. */
export async function ownVersionCount(sql: SqlConnection, namespaceId: number): Promise<number | null> {
  const row = await sql.get<{ versions: number }>(
    `SELECT n.version_count - coalesce((SELECT sum(below.version_count) FROM namespaces below WHERE below.parent_id = n.id), 0) AS versions
     FROM namespaces n WHERE n.id = ?`,
    namespaceId,
  );
  return row?.versions ?? null;
}

/** `0` is the character behind the slash: everything between the two lies below a path. */
export function boundsBelow(foldedPath: string): readonly [from: string, to: string] {
  return [`${foldedPath}/`, `${foldedPath}0`];
}

/** Whoever takes a path that another namespace had before takes it over, with all below it (GitLab: redirect routes). */
export async function takeOverPath(sql: SqlConnection, folded: string): Promise<void> {
  await sql.run(
    "DELETE FROM former_paths WHERE path_folded = ? OR (path_folded >= ? AND path_folded < ?)",
    folded,
    ...boundsBelow(folded),
  );
}

export async function createGroup(
  sql: SqlConnection,
  group: NewGroup,
): Promise<{ outcome: "created"; namespace: Namespace } | { outcome: "name_taken" }> {
  const folded = foldName(group.name);
  if ((await sql.get("SELECT id FROM namespaces WHERE path_folded = ?", folded)) !== null) return { outcome: "name_taken" };
  const row = await sql.get<NamespaceRow>(
    `INSERT INTO namespaces (kind, path, path_folded, visibility, full_name, description, email, website, location, created_at_ms)
     VALUES ('group', ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${namespaceColumns}`,
    group.name,
    folded,
    group.visibility,
    group.fullName,
    group.description,
    group.email,
    group.website,
    group.location,
    group.nowMs,
  );
  if (row === null) throw new Error("an insert returned no row");
  await takeOverPath(sql, folded);
  if (group.ownerId !== null) {
    const team = await sql.get<{ id: number }>(
      `INSERT INTO teams (namespace_id, name, name_folded, description, permission, units, level)
       VALUES (?, 'Owners', 'owners', '', 'owner', '{}', 50) RETURNING id`,
      row.id,
    );
    await sql.run(
      "INSERT INTO grants (namespace_id, user_id, level, team_id) SELECT ?, id, 50, ? FROM users WHERE id = ?",
      row.id,
      team?.id ?? 0,
      group.ownerId,
    );
  }
  return { outcome: "created", namespace: toNamespace(row) };
}

const changeableColumns = {
  visibility: "visibility",
  fullName: "full_name",
  description: "description",
  email: "email",
  website: "website",
  location: "location",
} as const satisfies Partial<Record<keyof NamespaceChanges, string>>;

export async function updateNamespace(
  sql: SqlConnection,
  namespaceId: number,
  changes: NamespaceChanges,
): Promise<Namespace | null> {
  const assignments: string[] = [];
  const values: SqlValue[] = [];
  for (const [field, column] of Object.entries(changeableColumns)) {
    const value = changes[field as keyof typeof changeableColumns];
    if (value === undefined) continue;
    assignments.push(`${column} = ?`);
    values.push(value);
  }
  if (changes.limits !== undefined) {
    assignments.push("limits = ?");
    values.push(JSON.stringify(changes.limits));
  }
  const { settings, forgottenSettings: forgotten = [] } = changes;
  if (settings !== undefined || forgotten.length > 0) {
    const own = (await findNamespaceById(sql, namespaceId))?.settings;
    const kept = Object.entries({ ...own, ...settings }).filter(([name]) => !forgotten.some((one) => one === name));
    assignments.push("settings = ?");
    values.push(JSON.stringify(Object.fromEntries(kept)));
  }
  if (assignments.length > 0)
    await sql.run(`UPDATE namespaces SET ${assignments.join(", ")} WHERE id = ?`, ...values, namespaceId);
  return findNamespaceById(sql, namespaceId);
}

export async function deleteGroup(sql: SqlConnection, namespaceId: number): Promise<"deleted" | "absent" | "still_in_use"> {
  const namespace = await findNamespaceById(sql, namespaceId);
  if (namespace === null || namespace.kind !== "group") return "absent";
  if (await isNamespaceInUse(sql, namespaceId)) return "still_in_use";
  await sql.run("DELETE FROM packages WHERE namespace_id = ?", namespaceId);
  await removeNamespace(sql, namespaceId);
  return "deleted";
}

/** Removes a namespace that holds nothing any more, with the bots that acted for it. Its id is never given again. */
export async function removeNamespace(sql: SqlConnection, namespaceId: number): Promise<void> {
  await removeBots(sql, namespaceId);
  await removeAndRetire(sql, namespaceId);
}

/** Ends the accounts that act for the access tokens of a namespace. */
export async function removeBots(sql: SqlConnection, namespaceId: number): Promise<void> {
  const bots = await sql.all<{ id: number }>("SELECT id FROM users WHERE bot_of_namespace_id = ?", namespaceId);
  for (const { id } of bots) await removeAndRetire(sql, id);
}

async function removeAndRetire(sql: SqlConnection, id: number): Promise<void> {
  await sql.run("INSERT INTO retired_namespace_ids (id) VALUES (?) ON CONFLICT (id) DO NOTHING", id);
  await sql.run("DELETE FROM namespaces WHERE id = ?", id);
}

/** Whether packages with versions, or namespaces below, still stand in a namespace. */
export async function isNamespaceInUse(sql: SqlConnection, namespaceId: number): Promise<boolean> {
  const row = await sql.get(
    `SELECT 1 AS used WHERE EXISTS (SELECT 1 FROM versions WHERE namespace_id = ?)
       OR EXISTS (SELECT 1 FROM namespaces WHERE parent_id = ?)`,
    namespaceId,
    namespaceId,
  );
  return row !== null;
}

export async function setGrant(
  sql: SqlConnection,
  grant: { namespaceId: number; userId: number; level: AccessLevel },
): Promise<"set" | "absent"> {
  const both = await sql.get(
    "SELECT 1 AS found FROM namespaces, users WHERE namespaces.id = ? AND users.id = ?",
    grant.namespaceId,
    grant.userId,
  );
  if (both === null) return "absent";
  await sql.run(
    "DELETE FROM grants WHERE namespace_id = ? AND user_id = ? AND team_id = 0",
    grant.namespaceId,
    grant.userId,
  );
  if (grant.level > 0)
    await sql.run(
      "INSERT INTO grants (namespace_id, user_id, level, team_id) VALUES (?, ?, ?, 0)",
      grant.namespaceId,
      grant.userId,
      grant.level,
    );
  return "set";
}
