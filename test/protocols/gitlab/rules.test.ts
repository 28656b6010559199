import { ruleCases } from "./cases/rules.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: protection rules", ruleCases);
