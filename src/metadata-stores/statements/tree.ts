import type { Namespace } from "../../core/domain.ts";
import { foldName } from "../../core/fold-name.ts";
import type { CreateNamespaceResult, NewNamespace, TreeExtent, TreeNode } from "../../core/ports/tree-store.ts";
import type { SqlConnection, SqlValue } from "./connection.ts";
import { boundsBelow, findNamespaceById, namespaceColumns, removeBots, removeNamespace, takeOverPath, toAccessLevel, toNamespace, type NamespaceRow } from "./namespaces.ts";
import { deleteSomeFiles } from "./deleting.ts";
import { countInChain, namespaceChain } from "./namespace-chain.ts";

export async function findFormerNamespace(sql: SqlConnection, path: string): Promise<Namespace | null> {
  const row = await sql.get<{ namespace_id: number }>("SELECT namespace_id FROM former_paths WHERE path_folded = ?", foldName(path));
  return row === null ? null : findNamespaceById(sql, row.namespace_id);
}

export async function listBelow(
  sql: SqlConnection,
  rootId: number | null,
  userId: number | null,
  limit: number,
  extent: TreeExtent = "all",
): Promise<readonly TreeNode[]> {
  const root = rootId === null ? null : await findNamespaceById(sql, rootId);
  if (rootId !== null && root === null) return [];
  const folded = root === null ? "" : foldName(root.path);
  const rest = extent === "all" ? "WHERE deleted_at_ms IS NULL" : "WHERE deleted_at_ms IS NULL AND (kind <> 'user' OR id IN (SELECT parent_id FROM namespaces))";
  const condition = root === null ? rest : "WHERE id = ? OR (path_folded >= ? AND path_folded < ?)";
  const values: readonly SqlValue[] = root === null ? [] : [root.id, ...boundsBelow(folded)];
  const rows = await sql.all<NamespaceRow & { readonly level: number | null }>(
    `SELECT ${namespaceColumns}, (SELECT max(level) FROM grants WHERE namespace_id = namespaces.id AND user_id = ?) AS level
     FROM namespaces ${condition} ORDER BY path_folded LIMIT ?`,
    userId,
    ...values,
    limit,
  );
  return rows.map((row) => ({ namespace: toNamespace(row), level: toAccessLevel(row.level ?? 0) }));
}

export async function createNamespace(sql: SqlConnection, wanted: NewNamespace): Promise<CreateNamespaceResult> {
  const parent = wanted.parentId === null ? null : await findNamespaceById(sql, wanted.parentId);
  const isParentRight = wanted.parentId === null ? wanted.kind === "group" : parent !== null && mayHold(parent, wanted.kind);
  if (!isParentRight) return { outcome: "parent_absent" };
  const path = parent === null ? wanted.name : `${parent.path}/${wanted.name}`;
  const folded = foldName(path);
  if ((await sql.get("SELECT id FROM namespaces WHERE path_folded = ?", folded)) !== null) return { outcome: "name_taken" };
  if (wanted.id !== null) {
    const holder = await sql.get(
      "SELECT id FROM namespaces WHERE id = ? UNION ALL SELECT id FROM retired_namespace_ids WHERE id = ?",
      wanted.id,
      wanted.id,
    );
    if (holder !== null) return { outcome: "id_taken" };
  }
  const row = await sql.get<NamespaceRow>(
    `INSERT INTO namespaces (id, parent_id, kind, path, path_folded, visibility, full_name, description, settings, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${namespaceColumns}`,
    wanted.id,
    wanted.parentId,
    wanted.kind,
    path,
    folded,
    wanted.visibility,
    wanted.fullName,
    wanted.description,
    JSON.stringify(wanted.settings ?? {}),
    wanted.nowMs,
  );
  if (row === null) throw new Error("an insert returned no row");
  await takeOverPath(sql, folded);
  if (wanted.ownerId !== null)
    await sql.run(
      "INSERT INTO grants (namespace_id, user_id, level, team_id, created_at_ms) SELECT ?, id, 50, 0, ? FROM users WHERE id = ?",
      row.id,
      wanted.nowMs,
      wanted.ownerId,
    );
  return { outcome: "created", namespace: toNamespace(row) };
}

