import type { Actor } from "../actor.ts";
import type { Namespace, RegistryAccess, Visibility } from "../domain.ts";
import { checkFullPath, parsePathPart } from "../namespace-name.ts";
import { stricterVisibility } from "../permissions.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { lastPartOf } from "./find-namespaces.ts";
import { mayAlso, openNamespace, type NamespaceGrant } from "./open-namespace.ts";
import { refuseHidden, requireAccount, requireAdministrator } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock" | "settings">;

const maxNameLength = 255;
const maxDescriptionLength = 2000;
const maxChosenId = 2 ** 40;

/** A project to create. */
export interface ProjectToCreate {
  readonly name: string;
  /** The last part of its path. */
  readonly path: string;
  /** Where it goes; null for the caller's own namespace. */
  readonly parentId: number | null;
  /** Chosen by an administrator; null for the next one. */
  readonly id: number | null;
  readonly visibility: Visibility;
  readonly description: string;
  /** Null leaves it to what is above. */
  readonly registryAccess: RegistryAccess | null;
}

/**
 * Creates a project: in the caller's own namespace, or in a group where the caller may publish. Throws `name_taken`,
 * `id_taken`, `name_invalid`, `public_only`, and `value_invalid` for a namespace that will not do (its subject is `namespace`).
 */
export async function createProject(needs: Needs, actor: Actor, project: ProjectToCreate): Promise<Namespace> {
  const creator = requireAccount(actor, "repository", "write");
  if (project.id !== null) checkChosenId(actor, project.id);
  checkTexts(project);
  refuseHidden(actor, project.visibility);
  const { namespace: parent, visibility } = await openParent(needs, actor, project.parentId ?? creator.id);
  const name = parsePathPart(project.path);
  checkFullPath(`${parent.path}/${name}`);
  checkVisibility(project.visibility, visibility, parent);
  const result = await needs.metadata.tree.create({
    kind: "project",
    parentId: parent.id,
    name,
    id: project.id,
    visibility: project.visibility,
    fullName: project.name,
    description: project.description,
    // As in GitLab: the owner of a namespace is a member of each project in it.
    ownerId: parent.kind === "user" ? parent.id : null,
    nowMs: needs.clock.nowMs(),
    ...(project.registryAccess === null ? {} : { settings: { registryAccess: project.registryAccess } }),
  });
  switch (result.outcome) {
    case "created":
      return result.namespace;
    case "parent_absent":
      throw namespaceInvalid();
    case "id_taken":
      throw new RegistryError("id_taken", "has already been taken", { subject: "id" });
    case "name_taken":
      throw pathTaken();
  }
}

function checkChosenId(actor: Actor, id: number): void {
  requireAdministrator(actor, "write");
  if (!Number.isSafeInteger(id) || id < 1 || id > maxChosenId)
    throw new RegistryError("value_invalid", `is no number from 1 to ${maxChosenId}`, { subject: "id" });
}

/** Where a project may go: what the caller may not use is like one that does not exist. */
async function openParent(needs: Needs, actor: Actor, parentId: number): Promise<NamespaceGrant> {
  const parent = await needs.metadata.tree.findById(parentId);
  if (parent === null || parent.kind === "project") throw namespaceInvalid();
  // A bot goes with what it works for; nothing of value may stand in its namespace.
  if (parent.kind === "user" && (await needs.metadata.accounts.findById(parentId))?.botOfNamespaceId !== null) throw namespaceInvalid();
  const capability = parent.kind === "user" ? "administer" : "publish";
  try {
    return await openNamespace(needs, actor, { id: parentId }, capability, "repository");
  } catch (error) {
    const isRefused = error instanceof RegistryError && (error.code === "rights_missing" || error.code === "namespace_not_found");
    throw isRefused ? namespaceInvalid() : error;
  }
}

/** What may change of a project; a missing field stays. */
export interface ProjectChanges {
  readonly name?: string;
  /** The last part of its path. */
  readonly path?: string;
  readonly description?: string;
  readonly visibility?: Visibility;
  readonly registryAccess?: RegistryAccess;
}

/**
 * Changes a project; path and visibility are the owners' to change. A group or an account's namespace may be addressed as
 * well, by its owners; a path is not changed there. Throws `rights_missing`, `name_taken`, `name_invalid`, `value_invalid`.
 */
