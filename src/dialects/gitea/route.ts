import type { Actor } from "../../core/actor.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Capability } from "../../core/permissions.ts";
import type { Registry } from "../../core/registry.ts";
import { RegistryError } from "../../core/registry-error.ts";
import { parameterOf, type Exchange, type Handler } from "../../http/exchange.ts";
import type { Method, Route } from "../../http/router.ts";
import { authenticate } from "./credentials.ts";

/** Who may use a route; what the dispatcher and the operations enforce, as data for tests and documents. */
export type RouteAccess =
  | "anyone"
  | "signed_in"
  | "administrator"
  | "owner"
  | "password_of_owner"
  | "group_owner"
  | `namespace:${Capability}`;

/** A line of the dialect's route table. */
export interface GiteaRoute extends Route<Handler> {
  readonly access: RouteAccess;
}

type RouteMethod = Exclude<Method, "HEAD">;

/**
 * Routes below one owner: the right is decided before the handler runs, and the handler gets the proof of it. The REST
 * API asks an anonymous caller for a token before anything else where something would change.
 */
export function namespaceRoute(registry: Registry, family: "packages" | "rest") {
  return <Wanted extends Capability>(
    method: RouteMethod,
    pattern: string,
    capability: Wanted,
    handle: (exchange: Exchange, grant: NamespaceGrant<Wanted>) => Promise<Response>,
  ): GiteaRoute => ({
    method,
    pattern,
    access: `namespace:${capability}`,
    handler: async (exchange) => {
      const actor = await authenticate(registry, exchange);
      if (family === "rest" && capability !== "read" && actor.kind === "anonymous")
        throw new RegistryError("credentials_required", "this needs a signed-in user");
      const grant = await registry.openNamespace(actor, parameterOf(exchange, "owner"), capability);
      return handle(exchange, grant);
    },
  });
}

/** Routes whose operation decides by itself who may call it; `access` says what it decides. */
export function actorRoute(registry: Registry) {
  return (
    method: RouteMethod,
    pattern: string,
    access: Exclude<RouteAccess, `namespace:${string}`>,
    handle: (exchange: Exchange, actor: Actor) => Promise<Response>,
  ): GiteaRoute => ({
    method,
    pattern,
    access,
    handler: async (exchange) => handle(exchange, await authenticate(registry, exchange)),
  });
}
