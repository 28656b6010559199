import type { Actor } from "../../core/actor.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Capability } from "../../core/permissions.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { ScopeArea } from "../../core/scopes.ts";
import type { Exchange } from "../../http/exchange.ts";
import { openAt, type RouteAccess } from "./route.ts";

/** What has the same routes below `/projects/:id` and below `/groups/:id`. */
export interface Resource {
  readonly family: "project" | "group";
  readonly path: string;
  readonly area: ScopeArea;
  /** Who keeps its tokens: Maintainers of projects, Owners of groups. */
  readonly needed: RouteAccess;
}

export const resources: readonly Resource[] = [
  { family: "project", path: "/api/v4/projects/:id", area: "repository", needed: "namespace:configure" },
  { family: "group", path: "/api/v4/groups/:id", area: "organization", needed: "namespace:administer" },
];

/** Asks the registry for a right in the project or group that `:id` names. A group is no project, and the other way round. */
export async function openResource<Wanted extends Capability>(
  registry: Registry,
  { family, area }: Resource,
  exchange: Exchange,
  actor: Actor,
  capability: Wanted,
): Promise<NamespaceGrant<Wanted>> {
  const isGroup = family === "group";
  const grant = await openAt(registry, exchange, actor, { capability, area, ...(isGroup ? { kind: "group" as const } : {}) });
  if (!isGroup && grant.namespace.kind === "group") throw new RegistryError("namespace_not_found", "there is no such project");
  return grant;
}
