import type { Actor } from "../actor.ts";
import type { Namespace, Visibility } from "../domain.ts";
import { checkFullPath, parseNamespaceName, parsePathPart } from "../namespace-name.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { checkLength } from "./manage-accounts.ts";
import { lastPartOf } from "./find-namespaces.ts";
import { checkVisibility, checkVisibilityBelow, pathTaken, renameTo } from "./manage-projects.ts";
import { openNamespace, type NamespaceGrant } from "./open-namespace.ts";
import { refuseHidden, requireAccount } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock" | "settings">;

/** A group below another one. */
export interface SubgroupToCreate {
  readonly parentId: number;
  readonly name: string;
  readonly path: string;
  readonly visibility: Visibility;
  readonly description: string;
}

/**
 * Creates a group below another one, owned by the caller, who is maintainer above. Throws `namespace_not_found`,
 * `rights_missing`, `public_only`, `name_taken`, `name_invalid`, `value_invalid`.
 */
export async function createSubgroup(needs: Needs, actor: Actor, group: SubgroupToCreate): Promise<Namespace> {
  const owner = requireAccount(actor, "organization", "write");
  const parent = await needs.metadata.tree.findById(group.parentId);
  if (parent === null || parent.kind !== "group") throw groupNotFound();
  const { visibility } = await openNamespace(needs, actor, { id: parent.id }, "configure", "organization");
  refuseHidden(actor, group.visibility);
  checkVisibility(group.visibility, visibility, parent);
  checkLength("full_name", group.name);
  checkLength("description", group.description);
  const name = parsePathPart(group.path);
  checkFullPath(`${parent.path}/${name}`);
  const result = await needs.metadata.tree.create({
    kind: "group",
    parentId: parent.id,
    name,
    id: null,
    visibility: group.visibility,
    fullName: group.name,
    description: group.description,
    ownerId: owner.id,
    nowMs: needs.clock.nowMs(),
  });
  if (result.outcome === "created") return result.namespace;
  throw result.outcome === "name_taken" ? pathTaken() : groupNotFound();
}

/** What may change of a group; a missing field stays. */
export interface GroupChanges {
  readonly name?: string;
  /** The last part of its path. */
  readonly path?: string;
  readonly visibility?: Visibility;
  readonly description?: string;
}

/** Changes a group at any height. Throws `name_taken`, `name_invalid`, `name_reserved`, `value_invalid`, `namespace_not_found`. */
export async function changeGroup(needs: Needs, grant: NamespaceGrant<"administer">, changes: GroupChanges): Promise<Namespace> {
  const { namespace } = grant;
  const { name, path, visibility, description } = changes;
  checkLength("full_name", name ?? "");
  checkLength("description", description ?? "");
  if (visibility !== undefined && visibility !== namespace.visibility) await checkVisibilityBelow(needs, namespace, visibility);
  if (path !== undefined && path !== lastPartOf(namespace.path))
    await renameTo(needs, namespace, namespace.parentId === null ? parseNamespaceName(path) : parsePathPart(path));
  const updated = await needs.metadata.namespaces.update(namespace.id, {
    ...(name === undefined ? {} : { fullName: name }),
    ...(visibility === undefined ? {} : { visibility }),
    ...(description === undefined ? {} : { description }),
  });
  if (updated === null) throw groupNotFound();
  return updated;
}

function groupNotFound(): RegistryError {
  return new RegistryError("namespace_not_found", "there is no such group");
}
