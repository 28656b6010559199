import { giteaRoutes } from "../../../src/dialects/gitea/dialect.ts";
import { gitlabRoutes } from "../../../src/dialects/gitlab/dialect.ts";
import { nativeRoutes } from "../../../src/dialects/native/dialect.ts";
import type { Registry } from "../../../src/core/registry.ts";
import { createMetrics } from "../../../src/http/metrics.ts";
import { createOperationRoutes } from "../../../src/operation-routes.ts";
import { gitlabRows, nativeDialectRows } from "../gitlab-route-table.ts";
import type { GitlabRow } from "../gitlab-rows.ts";
import { routeRows, type RouteRow } from "../route-table.ts";
import type { Door } from "./credential-forms.ts";

/** A row of the tables with how its routes are tried: both dialects of Gitea's manner have rows of one kind. */
export type ClassedRow = { readonly of: "gitea"; readonly row: RouteRow } | { readonly of: "gitlab"; readonly row: GitlabRow };

/** A route that the server has, and what the tables say of it. */
export interface ServerRoute {
  readonly method: string;
  readonly pattern: string;
  readonly door: Door;
  /** One for each class that it is of; none for a route that nobody has given a class. */
  readonly rows: readonly ClassedRow[];
}

interface Listed {
  readonly method: string;
  readonly pattern: string;
  readonly access: string;
}

/** Every route of the router's lists. The rows of one are those of its method and pattern that say the same of who may use it. */
export function serverRoutes(registry: Registry): readonly ServerRoute[] {
  const parts = { registry, metrics: createMetrics(), checkReady: async () => {}, metricsAccess: "restricted" } as const;
  const gitea = { manner: "gitea", kinds: ["personal", "password"], isOpen: true } as const;
  const listed = <Route extends Listed>(routes: readonly Route[], rows: (route: Listed) => readonly ClassedRow[], door: (route: Route) => Door) =>
    routes.map((route): ServerRoute => ({ method: route.method, pattern: route.pattern, door: door(route), rows: rows(route) }));
  return [
    ...listed(giteaRoutes(registry), giteaRowsOf, () => gitea),
    ...listed(createOperationRoutes(parts).routes, giteaRowsOf, ({ access }) => ({ ...gitea, ignoresCredentials: access === "anyone" })),
    ...listed(nativeRoutes(registry), gitlabRowsOf(nativeDialectRows), ({ kinds }) => ({ manner: "native", kinds, isOpen: false })),
    ...listed(gitlabRoutes(registry, { unwrapForms: true }), gitlabRowsOf(gitlabRows), ({ kinds, admission }) => ({
      manner: "gitlab", kinds, isOpen: admission.anonymous === "welcome",
    })),
  ];
}

const isOf = (row: Listed, route: Listed): boolean => row.method === route.method && row.pattern === route.pattern && row.access === route.access;
const giteaRowsOf = (route: Listed): ClassedRow[] => routeRows.filter((row) => isOf(row, route)).map((row) => ({ of: "gitea", row }));
const gitlabRowsOf = (rows: readonly GitlabRow[]) => (route: Listed): ClassedRow[] =>
  rows.filter((row) => isOf(row, route)).map((row) => ({ of: "gitlab", row }));

/** The rows of the tables that are of no route in a list. */
export function rowsWithoutRoute(routes: readonly ServerRoute[]): readonly string[] {
  const used = new Set<RouteRow | GitlabRow>(routes.flatMap(({ rows }) => rows.map(({ row }) => row)));
  return [...routeRows, ...gitlabRows, ...nativeDialectRows].filter((row) => !used.has(row)).map(({ method, pattern }) => `${method} ${pattern}`);
}
