import { deployTokenCases } from "./cases/deploy-tokens.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: deploy tokens", deployTokenCases);
