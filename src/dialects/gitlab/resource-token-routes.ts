import type { Actor } from "../../core/actor.ts";
import { tokenLevels, type MintedNamespaceToken, type TokenLevel } from "../../core/operations/namespace-tokens.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { resourceTokenJson } from "./access-token-json.ts";
import { jsonAnswer, noContent } from "./answers.ts";
import { answerPage } from "./page-answer.ts";
import { openResource, resources, type Resource } from "./resource.ts";
import { idOf, personalOnly, queryInput, readInput, routesOf, type GitlabRoute } from "./route.ts";
import { givenSearch, givenToken, rotatedUntil } from "./token-parameters.ts";
import { withoutRight400, withoutRight401, wrongValue400 } from "./token-refusals.ts";

const defaultLevel: TokenLevel = 40;

/** Access tokens of projects and groups (lib/api/resource_access_tokens.rb). */
export function resourceTokenRoutes(registry: Registry): readonly GitlabRoute[] {
  return resources.flatMap((resource) => routesOfResource(registry, resource));
}

function routesOfResource(registry: Registry, resource: Resource): readonly GitlabRoute[] {
  const { family, area, needed } = resource;
  const route = routesOf(registry, { family, area, kinds: personalOnly, anonymous: "refused" });
  const all = `${resource.path}/access_tokens`;
  const one = `${all}/:token_id`;
  return [
    route("GET", all, needed, (exchange, actor) => listTokens(registry, resource, exchange, actor)),
    route("POST", all, needed, (exchange, actor) => createToken(registry, resource, exchange, actor)),
    route("GET", one, needed, (exchange, actor) =>
      withoutRight401(async () => {
        const grant = await openResource(registry, resource, exchange, actor, "read");
        const held = await registry.findNamespaceToken(grant, idOf(exchange, "token_id"));
        return jsonAnswer(200, resourceTokenJson(held, grant.namespace, registry.nowMs()));
      }),
    ),
    route("DELETE", one, needed, (exchange, actor) =>
      withoutRight401(async () => {
        const grant = await openResource(registry, resource, exchange, actor, "configure");
        await registry.revokeNamespaceToken(grant, idOf(exchange, "token_id"));
        return noContent();
      }),
    ),
    route("POST", `${one}/rotate`, needed, async (exchange, actor) => {
      const until = await readInput(exchange, (reader) => rotatedUntil(reader, registry.nowMs()));
      const rotate = async () => {
        const grant = await openResource(registry, resource, exchange, actor, "configure");
        return answerMinted(registry, 200, grant, await registry.rotateNamespaceToken(grant, idOf(exchange, "token_id"), until));
      };
      return withoutRight401(() => wrongValue400(rotate));
    }),
  ];
}

async function listTokens(registry: Registry, resource: Resource, exchange: Exchange, actor: Actor): Promise<Response> {
  const search = queryInput(exchange, givenSearch);
  const grant = await openResource(registry, resource, exchange, actor, "read");
  const nowMs = registry.nowMs();
  return withoutRight401(() =>
    answerPage(exchange, (page) => registry.listNamespaceTokens(grant, search, page), (held) => resourceTokenJson(held, grant.namespace, nowMs)),
  );
}

async function createToken(registry: Registry, resource: Resource, exchange: Exchange, actor: Actor): Promise<Response> {
  const wanted = await readInput(exchange, (reader) => ({ ...givenToken(reader), level: givenLevel(reader) }));
  const create = async () => {
    const grant = await openResource(registry, resource, exchange, actor, "configure");
    return answerMinted(registry, 201, grant, await registry.createNamespaceToken(grant, wanted));
  };
  const sentence = `User does not have permission to create ${resource.family} access token`;
  return withoutRight400(() => wrongValue400(create), sentence);
}

function givenLevel(reader: ParameterReader): TokenLevel {
  const level = reader.optionalInteger("access_level", { values: tokenLevels });
  return tokenLevels.find((known) => known === level) ?? defaultLevel;
}

function answerMinted(registry: Registry, status: number, grant: NamespaceGrant, { held, secret }: MintedNamespaceToken): Response {
  return jsonAnswer(status, { ...resourceTokenJson(held, grant.namespace, registry.nowMs()), token: secret });
}
