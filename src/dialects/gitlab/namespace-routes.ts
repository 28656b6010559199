import type { Registry } from "../../core/registry.ts";
import { RegistryError } from "../../core/registry-error.ts";
import { jsonAnswer } from "./answers.ts";
import { namespaceJson } from "./namespace-json.ts";
import { answerPage } from "./page-answer.ts";
import { openAt, personalOnly, queryInput, routesOf, type GitlabRoute } from "./route.ts";
import { searchWords } from "./search-words.ts";

/** GitLab's namespaces API (lib/api/namespaces.rb): where projects can stand. */
export function namespaceRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "other", kinds: personalOnly, anonymous: "refused", area: "user" });
  return [
    route("GET", "/api/v4/namespaces", "signed_in", async (exchange, actor) => {
      const { words, isOwned, isTopOnly } = queryInput(exchange, (reader) => ({
        words: searchWords(reader, "search"),
        isOwned: reader.boolean("owned_only", false),
        isTopOnly: reader.boolean("top_level_only", false),
      }));
      const { isAdmin } = await registry.ownAccount(actor);
      // Administrators are told of all, everybody else of those they have a place in.
      const minLevel = isOwned ? 50 : isAdmin ? 0 : 10;
      const wanted = { kinds: ["user", "group"], words, visibility: null, minLevel, parentId: isTopOnly ? 0 : null } as const;
      const places = await registry.findPlaces(actor, null, wanted, { by: "id", direction: "asc" });
      return answerPage(
        exchange,
        async ({ offset, limit }) => ({ items: places.slice(offset, offset + limit), total: places.length }),
        ({ namespace }) => namespaceJson(namespace, exchange.publicUrl()),
      );
    }),
    route("GET", "/api/v4/namespaces/:namespace_id", "namespace:read", async (exchange, actor) => {
      const { namespace } = await openAt(registry, exchange, actor, { capability: "read", area: "user", parameter: "namespace_id" });
      if (namespace.kind === "project") throw new RegistryError("namespace_not_found", "there is no such namespace");
      return jsonAnswer(200, namespaceJson(namespace, exchange.publicUrl()));
    }),
  ];
}
