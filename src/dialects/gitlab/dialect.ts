import type { Registry } from "../../core/registry.ts";
import type { Dialect, Exchange, Handler } from "../../http/exchange.ts";
import type { RawTarget } from "../../http/raw-target.ts";
import type { Route } from "../../http/router.ts";
import { absentRoutes } from "./absent-routes.ts";
import { deployTokenRoutes } from "./deploy-token-routes.ts";
import { errorResponse, noRoute, undecodable } from "./errors.ts";
import { genericRoutes, isGenericTarget } from "./generic-routes.ts";
import { graphqlRoutes } from "./graphql-routes.ts";
import { groupRoutes } from "./group-routes.ts";
import { instanceRoutes } from "./instance-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { namespaceRoutes } from "./namespace-routes.ts";
import { packageRoutes } from "./package-routes.ts";
import { personalTokenRoutes } from "./personal-token-routes.ts";
import { planLimitRoutes } from "./plan-limit-routes.ts";
import { projectRoutes } from "./project-routes.ts";
import { protectionRoutes } from "./protection-routes.ts";
import { resourceTokenRoutes } from "./resource-token-routes.ts";
import { releaseDownloadRoutes } from "./release-download-routes.ts";
import { releaseLinkRoutes } from "./release-link-routes.ts";
import { releaseRoutes } from "./release-routes.ts";
import { limitRoutes, type RequestLimits } from "./request-limits.ts";
import type { GitlabRoute, RouteFamily } from "./route.ts";
import { userAdminRoutes } from "./user-admin-routes.ts";
import { userRoutes } from "./user-routes.ts";
import { variableRoutes } from "./variable-routes.ts";

/** What the dialect leaves to the operator. */
export interface GitlabSettings {
  /** Whether a form that holds one file is published as that file. */
  readonly unwrapForms: boolean;
}

/** Every route of the dialect, with who may use it. */
export function gitlabRoutes(registry: Registry, settings: GitlabSettings): readonly GitlabRoute[] {
  return [
    ...genericRoutes(registry, settings),
    ...packageRoutes(registry),
    ...protectionRoutes(registry),
    ...planLimitRoutes(registry),
    ...graphqlRoutes(registry),
    ...personalTokenRoutes(registry),
    ...resourceTokenRoutes(registry),
    ...deployTokenRoutes(registry),
    ...variableRoutes(registry),
    ...releaseRoutes(registry),
    ...releaseLinkRoutes(registry),
    ...releaseDownloadRoutes(registry),
    ...projectRoutes(registry),
    ...groupRoutes(registry),
    ...memberRoutes(registry),
    ...userRoutes(registry),
    ...userAdminRoutes(registry),
    ...namespaceRoutes(registry),
    ...instanceRoutes(registry),
    ...absentRoutes(registry),
  ];
}

/** GitLab 18's API for generic packages and what its clients need around it, below /api/v4. */
export function createGitlabDialect(registry: Registry, settings: GitlabSettings, requestLimits: RequestLimits): Dialect {
  const { routes, headersFor } = limitRoutes(registry, gitlabRoutes(registry, settings), requestLimits);
  const families = new Map<Handler, RouteFamily>(routes.map((route) => [route.handler, route.family]));
  return {
    name: "gitlab",
    routes,
    owns,
    notFound: noRoute,
    refuseTarget: (target) => (target.kind === "undecodable" ? undecodable() : noRoute()),
    admitTarget,
    wrongMethod: noRoute,
    // Go's client begins with `GET /api/v4/`, whose answer tells it how many requests it may send.
    refusesEmptySegments: (segments) => segments.length > 2,
    answerError: (error: unknown, exchange: Exchange, route: Route<Handler>) => {
      const response = errorResponse(error, families.get(route.handler) ?? "other");
      for (const [name, value] of Object.entries(headersFor(exchange))) response?.headers.set(name, value);
      return response;
    },
  };
}

function owns(segments: readonly string[]): boolean {
  const [first, second] = segments;
  if (first === "api") return second === "v4" || second === "graphql";
  // The addresses of GitLab's pages: a path, a dash, and what is wanted of it.
  return segments.includes("-");
}

/**
 * `.` segments count for nothing: apt asks for `<version>/./Packages.gz`. Below the names of a generic file everything
 * else that is ambiguous goes to its routes, which refuse it in their own order.
 */
function admitTarget({ segments }: Extract<RawTarget, { kind: "ambiguous" }>): readonly string[] | null {
  const kept = segments.filter((segment) => segment !== ".");
  const isPlain = kept.every((segment) => segment !== ".." && !segment.includes("\\"));
  return isPlain || isGenericTarget(kept) ? kept : null;
}
