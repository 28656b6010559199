import type { AccessLevel, Namespace, NamespaceSettings, Visibility } from "../domain.ts";

/** A project, or a group below another one, to create. */
export interface NewNamespace {
  readonly kind: "group" | "project";
  /** Null for a group at the top. */
  readonly parentId: number | null;
  /** The last part of its path, checked. */
  readonly name: string;
  /** Chosen by an administrator; null for the next one. */
  readonly id: number | null;
  readonly visibility: Visibility;
  readonly fullName: string;
  readonly description: string;
  /** Who gets a direct grant as owner; null for nobody. */
  readonly ownerId: number | null;
  readonly settings?: NamespaceSettings;
  readonly nowMs: number;
}

export type CreateNamespaceResult =
  | { readonly outcome: "created"; readonly namespace: Namespace }
  /** `id_taken`: a namespace has, or once had, this id. `parent_absent`: gone, or of a kind that has nothing below. */
  | { readonly outcome: "name_taken" | "id_taken" | "parent_absent" };

/** A namespace with what decides who sees it, apart from what lies above the root of the walk. */
export interface TreeNode {
  readonly namespace: Namespace;
  /** The user's highest grant on this namespace itself. */
  readonly level: AccessLevel;
}

/** `without_lone_users` leaves out accounts that have no project: most of what there is, where only the rest is asked for. */
export type TreeExtent = "all" | "without_lone_users";

/** The tree of namespaces below users and groups. */
export interface TreeStore {
  findById(namespaceId: number): Promise<Namespace | null>;
  /** The namespace that had this path before it was renamed. */
  findFormer(path: string): Promise<Namespace | null>;
  /** A namespace and everything below it (null: every one), by folded path, at most `limit`; parents come before what is below them. */
  below(rootId: number | null, userId: number | null, limit: number, extent?: TreeExtent): Promise<readonly TreeNode[]>;
  create(namespace: NewNamespace): Promise<CreateNamespaceResult>;
  /** Gives the last part of its path another name; everything below moves along, and the old paths are remembered. */
  rename(namespaceId: number, name: string): Promise<{ outcome: "renamed"; namespace: Namespace } | { outcome: "absent" | "name_taken" }>;
  /**
   * A project is gone for everyone when this returns: its path and its share of the counters above are free. What it held is
   * removed by `clearDeleted`.
   */
  deleteProject(namespaceId: number, nowMs: number): Promise<"deleted" | "absent">;
  /**
   * Removes a part of what deleted projects held, at most `limit` revisions at once so that other commands get their turn;
   * `done` when nothing of any is left. Can be repeated after a crash.
   */
  clearDeleted(limit: number, nowMs: number): Promise<"more" | "done">;
}
