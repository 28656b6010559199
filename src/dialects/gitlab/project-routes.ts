import type { Actor } from "../../core/actor.ts";
import { registryAccesses, visibilities, type RegistryAccess } from "../../core/domain.ts";
import { pathFromName } from "../../core/namespace-name.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { jsonAnswer } from "./answers.ts";
import { answeringNames, projectPathRefused } from "./name-refusals.ts";
import { listProjects } from "./project-list.ts";
import { shownBy, viewProject } from "./project-view.ts";
import { idOf, openAt, personalAndJob, personalOnly, readInput, routesOf, type GitlabRoute } from "./route.ts";

const one = "/api/v4/projects/:id";

/** GitLab's projects API (lib/api/projects.rb); GET also answers HEAD. */
export function projectRoutes(registry: Registry): readonly GitlabRoute[] {
  const read = routesOf(registry, { family: "project", kinds: personalOnly, anonymous: "welcome", area: "project" });
  const ofGroup = routesOf(registry, { family: "group", kinds: personalOnly, anonymous: "welcome", area: "project" });
  const write = routesOf(registry, { family: "project", kinds: personalOnly, anonymous: "refused", area: "repository" });
  return [
    read("GET", "/api/v4/projects", "anyone", (exchange, actor) => listProjects(registry, exchange, actor, null)),
    read("GET", one, "namespace:read", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "read", area: "project" });
      return jsonAnswer(200, await viewProject(registry, exchange, actor, shownBy(grant)));
    }, { kinds: personalAndJob }),
    read("GET", "/api/v4/users/:user_id/projects", "namespace:read", async (exchange, actor) =>
      listProjects(registry, exchange, actor, await openUser(registry, exchange, actor)),
    ),
    ofGroup("GET", "/api/v4/groups/:id/projects", "namespace:read", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "read", area: "group", kind: "group" });
      return listProjects(registry, exchange, actor, grant);
    }),
    write("POST", "/api/v4/projects", "signed_in", (exchange, actor) => createProject(registry, exchange, actor, null)),
    write("POST", "/api/v4/projects/user/:user_id", "administrator", async (exchange, actor) => {
      const user = await registry.administeredAccount(actor, idOf(exchange, "user_id"));
      return createProject(registry, exchange, actor, user.id);
    }),
    write("PUT", one, "namespace:configure", (exchange, actor) => updateProject(registry, exchange, actor)),
    write("DELETE", one, "namespace:administer", async (exchange, actor) => {
      await registry.deleteProject(await openAt(registry, exchange, actor, { capability: "administer", area: "repository" }));
      return jsonAnswer(202, { message: "202 Accepted" });
    }),
  ];
}

/** The namespace of a user, by number or name, for who may see it. Throws `user_not_found`. */
async function openUser(registry: Registry, exchange: Exchange, actor: Actor): Promise<NamespaceGrant> {
  const missing = new RegistryError("user_not_found", "there is no such user");
  const grant = await openAt(registry, exchange, actor, { capability: "read", area: "project", parameter: "user_id" }).catch((error: unknown) => {
    const isHidden = error instanceof RegistryError && (error.code === "namespace_not_found" || error.code === "rights_missing");
    throw isHidden ? missing : error;
  });
  if (grant.namespace.kind !== "user") throw missing;
  return grant;
}

/** The older switch gives way to the newer one. */
function givenAccess(reader: ParameterReader): RegistryAccess | null {
  const level = reader.optionalOneOf("package_registry_access_level", registryAccesses) ?? null;
  const isEnabled = reader.optionalBoolean("packages_enabled") ?? null;
  return level ?? (isEnabled === null ? null : isEnabled ? "enabled" : "disabled");
}

function readNewProject(reader: ParameterReader) {
  reader.atLeastOneOf(["name", "path"]);
  const name = reader.optionalText("name") ?? "";
  const path = reader.optionalText("path") ?? "";
  return {
    name: name === "" ? path : name,
    path: path === "" ? pathFromName(name) : path,
    parentId: reader.optionalInteger("namespace_id") ?? null,
    id: reader.optionalInteger("id") ?? null,
    visibility: reader.oneOf("visibility", visibilities, "private"),
    description: reader.optionalText("description") ?? "",
    registryAccess: givenAccess(reader),
  };
}

async function createProject(registry: Registry, exchange: Exchange, actor: Actor, ownerId: number | null): Promise<Response> {
  const input = await readInput(exchange, readNewProject);
  return answeringNames(async () => {
    const namespace = await registry.createProject(actor, { ...input, parentId: ownerId ?? input.parentId });
    const grant = await registry.openNamespace(actor, { id: namespace.id }, "read", "project");
    return jsonAnswer(201, await viewProject(registry, exchange, actor, shownBy(grant)));
  }, projectPathRefused);
}

async function updateProject(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const grant = await openAt(registry, exchange, actor, { capability: "configure", area: "repository" });
  const input = await readInput(exchange, (reader) => ({
    name: reader.optionalText("name"),
    path: reader.optionalText("path"),
    description: reader.optionalText("description"),
    visibility: reader.optionalOneOf("visibility", visibilities),
    access: givenAccess(reader),
  }));
  const changes = {
    ...(typeof input.name === "string" ? { name: input.name } : {}),
    ...(typeof input.path === "string" ? { path: input.path } : {}),
    ...(input.description === undefined ? {} : { description: input.description ?? "" }),
    ...(typeof input.visibility === "string" ? { visibility: input.visibility } : {}),
    ...(input.access === null ? {} : { registryAccess: input.access }),
  };
  return answeringNames(async () => {
    const { id } = await registry.updateProject(grant, changes);
    const shown = await registry.openNamespace(actor, { id }, "read", "project");
    return jsonAnswer(200, await viewProject(registry, exchange, actor, shownBy(shown)));
  }, projectPathRefused);
}