export async function updateProject(needs: Needs, grant: NamespaceGrant<"configure">, changes: ProjectChanges): Promise<Namespace> {
  const { namespace } = grant;
  checkTexts(changes);
  const { name, path, description, visibility, registryAccess } = changes;
  const isMoved = path !== undefined && path !== lastPartOf(namespace.path);
  const isShown = visibility !== undefined && visibility !== namespace.visibility;
  if ((isMoved || isShown || namespace.kind !== "project") && !(await mayAlso(needs, grant, "administer")))
    throw new RegistryError("rights_missing", "this is for owners", { isVisible: true });
  if (namespace.kind !== "project" && (isMoved || isShown || name !== undefined))
    throw new RegistryError("value_invalid", "is no project's", { subject: "path" });
  if (isShown) await checkVisibilityBelow(needs, namespace, visibility);
  if (isMoved) await renameTo(needs, namespace, parsePathPart(path));
  const updated = await needs.metadata.namespaces.update(namespace.id, {
    ...(name === undefined ? {} : { fullName: name }),
    ...(description === undefined ? {} : { description }),
    ...(visibility === undefined ? {} : { visibility }),
    ...(registryAccess === undefined ? {} : { settings: { registryAccess } }),
  });
  if (updated === null) throw projectGone();
  return updated;
}

/** Gives the last part of a namespace's path another name, checked. Throws `name_taken`, `name_invalid`. */
export async function renameTo({ metadata }: Pick<Needs, "metadata">, namespace: Namespace, name: string): Promise<void> {
  checkFullPath([...namespace.path.split("/").slice(0, -1), name].join("/"));
  const { outcome } = await metadata.tree.rename(namespace.id, name);
  if (outcome === "name_taken") throw pathTaken();
  if (outcome === "absent") throw projectGone();
}

/**
 * Removes a project with everything in it: it is gone for everyone when this returns, what it held goes step by step, its
 * bytes follow when they are collected. Throws `project_not_found`.
 */
export async function deleteProject(
  { metadata, clock, deletedProjects }: Needs & Pick<RegistryDependencies, "deletedProjects">,
  grant: NamespaceGrant<"administer">,
): Promise<void> {
  if ((await metadata.tree.deleteProject(grant.namespace.id, clock.nowMs())) === "absent") throw projectGone();
  deletedProjects.wake();
}

/** Refuses a visibility that what is above a namespace does not allow. Throws `value_invalid`. */
export async function checkVisibilityBelow({ metadata }: Pick<Needs, "metadata">, { parentId }: Namespace, wanted: Visibility): Promise<void> {
  const parent = parentId === null ? null : await metadata.tree.findById(parentId);
  if (parent !== null) checkVisibility(wanted, (await metadata.namespaces.standing(parent.id, null)).visibility, parent);
}

/** Refuses what would not be seen by those it is meant for (GitLab, app/models/project.rb). Throws `value_invalid`. */
export function checkVisibility(wanted: Visibility, above: Visibility, parent: Namespace): void {
  if (stricterVisibility(wanted, above) !== wanted)
    throw new RegistryError("value_invalid", `${wanted} is not allowed in a ${above} ${parent.kind}.`, { subject: "visibility_level" });
}

/** Throws `value_invalid` for a name of a project or group that is blank, too long or has control characters, and for a long description. */
export function checkTexts({ name, description }: { readonly name?: string; readonly description?: string }): void {
  if (name !== undefined && (name.trim() === "" || name.length > maxNameLength || /\p{Cc}/u.test(name)))
    throw new RegistryError("value_invalid", `has 1 to ${maxNameLength} characters`, { subject: "name" });
  if (description !== undefined && description.length > maxDescriptionLength)
    throw new RegistryError("value_invalid", `is too long (maximum is ${maxDescriptionLength} characters)`, { subject: "description" });
}

function namespaceInvalid(): RegistryError {
  return new RegistryError("value_invalid", "is not valid", { subject: "namespace" });
}

/** The refusal of a path that a namespace has. */
export function pathTaken(): RegistryError {
  return new RegistryError("name_taken", "has already been taken", { subject: "path" });
}

function projectGone(): RegistryError {
  return new RegistryError("project_not_found", "there is no such project");
}
