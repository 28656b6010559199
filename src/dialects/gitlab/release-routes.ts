import type { Actor } from "../../core/actor.ts";
import type { Release } from "../../core/domain.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import { maxCountedEntries, offsetPageHeaders, pageOf } from "../../http/numbered-pages.ts";
import { jsonAnswer } from "./answers.ts";
import { urlOf } from "./list-page.ts";
import { readNewRelease, readReleaseChanges, refuseMilestones } from "./release-input.ts";
import { releaseJson } from "./release-json.ts";
import { openAt, personalAndJob, queryInput, readInput, routesOf, type GitlabRoute } from "./route.ts";

const all = "/api/v4/projects/:id/releases";
const one = `${all}/:tag_name`;

/** A release with as many links as it may have, five parameters each. */
const inputBounds = { maxParameters: 5100 };

/** Releases (lib/api/releases.rb). */
export function releaseRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "project", kinds: personalAndJob, anonymous: "welcome" });
  return [
    route("GET", all, "namespace:read", (exchange, actor) => list(registry, exchange, actor)),
    route("POST", all, "namespace:publish", (exchange, actor) => create(registry, exchange, actor)),
    route("GET", one, "namespace:read", async (exchange, actor) => {
      const withHtml = queryInput(exchange, (reader) => reader.boolean("include_html_description", false));
      const grant = await openReleases(registry, exchange, actor, "read");
      const release = await registry.findRelease(grant, parameterOf(exchange, "tag_name"));
      return jsonAnswer(200, (await shownBy(registry, exchange, grant, withHtml))(release));
    }),
    route("PUT", one, "namespace:publish", async (exchange, actor) => {
      const grant = await openReleases(registry, exchange, actor, "publish");
      const { changes, milestones } = await readInput(exchange, readReleaseChanges, inputBounds);
      refuseMilestones(milestones);
      const release = await registry.updateRelease(grant, parameterOf(exchange, "tag_name"), changes);
      return jsonAnswer(200, (await shownBy(registry, exchange, grant))(release));
    }),
    route("DELETE", one, "namespace:publish", async (exchange, actor) => {
      const grant = await openReleases(registry, exchange, actor, "publish");
      const release = await registry.deleteRelease(grant, parameterOf(exchange, "tag_name"));
      return jsonAnswer(200, (await shownBy(registry, exchange, grant))(release));
    }),
  ];
}

/** The right to read, or to change, the releases of the project that `:id` names. */
export function openReleases<Wanted extends "read" | "publish">(
  registry: Registry,
  exchange: Exchange,
  actor: Actor,
  capability: Wanted,
): Promise<NamespaceGrant<Wanted>> {
  return openAt(registry, exchange, actor, { capability, area: "release" });
}

async function list(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const { page, perPage, offset } = pageOf(exchange.query);
  const { order, withHtml } = queryInput(exchange, (reader) => ({
    order: {
      by: reader.oneOf("order_by", ["released_at", "created_at"], "released_at"),
      direction: reader.oneOf("sort", ["asc", "desc"], "desc"),
    },
    withHtml: reader.boolean("include_html_description", false),
  }));
  const grant = await openReleases(registry, exchange, actor, "read");
  const { items, total } = await registry.listReleases(grant, order, { offset, limit: perPage });
  const headers = offsetPageHeaders({
    url: urlOf(exchange),
    page,
    perPage,
    total: total > maxCountedEntries ? null : total,
    hasNext: offset + items.length < total,
  });
  return jsonAnswer(200, items.map(await shownBy(registry, exchange, grant, withHtml)), headers);
}

async function create(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const grant = await openReleases(registry, exchange, actor, "publish");
  const { milestones, ...given } = await readInput(exchange, readNewRelease, inputBounds);
  refuseMilestones(milestones);
  const release = await registry.createRelease(grant, given).catch((error: unknown) => {
    throw error instanceof RegistryError && error.code === "value_invalid" ? unsaved(error) : error;
  });
  return jsonAnswer(201, (await shownBy(registry, exchange, grant))(release));
}

/** The words in which Rails refuses to save a record, which the service hands on (Releases::CreateService). */
function unsaved(error: RegistryError): RegistryError {
  return new RegistryError(error.code, `Validation failed: ${fullMessage(error)}`, { cause: error });
}

/** A field and what is wrong with it as Rails' full messages have it: `links.url` is `Links url`. */
export function fullMessage({ message, details: { subject = "base" } }: RegistryError): string {
  if (subject === "base") return message;
  const words = subject.replaceAll(".", " ").replaceAll("_", " ");
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)} ${message}`;
}

/** How a release is shown to the holder of a grant. */
async function shownBy(
  registry: Registry,
  exchange: Exchange,
  grant: NamespaceGrant<"read" | "publish">,
  withHtml = false,
): Promise<(release: Release) => ReturnType<typeof releaseJson>> {
  const place = {
    publicUrl: exchange.publicUrl(),
    projectPath: grant.namespace.path,
    nowMs: registry.nowMs(),
    isEditable: await registry.mayAlso(grant, "publish"),
    withHtml,
  };
  return (release) => releaseJson(release, place);
}
