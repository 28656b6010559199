import type { Actor } from "../../core/actor.ts";
import { versionStatuses } from "../../core/domain.ts";
import { revisionOrders, type versionOrders } from "../../core/ports/index-store.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { jsonAnswer, noContent } from "./answers.ts";
import { answerFile } from "./file-download.ts";
import { listPageOf } from "./list-page.ts";
import { packageFileJson, packageJson, siblingJson } from "./package-json.ts";
import { searchWords } from "./search-words.ts";
import { unmodifiedSince } from "./unmodified-since.ts";
import { everyKind, idOf, openAt, personalAndJob, personalOnly, queryInput, routesOf, type GitlabRoute } from "./route.ts";

const ofProject = "/api/v4/projects/:id/packages";
const ofPackage = `${ofProject}/:package_id`;
const ofFile = `${ofPackage}/package_files/:package_file_id`;

/** GitLab's Packages API (lib/api/project_packages.rb, group_packages.rb, package_files.rb); GET also answers HEAD. */
export function packageRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "packages", area: "package", kinds: personalAndJob, anonymous: "welcome" });
  const ofGroup = routesOf(registry, { family: "group", area: "package", kinds: personalOnly, anonymous: "welcome" });
  const web = routesOf(registry, { family: "generic", area: "package", kinds: everyKind, anonymous: "welcome" });
  return [
    route("GET", ofProject, "namespace:read", (exchange, actor) => listProjectPackages(registry, exchange, actor)),
    ofGroup("GET", "/api/v4/groups/:id/packages", "namespace:read", (exchange, actor) => listGroupPackages(registry, exchange, actor)),
    route("GET", ofPackage, "namespace:read", (exchange, actor) => showPackage(registry, exchange, actor)),
    route("GET", `${ofPackage}/package_files`, "namespace:read", (exchange, actor) => listPackageFiles(registry, exchange, actor)),
    route("GET", `${ofFile}/download`, "namespace:read", async (exchange, actor) => {
      const { version } = await openPackage(registry, exchange, actor);
      const file = await registry.findRevision(version, idOf(exchange, "package_file_id"));
      return answerFile(exchange, await registry.openRevision(file, exchange.method === "GET"));
    }),
    route("GET", `${ofPackage}/pipelines`, "namespace:read", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "read" });
      queryInput(exchange, (reader) => reader.integer("per_page", 20, { min: 1, max: 20 }));
      await registry.findVersionById(grant, idOf(exchange, "package_id"));
      // Nothing here was built by a pipeline of this server.
      return jsonAnswer(200, []);
    }),
    route("DELETE", ofPackage, "namespace:delete", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "delete" });
      await registry.deleteVersionById(grant, idOf(exchange, "package_id"), unmodifiedSince(exchange));
      return noContent();
    }),
    route("DELETE", ofFile, "namespace:delete", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "delete" });
      const target = { versionId: idOf(exchange, "package_id"), fileId: idOf(exchange, "package_file_id") };
      await registry.deleteRevision(grant, target, unmodifiedSince(exchange));
      return noContent();
    }),
    // The address that pages and release notes of GitLab link to.
    web("GET", "/*project/-/package_files/:file_id/download", "namespace:read", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "read", parameter: "project" });
      const file = await registry.findRevisionById(grant, idOf(exchange, "file_id"));
      return answerFile(exchange, await registry.openRevision(file, exchange.method === "GET"));
    }),
  ];
}

/** The types that GitLab knows; only generic packages are here. */
const packageTypes = [
  "maven", "npm", "conan", "nuget", "pypi", "composer", "generic", "golang", "debian", "rubygems", "helm",
  "terraform_module", "rpm", "ml_model", "cargo",
] as const;
const packageStatuses = ["default", "hidden", "processing", "error", "pending_destruction", "deprecated"] as const;
const directions = ["asc", "desc"] as const;
const projectOrders = ["created_at", "name", "version", "type"] as const;
const groupOrders = [...projectOrders, "project_path"] as const;

/** The column behind an order; all packages are of one type, so that the id alone decides there. */
const columnOf = {
  created_at: "created_at",
  name: "name",
  version: "version",
  type: "id",
  project_path: "project_path",
} as const satisfies Record<(typeof groupOrders)[number], (typeof versionOrders)[number]>;

function readSearch(reader: ParameterReader, orders: readonly (keyof typeof columnOf)[]) {
  const order = { by: columnOf[reader.oneOf("order_by", orders, "created_at")], direction: reader.oneOf("sort", directions, "asc") };
  const type = reader.optionalOneOf("package_type", packageTypes) ?? "generic";
  const nameContains = searchWords(reader, "package_name");
  const version = reader.optionalText("package_version") ?? null;
  reader.boolean("include_versionless", false);
  const status = reader.optionalOneOf("status", packageStatuses) ?? "default";
  const statuses = type === "generic" ? versionStatuses.filter((known) => known === status) : [];
  return { order, search: { nameContains, version: version === "" ? null : version, statuses } };
}

async function listProjectPackages(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const grant = await openAt(registry, exchange, actor, { capability: "read" });
  const { order, search } = queryInput(exchange, (reader) => readSearch(reader, projectOrders));
  const page = listPageOf(exchange, order);
  const found = await registry.searchVersions(grant, search, order, page.request);
  const place = {
    publicUrl: exchange.publicUrl(),
    namespacePath: grant.namespace.path,
    isDeletable: await registry.mayAlso(grant, "delete"),
  };
  return jsonAnswer(200, found.items.map((version) => packageJson(version, place)), page.headersFor(found));
}

async function listGroupPackages(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const grant = await openAt(registry, exchange, actor, { capability: "read", area: "group", kind: "group" });
  const { order, search, excludeSubgroups } = queryInput(exchange, (reader) => ({
    ...readSearch(reader, groupOrders),
    excludeSubgroups: reader.boolean("exclude_subgroups", false),
  }));
  const page = listPageOf(exchange, order);
  const found = await registry.searchGroupVersions(grant, { ...search, excludeSubgroups }, order, page.request);
  const publicUrl = exchange.publicUrl();
  const items = found.items.map(({ version, namespacePath, isDeletable }) => ({
    ...packageJson(version, { publicUrl, namespacePath, isDeletable }),
    project_id: version.namespaceId,
    project_path: namespacePath,
  }));
  const headers = page.headersFor({ ...found, items: found.items.map(({ version }) => version) });
  return jsonAnswer(200, items, headers);
}

async function openPackage(registry: Registry, exchange: Exchange, actor: Actor) {
  const grant = await openAt(registry, exchange, actor, { capability: "read" });
  return { grant, version: await registry.findVersionById(grant, idOf(exchange, "package_id")) };
}

async function showPackage(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const { grant, version } = await openPackage(registry, exchange, actor);
  const isDeletable = await registry.mayAlso(grant, "delete");
  const siblings = await registry.listSiblings(version);
  const place = { publicUrl: exchange.publicUrl(), namespacePath: grant.namespace.path, isDeletable };
  return jsonAnswer(200, { ...packageJson(version, place), versions: siblings.map(siblingJson) });
}

async function listPackageFiles(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const grant = await openAt(registry, exchange, actor, { capability: "read" });
  const order = queryInput(exchange, (reader) => ({
    by: reader.oneOf("order_by", revisionOrders, "id"),
    direction: reader.oneOf("sort", directions, "asc"),
  }));
  const page = listPageOf(exchange, order);
  const version = await registry.findVersionById(grant, idOf(exchange, "package_id"));
  const found = await registry.listRevisions(version, order, page.request);
  return jsonAnswer(200, found.items.map(packageFileJson), page.headersFor(found));
}
