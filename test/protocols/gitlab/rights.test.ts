import { rights } from "./cases/rights.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: rights", rights);
