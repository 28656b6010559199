import type { Actor } from "../../core/actor.ts";
import { requirePassword } from "../../core/operations/require-account.ts";
import type { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import { pageOf, pagingHeaders } from "./paging.ts";
import { loadBodies, readJsonObject, refusingWith400 } from "./request-json.ts";
import { actorRoute, type GiteaRoute } from "./route.ts";
import { jsonResponse, noContent, tokenJson } from "./wire.ts";

/** Access tokens, for who has the password (routers/api/v1/user/app.go). */
export function tokenRoutes(registry: Registry): readonly GiteaRoute[] {
  const route = actorRoute(registry);
  const all = "/api/v1/users/:username/tokens";
  return [
    route("POST", all, "password_of_owner", (exchange, actor) =>
      refusingWith400(exchange, isBadToken, () => createToken(registry, exchange, actor)),
    ),
    route("GET", all, "owner", (exchange, actor) => listTokens(registry, exchange, actor)),
    route("DELETE", `${all}/:token`, "owner", async (exchange, actor) => {
      await registry.deleteToken(actor, parameterOf(exchange, "username"), parameterOf(exchange, "token"));
      return noContent();
    }),
  ];
}

function isBadToken(refusal: RegistryError): boolean {
  return refusal.code === "name_taken" || refusal.code === "value_invalid";
}

async function createToken(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  requirePassword(actor);
  const body = await readJsonObject(exchange, (await loadBodies()).newToken);
  const { token, secret } = await registry.createToken(actor, parameterOf(exchange, "username"), {
    name: body.name ?? "",
    scopes: body.scopes ?? [],
    expiresAtMs: null,
  });
  return jsonResponse(201, { ...tokenJson(token), sha1: secret });
}

async function listTokens(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const page = pageOf(exchange.query);
  const found = await registry.listTokens(actor, parameterOf(exchange, "username"), page.request);
  return jsonResponse(200, found.items.map(tokenJson), pagingHeaders(exchange, page, found.total));
}
