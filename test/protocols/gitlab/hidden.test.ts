import { hidden } from "./cases/hidden.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: hidden", hidden);
