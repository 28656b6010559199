import type { Registry } from "../../core/registry.ts"; import type { GiteaRoute } from "./route.ts"; export function setupRoutes(_registry: Registry): readonly GiteaRoute[] { return []; }
