import type { Actor } from "../../core/actor.ts";
import { actsAsAdministrator } from "../../core/actor.ts";
import type { Namespace, RegistryAccess, Visibility } from "../../core/domain.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { projectJson, simpleProjectJson, type ProjectPlace } from "./project-json.ts";

/** A namespace with what is in force there. */
export interface ShownNamespace {
  readonly namespace: Namespace;
  readonly visibility: Visibility;
  readonly registryAccess: RegistryAccess;
}

/** What a grant says of what it is for. */
export function shownBy({ namespace, visibility, settings }: NamespaceGrant): ShownNamespace {
  return { namespace, visibility, registryAccess: settings.registryAccess ?? "enabled" };
}

/** A project object for a caller, with what is looked up for it. */
export async function viewProject(registry: Registry, exchange: Exchange, actor: Actor, shown: ShownNamespace) {
  const { namespace, visibility, registryAccess } = shown;
  const above = await registry.listAncestors(namespace);
  const owner = above[0]?.kind === "user" ? await registry.findUserById(above[0].id) : null;
  const levels = await levelsShown(registry, actor, namespace, above);
  return projectJson(namespace, { publicUrl: exchange.publicUrl(), above, visibility, registryAccess, owner, levels });
}

/** The short form. */
export async function viewSimpleProject(registry: Registry, exchange: Exchange, { namespace, visibility }: ShownNamespace) {
  const above = await registry.listAncestors(namespace);
  return simpleProjectJson(namespace, { publicUrl: exchange.publicUrl(), above, visibility });
}

async function levelsShown(registry: Registry, actor: Actor, namespace: Namespace, above: readonly Namespace[]): Promise<ProjectPlace["levels"]> {
  if (actor.kind !== "user") return null;
  const { own, above: inherited } = await registry.levelsOf(actor, namespace.id);
  // What belongs to an account is its own, not a group's.
  const isPersonal = above[0]?.kind === "user";
  const project = isPersonal && inherited > own ? inherited : own;
  const group = isPersonal ? 0 : inherited;
  // Clients that look for their rights here (semantic-release) know nothing of administrators.
  const isUnnamed = project === 0 && group === 0 && actsAsAdministrator(actor);
  return { project: isUnnamed ? 50 : project, group };
}
