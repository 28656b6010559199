import { variableCases } from "./cases/variables.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: CI/CD variables", variableCases);
