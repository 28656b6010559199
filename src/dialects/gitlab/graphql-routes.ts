import type { ExecutionResult } from "graphql";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { ParameterError } from "../../http/parameter-reader.ts";
import { isParameterList, isParameterMap, parameterValueOf, type ParameterMap, type ParameterValue } from "../../http/parameter-value.ts";
import { jsonAnswer } from "./answers.ts";
import type { GraphqlRequest } from "./graphql-answer.ts";
import { graphqlBodyBounds } from "./graphql-body-bounds.ts";
import { parametersOf, personalOnly, routesOf, type GitlabRoute } from "./route.ts";

const path = "/api/graphql";
/** Requests in one body (GitLab: a batch, GraphQL::Multiplex). */
const maxBatch = 10;

/** GitLab's GraphQL endpoint, with what concerns generic packages (app/controllers/graphql_controller.rb). */
export function graphqlRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "graphql", kinds: personalOnly, anonymous: "welcome" });
  return [
    route("GET", path, "anyone", async (exchange, actor) => {
      const asked = requestOf(Object.fromEntries(exchange.query));
      const { answerRequest } = await loadLanguage();
      return jsonAnswer(200, await answerRequest({ registry, actor, mayChange: false }, asked));
    }),
    route("POST", path, "anyone", async (exchange, actor) => {
      const body = await readRequests(exchange);
      const { answerRequest } = await loadLanguage();
      const needs = { registry, actor, mayChange: true };
      if (!isParameterList(body)) return jsonAnswer(200, await answerRequest(needs, requestOf(body)));
      const answers: ExecutionResult[] = [];
      // One after the other: a batch is no way to more at a time.
      for (const one of body) answers.push(await answerRequest(needs, requestOf(isParameterMap(one) ? one : {})));
      return jsonAnswer(200, answers);
    }),
  ];
}

/** Only where somebody asks: it is a tenth of what a start would load. */
function loadLanguage() {
  return import("./graphql-answer.ts");
}

/** JSON, one request or a list of them, or a form. Throws `ParameterError`, `body_incomplete`. */
async function readRequests(exchange: Exchange): Promise<ParameterMap | readonly ParameterValue[]> {
  const type = (exchange.request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") return parametersOf(exchange);
  const body = await readJsonBody(exchange.body, graphqlBodyBounds).catch((cause: unknown) => {
    throw new RegistryError("body_incomplete", "the body broke off", { cause });
  });
  if (!body.ok) throw new ParameterError(`body is ${body.reason.replaceAll("_", " ")}`);
  const value = parameterValueOf(body.value);
  if (isParameterMap(value)) return value;
  if (!isParameterList(value) || value.length === 0) throw new ParameterError("body is no request and no list of requests");
  if (value.length > maxBatch) throw new ParameterError(`a batch has at most ${maxBatch} requests`);
  return value;
}

function requestOf({ query, variables, operationName }: ParameterMap): GraphqlRequest {
  return { query, variables, operationName };
}
