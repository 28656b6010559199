import type { Actor } from "../../core/actor.ts";
import { actsAsAdministrator } from "../../core/actor.ts";
import type { User } from "../../core/domain.ts";
import { userOrders } from "../../core/ports/account-store.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { jsonAnswer } from "./answers.ts";
import { answerPage } from "./page-answer.ts";
import { idOf, personalOnly, queryInput, routesOf, type GitlabRoute } from "./route.ts";
import { userBasicJson, userPrivateJson, userPublicJson } from "./user-json.ts";

/** What GitLab's users API tells (lib/api/users.rb); GET also answers HEAD. */
export function userRoutes(registry: Registry): readonly GitlabRoute[] {
  const manner = { family: "other", kinds: personalOnly, area: "user" } as const;
  const route = routesOf(registry, { ...manner, anonymous: "welcome" });
  const own = routesOf(registry, { ...manner, anonymous: "refused" });
  return [
    own("GET", "/api/v4/user", "signed_in", async (exchange, actor) => {
      const user = await registry.ownAccount(actor);
      return jsonAnswer(200, userPrivateJson(user, exchange.publicUrl(), user));
    }),
    route("GET", "/api/v4/users", "signed_in", async (exchange, actor) =>
      actor.kind === "anonymous"
        ? jsonAnswer(403, { message: "403 Forbidden - Not authorized to access /api/v4/users" })
        : listUsers(registry, exchange, actor),
    ),
    route("GET", "/api/v4/users/:id", "signed_in", async (exchange, actor) => {
      if (actor.kind === "anonymous") return jsonAnswer(403, { message: "403 Forbidden - Not authorized!" });
      return jsonAnswer(200, userJsonFor(actor, await registry.findAccount(actor, idOf(exchange, "id")), exchange));
    }),
  ];
}

/** An account as its viewer may see it. */
function userJsonFor(actor: Actor, user: User, exchange: Exchange) {
  const publicUrl = exchange.publicUrl();
  if (actor.kind !== "user") return userPublicJson(user, publicUrl);
  const { user: viewer } = actor;
  const isPrivate = viewer.id === user.id || actsAsAdministrator(actor);
  return isPrivate ? userPrivateJson(user, publicUrl, viewer) : userPublicJson(user, publicUrl);
}

function readSearch(reader: ParameterReader) {
  const search = reader.optionalText("search") ?? "";
  return {
    username: reader.optionalText("username") ?? "",
    order: { by: reader.oneOf("order_by", userOrders, "id"), direction: reader.oneOf("sort", ["asc", "desc"], "desc") },
    search: {
      text: search === "" ? null : search,
      isActive: reader.boolean("active", false) ? true : null,
      isLoginProhibited: reader.boolean("blocked", false) ? true : null,
      isAdmin: reader.boolean("admins", false) ? true : null,
    },
  };
}

async function listUsers(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const { username, order, search } = queryInput(exchange, readSearch);
  const isAdministrator = actsAsAdministrator(actor);
  // A blocked account is not active in GitLab's words; who the administrators are is for them to ask.
  const isLoginProhibited = search.isActive === true ? false : search.isLoginProhibited;
  const wanted = { ...search, isLoginProhibited, isAdmin: isAdministrator ? search.isAdmin : null };
  return answerPage(
    exchange,
    async (page) => {
      if (username === "") return registry.searchAccounts(actor, wanted, order, page);
      const user = await registry.findUser(actor, username);
      const items = user === null ? [] : [user];
      return { items: items.slice(page.offset, page.offset + page.limit), total: items.length };
    },
    (user) => (isAdministrator ? userJsonFor(actor, user, exchange) : userBasicJson(user, exchange.publicUrl())),
  );
}
