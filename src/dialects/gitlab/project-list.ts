import type { Actor } from "../../core/actor.ts";
import { accessLevels, visibilities, type AccessLevel } from "../../core/domain.ts";
import { placeOrders, type PlaceOrder, type PlaceSearch } from "../../core/operations/find-namespaces.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Place } from "../../core/operations/visible-tree.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { keysetPageHeaders, pageOf } from "../../http/numbered-pages.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { jsonAnswer } from "./answers.ts";
import { urlOf } from "./list-page.ts";
import { answerPage } from "./page-answer.ts";
import { viewProject, viewSimpleProject } from "./project-view.ts";
import { queryInput } from "./route.ts";
import { searchWords } from "./search-words.ts";

const directions = ["asc", "desc"] as const;

/** Orders of GitLab's that come to one of ours: nothing changes a project here but its creation. */
const orderNames = [...placeOrders, "updated_at", "last_activity_at"] as const;

interface ListInput {
  readonly search: Omit<PlaceSearch, "kinds" | "parentId">;
  readonly order: PlaceOrder;
  readonly isSimple: boolean;
  readonly includesSubgroups: boolean;
  readonly isKeyset: boolean;
  readonly afterId: number | null;
  readonly beforeId: number | null;
}

/** lib/api/projects.rb, collection_params and filter_params. */
function readList(reader: ParameterReader): ListInput {
  const by = reader.oneOf("order_by", orderNames, "created_at");
  const isOwned = reader.boolean("owned", false);
  const isMember = reader.boolean("membership", false);
  const minLevel = reader.optionalInteger("min_access_level", { values: accessLevels }) ?? 0;
  return {
    search: {
      words: searchWords(reader, "search"),
      visibility: reader.optionalOneOf("visibility", visibilities) ?? null,
      minLevel: levelOf(Math.max(isOwned ? 50 : isMember ? 10 : 0, minLevel)),
    },
    order: {
      by: by === "updated_at" || by === "last_activity_at" ? "created_at" : by,
      direction: reader.oneOf("sort", directions, "desc"),
    },
    isSimple: reader.boolean("simple", false),
    includesSubgroups: reader.boolean("include_subgroups", false),
    isKeyset: reader.optionalText("pagination") === "keyset",
    afterId: reader.optionalInteger("id_after") ?? null,
    beforeId: reader.optionalInteger("id_before") ?? null,
  };
}

function levelOf(level: number): AccessLevel {
  return accessLevels.find((known) => known >= level) ?? 50;
}

/**
 * Answers with the projects that the caller may see: everywhere, or below the namespace that a grant is for, there one
 * level deep unless `include_subgroups` is said.
 */
export async function listProjects(registry: Registry, exchange: Exchange, actor: Actor, within: NamespaceGrant | null): Promise<Response> {
  const { search, order, isSimple, includesSubgroups, ...input } = queryInput(exchange, readList);
  // GitLab pages by keys where it goes by id only, and says so (lib/api/helpers/pagination_strategies.rb).
  if (input.isKeyset && order.by !== "id") return jsonAnswer(405, { error: "Keyset pagination is not yet available for this type of request" });
  const parentId = within === null || includesSubgroups ? null : within.namespace.id;
  const places = (await registry.findPlaces(actor, within, { ...search, kinds: ["project"], parentId }, order)).filter(
    ({ namespace: { id } }) => id > (input.afterId ?? 0) && (input.beforeId === null || id < input.beforeId),
  );
  const view = async ({ namespace, standing }: Place) => {
    const shown = { namespace, visibility: standing.visibility, registryAccess: standing.registryAccess };
    return isSimple || actor.kind === "anonymous" ? viewSimpleProject(registry, exchange, shown) : viewProject(registry, exchange, actor, shown);
  };
  if (!input.isKeyset)
    return answerPage(
      exchange,
      async ({ offset, limit }) => ({ items: await Promise.all(places.slice(offset, offset + limit).map(view)), total: places.length }),
      (item) => item,
    );
  const { perPage } = pageOf(exchange.query);
  const items = await Promise.all(places.slice(0, perPage).map(view));
  const last = items.at(-1)?.id;
  const key = order.direction === "asc" ? "id_after" : "id_before";
  const next = last === undefined || places.length <= perPage ? null : { [key]: String(last) };
  return jsonAnswer(200, items, keysetPageHeaders({ url: urlOf(exchange), next }));
}
