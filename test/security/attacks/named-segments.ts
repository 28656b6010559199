import { giteaRoutes } from "../../../src/dialects/gitea/dialect.ts";
import { gitlabRoutes } from "../../../src/dialects/gitlab/dialect.ts";
import { nativeRoutes } from "../../../src/dialects/native/dialect.ts";
import { gitlabRows, nativeDialectRows } from "../gitlab-route-table.ts";
import type { Place, Town } from "../gitlab-places.ts";
import { routeRows } from "../route-table.ts";

/** A segment, or several, of a route that whoever asks may fill in. */
export interface NamedSegment {
  readonly name: string;
  /** What stands there in a request that succeeds. */
  readonly value: string;
  /** The request's path with something else there. */
  pathWith(inner: string): string;
}

/** A route of the server that has such segments, with a request to it that succeeds. */
export interface AttackedRoute {
  readonly method: string;
  readonly pattern: string;
  /** Segments of the path, as they are sent. */
  readonly segments: readonly string[];
  readonly path: string;
  /** Text is sent as it is, anything else as JSON. */
  readonly body: unknown;
  readonly named: readonly NamedSegment[];
}

/** The APIs that have names in their paths. */
export const families = ["gitea", "gitlab", "native"] as const;
export type Family = (typeof families)[number];

/** Who and what the rows of Gitea's table are about. */
export async function peopleVault({ site, person }: Town): Promise<void> {
  for (const name of ["reader", "writer", "olga"]) await person(name);
  await site.must("POST", "/api/v1/orgs", { username: "vault", visibility: "private" });
  await site.addTeam("vault", "read", "reader");
  await site.addTeam("vault", "write", "writer");
  await site.addTeam("vault", "admin", "olga");
}

/** Every route of a family, from its own list, that takes names; throws for one whose requests nobody knows how to make. */
export async function attackedRoutes(family: Family, town: Town, place: Place): Promise<readonly AttackedRoute[]> {
  const { registry } = town.site.server;
  const routes = {
    gitea: () => giteaRoutes(registry),
    gitlab: () => gitlabRoutes(registry, { unwrapForms: true }),
    native: () => nativeRoutes(registry),
  }[family]();
  const attacked: AttackedRoute[] = [];
  for (const [index, { method, pattern }] of routes.entries()) {
    if (!/\/[:*]/.test(pattern)) continue;
    const fresh = `t-${family}-${index}`;
    const { path, body } = await (family === "gitea" ? giteaProbe(town, method, pattern, fresh) : otherProbe(town, place, { method, pattern, fresh }));
    const [plain = "", query] = path.split("?");
    const segments = plain.split("/").slice(1);
    attacked.push({ method, pattern, segments, path, body, named: namedSegments(pattern, segments, query === undefined ? "" : `?${query}`) });
  }
  return attacked;
}

interface Request {
  readonly path: string;
  readonly body?: unknown;
}

async function giteaProbe({ site }: Town, method: string, pattern: string, fresh: string): Promise<Request> {
  const row = routeRows.find((one) => one.method === method && one.pattern === pattern);
  if (row === undefined) throw new Error(`no row tells how to ask ${method} ${pattern}`);
  return row.prepare(site, fresh);
}

async function otherProbe(town: Town, place: Place, { method, pattern, fresh }: { method: string; pattern: string; fresh: string }): Promise<Request> {
  const row = [...gitlabRows, ...nativeDialectRows].find((one) => one.method === method && one.pattern === pattern);
  if (row === undefined) throw new Error(`no row tells how to ask ${method} ${pattern}`);
  return row.prepare(town, place, fresh);
}

function namedSegments(pattern: string, segments: readonly string[], query: string): readonly NamedSegment[] {
  const parts = pattern.split("/").slice(1);
  const spare = segments.length - parts.length;
  const named: NamedSegment[] = [];
  let at = 0;
  for (const part of parts) {
    const [start, end] = [at, at + (part.startsWith("*") ? 1 + spare : 1)];
    at = end;
    if (!/^[:*]/.test(part)) continue;
    named.push({
      name: part.slice(1),
      value: segments.slice(start, end).join("/"),
      pathWith: (inner) => `/${[...segments.slice(0, start), inner, ...segments.slice(end)].join("/")}${query}`,
    });
  }
  return named;
}
