import type { DeployToken } from "../../core/domain.ts";
import type { Registry } from "../../core/registry.ts";
import { isExpired } from "../../core/token-expiry.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { jsonAnswer, noContent, timestamp } from "./answers.ts";
import { optionalTime } from "./given-time.ts";
import { answerPage } from "./page-answer.ts";
import { openResource, resources, type Resource } from "./resource.ts";
import { idOf, personalOnly, queryInput, readInput, routesOf, type GitlabRoute } from "./route.ts";
import { givenScopes } from "./token-parameters.ts";

/** Deploy tokens of the instance, of projects and of groups (lib/api/deploy_tokens.rb). */
export function deployTokenRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "other", area: "admin", kinds: personalOnly, anonymous: "refused" });
  return [
    route("GET", "/api/v4/deploy_tokens", "administrator", (exchange, actor) => {
      const { onlyActive } = queryInput(exchange, givenFilter);
      return answerPage(exchange, (page) => registry.listAllDeployTokens(actor, onlyActive, page), jsonAt(registry.nowMs()));
    }),
    ...resources.flatMap((resource) => routesOfResource(registry, resource)),
  ];
}

function routesOfResource(registry: Registry, resource: Resource): readonly GitlabRoute[] {
  const { family, area, needed } = resource;
  const route = routesOf(registry, { family, area, kinds: personalOnly, anonymous: "refused" });
  const all = `${resource.path}/deploy_tokens`;
  const one = `${all}/:token_id`;
  return [
    route("GET", all, "namespace:configure", async (exchange, actor) => {
      const { onlyActive } = queryInput(exchange, givenFilter);
      const grant = await openResource(registry, resource, exchange, actor, "read");
      return answerPage(exchange, (page) => registry.listDeployTokens(grant, onlyActive, page), jsonAt(registry.nowMs()));
    }),
    route("POST", all, needed, async (exchange, actor) => {
      const wanted = await readInput(exchange, givenDeployToken);
      const grant = await openResource(registry, resource, exchange, actor, "configure");
      const { token, secret } = await registry.createDeployToken(grant, wanted);
      return jsonAnswer(201, { ...deployTokenJson(token, registry.nowMs()), token: secret });
    }),
    route("GET", one, "namespace:configure", async (exchange, actor) => {
      const grant = await openResource(registry, resource, exchange, actor, "read");
      const token = await registry.findDeployToken(grant, idOf(exchange, "token_id"));
      return jsonAnswer(200, deployTokenJson(token, registry.nowMs()));
    }),
    route("DELETE", one, needed, async (exchange, actor) => {
      const grant = await openResource(registry, resource, exchange, actor, "configure");
      await registry.deleteDeployToken(grant, idOf(exchange, "token_id"));
      return noContent();
    }),
  ];
}

function givenFilter(reader: ParameterReader) {
  return { onlyActive: reader.boolean("active", false) };
}

function givenDeployToken(reader: ParameterReader) {
  const username = reader.optionalText("username") ?? "";
  return {
    name: reader.requiredText("name"),
    scopes: givenScopes(reader, "deploy"),
    expiresAtMs: optionalTime(reader, "expires_at"),
    username: username === "" ? null : username,
  };
}

function jsonAt(nowMs: number) {
  return (token: DeployToken) => deployTokenJson(token, nowMs);
}

/** lib/api/entities/deploy_token.rb; one that was revoked is gone here. */
function deployTokenJson(token: DeployToken, nowMs: number) {
  return {
    id: token.id,
    name: token.name,
    username: token.username,
    expires_at: token.expiresAtMs === null ? null : timestamp(token.expiresAtMs),
    revoked: false,
    expired: isExpired(token, nowMs),
    scopes: token.scopes,
  };
}
