import type * as z from "zod";
import type { Actor } from "../../core/actor.ts";
import type { AccessLevel } from "../../core/domain.ts";
import { requireAccount } from "../../core/operations/require-account.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import type { newTeam } from "./request-bodies.ts";
import { givenFields, givenVisibility, loadBodies, readJsonObject } from "./request-json.ts";
import { actorRoute, type GiteaRoute } from "./route.ts";
import { jsonResponse, noContent, organizationJson, teamJson } from "./wire.ts";

/** Organisations and their teams (routers/api/v1/org/org.go, team.go). */
export function organizationRoutes(registry: Registry): readonly GiteaRoute[] {
  const route = actorRoute(registry);
  const one = "/api/v1/orgs/:org";
  const member = "/api/v1/teams/:id/members/:username";
  return [
    route("POST", "/api/v1/orgs", "signed_in", (exchange, actor) => createOrganization(registry, exchange, actor)),
    route("GET", one, "anyone", async (exchange, actor) =>
      jsonResponse(200, organizationJson(await registry.findGroup(actor, parameterOf(exchange, "org")))),
    ),
    route("PATCH", one, "group_owner", (exchange, actor) => changeOrganization(registry, exchange, actor)),
    route("DELETE", one, "group_owner", async (exchange, actor) => {
      await registry.deleteGroup(actor, parameterOf(exchange, "org"));
      return noContent();
    }),
    route("POST", `${one}/teams`, "group_owner", (exchange, actor) => createTeam(registry, exchange, actor)),
    route("PUT", member, "group_owner", async (exchange, actor) => {
      await registry.addTeamMember(actor, teamIdOf(exchange), parameterOf(exchange, "username"));
      return noContent();
    }),
    route("DELETE", member, "group_owner", async (exchange, actor) => {
      await registry.removeTeamMember(actor, teamIdOf(exchange), parameterOf(exchange, "username"));
      return noContent();
    }),
  ];
}

async function createOrganization(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  requireAccount(actor, "organization", "write");
  const body = await readJsonObject(exchange, (await loadBodies()).newOrganization);
  const group = await registry.createGroup(actor, {
    name: body.username ?? "",
    visibility: givenVisibility(body.visibility) ?? "public",
    fullName: body.full_name ?? "",
    description: body.description ?? "",
    email: body.email ?? "",
    website: body.website ?? "",
    location: body.location ?? "",
  });
  return jsonResponse(201, organizationJson(group));
}

async function changeOrganization(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  requireAccount(actor, "organization", "write");
  const body = await readJsonObject(exchange, (await loadBodies()).changedOrganization);
  const changes = givenFields({
    visibility: givenVisibility(body.visibility),
    fullName: body.full_name,
    description: body.description,
    email: body.email,
    website: body.website,
    location: body.location,
  });
  return jsonResponse(200, organizationJson(await registry.updateGroup(actor, parameterOf(exchange, "org"), changes)));
}

async function createTeam(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  requireAccount(actor, "organization", "write");
  const body = await readJsonObject(exchange, (await loadBodies()).newTeam);
  const group = await registry.findGroup(actor, parameterOf(exchange, "org"));
  const team = await registry.createTeam(actor, group.path, {
    name: body.name ?? "",
    description: body.description ?? "",
    ...teamRights(body),
  });
  return jsonResponse(201, teamJson(team, group));
}

const packagesUnit = "repo.packages";

/** What Gitea's words give on packages: members read at least, and who is in charge of them owns the group. */
const levels: Readonly<Record<string, AccessLevel>> = { none: 20, read: 20, write: 40, admin: 50, owner: 50 };
const teamPermissions: readonly string[] = ["read", "write", "admin"];

/**
 * The right of a team on packages: what `units_map` says of them; where units are named without packages, no more than
 * every member has; otherwise the team's permission. A team of administrators is one in every unit. Throws `value_invalid`.
 */
function teamRights(body: z.infer<typeof newTeam>) {
  const permission = body.permission || "read";
  if (!teamPermissions.includes(permission))
    throw new RegistryError("value_invalid", "permission is read, write or admin", { subject: "permission" });
  const named = new Map(Object.entries(body.units_map ?? {}));
  if (named.size === 0) for (const unit of body.units ?? []) named.set(unit, permission);
  for (const word of named.values())
    if (!Object.hasOwn(levels, word))
      throw new RegistryError("value_invalid", "units_map has none, read, write, admin or owner for each unit", {
        subject: "units_map",
      });
  if (permission === "admin" || named.size === 0) {
    named.clear();
    named.set(packagesUnit, permission);
  }
  const level = levels[named.get(packagesUnit) ?? "none"] ?? 0;
  return { permission, units: Object.fromEntries(named), level };
}

/** No team has the id 0, which stands for all that are none. */
function teamIdOf(exchange: Exchange): number {
  const id = parameterOf(exchange, "id");
  return /^[1-9][0-9]{0,14}$/.test(id) ? Number(id) : 0;
}
