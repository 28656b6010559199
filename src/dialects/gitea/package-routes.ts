import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Version } from "../../core/domain.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import { apiMessage } from "./errors.ts";
import { pageOf, pagingHeaders } from "./paging.ts";
import { namespaceRoute, type GiteaRoute } from "./route.ts";
import { ghostName, jsonResponse, ownerJson, packageFileJson, packageJson, userJson } from "./wire.ts";

const base = "/api/v1/packages/:owner";

/** The REST API for packages (routers/api/v1/packages/package.go). Anonymous callers read what is public, as in Forgejo. */
export function packageRoutes(registry: Registry): readonly GiteaRoute[] {
  const route = namespaceRoute(registry, "rest");
  const one = `${base}/:type/:name`;
  return [
    route("GET", base, "read", (exchange, grant) => listPackages(registry, exchange, grant)),
    route("GET", one, "read", (exchange, grant) => listVersionsOf(registry, exchange, grant)),
    route("DELETE", one, "delete", async (exchange, grant) => {
      requireGeneric(exchange, "package_not_found");
      await registry.deletePackage(grant, { packageName: parameterOf(exchange, "name"), match: "folded" });
      return noContent();
    }),
    route("GET", `${one}/-/latest`, "read", async (exchange, grant) => {
      requireGeneric(exchange, "package_not_found");
      const name = { packageName: parameterOf(exchange, "name"), match: "folded" as const };
      return jsonResponse(200, await describe(registry, exchange, grant, await registry.latestVersion(grant, name)));
    }),
    // A repository cannot exist here, so there is never one to link a package to.
    route("POST", `${one}/-/link/:repository`, "publish", async (exchange) => noRepository(exchange)),
    route("POST", `${one}/-/unlink`, "publish", async (exchange) => noRepository(exchange)),
    route("GET", `${one}/:version`, "read", async (exchange, grant) =>
      jsonResponse(200, await describe(registry, exchange, grant, await findVersion(registry, exchange, grant))),
    ),
    route("DELETE", `${one}/:version`, "delete", async (exchange, grant) => {
      requireGeneric(exchange, "version_not_found");
      await registry.deleteVersion(grant, versionNameOf(exchange));
      return noContent();
    }),
    route("GET", `${one}/:version/files`, "read", async (exchange, grant) => {
      const version = await findVersion(registry, exchange, grant);
      return jsonResponse(200, (await registry.listFiles(version)).map(packageFileJson));
    }),
  ];
}

async function listPackages(
  registry: Registry,
  exchange: Exchange,
  grant: NamespaceGrant<"read">,
): Promise<Response> {
  const type = exchange.query.get("type") ?? "";
  const page = pageOf(exchange.query);
  const isGeneric = type === "" || type === "all" || type === "generic";
  const filter = { nameContains: exchange.query.get("q") ?? "" };
  const found = isGeneric
    ? await registry.listVersions(grant, filter, page.request)
    : { items: [], total: 0 };
  return listResponse(registry, exchange, grant, page, found);
}

async function listVersionsOf(
  registry: Registry,
  exchange: Exchange,
  grant: NamespaceGrant<"read">,
): Promise<Response> {
  requireGeneric(exchange, "package_not_found");
  const page = pageOf(exchange.query);
  const name = { packageName: parameterOf(exchange, "name"), match: "folded" as const };
  return listResponse(registry, exchange, grant, page, await registry.listPackageVersions(grant, name, page.request));
}

async function listResponse(
  registry: Registry,
  exchange: Exchange,
  grant: NamespaceGrant<"read">,
  page: ReturnType<typeof pageOf>,
  found: { readonly items: readonly Version[]; readonly total: number },
): Promise<Response> {
  const items: unknown[] = [];
  for (const version of found.items) items.push(await describe(registry, exchange, grant, version));
  return jsonResponse(200, items, pagingHeaders(exchange, page, found.total));
}

function versionNameOf(exchange: Exchange) {
  return {
    packageName: parameterOf(exchange, "name"),
    version: parameterOf(exchange, "version"),
    match: "folded" as const,
  };
}

async function findVersion(registry: Registry, exchange: Exchange, grant: NamespaceGrant<"read">): Promise<Version> {
  requireGeneric(exchange, "version_not_found");
  return registry.findVersion(grant, versionNameOf(exchange));
}

/** Packages of any other type do not exist here. */
function requireGeneric(exchange: Exchange, code: "package_not_found" | "version_not_found"): void {
  if (parameterOf(exchange, "type") !== "generic") throw new RegistryError(code, "there is no package of this type");
}

async function describe(registry: Registry, exchange: Exchange, grant: NamespaceGrant, version: Version) {
  const { namespace } = grant;
  const publicUrl = exchange.publicUrl();
  const viewer = grant.actor.kind === "user" ? grant.actor.user : null;
  const isInsider = (id: number): boolean => viewer !== null && (viewer.isAdmin || viewer.id === id);
  const ownerUser = namespace.kind === "user" ? await registry.findUserById(namespace.id) : null;
  const creator = await registry.findUserById(version.creator.id);
  return packageJson(
    version,
    {
      owner: ownerUser === null ? ownerJson(namespace, publicUrl) : userJson(ownerUser, publicUrl, isInsider(ownerUser.id)),
      ownerPath: namespace.path,
      creator:
        creator === null
          ? { ...ownerJson(namespace, publicUrl), id: -1, login: ghostName, username: ghostName, full_name: "", html_url: "" }
          : userJson(creator, publicUrl, isInsider(creator.id)),
    },
    publicUrl,
  );
}

function noRepository(exchange: Exchange): Promise<Response> {
  return Promise.resolve(apiMessage(404, "GetRepositoryByName: repository does not exist", exchange.publicUrl()));
}

function noContent(): Response {
  return new Response(null, { status: 204 });
}
