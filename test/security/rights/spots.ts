import type { Visibility } from "../../../src/core/domain.ts";
import { statusFor as gitlabStatus } from "../gitlab-lines.ts";
import type { GitlabRow, Probe } from "../gitlab-rows.ts";
import { openTable, type RouteRow } from "../route-table.ts";
import { movedPath, siteAt, vaults, type ProductSite } from "./product-site.ts";
import type { Subject } from "./product-subjects.ts";
import type { ProductRoute } from "./product.ts";
import type { ServerRoute } from "./server-routes.ts";

/** One place of one route, with the means to make requests there. */
export interface Spot {
  readonly route: ProductRoute;
  readonly visibility: Visibility;
  readonly subjects: readonly Subject[];
  /** A request of which everything is there for it to succeed; `fresh` is a name that nothing has yet. */
  prepare(fresh: string): Promise<Probe>;
}

const visibilities: readonly Visibility[] = ["private", "internal", "public"];

/** Every place that the tables tell of, for each class of a route. Throws for a route without a class. */
export function spotsOf(site: ProductSite, route: ServerRoute): readonly Spot[] {
  if (route.rows.length === 0) throw new Error(`no row of the tables says of which class ${route.method} ${route.pattern} is`);
  return route.rows.flatMap((classed) => (classed.of === "gitea" ? giteaSpots(site, route, classed.row) : gitlabSpots(site, route, classed.row)));
}

function gitlabSpots({ town, gitlabSubjects }: ProductSite, { door }: ServerRoute, row: GitlabRow): Spot[] {
  const route: ProductRoute = { ...row, isReading: row.isReading === true, isSpent: row.spendsToken === true, by: null, door };
  const isTold = (visibility: Visibility): boolean => visibility === "private" || gitlabStatus(row.line, visibility, "anonymous", row.success) !== null;
  return visibilities.filter(isTold).map((visibility) => ({
    route, visibility, subjects: gitlabSubjects[visibility],
    prepare: async (fresh) => row.prepare(town, town.places[visibility], fresh),
  }));
}

function giteaSpots(site: ProductSite, { door }: ServerRoute, row: RouteRow): Spot[] {
  const route: ProductRoute = { ...row, isReading: row.isReading === true, isSpent: false, by: row.by ?? null, door };
  // What is deleted there is made for it, and private.
  const isPrivateOnly = row.method === "DELETE" && row.pattern === "/api/v1/orgs/:org";
  const isTold = (visibility: Visibility): boolean =>
    visibility === "private" || (!isPrivateOnly && openTable.some(([name, place]) => name === row.line && place === visibility));
  return visibilities.filter(isTold).map((visibility) => ({
    route, visibility,
    subjects: site.giteaSubjects.filter(({ kind }) => row.by !== "password" || kind === "password"),
    prepare: async (fresh) => {
      const probe = await row.prepare(siteAt(site.town.site, vaults[visibility]), fresh);
      return { ...probe, path: movedPath(probe.path, vaults[visibility]) };
    },
  }));
}
