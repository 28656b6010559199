import type { Actor } from "../../core/actor.ts";
import { namespaceAddress, type NamespaceGrant } from "../../core/operations/open-namespace.ts";
import { requireReach } from "../../core/operations/require-account.ts";
import type { TokenKind } from "../../core/operations/sign-in.ts";
import type { Capability } from "../../core/permissions.ts";
import type { Registry } from "../../core/registry.ts";
import type { ScopeArea } from "../../core/scopes.ts";
import { parameterOf, type Exchange, type Handler } from "../../http/exchange.ts";
import type { Method, Route } from "../../http/router.ts";
import { authenticate } from "./credentials.ts";

/** Where the native API lives. */
export const nativeRoot = "/api/stowage/v1";

/** Who may use a route, as data for tests and documents; the handler enforces it. */
export type RouteAccess = "administrator" | `namespace:${Capability}`;

/** A line of the dialect's route table. */
export interface NativeRoute extends Route<Handler> {
  readonly access: RouteAccess;
  /** The kinds of tokens it takes. */
  readonly kinds: readonly TokenKind[];
}

/** Personal, project and group access tokens only. */
export const personalOnly: readonly TokenKind[] = ["personal"];
/** For what job and deploy tokens do as well. */
export const everyKind: readonly TokenKind[] = ["personal", "job", "deploy"];

/**
 * Makes the routes that take some kinds of tokens, `pattern` below `nativeRoot`: each signs the caller in first. `access`
 * says what the handler, by way of the registry, decides about the caller.
 */
export function nativeRoute(registry: Registry, kinds: readonly TokenKind[]) {
  return (
    method: Exclude<Method, "HEAD">,
    pattern: string,
    access: RouteAccess,
    handle: (exchange: Exchange, actor: Actor) => Promise<Response>,
  ): NativeRoute => ({
    method,
    pattern: `${nativeRoot}${pattern}`,
    access,
    kinds,
    handler: async (exchange) => handle(exchange, await authenticate(registry, exchange, kinds)),
  });
}

/** Asks the registry for a right in the namespace that `:ns` names: an id, or a full path with its slashes encoded. */
export async function openAt<Wanted extends Capability>(
  registry: Registry,
  exchange: Exchange,
  actor: Actor,
  wanted: { readonly capability: Wanted; readonly area?: ScopeArea },
): Promise<NamespaceGrant<Wanted>> {
  // Before the namespace is looked up: a token that may ask nothing is not told what exists.
  requireReach(actor, wanted.area ?? "package", wanted.capability === "read" ? "read" : "write");
  return registry.openNamespace(actor, namespaceAddress(parameterOf(exchange, "ns")), wanted.capability, wanted.area);
}

/** The id that a parameter of the path holds; 0, which nothing has, for anything that is none. */
export function idOf(exchange: Exchange, parameter: string): number {
  const text = parameterOf(exchange, parameter);
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}
