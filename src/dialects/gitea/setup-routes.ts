import manifest from "../../../package.json" with { type: "json" };
import type { Registry } from "../../core/registry.ts";
import { organizationRoutes } from "./organization-routes.ts";
import { actorRoute, type GiteaRoute } from "./route.ts";
import { tokenRoutes } from "./token-routes.ts";
import { userRoutes } from "./user-routes.ts";
import { jsonResponse } from "./wire.ts";

/** The version of Gitea whose behaviour this is, for clients that ask before they speak, and in its build part whose it is. */
const version = `1.27.0+${manifest.name}-${manifest.version}`;

/** What sets an instance up by scripts and by Gitea's clients (routers/api/v1/api.go). */
export function setupRoutes(registry: Registry): readonly GiteaRoute[] {
  const route = actorRoute(registry);
  return [
    route("GET", "/api/v1/version", "anyone", async () => jsonResponse(200, { version })),
    ...userRoutes(registry),
    ...organizationRoutes(registry),
    ...tokenRoutes(registry),
  ];
}
