import type { Actor } from "../../core/actor.ts";
import { accessLevels, visibilities, type AccessLevel } from "../../core/domain.ts";
import { placeOrders } from "../../core/operations/find-namespaces.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { jsonAnswer } from "./answers.ts";
import { viewGroup } from "./group-view.ts";
import { answeringNames, groupPathRefused } from "./name-refusals.ts";
import { answerPage } from "./page-answer.ts";
import { openAt, personalOnly, queryInput, readInput, routesOf, type GitlabRoute } from "./route.ts";
import { searchWords } from "./search-words.ts";

const one = "/api/v4/groups/:id";

/** GitLab's groups API (lib/api/groups.rb); GET also answers HEAD. */
export function groupRoutes(registry: Registry): readonly GitlabRoute[] {
  const read = routesOf(registry, { family: "group", kinds: personalOnly, anonymous: "welcome", area: "organization" });
  const write = routesOf(registry, { family: "group", kinds: personalOnly, anonymous: "refused", area: "organization" });
  const reading = { capability: "read", area: "organization", kind: "group" } as const;
  const owning = { capability: "administer", area: "organization", kind: "group" } as const;
  return [
    read("GET", "/api/v4/groups", "anyone", (exchange, actor) => listGroups(registry, exchange, actor, null, null)),
    read("GET", one, "namespace:read", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, reading);
      return jsonAnswer(200, await viewGroup(registry, exchange, grant));
    }),
    read("GET", `${one}/subgroups`, "namespace:read", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, reading);
      return listGroups(registry, exchange, actor, grant, grant.namespace.id);
    }),
    read("GET", `${one}/descendant_groups`, "namespace:read", async (exchange, actor) =>
      listGroups(registry, exchange, actor, await openAt(registry, exchange, actor, reading), null),
    ),
    write("POST", "/api/v4/groups", "signed_in", (exchange, actor) => createGroup(registry, exchange, actor)),
    write("PUT", one, "namespace:administer", async (exchange, actor) =>
      updateGroup(registry, exchange, actor, await openAt(registry, exchange, actor, owning)),
    ),
    write("DELETE", one, "namespace:administer", async (exchange, actor) => {
      const { namespace } = await openAt(registry, exchange, actor, owning);
      await registry.deleteGroup(actor, namespace.path);
      return jsonAnswer(202, { message: "202 Accepted" });
    }),
  ];
}

/** lib/api/groups.rb, group_list_params. */
function readList(reader: ParameterReader) {
  const isOwned = reader.boolean("owned", false);
  const given = reader.optionalInteger("min_access_level", { values: accessLevels }) ?? 0;
  const minLevel: AccessLevel = isOwned ? 50 : (accessLevels.find((known) => known >= given) ?? 50);
  return {
    words: searchWords(reader, "search"),
    visibility: reader.optionalOneOf("visibility", visibilities) ?? null,
    minLevel,
    isTopOnly: reader.boolean("top_level_only", false),
    order: { by: reader.oneOf("order_by", placeOrders, "name"), direction: reader.oneOf("sort", ["asc", "desc"], "asc") },
  };
}

async function listGroups(
  registry: Registry,
  exchange: Exchange,
  actor: Actor,
  within: NamespaceGrant | null,
  parentId: number | null,
): Promise<Response> {
  const { order, isTopOnly, words, visibility, minLevel } = queryInput(exchange, readList);
  const search = { kinds: ["group"], words, visibility, minLevel, parentId: isTopOnly && within === null ? 0 : parentId } as const;
  const places = await registry.findPlaces(actor, within, search, order);
  return answerPage(
    exchange,
    async ({ offset, limit }) => {
      const shown = places.slice(offset, offset + limit).map(({ namespace, standing }) => ({ namespace, visibility: standing.visibility }));
      return { items: await Promise.all(shown.map((place) => viewGroup(registry, exchange, place))), total: places.length };
    },
    (item) => item,
  );
}

async function createGroup(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const { name, path, parentId, visibility, description } = await readInput(exchange, (reader) => ({
    name: reader.requiredText("name"),
    path: reader.requiredText("path"),
    parentId: reader.optionalInteger("parent_id") ?? null,
    visibility: reader.oneOf("visibility", visibilities, "private"),
    description: reader.optionalText("description") ?? "",
  }));
  return answeringNames(async () => {
    const { id } =
      parentId === null
        ? await registry.createGroup(actor, { name: path, fullName: name, visibility, description, email: "", website: "", location: "" })
        : await registry.createSubgroup(actor, { parentId, name, path, visibility, description });
    return jsonAnswer(201, await viewGroup(registry, exchange, await registry.openNamespace(actor, { id }, "read", "organization")));
  }, groupPathRefused);
}

async function updateGroup(registry: Registry, exchange: Exchange, actor: Actor, grant: NamespaceGrant<"administer">): Promise<Response> {
  const { name, path, visibility, description } = await readInput(exchange, (reader) => ({
    name: reader.optionalText("name") ?? "",
    path: reader.optionalText("path") ?? "",
    visibility: reader.optionalOneOf("visibility", visibilities) ?? null,
    description: reader.optionalText("description"),
  }));
  const { id } = grant.namespace;
  return answeringNames(async () => {
    await registry.changeGroup(grant, {
      ...(name === "" ? {} : { name }),
      ...(path === "" ? {} : { path }),
      ...(visibility === null ? {} : { visibility }),
      ...(description === undefined ? {} : { description: description ?? "" }),
    });
    return jsonAnswer(200, await viewGroup(registry, exchange, await registry.openNamespace(actor, { id }, "read", "organization")));
  }, groupPathRefused);
}
