import type { Actor } from "../../core/actor.ts";
import type { User } from "../../core/domain.ts";
import { requireAccount, requireAdministrator } from "../../core/operations/require-account.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import { apiMessage } from "./errors.ts";
import { givenFields, givenVisibility, loadBodies, readJsonObject, refusingWith400 } from "./request-json.ts";
import { actorRoute, type GiteaRoute } from "./route.ts";
import { jsonResponse, noContent, userJson } from "./wire.ts";

/** Accounts (routers/api/v1/user/user.go, routers/api/v1/admin/user.go). */
export function userRoutes(registry: Registry): readonly GiteaRoute[] {
  const route = actorRoute(registry);
  const one = "/api/v1/admin/users/:username";
  return [
    route("GET", "/api/v1/user", "signed_in", async (exchange, actor) =>
      userResponse(200, exchange, actor, requireAccount(actor, "user", "read")),
    ),
    route("GET", "/api/v1/users/:username", "anyone", async (exchange, actor) => {
      const name = parameterOf(exchange, "username");
      const user = await registry.findUser(actor, name);
      if (user === null) throw new RegistryError("user_not_found", "user does not exist", { subject: name });
      return userResponse(200, exchange, actor, user);
    }),
    route("POST", "/api/v1/admin/users", "administrator", (exchange, actor) =>
      refusingWith400(exchange, isPassword, () => createUser(registry, exchange, actor)),
    ),
    route("PATCH", one, "administrator", (exchange, actor) =>
      refusingWith400(exchange, isPassword, () => changeUser(registry, exchange, actor)),
    ),
    route("DELETE", one, "administrator", async (exchange, actor) => {
      await registry.deleteUser(actor, parameterOf(exchange, "username"));
      return noContent();
    }),
  ];
}

function isPassword(refusal: RegistryError): boolean {
  return refusal.code === "value_invalid" && refusal.details.subject === "password";
}

async function createUser(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  // Before the body is read: what is wrong with it is nobody else's business.
  requireAdministrator(actor, "write");
  const body = await readJsonObject(exchange, (await loadBodies()).newUser);
  const password = body.password ?? "";
  if (password === "") return apiMessage(400, "PasswordIsRequired", exchange.publicUrl());
  const user = await registry.createUser(actor, {
    name: body.username ?? "",
    email: body.email ?? "",
    password,
    fullName: body.full_name ?? "",
    visibility: givenVisibility(body.visibility) ?? "public",
    isRestricted: body.restricted ?? false,
    isAdmin: false,
  });
  return userResponse(201, exchange, actor, user);
}

async function changeUser(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  requireAdministrator(actor, "write");
  const body = await readJsonObject(exchange, (await loadBodies()).changedUser);
  if (typeof body.login_name !== "string" || typeof body.source_id !== "number")
    throw new RegistryError("value_invalid", "login_name and source_id are required", { subject: "login_name" });
  const changes = givenFields({
    email: body.email,
    password: body.password === "" ? null : body.password,
    fullName: body.full_name,
    visibility: givenVisibility(body.visibility),
    isActive: body.active,
    isAdmin: body.admin,
    isLoginProhibited: body.prohibit_login,
    isRestricted: body.restricted,
  });
  const user = await registry.updateUser(actor, parameterOf(exchange, "username"), changes);
  return userResponse(200, exchange, actor, user);
}

function userResponse(status: number, exchange: Exchange, actor: Actor, user: User): Response {
  const isInsider = actor.kind === "user" && (actor.user.isAdmin || actor.user.id === user.id);
  return jsonResponse(status, userJson(user, exchange.publicUrl(), isInsider));
}
