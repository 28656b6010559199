import { tokenCases } from "./cases/tokens.ts";
import { accessTokenCases } from "./cases/access-tokens.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: access tokens", [...tokenCases, ...accessTokenCases]);
