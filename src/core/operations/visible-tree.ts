import type { Actor } from "../actor.ts";
import type { Namespace } from "../domain.ts";
import { stricterVisibility, type NamespaceStanding } from "../permissions.ts";
import { inheritSettings, type Standing } from "../ports/namespace-store.ts";
import type { TreeExtent } from "../ports/tree-store.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { standingFor } from "./open-namespace.ts";

/** Namespaces that one walk looks at at most. */
const treeLimit = 100_000;

/** A namespace with what decides who may do what there. */
export interface Place {
  readonly namespace: Namespace;
  readonly standing: NamespaceStanding;
}

/**
 * A namespace and everything below it (null: every namespace there is), each with the caller's standing; nothing is left
 * out yet. At most 100,000 places, parents before what is below them.
 */
export async function visibleTree(
  { metadata }: Pick<RegistryDependencies, "metadata">,
  actor: Actor,
  root: Namespace | null,
  extent: TreeExtent = "all",
): Promise<readonly Place[]> {
  const userId = actor.kind === "user" ? actor.user.id : null;
  const above: Standing | null = root === null ? null : await metadata.namespaces.standing(root.id, userId);
  const standings = new Map<number, Standing>();
  const found: { readonly namespace: Namespace; readonly standing: Standing }[] = [];
  const withMembersBelow = new Set<number>();
  for (const { namespace, level } of await metadata.tree.below(root?.id ?? null, userId, treeLimit, extent)) {
    const isRoot = namespace.id === root?.id;
    const parent = isRoot || namespace.parentId === null ? null : (standings.get(namespace.parentId) ?? null);
    // What was created or moved during the walk is left to the next one.
    if (parent === null && !isRoot && (root !== null || namespace.parentId !== null)) continue;
    const standing = isRoot && above !== null ? above : inherit(namespace, level, parent);
    standings.set(namespace.id, standing);
    found.push({ namespace, standing });
    if (level > 0) for (const above of standing.path.slice(1)) withMembersBelow.add(above);
  }
  return found.map(({ namespace, standing }) => ({
    namespace,
    standing: standingFor({ ...standing, isMemberBelow: withMembersBelow.has(namespace.id) }),
  }));
}

function inherit(namespace: Namespace, level: Standing["level"], parent: Standing | null): Standing {
  if (parent === null) return { visibility: namespace.visibility, level, path: [namespace.id], settings: namespace.settings, isMemberBelow: false };
  return {
    visibility: stricterVisibility(parent.visibility, namespace.visibility),
    level: level > parent.level ? level : parent.level,
    path: [namespace.id, ...parent.path],
    settings: inheritSettings(parent.settings, namespace.settings),
    isMemberBelow: false,
  };
}
