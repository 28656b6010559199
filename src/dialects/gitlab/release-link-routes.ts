import type { Actor } from "../../core/actor.ts";
import type { ReleaseLink } from "../../core/domain.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import { offsetPageHeaders, pageOf } from "../../http/numbered-pages.ts";
import { jsonAnswer } from "./answers.ts";
import { urlOf } from "./list-page.ts";
import { readLinkChanges, readNewLink } from "./release-input.ts";
import { releaseLinkJson } from "./release-json.ts";
import { fullMessage, openReleases } from "./release-routes.ts";
import { idOf, personalAndJob, readInput, routesOf, type GitlabRoute } from "./route.ts";

const all = "/api/v4/projects/:id/releases/:tag_name/assets/links";
const one = `${all}/:link_id`;

/** The assets of a release, which are links (lib/api/release/links.rb). */
export function releaseLinkRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "project", kinds: personalAndJob, anonymous: "welcome" });
  const open = <Wanted extends "read" | "publish">(exchange: Exchange, actor: Actor, capability: Wanted) =>
    openReleases(registry, exchange, actor, capability);
  return [
    route("GET", all, "namespace:read", (exchange, actor) => list(registry, exchange, actor)),
    route("POST", all, "namespace:publish", async (exchange, actor) => {
      const grant = await open(exchange, actor, "publish");
      const link = await readInput(exchange, readNewLink);
      return saved(async () => answerLink(exchange, grant, 201, await registry.createReleaseLink(grant, tagOf(exchange), link)));
    }),
    route("GET", one, "namespace:read", async (exchange, actor) => {
      const grant = await open(exchange, actor, "read");
      return answerLink(exchange, grant, 200, await registry.findReleaseLink(grant, tagOf(exchange), idOf(exchange, "link_id")));
    }),
    route("PUT", one, "namespace:publish", async (exchange, actor) => {
      const grant = await open(exchange, actor, "publish");
      const changes = await readInput(exchange, readLinkChanges);
      return saved(async () => answerLink(exchange, grant, 200, await registry.updateReleaseLink(grant, linkOf(exchange), changes)));
    }),
    route("DELETE", one, "namespace:publish", async (exchange, actor) => {
      const grant = await open(exchange, actor, "publish");
      return answerLink(exchange, grant, 200, await registry.deleteReleaseLink(grant, linkOf(exchange)));
    }),
  ];
}

async function list(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const { page, perPage, offset } = pageOf(exchange.query);
  const grant = await openReleases(registry, exchange, actor, "read");
  const { links } = await registry.findRelease(grant, tagOf(exchange));
  const hasNext = offset + perPage < links.length;
  const headers = offsetPageHeaders({ url: urlOf(exchange), page, perPage, total: links.length, hasNext });
  const place = placeOf(exchange, grant);
  return jsonAnswer(200, links.slice(offset, offset + perPage).map((link) => releaseLinkJson(link, place)), headers);
}

function tagOf(exchange: Exchange): string {
  return parameterOf(exchange, "tag_name");
}

function linkOf(exchange: Exchange): { readonly tag: string; readonly id: number } {
  return { tag: tagOf(exchange), id: idOf(exchange, "link_id") };
}

function placeOf(exchange: Exchange, { namespace }: NamespaceGrant) {
  return { publicUrl: exchange.publicUrl(), projectPath: namespace.path, tag: tagOf(exchange) };
}

function answerLink(exchange: Exchange, grant: NamespaceGrant, status: number, link: ReleaseLink): Response {
  return jsonAnswer(status, releaseLinkJson(link, placeOf(exchange, grant)));
}

/** A link that will not do is refused with a list of full messages (Releases::Links::CreateService). */
async function saved(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof RegistryError) || (error.code !== "value_invalid" && error.code !== "name_taken")) throw error;
    return jsonAnswer(400, { message: [fullMessage(error)] });
  }
}
