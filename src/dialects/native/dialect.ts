import type { Registry } from "../../core/registry.ts";
import type { Dialect } from "../../http/exchange.ts";
import { errorResponse, problem } from "./errors.ts";
import { jobTokenRoutes } from "./job-token-routes.ts";
import { reservationRoutes } from "./reservation-routes.ts";
import type { NativeRoute } from "./route.ts";
import { settingsRoutes } from "./settings-routes.ts";

/** Every route of the dialect, with who may use it. */
export function nativeRoutes(registry: Registry): readonly NativeRoute[] {
  return [...jobTokenRoutes(registry), ...reservationRoutes(registry), ...settingsRoutes(registry)];
}

/** Stowage's own API for what the others have no routes for, below /api/stowage/v1. */
export function createNativeDialect(registry: Registry): Dialect {
  return {
    name: "native",
    routes: nativeRoutes(registry),
    owns: ([first, second]) => first === "api" && second === "stowage",
    notFound,
    refuseTarget: notFound,
    wrongMethod: (allowed) => problem(405, "method_not_allowed", `this has ${allowed.join(", ")}`, { allow: allowed.join(", ") }),
    answerError: errorResponse,
  };
}

function notFound(): Response {
  return problem(404, "route_not_found", "there is no such route");
}
