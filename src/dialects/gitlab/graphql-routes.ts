import { execute, getOperationAST, GraphQLError, validate, type DocumentNode, type ExecutionResult, type GraphQLSchema } from "graphql";
import type { Actor } from "../../core/actor.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { parseJsonBytes, readJsonBody } from "../../http/json-body.ts";
import { ParameterError } from "../../http/parameter-reader.ts";
import { isParameterList, isParameterMap, parameterValueOf, type ParameterMap, type ParameterValue } from "../../http/parameter-value.ts";
import { jsonAnswer } from "./answers.ts";
import { parseBounded } from "./graphql-bounds.ts";
import { createGraphqlRoot } from "./graphql-root.ts";
import { buildGitlabSchema } from "./graphql-schema.ts";
import { gitlabLevel } from "./gitlab-level.ts";
import { parametersOf, personalOnly, routesOf, type GitlabRoute } from "./route.ts";

const path = "/api/graphql";
const bodyBounds = { maxBytes: 1024 * 1024, maxDepth: 16 };
/** Requests in one body (GitLab: a batch, GraphQL::Multiplex). */
const maxBatch = 10;

/** One request; what is wrong with it is told in its answer. */
interface GraphqlRequest {
  readonly query: ParameterValue | undefined;
  readonly variables: ParameterValue | undefined;
  readonly operationName: ParameterValue | undefined;
}

/** GitLab's GraphQL endpoint, with what concerns generic packages (app/controllers/graphql_controller.rb). */
export function graphqlRoutes(registry: Registry): readonly GitlabRoute[] {
  const schema = buildGitlabSchema();
  const route = routesOf(registry, { family: "graphql", kinds: personalOnly, anonymous: "welcome" });
  return [
    route("GET", path, "anyone", async (exchange, actor) => {
      const asked = requestOf(Object.fromEntries(exchange.query));
      return jsonAnswer(200, await answerRequest({ registry, schema, actor, mayChange: false }, asked));
    }),
    route("POST", path, "anyone", async (exchange, actor) => {
      const body = await readRequests(exchange);
      const needs = { registry, schema, actor, mayChange: true };
      if (!isParameterList(body)) return jsonAnswer(200, await answerRequest(needs, requestOf(body)));
      const answers: ExecutionResult[] = [];
      // One after the other: a batch is no way to more at a time.
      for (const one of body) answers.push(await answerRequest(needs, requestOf(isParameterMap(one) ? one : {})));
      return jsonAnswer(200, answers);
    }),
  ];
}

/** JSON, one request or a list of them, or a form. Throws `ParameterError`, `body_incomplete`. */
async function readRequests(exchange: Exchange): Promise<ParameterMap | readonly ParameterValue[]> {
  const type = (exchange.request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") return parametersOf(exchange);
  const body = await readJsonBody(exchange.body, bodyBounds).catch((cause: unknown) => {
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

interface Needs {
  readonly registry: Registry;
  readonly schema: GraphQLSchema;
  readonly actor: Actor;
  readonly mayChange: boolean;
}

/** The answer with `data`, `errors` or both. Throws what is no fault of the query: a store that fails, for one. */
async function answerRequest({ registry, schema, actor, mayChange }: Needs, asked: GraphqlRequest): Promise<ExecutionResult> {
  try {
    const { document, operationName } = readQuery(asked);
    const problems = validate(schema, document);
    if (problems.length > 0) return { errors: problems };
    if (!mayChange && getOperationAST(document, operationName)?.operation === "mutation")
      throw new GraphQLError("Mutations are not allowed on GET requests");
    const rootValue = createGraphqlRoot(registry, actor, gitlabLevel);
    const variableValues = readVariables(asked.variables);
    const result = await execute({ schema, document, rootValue, variableValues, operationName: operationName ?? null });
    for (const { originalError } of result.errors ?? [])
      if (originalError !== undefined && originalError !== null && !(originalError instanceof GraphQLError)) throw originalError;
    return result;
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

function readQuery({ query, operationName }: GraphqlRequest): { readonly document: DocumentNode; readonly operationName: string | undefined } {
  if (typeof query !== "string" || query.trim() === "") throw new GraphQLError("No query string was present");
  const name = typeof operationName === "string" && operationName !== "" ? operationName : undefined;
  return { document: parseBounded(query), operationName: name };
}

/** As an object, or as its JSON text, which queries and forms have. */
function readVariables(given: ParameterValue | undefined): ParameterMap {
  if (given === undefined || given === null || given === "") return {};
  const json = typeof given === "string" ? parseJsonBytes(Buffer.from(given), bodyBounds.maxDepth) : null;
  const value = json === null ? given : json.ok ? parameterValueOf(json.value) : "";
  if (value === null) return {};
  if (!isParameterMap(value)) throw new GraphQLError("Variables are no JSON object");
  return value;
}
