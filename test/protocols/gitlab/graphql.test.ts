import { graphqlCases } from "./cases/graphql.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: GraphQL", graphqlCases);
