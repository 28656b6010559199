import type { Actor } from "../../core/actor.ts";
import type { MintedToken } from "../../core/operations/personal-tokens.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { accessTokenJson } from "./access-token-json.ts";
import { jsonAnswer, noContent } from "./answers.ts";
import { answerPage } from "./page-answer.ts";
import { idOf, personalOnly, queryInput, readInput, routesOf, type GitlabRoute } from "./route.ts";
import { givenSearch, givenToken, rotatedUntil } from "./token-parameters.ts";
import { withoutRight401, wrongValue400 } from "./token-refusals.ts";

const all = "/api/v4/personal_access_tokens";
const one = `${all}/:token_id`;
const self = `${all}/self`;
const manner = { family: "other", kinds: personalOnly, anonymous: "refused" } as const;

/** Personal access tokens (lib/api/personal_access_tokens.rb, lib/api/users.rb, lib/api/user_personal_access_tokens). */
export function personalTokenRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { ...manner, area: "user" });
  const administrative = routesOf(registry, { ...manner, area: "admin" });
  // The token itself, whatever its scopes.
  const shown = routesOf(registry, manner);
  const answerToken = async (token: MintedToken["token"]) => jsonAnswer(200, accessTokenJson(token, registry.nowMs()));
  const answerMinted = (status: number, { token, secret }: MintedToken) =>
    jsonAnswer(status, { ...accessTokenJson(token, registry.nowMs()), token: secret });
  const untilOf = (exchange: Exchange) => readInput(exchange, (reader) => rotatedUntil(reader, registry.nowMs()));
  return [
    route("GET", all, "self", (exchange, actor) => listTokens(registry, exchange, actor)),
    shown("GET", self, "self", async (_exchange, actor) => answerToken(await registry.findShownToken(actor))),
    shown("DELETE", self, "self", async (_exchange, actor) => {
      await registry.revokeShownToken(actor);
      return noContent();
    }),
    shown("POST", `${self}/rotate`, "self", async (exchange, actor) => {
      const until = await untilOf(exchange);
      return wrongValue400(async () => answerMinted(200, await registry.rotateShownToken(actor, until)));
    }),
    route("GET", one, "self", (exchange, actor) =>
      withoutRight401(async () => answerToken(await registry.findPersonalToken(actor, idOf(exchange, "token_id")))),
    ),
    route("DELETE", one, "self", (exchange, actor) =>
      withoutRight401(async () => {
        await registry.revokePersonalToken(actor, idOf(exchange, "token_id"));
        return noContent();
      }),
    ),
    route("POST", `${one}/rotate`, "self", async (exchange, actor) => {
      const until = await untilOf(exchange);
      const rotate = async () => answerMinted(200, await registry.rotatePersonalToken(actor, idOf(exchange, "token_id"), until));
      return withoutRight401(() => wrongValue400(rotate));
    }),
    administrative("POST", "/api/v4/users/:user_id/personal_access_tokens", "administrator", async (exchange, actor) => {
      const wanted = await readInput(exchange, givenToken);
      return wrongValue400(async () => answerMinted(201, await registry.createTokenFor(actor, idOf(exchange, "user_id"), wanted)));
    }),
    route("POST", "/api/v4/user/personal_access_tokens", "self", async (exchange, actor) => {
      const wanted = await readInput(exchange, givenToken);
      return wrongValue400(async () => answerMinted(201, await registry.createOwnToken(actor, wanted)));
    }),
  ];
}

async function listTokens(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const search = queryInput(exchange, (reader) => ({ ...givenSearch(reader), userId: reader.optionalInteger("user_id") ?? null }));
  const nowMs = registry.nowMs();
  return withoutRight401(() =>
    answerPage(exchange, (page) => registry.listPersonalTokens(actor, search, page), (token) => accessTokenJson(token, nowMs)),
  );
}
