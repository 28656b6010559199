import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import { secretNames } from "../../http/token-credentials.ts";
import { openReleases } from "./release-routes.ts";
import { openOrMoved, personalAndJob, routesOf, type GitlabRoute } from "./route.ts";

const all = "/api/v4/projects/:id/releases";

/** A pattern has one wildcard, which the file path takes: project paths of each depth have a pattern of their own. */
const projectDepths = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/**
 * Addresses that lead elsewhere: to the asset behind a file path, and from the latest release to its own address
 * (lib/api/releases.rb; Projects::ReleasesController on the web).
 */
export function releaseDownloadRoutes(registry: Registry): readonly GitlabRoute[] {
  const manner = { kinds: personalAndJob, anonymous: "welcome" } as const;
  const route = routesOf(registry, { ...manner, family: "project" });
  const web = routesOf(registry, { ...manner, family: "generic" });
  const toLatest = (pattern: string) =>
    route("GET", pattern, "namespace:read", async (exchange, actor) => {
      const grant = await openReleases(registry, exchange, actor, "read");
      const { tag } = await registry.latestRelease(grant);
      const suffix = exchange.parameters["suffix_path"];
      const path = ["api", "v4", "projects", String(grant.namespace.id), "releases", tag, ...(suffix === undefined ? [] : piecesOf(suffix))];
      return redirect(ownAddress(exchange, path));
    });
  return [
    toLatest(`${all}/permalink/latest`),
    toLatest(`${all}/permalink/latest/*suffix_path`),
    route("GET", `${all}/:tag_name/downloads/*direct_asset_path`, "namespace:read", async (exchange, actor) => {
      const grant = await openReleases(registry, exchange, actor, "read");
      return toAsset(registry, grant, { tag: parameterOf(exchange, "tag_name"), path: parameterOf(exchange, "direct_asset_path") });
    }),
    ...projectDepths.flatMap((depth) => {
      const names = Array.from({ length: depth }, (_, index) => `part${index + 1}`);
      const releases = `/${names.map((name) => `:${name}`).join("/")}/-/releases`;
      const pathOf = (exchange: Exchange) => names.map((name) => parameterOf(exchange, name)).join("/");
      return [
        web("GET", `${releases}/permalink/latest/downloads/*filepath`, "namespace:read", async (exchange, actor) => {
          const grant = await openOrMoved(registry, exchange, actor, pathOf(exchange), { capability: "read", area: "release" });
          const { tag } = await registry.latestRelease(grant);
          const file = piecesOf(parameterOf(exchange, "filepath"));
          return redirect(ownAddress(exchange, [...grant.namespace.path.split("/"), "-", "releases", tag, "downloads", ...file]));
        }),
        web("GET", `${releases}/:tag/downloads/*filepath`, "namespace:read", async (exchange, actor) => {
          const grant = await openOrMoved(registry, exchange, actor, pathOf(exchange), { capability: "read", area: "release" });
          return toAsset(registry, grant, { tag: parameterOf(exchange, "tag"), path: parameterOf(exchange, "filepath") });
        }),
      ];
    }),
  ];
}

/** What a path consists of. Throws `link_not_found` for one that would lead a client out of the address that it is put behind. */
function piecesOf(path: string): readonly string[] {
  const pieces = path.split("/");
  if (pieces.some((piece) => piece === "." || piece === "..")) throw new RegistryError("link_not_found", "no file of a release has such a path");
  return pieces;
}

/** What an asset of a release is to be had at; clients of the web follow to no other scheme than its own two. */
async function toAsset(
  registry: Registry,
  grant: NamespaceGrant<"read">,
  { tag, path }: { readonly tag: string; readonly path: string },
): Promise<Response> {
  const link = await registry.findReleaseFile(grant, tag, `/${path}`);
  const target = new URL(link.url);
  if (target.protocol !== "http:" && target.protocol !== "https:") throw new RegistryError("link_not_found", "the asset is not on the web");
  return redirect(target.href);
}

/** An address of this server with the request's query, but for credentials; `order_by` is the permalink's own. */
function ownAddress(exchange: Exchange, path: readonly string[]): string {
  const query = new URLSearchParams(exchange.query);
  for (const name of [...secretNames, "order_by"]) query.delete(name);
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  return `${exchange.publicUrl()}/${path.map(encodeURIComponent).join("/")}${search}`;
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-cache" } });
}