/** Users hold projects only; projects hold nothing below. */
function mayHold(parent: Namespace, kind: NewNamespace["kind"]): boolean {
  return parent.kind === "group" || (parent.kind === "user" && kind === "project");
}

export async function renameNamespace(
  sql: SqlConnection,
  namespaceId: number,
  name: string,
): Promise<{ outcome: "renamed"; namespace: Namespace } | { outcome: "absent" | "name_taken" }> {
  const namespace = await findNamespaceById(sql, namespaceId);
  if (namespace === null || namespace.kind === "user") return { outcome: "absent" };
  const path = [...namespace.path.split("/").slice(0, -1), name].join("/");
  const folded = foldName(path);
  const holder = await sql.get<{ id: number }>("SELECT id FROM namespaces WHERE path_folded = ?", folded);
  if (holder !== null && holder.id !== namespaceId) return { outcome: "name_taken" };
  const oldFolded = foldName(namespace.path);
  const isMoved = "id = ? OR (path_folded >= ? AND path_folded < ?)";
  const moved = [namespaceId, ...boundsBelow(oldFolded)] as const;
  await takeOverPath(sql, folded);
  if (folded !== oldFolded)
    await sql.run(
      `INSERT INTO former_paths (path_folded, namespace_id) SELECT path_folded, id FROM namespaces WHERE ${isMoved}
       ON CONFLICT (path_folded) DO UPDATE SET namespace_id = excluded.namespace_id`,
      ...moved,
    );
  // One statement for all: folding keeps the number of characters, and no new path is another one's old path.
  await sql.run(
    `UPDATE namespaces SET path = ? || substr(path, length(?) + 1), path_folded = ? || substr(path_folded, length(?) + 1) WHERE ${isMoved}`,
    path,
    namespace.path,
    folded,
    oldFolded,
    ...moved,
  );
  const renamed = await findNamespaceById(sql, namespaceId);
  return renamed === null ? { outcome: "absent" } : { outcome: "renamed", namespace: renamed };
}

export async function deleteProject(sql: SqlConnection, namespaceId: number, nowMs: number): Promise<"deleted" | "absent"> {
  const namespace = await findNamespaceById(sql, namespaceId);
  if (namespace?.kind !== "project") return "absent";
  const [own, ...above] = await namespaceChain(sql, namespaceId);
  if (own === undefined) return "absent";
  await countInChain(sql, above, { versions: -own.version_count, bytes: -own.stored_bytes });
  await removeBots(sql, namespaceId);
  // What gives somebody a right ends with the project; the rest is out of reach.
  for (const table of ["former_paths", "grants", "deploy_tokens", "job_tokens", "protection_rules"])
    await sql.run(`DELETE FROM ${table} WHERE namespace_id = ?`, namespaceId);
  // No path begins with a slash: nobody can ask for it, and its own path is free at once.
  const path = `/deleted/${namespaceId}`;
  await sql.run(
    "UPDATE namespaces SET path = ?, path_folded = ?, parent_id = NULL, visibility = 'private', deleted_at_ms = ? WHERE id = ?",
    path,
    path,
    nowMs,
    namespaceId,
  );
  return "deleted";
}

export async function clearDeleted(sql: SqlConnection, limit: number, nowMs: number): Promise<"more" | "done"> {
  const row = await sql.get<{ id: number }>("SELECT id FROM namespaces WHERE deleted_at_ms IS NOT NULL ORDER BY id LIMIT 1");
  if (row === null) return "done";
  if (await deleteSomeFiles(sql, row.id, limit, nowMs)) return "more";
  const some = "DELETE FROM packages WHERE id IN (SELECT id FROM packages WHERE namespace_id = ? LIMIT ?)";
  if ((await sql.run(some, row.id, limit)) > 0) return "more";
  await removeNamespace(sql, row.id);
  return "more";
}
