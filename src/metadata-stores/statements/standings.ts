import type { NamespaceKind, Visibility } from "../../core/domain.ts";
import { stricterVisibility } from "../../core/permissions.ts";
import { inheritSettings, type Standing } from "../../core/ports/namespace-store.ts";
import type { SqlConnection } from "./connection.ts";
import { boundsBelow, noSettings, parseSettings, toAccessLevel } from "./namespaces.ts";

/** Walks from the namespace to its root: the strictest visibility, the highest grant and the nearest settings met on the way. */
export async function namespaceStanding(
  sql: SqlConnection,
  namespaceId: number,
  userId: number | null,
): Promise<Standing> {
  const path: number[] = [];
  let isMemberBelow = false;
  let settings = noSettings;
  let visibility: Visibility = "public";
  let level = 0;
  let next: number | null = namespaceId;
  while (next !== null) {
    const row: StandingRow | null = await sql.get(
      `SELECT parent_id, kind, path_folded, visibility, settings,
        (SELECT max(level) FROM grants WHERE namespace_id = namespaces.id AND user_id = ?) AS level
       FROM namespaces WHERE id = ? AND deleted_at_ms IS NULL`,
      userId,
      next,
    );
    if (row === null) return { visibility: "private", level: 0, path: [], settings: noSettings, isMemberBelow: false };
    if (path.length === 0 && row.kind === "group" && userId !== null) isMemberBelow = await hasGrantBelow(sql, row.path_folded, userId);
    path.push(next);
    if (row.settings !== "{}") settings = inheritSettings(parseSettings(row.settings), settings);
    visibility = stricterVisibility(visibility, row.visibility);
    level = Math.max(level, row.level ?? 0);
    next = row.parent_id;
  }
  return { visibility, level: toAccessLevel(level), path, settings, isMemberBelow };
}

/** Begins with what the user has, which is little. */
async function hasGrantBelow(sql: SqlConnection, pathFolded: string, userId: number): Promise<boolean> {
  const row = await sql.get(
    `SELECT 1 AS found FROM grants g JOIN namespaces n ON n.id = g.namespace_id
     WHERE g.user_id = ? AND g.level > 0 AND n.path_folded >= ? AND n.path_folded < ? LIMIT 1`,
    userId,
    ...boundsBelow(pathFolded),
  );
  return row !== null;
}

interface StandingRow {
  readonly parent_id: number | null;
  readonly kind: NamespaceKind;
  readonly path_folded: string;
  readonly visibility: Visibility;
  readonly settings: string;
  readonly level: number | null;
}
