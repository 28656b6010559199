import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Dialect, Exchange, Handler } from "../../http/exchange.ts";
import type { RawTarget } from "../../http/raw-target.ts";
import type { Route } from "../../http/router.ts";
import { apiErrorResponse, packageErrorResponse } from "./errors.ts";
import { genericRoutes } from "./generic-routes.ts";
import { invalidNameTexts } from "./package-names.ts";
import { packageRoutes } from "./package-routes.ts";
import type { GiteaRoute } from "./route.ts";
import { setupRoutes } from "./setup-routes.ts";

/** Every route of the dialect, with who may use it. */
export function giteaRoutes(registry: Registry): readonly GiteaRoute[] {
  return [...genericRoutes(registry), ...packageRoutes(registry), ...setupRoutes(registry)];
}

/** Gitea 1.27's API for generic packages, its REST API around them, and what sets an instance up. */
export function createGiteaDialect(registry: Registry): Dialect {
  return {
    name: "gitea",
    routes: giteaRoutes(registry),
    owns: ([first, second]) => first === "api" && (second === "packages" || second === "v1"),
    notFound,
    refuseTarget,
    answerError,
  };
}

function notFound(): Response {
  return new Response("404 page not found\n", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

/** A target that is not what it seems never acts on anything: an upload is told which name is wrong, the rest is absent. */
function refuseTarget(target: Exclude<RawTarget, { kind: "segments" }>, method: string): Response {
  if (target.kind === "undecodable")
    return new Response("400 Bad Request: unable to unescape path", {
      status: 400,
      headers: { "content-type": "text/plain; charset=utf-8" },
    });
  if (method !== "PUT" || target.kind === "unroutable" || !isGeneric(target.segments)) return notFound();
  const index = target.segments.findIndex((segment) => segment === "." || segment === ".." || segment.includes("\\"));
  const part = index <= 4 ? "packageName" : index === 5 ? "version" : "path";
  return packageErrorResponse(new RegistryError("name_invalid", invalidNameTexts[part]));
}

function isGeneric(segments: readonly string[]): boolean {
  return segments[0] === "api" && segments[1] === "packages" && segments.includes("generic");
}

function answerError(error: unknown, exchange: Exchange, route: Route<Handler>): Response | null {
  if (!(error instanceof RegistryError)) return null;
  const isPackageRoute = route.pattern.startsWith("/api/packages/");
  return isPackageRoute ? packageErrorResponse(error) : apiErrorResponse(error, exchange.publicUrl(), apiText(error, exchange));
}

/** Where the REST API says more than which refusal it was. */
function apiText(error: RegistryError, exchange: Exchange): string | undefined {
  if (error.code !== "rights_missing" || exchange.parameters["owner"] === undefined) return undefined;
  return error.details.subject === "sign_in"
    ? "Only signed in user is allowed to call APIs."
    : "user should have specific permission or be a site admin";
}
