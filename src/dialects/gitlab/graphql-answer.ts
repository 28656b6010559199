import { execute, getOperationAST, GraphQLError, validate, type DocumentNode, type ExecutionResult } from "graphql";
import type { Actor } from "../../core/actor.ts";
import type { Registry } from "../../core/registry.ts";
import { parseJsonBytes } from "../../http/json-body.ts";
import { isParameterMap, parameterValueOf, type ParameterMap, type ParameterValue } from "../../http/parameter-value.ts";
import { parseBounded } from "./graphql-bounds.ts";
import { graphqlBodyBounds } from "./graphql-body-bounds.ts";
import { createGraphqlRoot } from "./graphql-root.ts";
import { buildGitlabSchema } from "./graphql-schema.ts";
import { gitlabLevel } from "./gitlab-level.ts";

/** One request; what is wrong with it is told in its answer. */
export interface GraphqlRequest {
  readonly query: ParameterValue | undefined;
  readonly variables: ParameterValue | undefined;
  readonly operationName: ParameterValue | undefined;
}

interface Needs {
  readonly registry: Registry;
  readonly actor: Actor;
  readonly mayChange: boolean;
}

/** Built once, with the first request. */
const schema = buildGitlabSchema();

/** The answer with `data`, `errors` or both. Throws what is no fault of the query: a store that fails, for one. */
export async function answerRequest({ registry, actor, mayChange }: Needs, asked: GraphqlRequest): Promise<ExecutionResult> {
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
  const json = typeof given === "string" ? parseJsonBytes(Buffer.from(given), graphqlBodyBounds.maxDepth) : null;
  const value = json === null ? given : json.ok ? parameterValueOf(json.value) : "";
  if (value === null) return {};
  if (!isParameterMap(value)) throw new GraphQLError("Variables are no JSON object");
  return value;
}
