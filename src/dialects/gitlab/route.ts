import type { Actor } from "../../core/actor.ts";
import { namespaceAddress, type NamespaceAddress, type NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { TokenKind } from "../../core/operations/sign-in.ts";
import type { Capability } from "../../core/permissions.ts";
import { requireReach } from "../../core/operations/require-account.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { ScopeArea } from "../../core/scopes.ts";
import type { Exchange, Handler } from "../../http/exchange.ts";
import { readParameters, type ParameterBounds } from "../../http/request-parameters.ts";
import type { ParameterMap } from "../../http/parameter-value.ts";
import { checkedParameters, ParameterError, type ParameterReader } from "../../http/parameter-reader.ts";
import type { Method, Route } from "../../http/router.ts";
import { authenticate, type Admission } from "./credentials.ts";
import { movedProject } from "./moved-project.ts";

/** Whose words an answer is in: what is not found, and who is asked to sign in, differ by family. */
export type RouteFamily = "generic" | "packages" | "project" | "group" | "graphql" | "other";

/** Who may use a route, as data for tests and documents; the handler enforces it. */
export type RouteAccess = "anyone" | "signed_in" | "administrator" | "self" | `namespace:${Capability}`;

/** A line of the dialect's route table. */
export interface GitlabRoute extends Route<Handler> {
  readonly access: RouteAccess;
  readonly family: RouteFamily;
  /** The kinds of tokens it takes. */
  readonly kinds: readonly TokenKind[];
  /** What the handler does: lets the caller in, then serves. */
  readonly admission: Admission;
  readonly serve: (exchange: Exchange, actor: Actor) => Promise<Response>;
}

/** How a group of routes lets callers in. */
export interface RouteManner extends Admission {
  readonly family: RouteFamily;
  /** What the routes are about, where a token's scopes are judged before anything else, as in GitLab. */
  readonly area?: ScopeArea;
}

/** Personal, project and group access tokens only. */
export const personalOnly: readonly TokenKind[] = ["personal"];
/** What reads and writes packages over the Packages API, releases and `GET /projects/:id`. */
export const personalAndJob: readonly TokenKind[] = ["personal", "job"];
/** What the generic routes take. */
export const everyKind: readonly TokenKind[] = ["personal", "job", "deploy"];

/**
 * Makes the routes of one manner: each signs the caller in first. `access` says what the handler, by way of the registry,
 * decides about the caller.
 */
export function routesOf(registry: Registry, manner: RouteManner) {
  return (
    method: Exclude<Method, "HEAD">,
    pattern: string,
    access: RouteAccess,
    handle: (exchange: Exchange, actor: Actor) => Promise<Response>,
    exception: Partial<Admission> = {},
  ): GitlabRoute => {
    const admission: Admission = { ...manner, ...exception };
    const serve: GitlabRoute["serve"] = async (exchange, actor) => {
      if (manner.area !== undefined) requireReach(actor, manner.area, method === "GET" ? "read" : "write");
      return handle(exchange, actor);
    };
    return {
      method,
      pattern,
      access,
      family: manner.family,
      kinds: admission.kinds,
      admission,
      serve,
      handler: async (exchange) => serve(exchange, await authenticate(registry, exchange, admission)),
    };
  };
}

/**
 * Asks the registry for a right in the namespace that `:id` names; `kind` group leaves out everything else. Throws
 * `MovedProject` for a project's earlier path.
 */
export async function openAt<Wanted extends Capability>(
  registry: Registry,
  exchange: Exchange,
  actor: Actor,
  wanted: { readonly capability: Wanted; readonly area?: ScopeArea; readonly kind?: "group"; readonly parameter?: string },
): Promise<NamespaceGrant<Wanted>> {
  const address = namespaceAddress(exchange.parameters[wanted.parameter ?? "id"] ?? "");
  const grant = await openOrMoved(registry, exchange, actor, address, wanted);
  if (wanted.kind !== undefined && grant.namespace.kind !== wanted.kind)
    throw new RegistryError("namespace_not_found", "there is no such group", { isAnonymous: actor.kind === "anonymous" });
  return grant;
}

/** The same for an address that is known already. */
export async function openOrMoved<Wanted extends Capability>(
  registry: Registry,
  exchange: Exchange,
  actor: Actor,
  address: NamespaceAddress,
  wanted: { readonly capability: Wanted; readonly area?: ScopeArea; readonly kind?: "group" },
): Promise<NamespaceGrant<Wanted>> {
  return registry.openNamespace(actor, address, wanted.capability, wanted.area).catch(async (error: unknown) => {
    const isMissing = error instanceof RegistryError && error.code === "namespace_not_found";
    const isProject = typeof address === "string" && wanted.kind === undefined;
    throw (isMissing && isProject ? await movedProject(registry, exchange, actor, address) : null) ?? error;
  });
}

const problems = {
  too_large: "body is too large",
  too_deep: "body is nested too deeply",
  too_many: "body has too many parameters",
  malformed: "body is malformed",
  not_utf8: "body is no valid UTF-8",
  unsupported_type: "body has an unsupported content type",
} as const;

/** The parameters of query and body together. Throws `ParameterError` for what cannot be read, `body_incomplete`. */
export async function parametersOf(exchange: Exchange, bounds: Partial<ParameterBounds> = {}): Promise<ParameterMap> {
  const read = await readParameters(exchange, bounds).catch((cause: unknown) => {
    throw new RegistryError("body_incomplete", "the body broke off", { cause });
  });
  if (read.ok) return read.parameters;
  throw new ParameterError(problems[read.reason]);
}

/** Reads the parameters of query and body by a shape; throws `ParameterError` with everything that is wrong with them. */
export async function readInput<Shape>(
  exchange: Exchange,
  shape: (reader: ParameterReader) => Shape,
  bounds: Partial<ParameterBounds> = {},
): Promise<Shape> {
  return checkedParameters(await parametersOf(exchange, bounds), shape);
}

/** Parameters of the query alone, for requests whose body is none of theirs. */
export function queryInput<Shape>(exchange: Exchange, shape: (reader: ParameterReader) => Shape): Shape {
  for (const pair of exchange.query) if (pair.some((text) => text.includes("\0"))) throw new ParameterError(problems.malformed);
  const parameters: ParameterMap = Object.fromEntries(exchange.query);
  return checkedParameters(parameters, shape);
}

/** An id in a path; 0, which nothing has, for a number that is too large. Throws `ParameterError` for what is no number. */
export function idOf(exchange: Exchange, parameter: string): number {
  const text = exchange.parameters[parameter] ?? "";
  if (!/^-?[0-9]+$/.test(text)) throw new ParameterError(`${parameter} is invalid`);
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : 0;
}
